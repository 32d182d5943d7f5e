"""HumanEval: complete a function from its signature and docstring (Chen et al. 2021, arXiv 2107.03374)."""

import ast
import warnings
from collections.abc import Iterator
from pathlib import Path

from rag.evaluation.datasets.records import read_records
from rag.evaluation.task import Task


def load_humaneval(path: Path) -> Iterator[Task]:
    """Yield the tasks of `HumanEval.jsonl`, or of HumanEval+ in the same format."""
    for record in read_records(path):
        prompt, entry_point = record.text("prompt"), record.text("entry_point")
        yield Task(
            task_id=record.text("task_id"),
            intent=_docstring(prompt, entry_point),
            shown=prompt,
            reference=record.text("canonical_solution"),
            before=prompt,
            after="\n",
            tests=f"{record.text('test')}\ncheck({entry_point})\n",
            entry_point=entry_point,
        )


def _docstring(prompt: str, entry_point: str) -> str:
    """Return the docstring of the function; the whole prompt where it has none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about escapes such as "\d" in a docstring that is not raw
        try:
            nodes = ast.walk(ast.parse(f"{prompt}\n    pass\n"))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return prompt
    for node in nodes:
        if isinstance(node, ast.FunctionDef) and node.name == entry_point:
            return (ast.get_docstring(node) or "").strip() or prompt
    return prompt
