"""Frozen records read back from JSON, with every field checked against its declared type.

A folder of a run may come from anywhere, and a line of it may be damaged: what does not fit is reported by
the name of its field, and nothing is converted but lists to tuples and whole numbers to floats.
"""

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import lru_cache
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

_Record = TypeVar("_Record")
_Reader = Callable[[Any, str], Any]
"""Return a value that was checked, given the value and the name of its field."""

_PLAIN: Mapping[type, tuple[tuple[type, ...], str]] = {
    str: ((str,), "text"),
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
    bool: ((bool,), "true or false"),
    type(None): ((type(None),), "null"),
}


def read_record(record_type: type[_Record], value: Any) -> _Record:
    """Return the record that `dataclasses.asdict` and JSON made `value` of.

    Fields may be text, numbers, truth values, literals, tuples of any length, mappings from text, other
    dataclasses, `Any`, and `None` in place of one of these. A field with a default may be missing.

    >>> from rag.evaluation.sample import Sample
    >>> read_record(Sample, {"task_id": "t", "context": "none", "number": 0, "text": "", "answer": 5})
    Traceback (most recent call last):
    ValueError: the field answer is a number, where text is expected

    Raises:
        ValueError: a field is missing, unknown or of another type; the message names it.
    """
    return cast(_Record, _record_reader(cast(Any, record_type))(value, ""))


def json_kind(value: Any) -> str:
    """Return how an error message names the type of a JSON value, with its article."""
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


@lru_cache(maxsize=64)
def _record_reader(record_type: type) -> _Reader:
    hints = get_type_hints(record_type)
    known = fields(cast(Any, record_type))
    readers = {field.name: _reader(hints[field.name]) for field in known}
    required = [field.name for field in known if field.default is field.default_factory is MISSING]

    def read(value: Any, name: str) -> Any:
        _check(isinstance(value, dict), name, "an object", value)
        inside = f"{name}." if name else ""
        for missing in required:
            if missing not in value:
                raise ValueError(f"the field {inside}{missing} is missing")
        for key in value:
            if key not in readers:
                raise ValueError(f"the field {inside}{key} is not known")
        return record_type(**{key: readers[key](one, f"{inside}{key}") for key, one in value.items()})

    return read


def _reader(declared: Any) -> _Reader:
    """Return what reads values of the type `declared`; `TypeError` for one that no record here has."""
    origin, arguments = get_origin(declared), get_args(declared)
    reader: _Reader | None = None
    if declared is Any:
        reader = _unchecked
    elif declared in _PLAIN:
        reader = _plain_reader(declared)
    elif is_dataclass(declared):
        reader = _record_reader(cast(Any, declared))
    elif origin is Literal:
        reader = _literal_reader(arguments)
    elif origin in (Union, types.UnionType):
        reader = _optional_reader(arguments)
    elif origin is tuple and arguments[1:] == (Ellipsis,):
        reader = _tuple_reader(_reader(arguments[0]))
    elif origin is Mapping and arguments[0] is str:
        reader = _mapping_reader(_reader(arguments[1]))
    if reader is None:
        raise TypeError(f"fields of the type {declared} cannot be read from JSON")
    return reader


def _unchecked(value: Any, name: str) -> Any:
    return value


def _plain_reader(declared: type) -> _Reader:
    accepted, expected = _PLAIN[declared]

    def read(value: Any, name: str) -> Any:
        # (True is an int of Python, and no number of JSON)
        is_right = isinstance(value, accepted) and (declared is bool or not isinstance(value, bool))
        _check(is_right, name, expected, value)
        try:
            return float(value) if declared is float else value
        except OverflowError as error:
            raise ValueError(f"the field {name} is too large a number") from error

    return read


def _literal_reader(choices: tuple[Any, ...]) -> _Reader:
    def read(value: Any, name: str) -> Any:
        if value not in choices:
            shown = repr(value) if isinstance(value, str) else json_kind(value)
            raise ValueError(f"the field {name} is {shown}, not one of: {', '.join(map(str, choices))}")
        return value

    return read


def _optional_reader(members: tuple[Any, ...]) -> _Reader:
    """Return what reads `X | None`, the only kind of union that records here have."""
    (other,) = (member for member in members if member is not type(None))
    read_other = _reader(other)
    return lambda value, name: None if value is None else read_other(value, name)


def _tuple_reader(read_item: _Reader) -> _Reader:
    def read(value: Any, name: str) -> Any:
        _check(isinstance(value, list), name, "a list", value)
        return tuple(read_item(item, f"{name}[{place}]") for place, item in enumerate(value))

    return read


def _mapping_reader(read_item: _Reader) -> _Reader:
    def read(value: Any, name: str) -> Any:
        _check(isinstance(value, dict), name, "an object", value)
        return {key: read_item(item, f"{name}.{key}") for key, item in value.items()}

    return read


def _check(is_right: bool, name: str, expected: str, value: Any) -> None:
    if not is_right:
        where = f"the field {name}" if name else "the record"
        raise ValueError(f"{where} is {json_kind(value)}, where {expected} is expected")
