"""Reports of an evaluation as HTML, plain text and JSON, of one run or of two runs compared."""

from rag.evaluation.report.comparison import Comparison, compare
from rag.evaluation.report.html_report import comparison_html, html_report
from rag.evaluation.report.json_report import comparison_json, from_json, to_json
from rag.evaluation.report.result import (
    NO_LIKELIHOOD,
    AnswerCounts,
    Attribution,
    ChangedTask,
    ContextResult,
    DocumentationEffect,
    FailingCase,
    GateEffect,
    NamingPassage,
    PassageEffect,
    RunResult,
    ShownPassage,
    TaskOutcome,
)
from rag.evaluation.report.text_comparison import comparison_text
from rag.evaluation.report.text_report import text_report

__all__ = [
    "NO_LIKELIHOOD",
    "AnswerCounts",
    "Attribution",
    "ChangedTask",
    "Comparison",
    "ContextResult",
    "DocumentationEffect",
    "FailingCase",
    "GateEffect",
    "NamingPassage",
    "PassageEffect",
    "RunResult",
    "ShownPassage",
    "TaskOutcome",
    "compare",
    "comparison_html",
    "comparison_json",
    "comparison_text",
    "from_json",
    "html_report",
    "text_report",
    "to_json",
]
