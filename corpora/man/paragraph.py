"""The records that a manual page is parsed into."""

import re
from dataclasses import dataclass, field

from corpora.man.escapes import JOIN


@dataclass(slots=True)
class Paragraph:
    """A paragraph of a page.

    Attributes:
        heading: of its section; empty before the first.
        subheading: of its subsection; empty if there is none.
        depth: of indentation, in steps of 1; 0 is the margin.
        term: what it describes, if it is an item of a list (`-x, --extract`).
        bullet: the mark of an item of a list without terms (`*`, `1.`).
        lines: of text.
        verbatim: whether the lines stay as they are.
    """

    heading: str
    subheading: str
    depth: int
    term: str = ""
    bullet: str = ""
    lines: list[str] = field(default_factory=list)
    verbatim: bool = False

    @property
    def text(self) -> str:
        """The text: on one line, or with its lines as they are if `verbatim`."""
        if self.verbatim:
            return re.sub(f"{JOIN}\n?", "", "\n".join(self.lines)).strip("\n")
        text = re.sub(f"{JOIN} ?", "", " ".join(self.lines))
        return " ".join(text.split())

    @property
    def shown(self) -> str:
        """The text behind its bullet."""
        return f"{self.bullet} {self.text}" if self.bullet else self.text


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
