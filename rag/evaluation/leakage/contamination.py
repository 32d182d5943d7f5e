"""Contamination: retrieved passages that hold the answer to the task itself, found and left out."""

from collections.abc import Sequence
from typing import NamedTuple

from rag.evaluation.leakage.fingerprint import NGRAM_WORDS, Overlap, fingerprint, word_list
from rag.evaluation.task import Task
from rag.retrieval.hit import Hit


class Excluded(NamedTuple):
    """A hit that was left out, and what it holds of the task."""

    hit: Hit
    overlap: Overlap


def contamination(task: Task, hits: Sequence[Hit], n: int = NGRAM_WORDS) -> list[Overlap]:
    """Return how much of `task` the text of each hit holds word for word, in the order of `hits`.

    Args:
        task: its statement, reference and tests are searched for.
        hits: in any order.
        n: words in an n-gram; 8 to 13 are usual, and higher values find only longer copies. What counts as
            contamination, and why, is described in `rag.evaluation.leakage.fingerprint`.
    """
    known = fingerprint(task, n)
    return [known.overlap(word_list(hit.chunk.text)) for hit in hits]


def exclude_contaminated(
    task: Task, hits: Sequence[Hit], n: int = NGRAM_WORDS
) -> tuple[list[Hit], list[Excluded]]:
    """Split `hits` into those that may be shown for `task` and those that may not, keeping their ranks."""
    overlaps = contamination(task, hits, n)
    kept = [hit for hit, overlap in zip(hits, overlaps, strict=True) if overlap.reason is None]
    excluded = [Excluded(*pair) for pair in zip(hits, overlaps, strict=True) if pair[1].reason is not None]
    return kept, excluded
