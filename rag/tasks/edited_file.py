"""A file that is edited: its text, how that is written as bytes, and the definition that is meant."""

import codecs
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from corpora.errors import RagError, UnknownName, reason_of
from corpora.outside.file_text import decode_text
from corpora.outside.files import read_outside
from corpora.syntax.languages import language_of
from rag.prompting.fence import clean, safe_line
from rag.tasks.source_definitions import ParsedSource, SourceDefinition, parse_definitions

MAX_EDITED_BYTES: Final = 2_000_000
_MARKS: Final = (
    codecs.BOM_UTF8,
    codecs.BOM_UTF32_LE,
    codecs.BOM_UTF32_BE,
    codecs.BOM_UTF16_LE,
    codecs.BOM_UTF16_BE,
)
_SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class EditPlace:
    """A function or a class in a file.

    Args:
        path: of the file.
        line: 1-based number of one of its lines; 0 if it is named.
        name: of it, such as `Cart.total` or only `total`; empty if a line is given.
    """

    path: Path
    line: int = 0
    name: str = ""

    @classmethod
    def named(cls, place: str) -> "EditPlace":
        """Return the place that `FILE:LINE` or `FILE:NAME` names. Raises `RagError` for another text."""
        file, _, rest = place.replace("::", ".").rpartition(":")
        if not file or not rest.strip() or "/" in rest or "\\" in rest:
            raise RagError(
                f"{safe_line(place)} is no function or class of a file",
                why="it has no line and no name after a colon",
                fix="write FILE:LINE or FILE:NAME, such as src/cart.py:12 or src/cart.py:Cart.total",
            )
        if rest.isdecimal() and len(rest) < 10:
            return cls(Path(file), line=int(rest))
        return cls(Path(file), name=rest.strip())


@dataclass(frozen=True, slots=True)
class EditedFile:
    """A file as it was read.

    Attributes:
        path: of the file.
        data: its bytes.
        text: what they say, with the line ends of the file.
        encoding: of the bytes.
        mark: the byte order mark in front of them; empty without one.
        language: of the code.
        parsed: its definitions.
    """

    path: Path
    data: bytes
    text: str
    encoding: str
    mark: bytes
    language: str
    parsed: ParsedSource

    @property
    def line_end(self) -> str:
        """The line end that most of its lines have."""
        windows = self.text.count("\r\n")
        return "\r\n" if 2 * windows > self.text.count("\n") else "\n"

    def encoded(self, text: str) -> bytes:
        """Return another text as bytes of the same kind. Raises `RagError` where a character has none."""
        try:
            return self.mark + text.encode(self.encoding)
        except UnicodeEncodeError as error:
            raise RagError(
                f"the new code cannot be written to {self.path}",
                why=f"the file is in {self.encoding}, which has no {error.object[error.start : error.end]!r}",
                fix="ask for code without this character, or convert the file to UTF-8",
            ) from error


def read_edited_file(path: Path) -> EditedFile:
    """Return a file that is to be edited.

    Raises:
        RagError: it is a link or no file of code, cannot be read or parsed, or could not be written again in
            its encoding.
    """
    try:
        data = read_outside(path, max_bytes=MAX_EDITED_BYTES, follow_links=False)
    except (OSError, ValueError) as error:
        why = "it is a link; what it leads to is not touched" if path.is_symlink() else reason_of(error)
        raise RagError(f"cannot edit {path}", why=why, fix="name a file of code") from error
    decoded = decode_text(data)
    if not isinstance(decoded, tuple):
        raise RagError(f"cannot edit {path}", why=f"it is no text ({decoded})", fix="name a file of code")
    text, encoding = decoded
    mark = next((one for one in _MARKS if data.startswith(one)), b"")
    if _encoded(text, encoding) != data[len(mark) :]:
        raise RagError(
            f"cannot edit {path}",
            why="it holds bytes that are no text, or lone carriage returns, and would not be kept as it is",
            fix="convert it to UTF-8 with usual line ends first",
        )
    language = language_of(path.name, text[:1000])
    parsed = parse_definitions(text.encode("utf-8"), language)
    if parsed is None:
        raise RagError(
            f"cannot edit {path}",
            why=f"functions are not known of a file in {language or 'this language'}, or it is too large",
            fix="name a file of code, such as src/cart.py",
        )
    return EditedFile(path, data, text, encoding, mark, language, parsed)


def definition_at(file: EditedFile, place: EditPlace) -> SourceDefinition:
    """Return the definition that a place names: the innermost one at a line, or the one of a name.

    Raises:
        RagError: there is none, or there are several.
    """
    known = file.parsed.definitions
    if place.name:
        return _of_name(file, place.name)
    around = [one for one in known if one.first_line <= place.line <= one.last_line]
    if around:
        return min(around, key=lambda one: (one.lines, -one.start))
    near = sorted(known, key=lambda one: abs(one.first_line - place.line))[:3]
    raise RagError(
        f"there is no function or class at line {place.line} of {file.path}",
        why=f"near it are: {_listed(near)}" if near else "the file has none",
        fix="name a line of a function, or its name",
    )


def _of_name(file: EditedFile, name: str) -> SourceDefinition:
    known = file.parsed.definitions
    exact = [one for one in known if one.name == name]
    found = exact or [one for one in known if one.name.endswith(f".{name}")]
    if len(found) == 1:
        return found[0]
    if not found:
        raise UnknownName(f"function or class of {file.path.name}", clean(name), [one.name for one in known])
    raise RagError(
        f"there are several {safe_line(name)} in {file.path}",
        why=f"these: {_listed(found[:_SHOWN])}",
        fix=f"name the line of one of them, such as {file.path}:{found[0].first_line}",
    )


def _listed(found: list[SourceDefinition]) -> str:
    return ", ".join(f"{safe_line(one.name)} (line {one.first_line})" for one in found)


def _encoded(text: str, encoding: str) -> bytes | None:
    try:
        return text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return None
