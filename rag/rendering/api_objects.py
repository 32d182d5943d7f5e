"""Results of `rag api show` as text or JSON."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from textwrap import wrap
from typing import Any, Final

from corpora.api.model import ApiObject
from corpora.api.signature import Signature
from corpora.counted import counted
from rag.api.describe import LibrarySummary, ObjectDescription
from rag.rendering.json_text import json_text

_WIDTH: Final = 80
_INDENT: Final = "  "
_MAX_SIGNATURES: Final = 8
_MAX_NAMES: Final = 12
_MAX_REASONS: Final = 2
_NAME_CHARS: Final = 44  # longer names make the column no wider
_SHOWN_LABELS: Final = frozenset(
    {
        "abstract",
        "async",
        "classmethod",
        "dataclass",
        "enum",
        "optional",
        "protocol",
        "static",
        "staticmethod",
        "typed dict",
    }
)  # fmt: skip
_KINDS: Final = ("interface", "object", "namespace", "type")
"""Labels that say more than the kind: an interface is a class without a value."""

_ONE_LINE: Final = _WIDTH - 2


def rendered_library(found: LibrarySummary, *, json: bool) -> str:
    """Render the modules of a library with the numbers of what they offer."""
    if json:
        return json_text(asdict(found))
    title = f"{found.library} {found.version}".rstrip()
    lines = [
        f"{_one_line(title)}: {counted(found.names, 'public name')} in "
        f"{counted(len(found.modules), 'module')}, {counted(found.objects, 'object')} in all",
        "",
    ]
    width = min(max((len(one.name) for one in found.modules), default=6), _NAME_CHARS)
    lines.append(f"{'module':{width}}  classes  functions  values")
    for one in found.modules:
        name = _one_line(one.name)
        lines.append(f"{name:{width}}  {one.classes:7,}  {one.functions:9,}  {one.values:6,}")
    return "\n".join(lines)


def rendered_object(found: ObjectDescription, *, json: bool) -> str:
    """Render one object of a library."""
    if json:
        return json_text(_as_json(found))
    return "\n".join(_lines(found))


def _as_json(found: ObjectDescription) -> dict[str, Any]:
    known = found.object
    shown = asdict(found)
    if known is not None:
        shown["object"] = asdict(known)
        shown["object"]["members"] = dict(known.members)
        for key, ways in (("signatures", known.signatures), ("written", known.written)):
            for way, signature in zip(shown["object"][key], ways, strict=True):
                way["text"] = str(signature)
    return shown


def _lines(found: ObjectDescription) -> Iterator[str]:
    known = found.object
    about = f"{found.library} {found.version}".rstrip()
    kind = _kind_of(found)
    yield _one_line(f"{found.name}  ({kind}, {about})")
    if known is None:
        yield from _wrapped(f"It is {found.path}, of which no source that is read tells more.")
        return
    yield from _calls(found.name.rpartition(".")[2], known)
    if known.summary:
        yield ""
        yield from _wrapped(known.summary)
    yield ""
    yield from _facts(found, known)
    for group in found.members:
        own = group.of == found.path
        title = (
            f"{counted(len(group.names), 'own member')}" if own else f"{len(group.names):,} from {group.of}"
        )
        yield ""
        yield f"{title}:"
        yield from _wrapped(", ".join(group.names))


def _kind_of(found: ObjectDescription) -> str:
    known = found.object
    if known is None:
        return "not shown by any source"
    special = next((label for label in _KINDS if label in known.labels), known.kind)
    return " ".join([*(label for label in known.labels if label in _SHOWN_LABELS), special])


def _calls(name: str, known: ApiObject) -> Iterator[str]:
    """Yield the ways to call an object, each on one line or with a line for each parameter."""
    ways = known.signatures or known.written
    for way in ways[:_MAX_SIGNATURES]:
        yield from _call(name, way)
    if len(ways) > _MAX_SIGNATURES:
        yield f"{_INDENT}and {len(ways) - _MAX_SIGNATURES} more overloads"
    if known.written:
        yield from _wrapped("a decorator may change this signature")
    if known.kind in {"attribute", "property"} and (known.annotation or known.value):
        annotation = f": {known.annotation}" if known.annotation else ""
        value = f" = {known.value}" if known.value else ""
        yield from _wrapped(f"{name}{annotation}{value}")
    if not ways and known.kind in {"class", "function"}:
        yield from _wrapped("its source does not tell how it is called")


def _call(name: str, way: Signature) -> Iterator[str]:
    line = f"{name}{way}"
    if len(line) + len(_INDENT) <= _ONE_LINE or not way.parameters:
        yield f"{_INDENT}{_one_line(line)}"
        return
    yield f"{_INDENT}{_one_line(name)}("
    inner = str(Signature(way.parameters, by_position=way.by_position))[1:-1]
    yield from (
        line
        for part in _parts(inner)
        for line in wrap(
            _one_line(f"{part},"), _WIDTH, initial_indent=_INDENT * 3, subsequent_indent=_INDENT * 5
        )
    )
    result = f"{':' if way.by_position else ' ->'} {way.returns}" if way.returns else ""
    yield from wrap(_one_line(f"){result}"), _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT * 5)


def _parts(text: str) -> Iterator[str]:
    """Yield the parameters in `a, b: dict[str, int] = {}, *`: parted at commas outside of brackets."""
    depth, start, quote = 0, 0, ""
    for position, character in enumerate(text):
        if quote:
            quote = "" if character == quote and text[position - 1] != "\\" else quote
        elif character in "\"'":
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == "," and depth == 0:
            yield text[start:position].strip()
            start = position + 1
    yield text[start:].strip()


def _facts(found: ObjectDescription, known: ApiObject) -> Iterator[str]:
    """Yield where an object is defined, what it inherits from, its names, and what is said of versions."""
    if known.deprecated:
        yield from _labelled("deprecated", [known.deprecated])
    place = f"{known.file}:{known.line}" if known.file and known.line else known.file
    shown = [found.path] if found.path != found.name else []
    yield from _labelled("defined", [" as ".join([*filter(None, [place]), *shown])] if place or shown else [])
    yield from _labelled("from", [found.inherited_from] if found.inherited_from else [])
    yield from _labelled(
        "bases", [", ".join(base or "(unknown)" for base in known.bases)] if known.bases else []
    )
    others = [name for name in found.names if name != found.name]
    more = [f"and {len(others) - _MAX_NAMES} more"] if len(others) > _MAX_NAMES else []
    yield from _labelled("also", [", ".join([*others[:_MAX_NAMES], *more])] if others else [])
    yield from _labelled("decorators", [", ".join(known.decorators)] if known.decorators else [])
    if known.keywords is not None:
        taken, calls = known.keywords.taken, [f"{one.shown}()" for one in known.keywords.calls]
        said = [
            f"takes {', '.join(taken)}" if taken else "",
            f"passes others to {', '.join(calls)}" if calls else "refuses others",
        ]
        yield from _labelled("**keywords", ["; ".join(filter(None, said))])
    for note in known.notes:
        said = [note.version, f"parameter {note.about}" if note.about else "", note.text]
        yield from _labelled(note.kind, [": ".join(filter(None, said)) or "yes"])
    if found.is_open:
        left = len(found.why_open) - _MAX_REASONS
        reasons = [*found.why_open[:_MAX_REASONS], *([f"and {left} more bases"] if left > 0 else [])]
        yield from _labelled("open", ["; ".join(reasons) or "it may have more members"])


def _labelled(label: str, texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        head = f"{_INDENT}{label + ':':12}"
        yield from wrap(
            _one_line(text),
            _WIDTH,
            initial_indent=head,
            subsequent_indent=" " * len(head),
            break_on_hyphens=False,
        )


def _one_line(text: str) -> str:
    """Return what others wrote as one line; what could act on a terminal is written out where it is shown."""
    return " ".join(text.splitlines())


def _wrapped(text: str) -> list[str]:
    return wrap(
        _one_line(text), _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT, break_on_hyphens=False
    )
