"""Evaluate a generator with retrieval on real tasks, by running its answers."""

from rag.evaluation.datasets import Dataset, open_dataset
from rag.evaluation.environments import Environments, make_environments
from rag.evaluation.questions import (
    Gold,
    GoldQuestion,
    QuestionRank,
    RankChange,
    RetrievalComparison,
    RetrievalResult,
    compare_retrieval,
    evaluate_retrieval,
    questions_from_docs,
    questions_from_git,
    read_questions,
    read_retrieval,
    retrieval_json,
    retrieval_text,
    write_questions,
)
from rag.evaluation.report import RunResult, compare, html_report, text_report
from rag.evaluation.run import Evaluation, Generated, Recorded, Sampler, Settings, evaluate, read_result
from rag.evaluation.task import Task
from rag.evaluation.upgrades import BuildSettings, BuiltSet, build_evaluation_set, write_evaluation_set

__all__ = [
    "BuildSettings",
    "BuiltSet",
    "Dataset",
    "Environments",
    "Evaluation",
    "Generated",
    "Gold",
    "GoldQuestion",
    "QuestionRank",
    "RankChange",
    "Recorded",
    "RetrievalComparison",
    "RetrievalResult",
    "RunResult",
    "Sampler",
    "Settings",
    "Task",
    "build_evaluation_set",
    "compare",
    "compare_retrieval",
    "evaluate",
    "evaluate_retrieval",
    "html_report",
    "make_environments",
    "open_dataset",
    "questions_from_docs",
    "questions_from_git",
    "read_questions",
    "read_result",
    "read_retrieval",
    "retrieval_json",
    "retrieval_text",
    "text_report",
    "write_evaluation_set",
    "write_questions",
]
