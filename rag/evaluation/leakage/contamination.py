"""Retrieved passages that hold the answer to the task at hand, found and left out."""

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
    """What the text of each hit holds of `task` word for word; see `fingerprint` for what counts and why.

    Args:
        task: whose statement, reference and tests are looked for.
        hits: in any order.
        n: words in a gram; 8 to 13 are usual. More find longer copies only.
    """
    known = fingerprint(task, n)
    return [known.overlap(word_list(hit.chunk.text)) for hit in hits]


def exclude_contaminated(
    task: Task, hits: Sequence[Hit], n: int = NGRAM_WORDS
) -> tuple[list[Hit], list[Excluded]]:
    """The hits that may be shown for `task`, in their order and with their ranks, and those that may not."""
    overlaps = contamination(task, hits, n)
    kept = [hit for hit, overlap in zip(hits, overlaps, strict=True) if overlap.reason is None]
    excluded = [Excluded(*pair) for pair in zip(hits, overlaps, strict=True) if pair[1].reason is not None]
    return kept, excluded
