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
_RARE: Final = 0.05


@dataclass(frozen=True, slots=True)
class ScanLimits:
    """When reading stops.

    Args:
        seconds: the time that all texts together may take.
        matches: the number of chunks that are enough.
    """

    seconds: float = 3.0
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
    wanted = None if candidates is None else set(candidates)
    latest = monotonic() + limits.seconds
    found: list[int] = []
    read = unread = 0
    why_cut = ""
    for document_id, stored in passages.texts([*kinds]):
        if len(found) >= limits.matches:
            why_cut = f"{limits.matches:,} matches were found"
        elif monotonic() > latest:
            why_cut = f"it took {limits.seconds:g} seconds"
        if why_cut:
            break
        read += 1
        if kinds[document_id] == "docs" or all(one.may_match_part(stored.text) for one in expressions):
            matching, too_long = _matching(passages.of(document_id, stored), expressions, wanted)
            found += matching
            unread += too_long
    return Scan(tuple(found[: limits.matches]), read, len(kinds), unread, why_cut)


def matching_chunks(
    catalog: Catalog, expressions: Sequence[Expression], chunk_ids: Sequence[int]
) -> list[int]:
    """Return those of these chunks whose texts match all `expressions`, by corpus, path and place."""
    passages = Passages(catalog.database, catalog.texts)
    wanted = set(chunk_ids)
    texts = passages.texts([*passages.documents(passages.documents_of(chunk_ids))])
    documents = (passages.of(document_id, stored) for document_id, stored in texts)
    return [one for document in documents for one in _matching(document, expressions, wanted)[0]]


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


def _matching(
    document: DocumentPassages, expressions: Sequence[Expression], wanted: set[int] | None
) -> tuple[list[int], int]:
    """Return the chunks of a document (of those wanted) that match, and how many are too long for it."""
    found: list[int] = []
    too_long = 0
    for span in document.spans:
        if wanted is not None and span.chunk_id not in wanted:
            continue
        text = document.text(span)
        try:
            if all(expression.matches(text) for expression in expressions):
                found.append(span.chunk_id)
        except TextTooLong:
            too_long += 1
    return found, too_long
