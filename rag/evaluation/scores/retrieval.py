"""Scores of retrieval, by ir_measures (MacAvaney et al. 2022). Needs the extra `eval`."""

import re
from collections.abc import Collection, Mapping, Sequence
from statistics import fmean
from typing import Final, NamedTuple

from corpora.errors import MissingExtra, RagError

RETRIEVAL_MEASURES: Final = ("nDCG@10", "R@10", "RR@10", "P@10")
# Checked here, since a cutoff of 0, as in `P@0`, makes the library end the process.
_MEASURE = re.compile(r"(nDCG|NDCG|R|P|RR|AP|Success)@[1-9]\d{0,5}|(nDCG|NDCG|RR|AP)")


class RetrievalScores(NamedTuple):
    """Measure -> task -> score, and measure -> mean over the tasks; all 0 to 1."""

    per_task: Mapping[str, Mapping[str, float]]
    mean: Mapping[str, float]


def retrieval_scores(
    gold: Mapping[str, Collection[str]],
    ranked: Mapping[str, Sequence[str]],
    measures: Sequence[str] = RETRIEVAL_MEASURES,
) -> RetrievalScores:
    """Score the documents retrieved for each task against its gold documents.

    Args:
        gold: task -> ids of the documents that answer it; a task without any is left out.
        ranked: task -> ids of the retrieved documents, best first; of a repeated id the first place counts.
            A missing task retrieved nothing, and scores 0.
        measures: names of ir_measures: nDCG@k, R@k (recall), P@k, RR@k, AP@k, Success@k.

    Returns:
        The scores, in the order of `measures` and `gold`.

    Raises:
        MissingExtra: ir_measures is not installed.
        RagError: a measure is unknown, or no task has gold documents.
    """
    try:
        import ir_measures
    except ImportError as error:
        raise MissingExtra("ir-measures", "eval") from error
    judged = {task: dict.fromkeys(documents, 1) for task, documents in gold.items() if documents}
    if not judged:
        raise RagError(
            "retrieval cannot be scored",
            why="no task names the documents that answer it",
            fix="add gold documents to the tasks, or leave out the scores of retrieval",
        )
    parsed = {ir_measures.parse_measure(_known(name)): name for name in measures}
    run = {task: _scored(documents) for task, documents in ranked.items() if task in judged and documents}
    found: dict[str, dict[str, float]] = {name: dict.fromkeys(judged, 0.0) for name in measures}
    for metric in ir_measures.iter_calc(list(parsed), judged, run) if run else ():
        found[parsed[metric.measure]][metric.query_id] = float(metric.value)
    return RetrievalScores(found, {name: fmean(scores.values()) for name, scores in found.items()})


def _known(measure: str) -> str:
    if not _MEASURE.fullmatch(measure):
        raise RagError(
            f"unknown retrieval measure {measure!r}",
            why="known measures are nDCG@k, R@k, P@k, RR@k, AP@k and Success@k, with k of 1 or more",
            fix=f"for example: {', '.join(RETRIEVAL_MEASURES)}",
        )
    return measure


def _scored(documents: Sequence[str]) -> dict[str, float]:
    """Return scores that decrease with the rank, since ir_measures sorts by score."""
    unique = dict.fromkeys(documents)
    return {document: float(-place) for place, document in enumerate(unique)}
