"""The records of an API as JSON, and back; what anybody may have written is checked."""

from typing import Any, Final

from corpora.api.model import NOTE_KINDS, OBJECT_KINDS, ApiObject, Note
from corpora.api.signature import (
    CALL_WAYS,
    PARAMETER_KINDS,
    KeywordUse,
    Parameter,
    PassedOn,
    ReturnedCall,
    Signature,
)

_KIND_NUMBERS: Final = {kind: number for number, kind in enumerate(PARAMETER_KINDS)}
_FIELDS: Final = 24


def object_to_json(one: ApiObject) -> list[Any]:
    """Return an object without its path as a list of JSON values."""
    own = f"{one.path}."
    return [
        OBJECT_KINDS.index(one.kind),
        _of_ways(one.signatures),
        list(one.bases),
        # Most members are objects of their own, whose paths are those of the holder with their names.
        {name: "" if path == f"{own}{name}" else path for name, path in one.members.items()},
        int(one.is_open),
        one.annotation,
        one.value,
        one.deprecated,
        one.summary,
        [[NOTE_KINDS.index(note.kind), note.version, note.text, note.about] for note in one.notes],
        list(one.sketch),
        one.file,
        one.line,
        list(one.labels),
        one.why_open,
        list(one.decorators),
        _of_ways(one.written),
        list(one.maybe),
        dict(one.refused),
        None if one.keywords is None else _of_keywords(one.keywords),
        [[CALL_WAYS.index(made.way), made.name] for made in one.returned],
        list(one.reads),
        dict(one.documented),
        list(one.filled),
    ]


def _of_keywords(use: KeywordUse) -> list[Any]:
    calls = [[CALL_WAYS.index(one.way), one.name, list(one.given), one.places] for one in use.calls]
    return [list(use.taken), calls]


def _of_ways(ways: tuple[Signature, ...]) -> list[Any]:
    return [
        [[_of_parameter(given) for given in way.parameters], way.returns, *([1] if way.by_position else [])]
        for way in ways
    ]


def _of_parameter(given: Parameter) -> list[Any]:
    return [given.name, _KIND_NUMBERS[given.kind], given.default, given.annotation]


def object_from_json(path: str, found: Any) -> ApiObject:
    """Return the object that `object_to_json` was given.

    Raises:
        ValueError: it is no such list.
    """
    try:
        if not isinstance(found, list) or len(found) != _FIELDS:
            raise ValueError("an object is no list of its fields")
        kind, ways, bases, members, is_open, annotation, value, deprecated, summary, notes, *rest = found
        sketch, file, line, labels, why_open, decorators, written, maybe, *rest = rest
        refused, keywords, returned, reads, documented, filled = rest
        return ApiObject(
            path,
            _chosen(OBJECT_KINDS, kind),
            _ways(ways),
            _texts(bases),
            {_text(name): _text(target) or f"{path}.{name}" for name, target in members.items()},
            bool(is_open),
            _text(annotation),
            _text(value),
            _text(deprecated),
            _text(summary),
            tuple(map(_note, notes)),
            tuple(_number(one) for one in sketch),
            _text(file),
            _number(line),
            _texts(labels),
            _text(why_open),
            _texts(decorators),
            _ways(written),
            _texts(maybe),
            {_text(name): _text(said) for name, said in refused.items()},
            None if keywords is None else _keywords(keywords),
            tuple(ReturnedCall(_chosen(CALL_WAYS, way), _text(name)) for way, name in returned),
            _texts(reads),
            {_text(name): _text(value) for name, value in documented.items()},
            _texts(filled),
        )
    except (TypeError, AttributeError, IndexError) as error:
        raise ValueError(f"an object is not as it is written ({error})") from error


def _keywords(found: Any) -> KeywordUse:
    taken, calls = found
    return KeywordUse(_texts(taken), tuple(map(_passed_on, calls)))


def _passed_on(found: Any) -> PassedOn:
    way, name, given, places = found
    return PassedOn(_chosen(CALL_WAYS, way), _text(name), _texts(given), _number(places))


def _ways(found: Any) -> tuple[Signature, ...]:
    return tuple(
        Signature(tuple(map(_parameter, given)), _text(returns), bool(by_position))
        for given, returns, *by_position in found
    )


def _note(found: Any) -> Note:
    kind, version, text, about = found
    return Note(_chosen(NOTE_KINDS, kind), _text(version), _text(text), _text(about))


def _parameter(found: Any) -> Parameter:
    name, kind, default, annotation = found
    return Parameter(
        _text(name),
        _chosen(PARAMETER_KINDS, kind),
        None if default is None else _text(default),
        _text(annotation),
    )


def _chosen(kinds: tuple[Any, ...], number: Any) -> Any:
    return kinds[_number(number)]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("a text is none")
    return value


def _texts(values: Any) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise ValueError("a list of texts is none")
    return tuple(map(_text, values))


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("a number is none")
    return value
