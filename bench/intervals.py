"""Scores of a bench by question, with the confidence intervals of `rag.evaluation.intervals`."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from rag.evaluation import intervals
from rag.evaluation.intervals import Interval, Paired


class Answer(NamedTuple):
    """The score of a question, its stratum (empty if there is only one) and its labels."""

    question: str
    score: float
    stratum: str = ""
    labels: tuple[str, ...] = ()


def interval(answers: Sequence[Answer]) -> Interval:
    """Return the mean over strata of the mean over their questions, with its 95 % bootstrap interval."""
    return intervals.interval([a.score for a in answers], [a.stratum for a in answers])


def paired(before: Sequence[Answer], after: Sequence[Answer]) -> Paired:
    """Compare two runs question by question.

    Raises:
        ValueError: the runs did not answer the same questions.
    """
    first, second = ({(a.stratum, a.question): a.score for a in run} for run in (before, after))
    return intervals.paired(first, second, {key: key[0] for key in first})


def by_label(answers: Sequence[Answer]) -> Mapping[str, list[Answer]]:
    """Return the answers of each label, ordered by label."""
    labels = sorted({label for answer in answers for label in answer.labels})
    return {label: [answer for answer in answers if label in answer.labels] for label in labels}


def save(path: Path, sets: Mapping[str, Sequence[Answer]]) -> None:
    """Write the scores of a run, for a later comparison."""
    path.write_text(json.dumps({name: [list(a) for a in answers] for name, answers in sets.items()}))


def load(path: Path) -> dict[str, list[Answer]]:
    """Read the scores that `save` wrote."""
    return {
        name: [Answer(question, score, stratum, tuple(labels)) for question, score, stratum, labels in rows]
        for name, rows in json.loads(path.read_text()).items()
    }
