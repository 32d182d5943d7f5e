"""Cut AsciiDoc at its headings; listings are fenced as in Markdown."""

import re
from collections import Counter
from collections.abc import Iterator

from corpora.document import Section
from corpora.pages.markdown_docs import numbered_anchor

_HEADING = re.compile(r"(={1,6}|#{1,6})[ \t]++(.+)")
_ANCHOR = re.compile(r"\[\[([\w.:-]+)(?:,[^\]]*)?\]\]$|\[#([\w.:-]++)[^\]]*+\]$")
_ATTRIBUTE = re.compile(r":!?[\w-]+!?:(?:[ \t].*)?$")
_SOURCE = re.compile(r"\[(?:source)?(?:%\w+)*,[ \t]*(?:language=)?[\"']?([\w+#.-]{1,30})|\[source")
_PREPROCESSOR = re.compile(r"(?:include|ifdef|ifndef|ifeval|endif)::")
_INLINE = re.compile(r"(?<!\w)([*_`#]{1,2})([^\s*_`#](?:[^*_`#]*[^\s*_`#])?)\1(?!\w)")  # `code`, *bold*


def asciidoc_sections(text: str, title: str) -> tuple[tuple[Section, ...], int]:
    """Return a section for each heading, and the characters of comments, which are left out.

    Args:
        text: the page.
        title: the name of the section before the first heading.

    Anchors are the page's own (`[#id]`), else those that Asciidoctor makes: `_from_source`.
    """
    reader = _Reader()
    names = [(title, "", list[str]())]
    used: Counter[str] = Counter()
    for line, heading, anchor in reader.lines(text.split("\n")):
        if heading:
            name = _INLINE.sub(r"\2", heading)
            own = anchor or numbered_anchor(_slug(name), used)
            names.append((name, own, [line]))
        else:
            names[-1][2].append(line)
    sections = []
    for name, anchor, lines in names:
        body = "\n".join(lines).strip("\n")
        if body.strip():
            sections.append(Section(name, body, anchor))
    return tuple(sections), reader.invisible


class _Reader:
    """Reads lines one after another, with what is open around them."""

    def __init__(self) -> None:
        self.invisible = 0
        self._open = ""  # the delimiter that closes the block of code or comment around a line
        self._language = ""
        self._anchor = ""

    def lines(self, lines: list[str]) -> Iterator[tuple[str, str, str]]:
        """Yield each line that is shown, with its heading and that one's anchor, which are mostly empty."""
        for number, line in enumerate(lines):
            shown = line.rstrip()
            if self._open:
                yield from self._inside(line, shown)
            elif shown == "////":
                self._open = shown
            elif shown.startswith("//") and not shown.startswith("///"):
                self.invisible += len(shown)
            elif _is_fence(shown):
                self._open = shown
                yield f"```{self._language}", "", ""
                self._language = ""
            elif found := _HEADING.match(shown):
                heading = _without_marks(found[2], found[1])
                yield f"{'#' * len(found[1])} {heading}", heading, self._anchor
                self._anchor = ""
            elif not self._is_markup(shown, lines[number + 1] if number + 1 < len(lines) else ""):
                yield line, "", ""

    def _inside(self, line: str, shown: str) -> Iterator[tuple[str, str, str]]:
        if shown == self._open:
            if self._open != "////":
                yield "```", "", ""
            self._open = ""
        elif self._open == "////":
            self.invisible += len(shown)
        else:
            yield line, "", ""

    def _is_markup(self, line: str, following: str) -> bool:
        """Return whether a line is about the next block or the document, and shows nothing itself."""
        if anchor := _ANCHOR.match(line):
            self._anchor = anchor[1] or anchor[2]
            return True
        if source := _SOURCE.match(line):
            self._language = source[1] or ""
            return _is_fence(following.rstrip())
        is_preprocessor = line.endswith("]") and _PREPROCESSOR.match(line) is not None
        return is_preprocessor or _ATTRIBUTE.match(line) is not None


def _without_marks(heading: str, marks: str) -> str:
    """Return a heading without marks at its end: `Usage ==` of `== Usage ==` is `Usage`."""
    bare = heading.removesuffix(marks)
    return bare.rstrip() if bare[-1:].isspace() and bare.strip() else heading


def _is_fence(line: str) -> bool:
    return line.startswith("```") or (line[:4] in {"----", "...."} and not line.strip(line[0]))


def _slug(heading: str) -> str:
    """Return the id that Asciidoctor makes of a heading: `From source (Linux)` -> `_from_source_linux`."""
    words = re.sub(r"[ .-]+", "_", re.sub(r"[^\w .-]", "", heading.lower()))
    return f"_{words}".rstrip("_")
