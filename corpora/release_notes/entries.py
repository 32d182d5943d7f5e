"""Cut release notes into entries, each with the version that it is about and the names that it marks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from corpora.release_notes.files import NoteFile

_VERSION: Final = r"v?(\d{1,5}(?:\.\d{1,5}){1,3}(?:(?:a|b|rc|\.?dev|\.?post)\d{1,4})?)"
_IN_TITLE: Final = re.compile(rf"(?<![\w.]){_VERSION}(?![\w.]*\d)")
_IN_NAME: Final = re.compile(rf"{_VERSION}(?:[-_]notes)?")
_OF_DIRECTIVE: Final = re.compile(rf"[ \t]{{0,20}}:version:[ \t]{{1,8}}{_VERSION}")
_BULLET: Final = re.compile(r"([ \t]{0,40})(?:[-*+]|\d{1,3}[.)])[ \t]+")
_RULE: Final = frozenset("=-~^*#\"'`+:.")
_MARKED: Final = re.compile(r":([\w:+-]{1,40}):`([^`]{1,200})`|`{1,2}([^`]{1,200})`{1,2}")
_DOTTED: Final = re.compile(r"[~.!]{0,2}([A-Za-z_]\w{0,80}(?:\.[A-Za-z_]\w{0,80}){0,8})")
_NUMBERS: Final = re.compile(r" ?:(?:issue|pr|ticket|gh|ghissue|ghpull|user|pull):`[^`]{1,100}`,?")
_MAX_TITLE: Final = 120  # characters
_MAX_LINES: Final = 100_000
_MAX_LINE: Final = 2_000
_MAX_TEXT: Final = 2_000
_MAX_MARKED: Final = 30  # names of one entry


@dataclass(frozen=True, slots=True)
class MarkedName:
    """A name that release notes mark as code.

    Attributes:
        name: as it is written, without what Sphinx puts before it.
        role: of Sphinx: `meth`, `class`; empty for plain code.
        is_called: whether it is written with parentheses.
    """

    name: str
    role: str = ""
    is_called: bool = False


@dataclass(frozen=True, slots=True)
class NoteEntry:
    """An item of release notes.

    Attributes:
        version: that it is about.
        text: on one line, as it is written.
        names: that it marks.
        source: the file, with the number of the first line: `CHANGES.rst:120`.
        below: the item that it is below; empty for none. The text begins with it.
    """

    version: str
    text: str
    names: tuple[MarkedName, ...]
    source: str
    below: str = ""


def entries_of(file: NoteFile) -> Iterator[NoteEntry]:
    """Yield the items and paragraphs of a file that mark a name and are about a version."""
    lines = [line[:_MAX_LINE].rstrip() for line in file.text.split("\n")[:_MAX_LINES]]
    path = PurePosixPath(file.path)
    named = _IN_NAME.fullmatch(path.stem) or _IN_NAME.fullmatch(path.name)
    version, block, start = named[1] if named else "", list[str](), 0
    above: list[tuple[int, str]] = []
    for number, line in enumerate([*lines, ""]):
        found = _version_at(lines, number)
        if found or not line.strip() or _BULLET.match(line):
            yield from _entry(version, block, f"{file.path}:{start}", above)
            block = []
        if found:
            version = found
        elif line.strip():
            start = start if block else number + 1
            block.append(line)


def _version_at(lines: list[str], number: int) -> str:
    """Return the version that a title names; empty if a line is no title, or names none."""
    if number >= len(lines):
        return ""
    line = lines[number]
    if found := _OF_DIRECTIVE.match(line):
        return found[1]
    below = lines[number + 1].strip() if number + 1 < len(lines) else ""
    is_title = line.startswith("#") or (len(below) >= 3 and len({*below}) == 1 and below[0] in _RULE)
    found = _IN_TITLE.search(line) if is_title and len(line) <= _MAX_TITLE else None
    return found[1] if found else ""


def _entry(version: str, block: list[str], source: str, above: list[tuple[int, str]]) -> Iterator[NoteEntry]:
    """Yield the entry that lines are; `above` has the margins and texts of the items that it is below."""
    if not block:
        return
    said = (line for line in block if not line.lstrip().startswith((":tags:", ":tickets:")))
    text = _NUMBERS.sub("", " ".join(" ".join(said).split())[:_MAX_TEXT]).strip()
    bullet = _BULLET.match(block[0])
    if bullet:
        text = " ".join(text.split(" ", 1)[1:])
        while above and above[-1][0] >= len(bullet[1]):
            above.pop()
    names = tuple(dict.fromkeys(_marked(text)))[:_MAX_MARKED] if version else ()
    if names:
        # An item "Remove previously deprecated code" says what happened to those below it.
        begun = above[-1][1] if bullet and above and len(above[-1][1]) <= _MAX_TITLE else ""
        yield NoteEntry(version, f"{begun} {text}".strip(), names, source, begun)
    if bullet:
        above.append((len(bullet[1]), text))


def _marked(text: str) -> Iterator[MarkedName]:
    for found in _MARKED.finditer(text):
        written = (found[2] or found[3]).strip()
        if found[2] and written.endswith(">") and "<" in written:  # :meth:`append <pandas.DataFrame.append>`
            written = written.rpartition("<")[2][:-1]
        name = _DOTTED.match(written.removeprefix("_"))
        if name and written[name.end() : name.end() + 1] in {"", "(", "["}:
            is_called = written[name.end() : name.end() + 1] == "("
            yield MarkedName(name[1], (found[1] or "").rpartition(":")[2], is_called)
