"""Answers of a bench, and how sure their means are: `rag.evaluation.intervals` over questions and strata."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from rag.evaluation import intervals
from rag.evaluation.intervals import Interval, Paired


class Answer(NamedTuple):
    """A question's score, with the stratum that it belongs to (empty where there is one) and its labels."""

    question: str
    score: float
    stratum: str = ""
    labels: tuple[str, ...] = ()


def interval(answers: Sequence[Answer]) -> Interval:
    """The mean over strata of the mean over their questions, and where 95 % of its bootstrap draws lie."""
    return intervals.interval([a.score for a in answers], [a.stratum for a in answers])


def paired(before: Sequence[Answer], after: Sequence[Answer]) -> Paired:
    """Compare two runs. Raises `ValueError` where they did not answer the same questions."""
    first, second = ({(a.stratum, a.question): a.score for a in run} for run in (before, after))
    return intervals.paired(first, second, {key: key[0] for key in first})


def by_label(answers: Sequence[Answer]) -> Mapping[str, list[Answer]]:
    """The answers of each label, in the order of their names."""
    labels = sorted({label for answer in answers for label in answer.labels})
    return {label: [answer for answer in answers if label in answer.labels] for label in labels}


def save(path: Path, sets: Mapping[str, Sequence[Answer]]) -> None:
    """Write what a run scored, for a later comparison."""
    path.write_text(json.dumps({name: [list(a) for a in answers] for name, answers in sets.items()}))


def load(path: Path) -> dict[str, list[Answer]]:
    """What `save` wrote."""
    return {
        name: [Answer(question, score, stratum, tuple(labels)) for question, score, stratum, labels in rows]
        for name, rows in json.loads(path.read_text()).items()
    }
