"""Score given chunks by their words, which are read from the table: a search would read long lists."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from math import isfinite, log
from typing import Any, Final, NamedTuple

from indexers.bulk_cache import BulkCache
from indexers.search.interfaces import Fields
from indexers.search.lance.row_numbers import RowNumbers
from indexers.search.lance.tables import LanceTable
from indexers.search.lance.words_writer import MEAN_LENGTHS, TEXTS
from indexers.search.lexical import K1, SCORE_DECIMALS, B
from indexers.search.lexical_query import LexicalQuery, Name, is_near_name

_KEPT: Final = 4_000  # chunks; about 30 MB

Frequencies = Callable[[str, Iterable[str]], Mapping[str, int]]
"""Returns how many chunks have each of some tokens in a field."""


def saturated(times: int, length: int, mean_length: float) -> float:
    """Return the part of BM25 that tells how much a token says that stands so many times in a text."""
    return times * (K1 + 1) / (times + K1 * (1 - B + B * length / mean_length))


class _Words(NamedTuple):
    """What a chunk holds: how often each token stands in each field, its body, and the keys of its names."""

    counts: dict[str, Counter[str]]
    lengths: dict[str, int]
    body: str
    keys: tuple[str, ...]


def is_defined(name: Name, keys: Iterable[str]) -> bool:
    """Return whether one of these keys is that of a name, or near enough."""
    return any(is_near_name(key, name) for key in keys)


class StoredWords:
    """Scores chunks by BM25, phrases and names, as `LanceWords.search` does.

    Args:
        table: the table, for errors.
        dataset: of the generation.
        count: the number of its chunks.
        frequencies: returns how many chunks have tokens.

    Raises what `LanceTable.raising_trouble` raises if the mean lengths are not what a writer of ours stored.
    """

    def __init__(self, table: LanceTable, dataset: Any, count: int, frequencies: Frequencies) -> None:
        self._table, self._count, self._frequencies = table, count, frequencies
        self._rows = RowNumbers(table, dataset)
        self._words = BulkCache[int, _Words](self._read, _KEPT)
        with table.raising_trouble():
            self.mean_lengths = _mean_lengths(dataset.config().get(MEAN_LENGTHS, "")) if count else {}

    def scores(self, query: LexicalQuery, chunk_ids: Collection[int]) -> dict[int, float]:
        """Return the scores of those of these chunks that match."""
        with self._table.raising_trouble():
            return self._scores(query, chunk_ids)

    def _scores(self, query: LexicalQuery, chunk_ids: Collection[int]) -> dict[int, float]:
        weights = self._weights(query)
        found: dict[int, float] = {}
        for chunk_id, words in self._words(chunk_ids).items():
            text = f" {words.body} "
            if not all(f" {' '.join(tokens)} " in text for tokens in query.required):
                continue
            parts = [
                weight * saturated(words.counts[field][token], words.lengths[field], self.mean_lengths[field])
                for field, tokens in weights.items()
                for token, weight in tokens.items()
                if token in words.counts[field]
            ]
            parts += [weight for tokens, weight in query.phrases if f" {' '.join(tokens)} " in text]
            parts += [name.weight for name in query.names if is_defined(name, words.keys)]
            if parts or query.required:
                found[chunk_id] = round(sum(parts), SCORE_DECIMALS)
        return found

    def _weights(self, query: LexicalQuery) -> dict[str, dict[str, float]]:
        """Return what each token of the query counts in each field: its weight and its rarity."""
        weights: dict[str, dict[str, float]] = {}
        for field, token, weight in query.terms:
            tokens = weights.setdefault(field, {})
            tokens[token] = tokens.get(token, 0.0) + weight
        for field, tokens in weights.items():
            having = self._frequencies(field, tokens)
            for token in tokens:
                tokens[token] *= log(1 + (self._count - having[token] + 0.5) / (having[token] + 0.5))
        return weights

    def _read(self, chunk_ids: Collection[int]) -> dict[int, _Words]:
        found: dict[int, _Words] = {}
        for rows in self._rows.read([TEXTS], chunk_ids):
            with self._table.raising_trouble():
                texts = rows[TEXTS].to_pylist()
                found |= zip(
                    rows["chunk_id"].to_pylist(),
                    (_words(Fields(*text.split("\n"))) for text in texts),
                    strict=True,
                )
        return found


def _words(fields: Fields) -> _Words:
    tokens = {name: text.split() for name, text in fields._asdict().items()}
    keys = tuple(tokens.pop("defines"))
    counts = {name: Counter(some) for name, some in tokens.items()}
    return _Words(counts, {name: len(some) for name, some in tokens.items()}, fields.body, keys)


def _mean_lengths(stored: str) -> dict[str, float]:
    """Return the mean length of each field. Raises `ValueError` for what a writer of ours has not stored."""
    known = json.loads(stored)
    means = {name: float(known[name]) for name in Fields._fields}
    if not all(isfinite(mean) and mean >= 0 for mean in means.values()):
        raise ValueError("the mean length of a field is not a number")
    return means
