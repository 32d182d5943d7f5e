"""The class that a docstring says a function returns: `Returns` of numpydoc and of Google, `:rtype:`."""

import re
from typing import Final

_MAX_CHARS: Final = 20_000
_NUMPYDOC: Final = re.compile(r"\n([ \t]*+)Returns?[ \t]*\n\1-{3,20}[ \t]*\n")
_GOOGLE: Final = re.compile(r"\n([ \t]*+)Returns?:[ \t]*\n([ \t]+)")
_SPHINX: Final = re.compile(r"\n[ \t]*+:rtype:[ \t]*+([^\n]{1,200})")
# `graph : Graph or None`, `:class:`~shop.Graph``, `shop.Graph`
_NAMED: Final = re.compile(
    r"(?:[\w*]{1,60} : )?(?:an? )?(?::(?:py:)?\w{1,10}:)?`{0,2}~?([A-Za-z_][\w.]{0,200})`{0,2}(?: or None)?"
)


def documented_return(docstring: str) -> str:
    """Return the name of the class of what a function returns, as its docstring writes it; empty if in doubt.

    In numpydoc's `G : Graph`, it is `Graph`.
    """
    text = docstring[:_MAX_CHARS]
    if section := _NUMPYDOC.search(text):
        return _of_numpydoc(text[section.end() :].split("\n"), section[1])
    if section := _GOOGLE.search(text):
        first, colon, _ = text[section.end() :].partition("\n")[0].partition(": ")
        return _class(first) if colon else ""
    found = _SPHINX.search(text)
    return _class(found[1]) if found else ""


def _of_numpydoc(lines: list[str], indent: str) -> str:
    """Return the one class of a section: a second line as far left begins another value."""
    entries: list[str] = []
    for number, line in enumerate(lines):
        following = lines[number + 1].strip() if number + 1 < len(lines) else ""
        if following.startswith("---") and line.strip():
            break
        if line.strip() and line.startswith(indent) and not line[len(indent) :].startswith((" ", "\t")):
            entries.append(line.strip())
        elif line.strip() and not line.startswith(indent):
            break
    return _class(entries[0]) if len(entries) == 1 else ""


def _class(text: str) -> str:
    """Return the one name that a text consists of, if it is written as classes are."""
    named = _NAMED.fullmatch(text.strip().rstrip("."))
    name = named[1].rstrip(".") if named else ""
    return name if name.rpartition(".")[2][:1].isupper() or name.endswith(".ndarray") else ""
