"""What docstrings say of versions and of deprecation, and their first sentences."""

import re
from collections.abc import Iterator
from typing import Final

from corpora.api.model import Note, NoteKind

_KINDS: Final[dict[str, NoteKind]] = {
    "versionadded": "added",
    "version-added": "added",
    "versionchanged": "changed",
    "version-changed": "changed",
    "deprecated": "deprecated",
    "version-deprecated": "deprecated",
    "deprecated-removed": "deprecated",
    "versionremoved": "removed",
    "version-removed": "removed",
}
# `.. versionadded:: 2.0 It also takes text.` and `.. versionadded 2.0`, as some write it.
_DIRECTIVE: Final = re.compile(
    r"^([ \t]*+)\.\. ?(version-?added|version-?changed|version-?removed|version-deprecated|deprecated-removed"
    r"|deprecated)[ \t]*+:{0,2}[ \t]*+(\S*+)[ \t]*+(.*)$"
)
# `Deprecated since version 2.0: use f.`, `New in version 1.1.`, `*Changed in version 3*`
_SENTENCE: Final = re.compile(
    r"[ \t*_]*+(New|Added|Changed|Deprecated|Removed) (?:in|since) (?:version )?v?(\d[\w.]*+)[ \t*_:.,]*+"
    r"(.*)$",
    re.IGNORECASE,
)
_OF_SENTENCE: Final[dict[str, NoteKind]] = {
    "new": "added",
    "added": "added",
    "changed": "changed",
    "deprecated": "deprecated",
    "removed": "removed",
}
_DEPRECATED: Final = re.compile(
    r"[\s.!*_]*+(?:this \w{1,20} is )?deprecated\b[\s*_:.,]*+(.*)$", re.IGNORECASE
)
# `copy : bool, default True`, `copy (bool): ...`, `copy: ...`, `**options`, `:param copy: ...`
_PARAMETER: Final = re.compile(
    r"[ \t]*+(?:`{0,2}\*{0,2}(\w+)`{0,2}(?: ?\([^()]{0,100}\))?(?: ?:.*)?|:param (?:\w+ )?(\w+):.*)$"
)
_MAX_ABOVE: Final = 40  # lines
# "* ``noload`` - nothing is loaded": one of the values of a parameter, or one of several remarks.
_ITEM: Final = re.compile(r"[ \t]*+[*-][ \t]++`{0,2}(\w++)")
_END: Final = re.compile(r"[.!?](?=\s|$)")
_MAX_NOTES: Final = 30
_MAX_TEXT: Final = 500
_MAX_LINES: Final = 2_000
_MAX_LINE: Final = 2_000
_MIN_SUMMARY: Final = 6  # `e.g.` ends no sentence
_MAX_SUMMARY: Final = 200
_MAX_SUMMARY_LINES: Final = 30


def notes_of(docstring: str) -> tuple[Note, ...]:
    """Return what a docstring says of versions, in its order."""
    lines = [line[:_MAX_LINE] for line in docstring.split("\n")[:_MAX_LINES]]
    return tuple(note for note, _ in zip(_notes(lines), range(_MAX_NOTES), strict=False))


def _notes(lines: list[str]) -> Iterator[Note]:
    for number, line in enumerate(lines):
        if found := _DIRECTIVE.match(line):
            text = [found[4], *_indented(lines, number + 1, len(found[1]))]
            version = found[3].rstrip(":.,")
            if found[2] == "deprecated-removed" and text[0]:  # (the second number: when it goes)
                text[0] = text[0].partition(" ")[2]
            yield Note(_KINDS[found[2]], version, _joined(text), _subject(lines, number, len(found[1])))
        elif found := _SENTENCE.match(line):
            margin = len(line) - len(line.lstrip())
            text = [found[3], *_indented(lines, number + 1, margin)]
            kind, version = _OF_SENTENCE[found[1].lower()], found[2].rstrip(".")
            yield Note(kind, version, _joined(text), _subject(lines, number, margin))


def _subject(lines: list[str], number: int, margin: int) -> str:
    """Return the parameter, or the item of a list, in whose description a line stands.

    It is in the next line before that is indented less.
    """
    for line in reversed(lines[max(0, number - _MAX_ABOVE) : number] if margin else []):
        if line.strip() and len(line) - len(line.lstrip()) < margin:
            if item := _ITEM.match(line):
                return item[1]
            found = _PARAMETER.match(line)
            return found[1] or found[2] if found else ""
    return ""


def _indented(lines: list[str], start: int, margin: int) -> Iterator[str]:
    """Yield the lines of a paragraph that are indented deeper than `margin`."""
    for position in range(start, len(lines)):
        line = lines[position]
        if not line.strip():
            if position > start:
                return
            continue
        if len(line) - len(line.lstrip()) <= margin:
            return
        yield line


def _joined(lines: list[str]) -> str:
    return " ".join(" ".join(lines).split())[:_MAX_TEXT]


def deprecation_in(docstring: str, notes: tuple[Note, ...]) -> str:
    """Return what a docstring says of the deprecation of its object; empty if it is not deprecated.

    A note that is about a parameter does not count.
    """
    for note in notes:
        if note.kind == "deprecated" and not note.about:
            since = f"since {note.version}" if note.version else ""
            return ": ".join(filter(None, (since, note.text))) or "deprecated"
    first = docstring.strip().partition("\n")[0][:_MAX_LINE]
    if (found := _DEPRECATED.match(first)) and not first.lower().startswith("deprecated in favo"):
        return _joined([found[1]]) or "deprecated"
    return ""


def summary_of(docstring: str) -> str:
    """Return the first sentence of a docstring on one line, without what Sphinx marks."""
    lines: list[str] = []
    is_box = False
    for line in docstring.strip().split("\n")[:_MAX_SUMMARY_LINES]:
        is_box = line.startswith("!!! ") or (is_box and (not line.strip() or line.startswith("    ")))
        if is_box:  # `!!! abstract "Usage Documentation"` of MkDocs
            continue
        if not line.strip() or set(line.strip()) <= {"=", "-", "~", "*"}:
            if lines:
                break
            continue
        if line.lstrip().startswith(".. "):
            break
        lines.append(line[:_MAX_LINE])
    text = " ".join(" ".join(lines).split())
    end = _END.search(text)
    shown = text[: end.end()] if end and end.end() >= _MIN_SUMMARY else text
    return shown if len(shown) <= _MAX_SUMMARY else f"{shown[: _MAX_SUMMARY - 3]}..."
