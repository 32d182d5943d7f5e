"""The operations on strings that docstrings are made with, bounded: `%`, `format`, `replace`, `dedent`, ...

What is not known is left out of the result, and nothing that is asked for makes a result grow beyond bounds.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from inspect import cleandoc
from string import Formatter
from textwrap import dedent, indent
from typing import Final

MAX_CHARS: Final = 200_000
"""The longest text that an operation returns."""

_PERCENT = re.compile(
    r"%(?:\((?P<key>[^()%]{1,100})\))?(?P<kind>[-+ #0]{0,3}\d{0,4}(?:\.\d{0,4})?[srdifxg]|%)"
)
_PLAIN: dict[str, Callable[[str], str]] = {
    "lower": str.lower,
    "upper": str.upper,
    "title": str.title,
    "capitalize": str.capitalize,
    "dedent": dedent,
    "cleandoc": cleandoc,
    "getdoc": cleandoc,
    "str": str,
    "_": str,
    "gettext": str,
    "N_": str,
}
_WITH_CHARACTERS: dict[str, Callable[[str, str | None], str]] = {
    "strip": str.strip,
    "lstrip": str.lstrip,
    "rstrip": str.rstrip,
}
_WITH_TEXT: dict[str, Callable[[str, str], str]] = {
    "removeprefix": str.removeprefix,
    "removesuffix": str.removesuffix,
}


def percent_formatted(text: str, values: object) -> str | None:
    """Return `text % values`; names that are not among the values become empty."""
    queue = list(values) if isinstance(values, Sequence) and not isinstance(values, str) else [values]

    def value(found: re.Match[str]) -> str:
        if found["kind"] == "%":
            return "%"
        if found["key"] is not None:
            return shown(values.get(found["key"])) if isinstance(values, Mapping) else ""
        return shown(queue.pop(0)) if queue else ""

    return _joined_parts(text, _PERCENT, value)


def _joined_parts(text: str, pattern: re.Pattern[str], value: Callable[[re.Match[str]], str]) -> str | None:
    parts, size, done = [], len(text), 0
    for found in pattern.finditer(text):
        parts += [text[done : found.start()], value(found)]
        size += len(parts[-1])
        done = found.end()
        if size > MAX_CHARS:
            return None
    return "".join([*parts, text[done:]])


def brace_formatted(text: str, positional: Sequence[object], named: Mapping[str, object]) -> str | None:
    """Return `text.format(*positional, **named)` without formats of fields; None if it has broken braces."""
    parts, size, number = [], len(text), 0
    try:
        for literal, name, _, _ in Formatter().parse(text):
            parts.append(literal)
            if name is None:
                continue
            first = re.split(r"[.\[]", name, maxsplit=1)[0]
            if first.isdigit() or not first:
                index = int(first[:4]) if first else number
                number += not first
                value = positional[index] if index < len(positional) else None
            else:
                value = named.get(first)
            parts.append(shown(value))
            size += len(parts[-1])
            if size > MAX_CHARS:
                return None
    except ValueError:
        return None
    return "".join(parts)


def shown(value: object) -> str:
    """Return the text of a value; empty for anything but strings and numbers."""
    return str(value) if isinstance(value, str | int | float) else ""


def called(name: str, text: str, arguments: Sequence[object]) -> str | None:
    """Return what the method or function `name` makes of `text`; None if it is not known, or too long."""
    first = arguments[0] if arguments else None
    if name in _PLAIN:
        return _PLAIN[name](text)
    if name in _WITH_CHARACTERS:
        return _WITH_CHARACTERS[name](text, first if isinstance(first, str) else None)
    if name in _WITH_TEXT and isinstance(first, str):
        return _WITH_TEXT[name](text, first)
    return _grown(name, text, arguments)


def _grown(name: str, text: str, arguments: Sequence[object]) -> str | None:
    """Return what a method makes that may make a text much longer, unless it does."""
    first = arguments[0] if arguments else None
    if name == "indent" and isinstance(first, str):
        size = len(text) + (text.count("\n") + 1) * len(first)
        return indent(text, first) if size <= MAX_CHARS else None
    if name == "join" and isinstance(first, list | tuple):
        texts = [shown(one) for one in first]
        size = sum(map(len, texts)) + len(texts) * len(text)
        return text.join(texts) if size <= MAX_CHARS else None
    if name == "replace" and len(arguments) > 1 and isinstance(first, str) and first:
        new = shown(arguments[1])
        return text.replace(first, new) if len(text) + text.count(first) * len(new) <= MAX_CHARS else None
    return None
