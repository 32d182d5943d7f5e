"""Evaluate a generator with retrieval on real tasks, by running its answers."""

from rag.evaluation.datasets import Dataset, open_dataset
from rag.evaluation.environments import Environments, make_environments
from rag.evaluation.report import RunResult, compare, html_report, text_report
from rag.evaluation.run import Evaluation, Generated, Recorded, Sampler, Settings, evaluate, read_result
from rag.evaluation.task import Task

__all__ = [
    "Dataset",
    "Environments",
    "Evaluation",
    "Generated",
    "Recorded",
    "RunResult",
    "Sampler",
    "Settings",
    "Task",
    "compare",
    "evaluate",
    "html_report",
    "make_environments",
    "open_dataset",
    "read_result",
    "text_report",
]
