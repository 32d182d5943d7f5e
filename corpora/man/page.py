"""Parse a manual page into paragraphs, each with its heading, its depth and, in a list, its term.

The macros are those of man(7). Pages in mdoc(7) are translated into these first (see `mdoc`).
"""

from dataclasses import dataclass, field

from corpora.man.mdoc import is_mdoc, man_lines
from corpora.man.roff import Lines, arguments, unescape

_FONTS = frozenset({"B", "I", "SM", "SB", "R"})
_ALTERNATING = frozenset({"BR", "RB", "BI", "IB", "IR", "RI"})
_INDENTING = {"PP": 0, "P": 0, "LP": 0, "HP": 0, "RS": 1, "RE": -1}  # steps of indentation
_VERBATIM = {"nf": True, "EX": True, "fi": False, "EE": False}
_MAX_TERM_CHARS = 160
_MAX_TERM_WORDS = 8  # more words are a sentence, unless they are options


@dataclass(slots=True)
class Paragraph:
    """A paragraph of a page.

    Attributes:
        heading: of its section; empty before the first.
        subheading: of its subsection; empty if there is none.
        depth: of indentation, in steps of 1; 0 is the margin.
        term: what it describes, if it is an item of a list (`-x, --extract`).
        lines: of text.
        verbatim: whether the lines stay as they are.
    """

    heading: str
    subheading: str
    depth: int
    term: str = ""
    lines: list[str] = field(default_factory=list)
    verbatim: bool = False

    @property
    def text(self) -> str:
        """The text: on one line, or with its lines as they are if `verbatim`."""
        joined = "\n".join(self.lines) if self.verbatim else " ".join(" ".join(self.lines).split())
        return joined.strip("\n")


@dataclass(frozen=True, slots=True)
class ManualPage:
    """A manual page.

    Attributes:
        name: by its title line, often in upper case (`LS`); empty if there is no title line.
        section: of the manual (`1`, `3p`).
        source: the package and version (`GNU coreutils 9.1`); may be empty.
        paragraphs: the text.
    """

    name: str
    section: str
    source: str
    paragraphs: tuple[Paragraph, ...]


def parse_manual_page(source: str) -> ManualPage:
    """Parse a manual page in man(7) or mdoc(7); text that is neither gives a page without a name."""
    if is_mdoc(source):
        source = man_lines(source)
    return _Reader().read(source)


class _Reader:
    """The state of formatting while the lines of a page are read in order."""

    def __init__(self) -> None:
        self.title: list[str] = []
        self.heading = self.subheading = ""
        self.depth = 0  # number of open RS
        self.in_item = False  # within the body of a TP or IP, which is one step deeper
        self.verbatim = False
        self.wanted = ""  # the macro that takes the next line of text as its argument: TP, TQ, SH, SS
        self.done: list[Paragraph] = []
        self.open: Paragraph | None = None

    def read(self, source: str) -> ManualPage:
        lines = Lines(source)
        for line in lines:
            if line.startswith("."):
                name, _, rest = line[1:].partition(" ")
                self.request(name.rstrip(), [unescape(part, lines.strings) for part in arguments(rest)])
            else:
                self.text(unescape(line, lines.strings))
        self.close()
        name, section, _, source_name = [*self.title, "", "", "", ""][:4]
        return ManualPage(name, section, source_name, tuple(_with_terms(self.done)))

    def request(self, name: str, words: list[str]) -> None:  # noqa: C901, PLR0912 (a table of macros)
        """Carry out a macro with its arguments; an unknown one is ignored."""
        if name == "TH":  # .TH TAR 1 2026-01-01 "GNU tar 1.35"
            self.title = words
        elif name in {"SH", "SS"}:  # .SH DESCRIPTION, or the heading on the next line
            self.close()
            self.depth, self.in_item, self.verbatim = 0, False, False
            self.wanted = name if not words else ""
            if words:
                self.set_heading(name, " ".join(words))
        elif name in _INDENTING:  # a paragraph, or a block of them that is one step deeper
            self.close()
            self.depth = max(self.depth + _INDENTING[name], 0)
            self.in_item = False
        elif name == "TP":  # the next line is a term, what follows it describes the term
            self.close()
            self.in_item, self.wanted = False, name
        elif name == "TQ":  # the next line is one more spelling of the term
            self.wanted = name
        elif name == "IP":  # .IP \(bu 2, or .IP --all
            self.close()
            self.in_item = True
            if words and words[0].strip():
                self.start(words[0].strip())
        elif name in _VERBATIM:
            self.close()
            self.verbatim = _VERBATIM[name]
        elif name in {"sp", "br"}:
            if self.verbatim:
                self.text("")
            elif name == "sp":
                self.close()
        elif name in _FONTS or name in {"UR", "MT"}:
            if words:
                self.text(" ".join(words))
        elif name in _ALTERNATING:  # .BR tar (1) prints tar(1), the first word in bold
            self.text("".join(words))
        elif name == "OP":  # .OP \-f archive prints [-f archive]
            self.text(f"[{' '.join(words)}]")
        elif name == "SY":
            self.close()
            self.text(" ".join(words))

    def set_heading(self, level: str, text: str) -> None:
        if level == "SH":
            self.heading, self.subheading = text, ""
        else:
            self.subheading = text

    def text(self, text: str) -> None:
        """Take a line of text: the argument of an open macro, or part of the current paragraph."""
        if self.wanted in {"SH", "SS"}:
            self.set_heading(self.wanted, text.strip())
            self.wanted = ""
            return
        if self.wanted == "TP":
            self.wanted = ""
            self.start(text.strip())
            self.in_item = True
            return
        if self.wanted == "TQ":
            self.wanted = ""
            if self.open and self.open.term and not self.open.lines:  # `-a` becomes `-a, --all`
                self.open.term += ", " + text.strip()
            return
        if not text.strip() and not self.verbatim:
            self.close()
            return
        if self.open is None or self.open.verbatim != self.verbatim:
            self.start("")
        assert self.open is not None
        self.open.lines.append(text)

    def start(self, term: str) -> None:
        self.close()
        depth = self.depth + (self.in_item and not term)
        self.open = Paragraph(self.heading, self.subheading, depth, term, verbatim=self.verbatim)

    def close(self) -> None:
        if self.open and (self.open.lines or self.open.term):
            self.done.append(self.open)
        self.open = None


def _is_short(text: str) -> bool:
    return len(text.split()) <= _MAX_TERM_WORDS and not text.endswith((".", ":", ","))


def _with_terms(paragraphs: list[Paragraph]) -> list[Paragraph]:
    """Turn each short paragraph before a deeper one into the term that the deeper one describes.

    This is how pages made from AsciiDoc and DocBook write lists: `-a, --all`, then indented text.
    """
    found: list[Paragraph] = []
    for number, paragraph in enumerate(paragraphs):
        following = paragraphs[number + 1] if number + 1 < len(paragraphs) else None
        text = paragraph.text
        if (
            not paragraph.term
            and not paragraph.verbatim
            and following is not None
            and (following.heading, following.subheading) == (paragraph.heading, paragraph.subheading)
            and following.depth > paragraph.depth
            and len(text) <= _MAX_TERM_CHARS
            and (text.startswith("-") or (not following.verbatim and _is_short(text)))
        ):
            paragraph.term, paragraph.lines = text, []
        found.append(paragraph)
    return found
