"""Repair an answer: run it, show the generator what went wrong, and ask again."""

from rag.evaluation.repair.repairer import Repairer
from rag.evaluation.repair.strategy import STRATEGIES
from rag.evaluation.repair.trial import FEEDBACK_MODES, FeedbackMode
from rag.evaluation.repair.trim import trim_traceback
from rag.evaluation.repair.turn import Repaired, Turn, log_lines

__all__ = [
    "FEEDBACK_MODES",
    "STRATEGIES",
    "FeedbackMode",
    "Repaired",
    "Repairer",
    "Turn",
    "log_lines",
    "trim_traceback",
]
