"""Chunks of an index that hold the answer to one of a set of tasks, found in one pass over the index."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexers.chunking.chunk import Chunk
from indexers.index import Index
from rag.evaluation.leakage.fingerprint import (
    NGRAM_WORDS,
    Fingerprint,
    Gram,
    Overlap,
    fingerprint,
    word_list,
)
from rag.evaluation.task import Task

# Words looked up together. Each call of numpy has a fixed cost; so many words take a few MB.
_BATCH_WORDS = 500_000
# The multiplier of Knuth's MMIX generator. It is odd, so that no power of it loses bits modulo 2^64.
_MULTIPLIER = 6364136223846793005

_Words = tuple[Chunk, list[str]]


class ContaminatedChunk(NamedTuple):
    """A chunk that holds the answer to a task; `location` is `corpus: location of the chunk`."""

    task_id: str
    location: str
    overlap: Overlap


class IndexOverlap(NamedTuple):
    """Overlap of a set of tasks with an index: their numbers, and what was found, by task and location."""

    tasks: int
    chunks: int
    found: tuple[ContaminatedChunk, ...]


def overlap_with_index(
    tasks: Sequence[Task], index: Index, n: int = NGRAM_WORDS, *, batch_words: int = _BATCH_WORDS
) -> IndexOverlap:
    """Find the chunks of `index` that hold an answer to one of `tasks`, by the rules for `contamination`.

    One pass over the chunks looks up the hashes of all n-grams of the tasks; only chunks with a match are
    compared in full. The result is sorted by the order of the tasks, then by location.

    Args:
        tasks: the tasks to search for.
        index: where to search.
        n: words in an n-gram.
        batch_words: words looked up together; changes the memory needed, not the result.
    """
    known = [fingerprint(task, n) for task in tasks]
    lookup = Lookup(known)
    found: list[tuple[int, ContaminatedChunk]] = []
    chunks = 0
    for batch in _batches(_texts(index), batch_words):
        chunks += len(batch)
        for place, numbers in lookup.candidates([words for _, words in batch]).items():
            chunk, words = batch[place]
            for number in numbers:
                overlap = known[number].overlap(words)
                if overlap.reason:
                    location = f"{chunk.origin.corpus}: {chunk.location}"
                    found.append((number, ContaminatedChunk(known[number].task_id, location, overlap)))
    found.sort(key=lambda pair: (pair[0], pair[1].location))
    return IndexOverlap(len(known), chunks, tuple(one for _, one in found))


def _texts(index: Index) -> Iterator[_Words]:
    for _, chunk_ids in index.catalog.chunk_ids_by_document():
        for chunk in index.chunks(chunk_ids).values():
            yield chunk, word_list(chunk.text)


def _batches(texts: Iterable[_Words], batch_words: int) -> Iterator[list[_Words]]:
    batch: list[_Words] = []
    size = 0
    for text in texts:
        batch.append(text)
        size += len(text[1])
        if size >= batch_words:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


class Lookup:
    """The hashed n-grams of some tasks, and the tasks that each of them belongs to."""

    def __init__(self, known: Sequence[Fingerprint]) -> None:
        grams: dict[Gram, list[int]] = defaultdict(list)
        for number, task in enumerate(known):
            for gram in task.decisive_grams():
                grams[gram].append(number)
        # Words become numbers from 1 on, so that an n-gram is a row of numbers that numpy can hash.
        self._ids = {word: place for place, word in enumerate(sorted({w for gram in grams for w in gram}), 1)}
        self._owners: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        for gram, numbers in grams.items():
            value = int(_hashes(self._numbers(gram), len(gram))[0])
            self._owners[len(gram)][value] += numbers
        self._sorted = {
            length: np.array(sorted(owners), dtype=np.uint64) for length, owners in self._owners.items()
        }

    def candidates(self, texts: Sequence[Sequence[str]]) -> Mapping[int, list[int]]:
        """Map the place of each text that may hold an n-gram of a task to the numbers of these tasks."""
        # A word that no task has is 0, and no n-gram has a 0. A 0 after each text keeps n-grams within it.
        # Two texts "sort a list" and "a list", tasks without "sort": 0 1 2 0 | 1 2 0.
        words = self._numbers(word for text in texts for word in (*text, ""))
        ends = np.cumsum([len(text) + 1 for text in texts])
        unknown = np.concatenate([[0], np.cumsum(words == 0)])
        found: dict[int, set[int]] = defaultdict(set)
        for length, wanted in self._sorted.items():
            # A run without a 0 has as many zeros up to its end as up to its start.
            starts = np.flatnonzero(unknown[length:] == unknown[:-length])
            if not len(starts):
                continue
            values = _hashes(words, length)[starts]
            places = np.searchsorted(wanted, values).clip(max=len(wanted) - 1)
            matched = wanted[places] == values
            # `ends` are the places after each text, so the search finds the text that a start lies in.
            texts_of = np.searchsorted(ends, starts[matched], side="right")
            for text, value in zip(texts_of.tolist(), values[matched].tolist(), strict=True):
                found[text].update(self._owners[length][value])
        return {text: sorted(numbers) for text, numbers in sorted(found.items())}

    def _numbers(self, words: Iterable[str]) -> NDArray[np.uint64]:
        known = self._ids
        return np.fromiter((known.get(word, 0) for word in words), dtype=np.uint64)


def _hashes(words: NDArray[np.uint64], length: int) -> NDArray[np.uint64]:
    """Return a polynomial hash, modulo 2^64, of each run of `length` words, in the order of their starts."""
    values = np.zeros(len(words) - length + 1, dtype=np.uint64)
    for start in range(length):
        values = values * np.uint64(_MULTIPLIER) + words[start : start + len(values)]
    return values
