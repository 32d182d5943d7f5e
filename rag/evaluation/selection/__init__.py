"""Choose among samples by running them, without the tests of their task."""

from rag.evaluation.selection.methods import METHODS, Observed
from rag.evaluation.selection.select import Ranked, Selection, observe_samples, rank, select
from rag.evaluation.selection.trials import request_for_tests

__all__ = [
    "METHODS",
    "Observed",
    "Ranked",
    "Selection",
    "observe_samples",
    "rank",
    "request_for_tests",
    "select",
]
