"""Questions whose answers are known: read them, make a first set, and measure how well an index answers."""

from rag.evaluation.questions.compared import RankChange, RetrievalComparison, compare_retrieval
from rag.evaluation.questions.json_file import read_retrieval, retrieval_json
from rag.evaluation.questions.made import questions_from_docs, questions_from_git
from rag.evaluation.questions.measured import (
    QuestionRank,
    RetrievalResult,
    evaluate_retrieval,
    missing_files,
)
from rag.evaluation.questions.question import Gold, GoldQuestion
from rag.evaluation.questions.question_file import read_questions, write_questions
from rag.evaluation.questions.text import retrieval_text

__all__ = [
    "Gold",
    "GoldQuestion",
    "QuestionRank",
    "RankChange",
    "RetrievalComparison",
    "RetrievalResult",
    "compare_retrieval",
    "evaluate_retrieval",
    "missing_files",
    "questions_from_docs",
    "questions_from_git",
    "read_questions",
    "read_retrieval",
    "retrieval_json",
    "retrieval_text",
    "write_questions",
]
