"""Compare two evaluations of retrieval question by question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from corpora.errors import RagError
from rag.evaluation.intervals import Paired, paired
from rag.evaluation.questions.measured import QuestionRank, RetrievalResult
from rag.evaluation.questions.scores import MEASURES, measure_named, scores_of


@dataclass(frozen=True, slots=True)
class RankChange:
    """A question that has another rank than before; 0 is none."""

    question: str
    before: int
    after: int

    @property
    def is_gain(self) -> bool:
        """Whether the answer stands higher than before."""
        return bool(self.after) and (not self.before or self.after < self.before)


@dataclass(frozen=True, slots=True)
class RetrievalComparison:
    """What changed between two evaluations, over the questions that both asked.

    Args:
        count: the number of these questions.
        only_one: the number of questions that only one of them asked.
        before: the mean of each measure.
        after: the same of the second evaluation.
        differences: how much better the second is, with its interval and p-value, by measure.
        changes: the questions with another rank, in the order of the second evaluation.
    """

    count: int
    only_one: int
    before: Mapping[str, float]
    after: Mapping[str, float]
    differences: Mapping[str, Paired]
    changes: tuple[RankChange, ...]


def compare_retrieval(
    before: RetrievalResult, after: RetrievalResult, measures: Sequence[str] = MEASURES
) -> RetrievalComparison:
    """Compare two evaluations over the questions that both asked, of which both looked at the same hits.

    Ranks beyond the smaller number of hits count as none.

    Raises:
        RagError: they have no question in common.
    """
    k = min(before.k, after.k)
    first, second = ({key: _within(one, k) for key, one in run.keyed().items()} for run in (before, after))
    shared = [key for key in second if key in first]
    if not shared:
        raise RagError(
            "the two evaluations cannot be compared",
            why="they have no question in common",
            fix="evaluate the same questions twice",
        )
    differences = {}
    for name in measures:
        measure = measure_named(name)
        runs = ({key: measure(run[key]) for key in shared} for run in (first, second))
        differences[name] = paired(*runs, are_shares=name != "MRR")
    return RetrievalComparison(
        count=len(shared),
        only_one=len(first.keys() ^ second.keys()),
        before=scores_of([first[key] for key in shared], measures),
        after=scores_of([second[key] for key in shared], measures),
        differences=differences,
        changes=tuple(
            RankChange(key[0], first[key], second[key]) for key in shared if first[key] != second[key]
        ),
    )


def _within(one: QuestionRank, k: int) -> int:
    return one.rank if one.rank <= k else 0
