"""Select among samples by running them, without the tests of their task."""

from rag.evaluation.selection.methods import METHODS, Observed
from rag.evaluation.selection.probes import request_for_tests
from rag.evaluation.selection.select import Ranked, Selection, observe_samples, rank_samples, select

__all__ = [
    "METHODS",
    "Observed",
    "Ranked",
    "Selection",
    "observe_samples",
    "rank_samples",
    "request_for_tests",
    "select",
]
