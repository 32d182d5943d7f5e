"""Docstrings as text that reads well, in whatever style they are written.

The styles of Google and NumPy are made for readers and stay as they are, with examples line by line.
Rendering them from griffe's parse gained nothing and lost what its parser does not know. The fields of Sphinx
are made for programs, with the type of a parameter far from its meaning (`:param x:`, `:type x:`): those are
joined.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_FIELD = re.compile(
    r":(?P<kind>[a-z]++)(?:[ \t]++(?P<about>(?:[^:\n]++|:(?=[^:\s]))*+))?:(?:[ \t]+|$)(?P<text>.*)"
)
_WORD = re.compile(r"\w+")
_MAX_FIELD_CHARS = 2000  # of its first line
_CALL: Final = re.compile(r"(?P<name>[\w.]{1,100})(?P<call>\([^()\n]{0,300}\))(?: --?> ?)?")
_ARGUMENTS: Final = re.compile(r"(\w{1,50}(?:, ?\w{1,50}){0,9}) --?> ")
_RETURNED: Final = re.compile(r"[\w.]{1,60}")
_DIRECTIVE = re.compile(r"^([ \t]*)\.\. deprecated::[ \t]*(\S*)[ \t]*(.*)$", re.MULTILINE)

_NAMED: Final = frozenset(
    {"param", "parameter", "arg", "argument", "key", "keyword", "kwarg", "var", "ivar", "cvar"}
)
_TYPES: Final = frozenset({"type", "vartype", "rtype", "ytype"})
_HEADINGS: Final = (
    dict.fromkeys(("param", "parameter", "arg", "argument", "key", "keyword", "kwarg", "type"), "Parameters")
    | dict.fromkeys(("var", "ivar", "cvar", "vartype"), "Attributes")
    | dict.fromkeys(("raises", "raise", "except", "exception"), "Raises")
    | dict.fromkeys(("return", "returns", "rtype"), "Returns")
    | dict.fromkeys(("yield", "yields", "ytype"), "Yields")
)
SPHINX_FIELDS: Final = frozenset(_HEADINGS)
"""The names of the fields that are joined; others stay as they are."""


@dataclass(slots=True)
class _Fields:
    """The fields of one list, by heading and then by name, in their order."""

    types: dict[tuple[str, str], str] = field(default_factory=dict)
    texts: dict[str, dict[str, list[str]]] = field(default_factory=dict)


def readable_docstring(docstring: str, deprecated: str = "") -> str:
    """Return the text of a docstring, after the notice `deprecated` of its object if there is one."""
    text = _DIRECTIVE.sub(_deprecation, docstring.strip())
    lines = text.split("\n")
    if any(map(_field_in, lines)):
        joined = "\n".join(_joined(lines)).strip()
        if _words(text) - SPHINX_FIELDS <= _words(joined):
            text = joined
    said = " ".join(deprecated.split())
    if said and said not in " ".join(text.split()):
        text = f"Deprecated: {said}\n\n{text}".rstrip()
    return text


def documented_call(own: str, doc: str, *, is_class: bool, takes_arguments: bool) -> tuple[str, str]:
    """Return the call that the docstring of compiled code begins with, and the docstring without it.

    That is `strptime(string[, format]) -> struct_time`, or without the name `string, format -> new datetime`,
    which stays, since it reads as a sentence.

    Args:
        own: the name of the object, without what it is in.
        doc: its docstring.
        is_class: whether it is a class.
        takes_arguments: whether it is a function or a method.
    """
    first, line_feed, rest = doc.partition("\n")
    if (found := _CALL.match(first)) and found["name"].rpartition(".")[2] == own:
        call = found["call"]
    elif takes_arguments and (found := _ARGUMENTS.match(first)):
        return f"{own}({found[1]})", doc
    else:
        return "", doc
    returned = first[found.end() :].strip()
    if _RETURNED.fullmatch(returned):
        call, returned = f"{call} -> {returned}", ""
    signature = f"class {own}{call}" if is_class else f"{own}{call}"
    return signature, f"{returned}{line_feed}{rest}".strip()


def _deprecation(found: re.Match[str]) -> str:
    since = f" since version {found[2]}" if found[2] else ""
    return f"{found[1]}Deprecated{since}:" + (f" {found[3]}" if found[3] else "")


def _field_in(line: str) -> re.Match[str] | None:
    found = _FIELD.match(line) if len(line) <= _MAX_FIELD_CHARS else None
    return found if found and found["kind"] in SPHINX_FIELDS else None


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text))


def _joined(lines: list[str]) -> Iterator[str]:
    """Yield the lines with the fields of each list, which begin at the margin, joined."""
    position = 0
    while position < len(lines):
        if not _field_in(lines[position]):
            yield lines[position]
            position += 1
            continue
        fields = _Fields()
        while position < len(lines) and (found := _field_in(lines[position])):
            end = _end_of_field(lines, position)
            first = [found["text"].strip()] if found["text"].strip() else []
            _take(fields, found["kind"], (found["about"] or "").strip(), first + lines[position + 1 : end])
            position = _next_field(lines, end)
        yield from _rendered(fields)
        if position < len(lines):
            yield ""


def _end_of_field(lines: list[str], start: int) -> int:
    """Return where a field ends: before the next line that is neither indented nor empty, and blank lines."""
    end = start + 1
    while end < len(lines) and (not lines[end].strip() or lines[end][0].isspace()):
        end += 1
    while not lines[end - 1].strip():
        end -= 1
    return end


def _next_field(lines: list[str], position: int) -> int:
    """Return the number of the next line with text, from `position` on."""
    while position < len(lines) and not lines[position].strip():
        position += 1
    return position


def _take(fields: _Fields, kind: str, about: str, body: list[str]) -> None:
    heading = _HEADINGS[kind]
    name = about
    if kind in _TYPES:
        if (heading, name) not in fields.types:
            fields.types[heading, name] = " ".join(" ".join(body).split())
            fields.texts.setdefault(heading, {}).setdefault(name, [])
            return
        name = f"{name} (type)"  # the type is given twice: both are kept
    elif kind in _NAMED and " " in about:
        kind_given, _, short = about.rpartition(" ")  # :param int timeout:
        if fields.types.setdefault((heading, short), kind_given) == kind_given:
            name = short
    fields.texts.setdefault(heading, {}).setdefault(name, []).extend(body)


def _rendered(fields: _Fields) -> Iterator[str]:
    for number, (heading, entries) in enumerate(fields.texts.items()):
        if number:
            yield ""
        yield f"{heading}:"
        for name, (first, *others) in ((name, texts or [""]) for name, texts in entries.items()):
            kind = fields.types.get((heading, name), "")
            label = f"{name} ({kind})" if name and kind else name or kind
            yield "  " + (": ".join(filter(None, (label, first.strip()))))
            # The other lines keep their indentation relative to each other.
            yield from (f"    {line}" if line.strip() else "" for line in _dedented(others))


def _dedented(lines: list[str]) -> list[str]:
    margin = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return [line[margin:] for line in lines]
