"""Cut reStructuredText at its headings and at the objects that its directives describe."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from corpora.document import Section

_RULE = re.compile(r"([!-/:-@\[-`{-~])\1*\s*$")
_MIN_RULE = 3
_EXPLICIT = re.compile(r"( *)\.\.(?:[ \t]+(.*))?$")
_DIRECTIVE = re.compile(r"(?:\|[^|]*\|\s*)?((?:[\w+-]+:)?[\w+-]+)::(?:[ \t]+(.*))?$")
_TARGET = re.compile(r"_(`[^`]+`|[^:]+):\s*(.*)$")
_FOOTNOTE = re.compile(r"\[[^\]]+\]\s")
_OBJECTS: Final = frozenset({
    "function", "class", "method", "attribute", "data", "exception", "classmethod", "staticmethod",
    "property", "decorator", "decoratormethod", "coroutinefunction", "asyncmethod", "type", "macro",
    "member", "struct", "union", "enum", "enumerator", "var", "concept", "alias", "object", "describe",
    "option", "cmdoption", "envvar", "confval", "setting", "directive", "role", "opcode", "get", "post",
    "put", "patch", "delete", "module",
})  # fmt: skip
_CODE: Final = frozenset(
    {"code-block", "code", "sourcecode", "parsed-literal", "doctest", "testcode", "ipython", "prompt"}
)
# What is for the generator or for a browser, and nothing that a reader of the page sees as text.
_DROPPED: Final = frozenset({
    "toctree", "index", "meta", "raw", "contents", "image", "figure", "currentmodule",
    "py:currentmodule", "default-domain", "highlight", "include", "literalinclude", "sectionauthor",
    "codeauthor", "tabularcolumns", "testsetup", "testcleanup", "testoutput", "autosummary", "graphviz",
    "plot", "sectnum", "default-role", "replace", "unicode", "date", "tags",
})  # fmt: skip
_SCOPES: Final = frozenset({"class", "exception", "struct", "enum", "union", "type"})
_IN_NAME = re.compile(r"[\w.$:~-]+")
_KEYWORDS = re.compile(r"^(?:(?:async|abstract|class|static|final|property|public|const|virtual|def)\s+)+")
_OPTION = re.compile(r":[\w-]+:")
_MAX_NESTING = 8


@dataclass(slots=True)
class _Unit:
    """A heading or an object, with the lines of its text."""

    name: str
    anchor: str
    signature: str = ""
    lines: list[str] = field(default_factory=list)


def rst_sections(text: str, title: str) -> tuple[tuple[Section, ...], int]:
    """Return a section for each heading and each described object, and the characters that nobody sees.

    Args:
        text: the page.
        title: the name of the section before the first heading.

    Comments are left out and counted. The anchor of a heading is that of docutils or its own target, that of
    an object its name, as Sphinx makes them. Code is fenced as in Markdown.
    """
    reader = _Reader(title)
    reader.read(text.expandtabs(8).split("\n"), "", 0)
    sections = []
    for unit in reader.units:
        body = "\n".join(unit.lines).strip("\n")
        if body.strip() or unit.signature:
            sections.append(Section(unit.name, body or unit.signature, unit.anchor, unit.signature))
    return tuple(sections), reader.invisible


class _Reader:
    """Reads blocks of lines into units."""

    def __init__(self, title: str) -> None:
        self.units = [_Unit(title, "")]
        self.invisible = 0
        self._module = ""
        self._target = ""
        self._levels: list[tuple[str, bool]] = []

    def read(self, lines: Sequence[str], scope: str, depth: int) -> None:
        """Read lines whose margin is the first column, in an object called `scope`."""
        unit = self.units[-1]
        number = 0
        while number < len(lines):
            if depth == 0 and (heading := _heading_at(lines, number)):
                name, end = heading
                marks = "#" * min(self._level(lines, number), 6)
                unit = _Unit(_plain(name), self._target or _slug(name), lines=[f"{marks} {_plain(name)}"])
                self.units.append(unit)
                self._target, number = "", end
                continue
            found = _EXPLICIT.match(lines[number])
            if found and not found[1]:
                end = _block_end(lines, number)
                unit.lines += self._explicit(found[2] or "", lines[number + 1 : end], scope, depth)
                number = end
                continue
            if lines[number].rstrip().endswith("::") and not lines[number].startswith(" "):
                code_end = _block_end(lines, number)
                unit.lines += _literal(lines[number], lines[number + 1 : code_end])
                number = code_end
                continue
            unit.lines.append(lines[number])
            if lines[number].strip():
                self._target = ""  # it leads to this paragraph
            number += 1

    def _explicit(self, first: str, block: Sequence[str], scope: str, depth: int) -> Sequence[str]:
        """Return the lines that a block of explicit markup gives to the unit around it; read an object."""
        directive = _DIRECTIVE.match(first)
        if target := _TARGET.match(first):
            self._target = "" if target[2] else _slug(target[1].strip("`"))
        elif directive is not None:
            return self._directive(directive, [f".. {first}", *block], scope, depth)
        elif _FOOTNOTE.match(first):
            return [f".. {first}", *block]
        else:
            self.invisible += len("".join([first, *block]).strip())  # a comment
        return []

    def _directive(self, found: re.Match[str], lines: list[str], scope: str, depth: int) -> Sequence[str]:
        name, argument = found[1].lower(), (found[2] or "").strip()
        kind = name.rpartition(":")[2]
        if name in {"currentmodule", "py:currentmodule"}:
            self._module = argument
        if name in _DROPPED:
            return []
        if kind in _CODE:
            return list(_fenced(argument.split(" ")[0], lines[1:]))
        if kind in _OBJECTS and (argument or lines[1:]) and depth < _MAX_NESTING:
            self._object(kind, argument, lines[1:], (scope, depth))
            return []
        return lines

    def _object(self, kind: str, argument: str, block: Sequence[str], place: tuple[str, int]) -> None:
        scope, depth = place
        if kind == "module":
            self._module = argument
        # Up to the first blank line there are further signatures, and options such as `:noindex:`.
        head = next((place for place, line in enumerate(block) if not line.strip()), len(block))
        more = [line.strip() for line in block[:head] if not _OPTION.match(line.strip())]
        signatures = [*([argument] if argument else []), *more]
        body = _dedented(block[head:])
        name = self._qualified(kind, signatures[0].rstrip("\\"), scope) if signatures else kind
        anchor = f"cmdoption-{name.lstrip('-')}" if kind in {"option", "cmdoption"} else name
        anchor = f"module-{name}" if kind == "module" else f"envvar-{name}" if kind == "envvar" else anchor
        self.units.append(_Unit(name, anchor, "" if kind == "module" else "; ".join(signatures)))
        self.read(body, name if kind in _SCOPES else scope, depth + 1)

    def _qualified(self, kind: str, signature: str, scope: str) -> str:
        shown = _KEYWORDS.sub("", signature).partition("(")[0]
        if kind in {"option", "cmdoption", "module", "envvar", "get", "post", "put", "patch", "delete"}:
            return shown.split(",")[0].split("=")[0].strip().split(" ")[0] or kind
        words = _IN_NAME.findall(shown.partition(" = ")[0].partition(": ")[0])
        name = words[-1] if words else signature
        above = scope or self._module
        return f"{above}.{name}" if above and not name.startswith(f"{above}.") and "::" not in name else name

    def _level(self, lines: Sequence[str], number: int) -> int:
        over = _RULE.match(lines[number]) is not None
        style = (lines[number if over else number + 1][0], over)
        if style not in self._levels:
            self._levels.append(style)
        return self._levels.index(style) + 1


def _heading_at(lines: Sequence[str], number: int) -> tuple[str, int] | None:
    """Return the title of a heading at a line, and the line after it."""
    line = lines[number].rstrip()
    if not line:
        return None
    if _is_rule(line) and number + 2 < len(lines) and lines[number + 2].rstrip() == line:
        title = lines[number + 1].strip()
        return (title, number + 3) if title and not _is_rule(title) else None
    if number + 1 >= len(lines) or line.startswith((" ", "..")) or _continues(lines, number):
        return None
    under = lines[number + 1].rstrip()
    is_long = len(under) >= min(len(line), 2 * len(under)) - 2  # docutils warns of short ones, and takes them
    return (line, number + 2) if _is_rule(under) and is_long and not _is_rule(line) else None


def _continues(lines: Sequence[str], number: int) -> bool:
    """Return whether a line is not the first of its paragraph."""
    before = lines[number - 1] if number else ""
    return bool(before.strip()) and not before.startswith("..")


def _is_rule(line: str) -> bool:
    return len(line) >= _MIN_RULE and _RULE.fullmatch(line) is not None


def _block_end(lines: Sequence[str], start: int) -> int:
    """Return the line after the block that is indented below `start`."""
    end = start + 1
    while end < len(lines) and (not lines[end].strip() or lines[end].startswith(" ")):
        end += 1
    while end > start + 1 and not lines[end - 1].strip():
        end -= 1
    return end


def _dedented(block: Sequence[str]) -> list[str]:
    margin = min((len(line) - len(line.lstrip()) for line in block if line.strip()), default=0)
    body = [line[margin:] for line in block]
    while body and not body[0].strip():
        body.pop(0)
    return body


def _literal(line: str, block: Sequence[str]) -> list[str]:
    """Return a paragraph that ends with `::`, and the code below it."""
    shown = line.rstrip()
    paragraph = [] if shown == "::" else [shown[:-2].rstrip() + ("" if shown[:-2].endswith(" ") else ":")]
    if not any(text.strip() for text in block):
        return [*paragraph, *block]
    return [*paragraph, "", *_fenced("", block)]


def _fenced(language: str, block: Sequence[str]) -> Iterator[str]:
    body = _dedented(block)
    while body and _OPTION.match(body[0]):  # options such as `:caption:`
        body.pop(0)
    while body and not body[0].strip():
        body.pop(0)
    runs = re.findall(r"`{3,}", "\n".join(body))
    fence = "`" * max([3, *(len(run) + 1 for run in runs)])
    word = language if re.fullmatch(r"[\w+#.-]{1,30}", language) else ""
    yield from (f"{fence}{word}", *body, fence)


def _plain(title: str) -> str:
    """Return a title without roles and emphasis: ``:mod:`json` --- x`` -> `json --- x`."""
    return re.sub(r":[\w:+-]{1,60}:(?=`)", "", title).replace("`", "").replace("*", "").strip()


def _slug(title: str) -> str:
    """Return the id that docutils makes of a title: `From source (Linux)` -> `from-source-linux`."""
    return re.sub(r"[^a-z0-9]+", "-", _plain(title).lower()).strip("-")
