"""Cut a document whose source already has sections, such as one for each documented object or heading."""

from collections.abc import Iterator

from corpora.document import Section
from indexers.chunking.lines import Piece, Text, cut_paragraphs

_SEPARATOR_BYTES = 2  # the blank line of corpora.document.join_sections


def cut_sections(text: Text, sections: tuple[Section, ...], max_chars: int) -> Iterator[Piece]:
    """Yield a piece for each of the `sections` that `text` was joined from, or several for a large section.

    A piece has the names, signature and anchor of its section; its scope is the name without its last part.
    Sections without visible text yield nothing.
    """
    start = 0
    for section in sections:
        end = start + len(section.text.encode())
        scope = _qualifier(section.name)
        if text.size(start, end):
            for low, high in cut_paragraphs(text, start, end, max_chars):
                names = section.name, scope, section.signature, section.anchor, section.aliases
                yield Piece(low, high, *names, is_bare=section.is_bare)
        start = end + _SEPARATOR_BYTES


def _qualifier(name: str) -> str:
    """Return `pandas.DataFrame` for `pandas.DataFrame.merge`; empty for a heading, which is not dotted."""
    return "" if " " in name else name.rpartition(".")[0]
