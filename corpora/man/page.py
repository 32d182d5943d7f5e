"""Parse a manual page into paragraphs, each with its heading, its depth and, in a list, its term.

The macros are those of man(7). Pages in mdoc(7) are translated into these first (see `mdoc`).
"""

import re
from collections.abc import Callable
from typing import Final

from corpora.man.escapes import JOIN, unescape
from corpora.man.mdoc import is_mdoc, man_lines
from corpora.man.paragraph import ManualPage, Paragraph
from corpora.man.roff import Lines, arguments, request_in
from corpora.man.tables import Table
from corpora.man.terms import with_terms

_FONTS: Final = frozenset({"B", "I", "SM", "SB", "R", "CW"})
_ALTERNATING: Final = frozenset({"BR", "RB", "BI", "IB", "IR", "RI"})
_INDENTING: Final = {"PP": 0, "P": 0, "LP": 0, "HP": 0, "RS": 1, "RE": -1}  # steps of indentation
_VERBATIM: Final = {"nf": True, "EX": True, "fi": False, "EE": False}
_BULLET = re.compile(r"[*o+•·-]|--|(?:\d{1,3}|[a-zA-Z])[.)]|\(\w{1,3}\)|\[\w{1,3}\]")


def parse_manual_page(source: str) -> ManualPage:
    """Parse a manual page in man(7) or mdoc(7); text that is neither gives a page without a name."""
    page = _Reader().read(source)
    return ManualPage(page.name, page.section, page.source, tuple(with_terms(list(page.paragraphs))))


