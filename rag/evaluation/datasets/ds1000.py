"""DS-1000: data science problems, tested by what they compute (Lai et al. 2022, arXiv 2211.11501)."""

import re
from collections.abc import Iterator
from pathlib import Path

from rag.evaluation.datasets.records import DatasetRecord, read_records
from rag.evaluation.task import Task

_PROBLEM = re.compile(r"(?:Problem:\n)?(?P<intent>.*)\nA:\n(?P<rest>.*)", re.DOTALL)
_CODE = re.compile(r"(?s:(?P<lead>.*?))<code>\n(?s:(?P<code>.*?))(?:</code>(?s:(?P<rest>.*)))?\Z")
_BEGIN = re.compile(r"\s{0,200}+#{0,20}+ ?(?:BEGIN SOLUTION|SOLUTION START)\s*+(?:<code>\s*+)?\Z")
_INSTALLED = {"pytorch": "torch", "sklearn": "scikit-learn"}


def load_ds1000(path: Path) -> Iterator[Task]:
    """Yield the tasks of `ds1000.jsonl`, or of a file with `query`, `solution` and `gold`.

    The official prompt is split into the question and the code that an answer continues, and its marks are
    removed; what it says about the variable to assign becomes a comment. The tests run the answer.
    """
    return map(_task, read_records(path))


def _task(record: DatasetRecord) -> Task:
    context = record.text("code_context")
    if "metadata" in record.fields:
        metadata = record.object("metadata")
        library, task_id = metadata.text("library"), metadata.text("problem_id")
    else:
        library, task_id = record.text("library"), record.text("id")
    intent, shown = _parts(record.text("prompt", "query"))
    string_test = "test_string(solution)\n" if "test_string(" in context else ""
    return Task(
        task_id=task_id if "/" in task_id else f"ds1000/{task_id}",
        intent=intent,
        shown=shown,
        reference=record.text("reference_code", "solution"),
        before=f"{context}\n",
        tests=f"test_execution(solution)\n{string_test}",
        place="as text",
        gold=record.texts("gold"),
        libraries=(_INSTALLED.get(library.lower(), library.lower()),),
        group=library,
    )


def _parts(prompt: str) -> tuple[str, str]:
    """Split the prompt into the question and the code to continue."""
    problem = _PROBLEM.fullmatch(prompt)
    if not problem:  # Matplotlib: code whose comments are the question
        code = _BEGIN.sub("\n", prompt)
        comments = [line.lstrip("# ") for line in code.splitlines() if line.startswith("#")]
        return "\n".join(comments) or prompt, code
    rest = _BEGIN.sub("\n", problem["rest"])
    answer = _CODE.fullmatch(rest)
    if not answer:
        return problem["intent"].strip(), rest
    remarks = (answer["lead"] + (answer["rest"] or "")).strip()
    comment = "".join(f"# {line}\n" for line in remarks.splitlines() if line.strip())
    return problem["intent"].strip(), f"{answer['code'].rstrip()}\n{comment}"
