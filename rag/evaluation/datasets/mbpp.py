"""MBPP: write a function from a sentence and its tests (Austin et al. 2021, arXiv 2108.07732)."""

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

from rag.evaluation.datasets.records import read_records
from rag.evaluation.task import Task


def load_mbpp(path: Path) -> Iterator[Task]:
    """Yield the tasks of `mbpp.jsonl` or `sanitized-mbpp.json`.

    As in the paper, the tests are shown, since only they hold the name of the function, and
    `challenge_test_list` is not used.
    """
    for record in read_records(path):
        asserts = record.texts("test_list")
        if not asserts:
            raise record.missing("test_list")
        reference = record.text("code").replace("\r\n", "\n")
        setup = [record.text("test_setup_code", default=""), *record.texts("test_imports")]
        lines = [f"#     {line}" for test in asserts for line in test.splitlines()]
        yield Task(
            task_id=record.text("task_id"),
            intent=record.text("text", "prompt"),
            shown="\n".join(["# It must pass these tests:", *lines, ""]),
            reference=reference,
            after="\n",
            tests="\n".join([*filter(None, setup), *asserts, ""]),
            entry_point=_tested(asserts, reference),
        )


def _tested(tests: Sequence[str], reference: str) -> str:
    """Return the first name that the tests call and the reference defines; empty without one."""
    try:
        defined = {
            node.name
            for node in ast.parse(reference).body
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        }
        nodes = [node for test in tests for node in ast.walk(ast.parse(test))]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    names = (node.func for node in nodes if isinstance(node, ast.Call))
    return next((name.id for name in names if isinstance(name, ast.Name) and name.id in defined), "")
