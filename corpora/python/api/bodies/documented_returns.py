"""The classes that a docstring says a function returns: `Returns` of numpydoc and of Google, `:rtype:`."""

import re
from typing import Final

_MAX_CHARS: Final = 20_000
_MAX_CLASSES: Final = 3
_NUMPYDOC: Final = re.compile(r"\n([ \t]*+)Returns?[ \t]*\n\1-{3,20}[ \t]*\n")
_GOOGLE: Final = re.compile(r"\n([ \t]*+)Returns?:[ \t]*\n([ \t]+)")
_SPHINX: Final = re.compile(r"\n[ \t]*+:rtype:[ \t]*+([^\n]{1,200})")
_FILLED_IN: Final = re.compile(r"%\(\w{1,60}\)s|\{\w{1,60}\}")  # by a decorator
# `graph : Graph or None`, `:class:`~shop.Graph``, `shop.Graph`
_NAMED: Final = re.compile(
    r"(?:[\w*]{1,60} : )?(?:an? )?(?::(?:py:)?\w{1,10}:)?`{0,2}~?([A-Za-z_][\w.]{0,200})`{0,2}"
)


def documented_returns(docstring: str) -> tuple[str, ...]:
    """Return the names of the classes of which a function returns one, as its docstring writes them.

    In numpydoc's `G : Graph`, it is `Graph`; in `Series or DataFrame`, it is one of the two. In doubt, there
    are none.
    """
    text = docstring[:_MAX_CHARS]
    if section := _NUMPYDOC.search(text):
        return _of_numpydoc(text[section.end() :].split("\n"), section[1])
    if section := _GOOGLE.search(text):
        first, colon, _ = text[section.end() :].partition("\n")[0].partition(": ")
        return _classes(first) if colon else ()
    found = _SPHINX.search(text)
    return _classes(found[1]) if found else ()


def _of_numpydoc(lines: list[str], indent: str) -> tuple[str, ...]:
    """Return the classes of a section with one value: a second line as far left begins another value."""
    entries: list[str] = []
    for number, line in enumerate(lines):
        following = lines[number + 1].strip() if number + 1 < len(lines) else ""
        if following.startswith("---") and line.strip():
            break
        if _FILLED_IN.fullmatch(line.strip()):
            continue
        if line.strip() and line.startswith(indent) and not line[len(indent) :].startswith((" ", "\t")):
            entries.append(line.strip())
        elif line.strip() and not line.startswith(indent):
            break
    return _classes(entries[0]) if len(entries) == 1 else ()


def _classes(text: str) -> tuple[str, ...]:
    """Return the names of a text such as `frame : Series or DataFrame`, if it consists of nothing else."""
    parts = text.strip().split(" or ")
    names = [_class(part) for part in parts if part != "None"]
    return tuple(names) if 0 < len(names) <= _MAX_CLASSES and all(names) else ()


def _class(text: str) -> str:
    """Return the one name that a text consists of, if it is written as classes are."""
    named = _NAMED.fullmatch(text.strip().rstrip("."))
    name = named[1].rstrip(".") if named else ""
    return name if name.rpartition(".")[2][:1].isupper() or name.endswith(".ndarray") else ""