class _Reader:
    """The state of formatting while the lines of a page are read in order."""

    def __init__(self) -> None:
        self.title: list[str] = []
        self.heading = self.subheading = ""
        self.depth = 0  # number of open RS
        self.in_item = False  # within the body of a TP or IP, which is one step deeper
        self.verbatim = False
        self.wanted = ""  # the macro that takes the next line of text as its argument: TP, TQ, SH, SS, B, BR
        self.url = ""  # of an open link
        self.table: Table | None = None
        self.done: list[Paragraph] = []
        self.open: Paragraph | None = None

    def read(self, source: str) -> ManualPage:
        lines = Lines(source)

        def shown(text: str) -> str:
            return unescape(text, lines.names)

        for line in man_lines(lines) if is_mdoc(source) else lines:
            if self.table and not self.table.is_request(line):
                self.table.line(line, shown)
            elif line.startswith("."):
                name, rest = request_in(line)
                self.request(name, [shown(part) for part in arguments(rest)])
            else:
                self.text(shown(line))
        self.close()
        name, section, _, source_name = [*self.title, "", "", "", ""][:4]
        return ManualPage(name, section, source_name, tuple(self.done))

    def request(self, name: str, words: list[str]) -> None:
        """Carry out a macro with its arguments; an unknown one is ignored."""
        if name in _FONTS or name in _ALTERNATING:  # .BR tar (1) prints tar(1), the first word in bold
            if words:
                self.text((" " if name in _FONTS else "").join(words))
            elif self.wanted not in {"TP", "TQ", "SH", "SS"}:  # .B, and the text on the next line
                return
        elif name in _INDENTING:  # a paragraph, or a block of them that is one step deeper
            self.close()
            self.depth = max(self.depth + _INDENTING[name], 0)
            self.in_item = False
        elif name in _VERBATIM:
            self.close()
            self.verbatim = _VERBATIM[name]
        elif (carry_out := _REQUESTS.get(name)) is not None:
            carry_out(self, name, words)

    def set_title(self, _: str, words: list[str]) -> None:
        """Take the title line: `.TH TAR 1 2026-01-01 "GNU tar 1.35"`, or `TAR(1)` and the rest."""
        if words and (found := re.fullmatch(r"(.+)\((\w+)\)", words[0])):
            words = [found[1], found[2], *words[1:]]
        self.title = self.title or words

    def start_section(self, name: str, words: list[str]) -> None:
        """Start a section: `.SH DESCRIPTION`, or the heading on the next line."""
        self.close()
        self.depth, self.in_item, self.verbatim = 0, False, False
        self.wanted = name if not words else ""
        if words:
            self.set_heading(name, " ".join(words))

    def start_item(self, name: str, words: list[str]) -> None:
        """Start an item: `.IP * 2`, `.IP --all`, or `.TP` with the term on the next line."""
        self.close()
        self.in_item = name == "IP"
        if not self.in_item:
            self.wanted = name
            return
        mark = words[0].strip() if words else ""
        if mark:
            self.start("" if _BULLET.fullmatch(mark) else mark, mark if _BULLET.fullmatch(mark) else "")

    def more_term(self, _: str, __: list[str]) -> None:
        """Take the next line as one more spelling of the term."""
        self.wanted = "TQ"

    def space(self, name: str, words: list[str]) -> None:
        """End a line or a paragraph."""
        if self.verbatim:
            self.text("")
        elif name == "sp" and (not words or not words[0].startswith("-")):
            self.close()

    def option(self, _: str, words: list[str]) -> None:
        """Show an option of a synopsis: `.OP -f archive` prints [-f archive]."""
        self.text(f"[{' '.join(words)}]")

    def synopsis(self, _: str, words: list[str]) -> None:
        """Start the synopsis of a command."""
        self.close()
        self.text(" ".join(words))

    def page(self, _: str, words: list[str]) -> None:
        """Refer to another page: `.MR tar 1 ,` prints tar(1),."""
        name, section, rest = [*words, "", "", ""][:3]
        self.text(f"{name}({section}){rest}" if section else name)

    def link(self, name: str, words: list[str]) -> None:
        """Show a link: its text, if any, then its address in angle brackets."""
        if name in {"UR", "MT"}:
            self.url = words[0] if words else ""
        elif name in {"UE", "ME"}:
            self.text(f"<{self.url}>{''.join(words[:1])}" if self.url else "".join(words[:1]))
            self.url = ""
        elif words:  # .URL address text punctuation
            address, text, mark = [*words, "", ""][:3]
            self.text(f"{text} <{address}>{mark}".strip())

    def tables(self, name: str, _: list[str]) -> None:
        """Start or end a table."""
        if name == "TS":
            self.close()
            self.table = Table(self.row)
        elif self.table and name == "T&":
            self.table.new_format()
        elif self.table:
            table, self.table = self.table, None
            table.close()
            self.close()

    def row(self, text: str) -> None:
        """Take the row of a table: a line of a paragraph whose lines stay as they are."""
        if self.open is None or not self.open.verbatim:
            self.start("")
            assert self.open is not None
            self.open.verbatim = True
        self.open.lines.append(text)

    def set_heading(self, level: str, text: str) -> None:
        text = text.replace(JOIN, "")
        if self.subheading and not (self.done and self.done[-1].subheading == self.subheading):
            self.done.append(Paragraph(self.heading, "", 0, lines=[self.subheading]))  # nothing below it
        if level == "SH":
            self.heading, self.subheading = text, ""
        else:
            self.subheading = text

    def text(self, text: str) -> None:
        """Take a line of text: the argument of an open macro, or part of the current paragraph."""
        wanted, self.wanted = self.wanted, ""
        if self.table:
            self.table.text(text)
        elif wanted in {"SH", "SS"}:
            self.wanted = "" if text.strip() else wanted
            if text.strip():
                self.set_heading(wanted, text.strip())
        elif wanted:
            self.add_term(wanted, text)
        elif not text.strip() and not self.verbatim:
            self.close()
        else:
            if self.open is None or self.open.verbatim != self.verbatim:
                self.start("")
            assert self.open is not None
            self.open.lines.append(text)

    def add_term(self, wanted: str, text: str) -> None:
        """Take the term of an item, more of it (`TP+`), or one more spelling of it (`TQ`)."""
        term = text.replace(JOIN, "").strip()
        if wanted == "TP+" and self.open:
            self.open.term += text.replace(JOIN, "")
        elif wanted == "TQ" and self.open and self.open.term and not self.open.lines:
            self.open.term += f", {term}"  # `-a` becomes `-a, --all`
        else:
            is_bullet = _BULLET.fullmatch(term) is not None
            self.start("" if is_bullet else term, term if is_bullet else "")
            self.in_item = True
            if not term:
                self.close()
        self.wanted = "TP+" if text.endswith(JOIN) else ""

    def start(self, term: str, bullet: str = "") -> None:
        self.close()
        depth = self.depth + (self.in_item and not term and not bullet)
        self.open = Paragraph(self.heading, self.subheading, depth, term, bullet, verbatim=self.verbatim)

    def close(self) -> None:
        if self.open and (self.open.lines or self.open.term):
            self.done.append(self.open)
        self.open = None


_REQUESTS: Final[dict[str, Callable[[_Reader, str, list[str]], None]]] = {
    "TH": _Reader.set_title,
    **dict.fromkeys(("SH", "SS"), _Reader.start_section),
    **dict.fromkeys(("TP", "IP"), _Reader.start_item),
    "TQ": _Reader.more_term,
    **dict.fromkeys(("sp", "br"), _Reader.space),
    "OP": _Reader.option,
    "SY": _Reader.synopsis,
    "MR": _Reader.page,
    **dict.fromkeys(("UR", "UE", "MT", "ME", "URL", "MTO"), _Reader.link),
    **dict.fromkeys(("TS", "TE", "T&"), _Reader.tables),
}
