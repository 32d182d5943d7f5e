"""Find the chunks whose text matches regular expressions: those that the index cannot exclude are read."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import Final

from indexers.catalog.catalog import Catalog
from indexers.catalog.passages import DocumentPassages, Passages
from indexers.search.expression import Expression, TextTooLong
from indexers.search.interfaces import LexicalIndex
from indexers.search.lexical_query import LexicalQuery
from indexers.search.required_words import required_words

# A word that more of the chunks have spares too little reading to be asked for.
_RARE: Final = 0.15


@dataclass(frozen=True, slots=True)
class ScanLimits:
    """When reading stops.

    Args:
        seconds: the time that all texts together may take.
        matches: the number of chunks that are enough.
    """

    seconds: float = 5.0
    matches: int = 10_000


NO_LIMITS: Final = ScanLimits(inf, sys.maxsize)


@dataclass(frozen=True, slots=True)
class Scan:
    """The chunks that match.

    Args:
        chunk_ids: their ids, by corpus, path and place in the file.
        read: the number of documents that were read.
        documents: the number of documents that may have matches.
        unread: the number of chunks that are too long for the expression.
        why_cut: why reading stopped before the last document; empty if it did not.
    """

    chunk_ids: tuple[int, ...]
    read: int
    documents: int
    unread: int = 0
    why_cut: str = ""


def scan(
    catalog: Catalog,
    lexical: LexicalIndex,
    expressions: Sequence[Expression],
    documents: Sequence[int] | None = None,
    limits: ScanLimits = NO_LIMITS,
) -> Scan:
    """Return the chunks of these documents (of all for None) whose texts match all `expressions`."""
    candidates = _candidates(lexical, expressions, documents)
    passages = Passages(catalog.database, catalog.texts)
    among = documents if candidates is None else passages.documents_of(candidates)
    kinds = passages.documents(among)
    search = _ChunkSearch(expressions, None if candidates is None else set(candidates), limits.seconds)
    found: list[int] = []
    read = 0
    why_cut = ""
    for document_id, stored in passages.texts([*kinds]):
        if len(found) >= limits.matches:
            break
        if kinds[document_id] == "docs" or all(one.may_match_part(stored.text) for one in expressions):
            found += search.matching(passages.of(document_id, stored))
        if search.is_late:  # perhaps in the middle of a document
            why_cut = f"it took {limits.seconds:g} seconds"
            break
        read += 1
    if not why_cut and (len(found) > limits.matches or read < len(kinds)):
        why_cut = f"{limits.matches:,} matches were found"
    return Scan(tuple(found[: limits.matches]), read, len(kinds), search.too_long, why_cut)


def matching_chunks(
    catalog: Catalog, expressions: Sequence[Expression], chunk_ids: Sequence[int], seconds: float = inf
) -> list[int]:
    """Return those of these chunks whose texts match all `expressions`, by corpus, path and place.

    Those that are left after so many seconds are not tried.
    """
    passages = Passages(catalog.database, catalog.texts)
    search = _ChunkSearch(expressions, set(chunk_ids), seconds)
    found: list[int] = []
    for document_id, stored in passages.texts([*passages.documents(passages.documents_of(chunk_ids))]):
        found += search.matching(passages.of(document_id, stored))
        if search.is_late:
            break
    return found


def _candidates(
    lexical: LexicalIndex, expressions: Sequence[Expression], documents: Sequence[int] | None
) -> list[int] | None:
    """Return the ids of the chunks that have the words without which nothing matches; None for all chunks."""
    rows = [row for expression in expressions for row in required_words(expression.pattern)]
    frequencies = lexical.frequencies("body", {token for row in rows for token in row})
    count = lexical.count()
    if not frequencies or min(frequencies.values()) > count * _RARE:
        return None
    found = lexical.search(LexicalQuery(required=tuple(rows)), count, documents)
    return [hit.chunk_id for hit in found]


class _ChunkSearch:
    """Tries expressions on chunks (on those wanted, if given) until the time is over."""

    def __init__(self, expressions: Sequence[Expression], wanted: set[int] | None, seconds: float) -> None:
        self._expressions, self._wanted = expressions, wanted
        self._latest = monotonic() + seconds
        self.too_long = 0

    @property
    def is_late(self) -> bool:
        """Return whether the time is over."""
        return monotonic() > self._latest

    def matching(self, document: DocumentPassages) -> list[int]:
        """Return the chunks of a document that match, as far as there is time."""
        found: list[int] = []
        for span in document.spans:
            if self._wanted is not None and span.chunk_id not in self._wanted:
                continue
            if self.is_late:
                break
            text = document.text(span)
            try:
                if all(expression.matches(text) for expression in self._expressions):
                    found.append(span.chunk_id)
            except TextTooLong:
                self.too_long += 1
        return found
