"""Imports from `__future__` in answers: where Python takes them, whatever a data set puts above."""

import pytest

from rag.evaluation.answer import answer_of
from rag.evaluation.future_imports import future_imports_first, without_future_imports
from rag.evaluation.task import Task

FUTURE = "from __future__ import annotations"
BODY = "def double(n: Unknown) -> int:\n    return n * 2\n"
WITH_IMPORTS = Task("1", "double", before="import math\n\n", after="\n", entry_point="double")
COMPLETE = Task(
    "2",
    "double",
    before='from typing import List\n\n\ndef double(n):\n    """Double."""\n',
    after="\n",
    tests="double(1)",
    entry_point="double",
)


@pytest.mark.parametrize("task", [WITH_IMPORTS, COMPLETE])
@pytest.mark.parametrize(
    "answer",
    [
        f"{FUTURE}\n\n{BODY}",
        f'"""Doubles."""\n{FUTURE}\n{BODY}',
        f"# -*- coding: latin-1 -*-\n{FUTURE}\n{BODY}",
        f"\ufeff{FUTURE}\n{BODY}",
        f"from __future__ import (\n    annotations,\n    division,  # exact\n)\n{BODY}",
        f"import re\n{FUTURE}  # too late in Python itself\n{BODY}",
    ],
)
def test_an_answer_with_such_an_import_compiles_below_the_imports_of_a_data_set(
    task: Task, answer: str
) -> None:
    program = task.source(answer_of(task, f"```python\n{answer}```"))
    names: dict[str, object] = {}
    exec(compile(program, "program.py", "exec", dont_inherit=True), names)
    assert names["double"](2) == 4  # type: ignore[operator]


STAYS = ["x = 1", f'"""Doc."""\n# c\n{FUTURE}\nx = 1', f"import a; {FUTURE}", f"x = (\n{FUTURE}"]


@pytest.mark.parametrize("program", [*STAYS, f"x = 1\n{FUTURE}; y = 2", f"s = '{FUTURE}'"])
def test_a_program_stays_as_it_is_where_nothing_has_to_move_or_can(program: str) -> None:
    assert future_imports_first(program) == program


def test_an_answer_that_is_run_inside_of_another_program_has_none() -> None:
    task = Task("3", "the largest", before="def run(s): exec(s)\n", tests="run(solution)", place="as text")
    (check,) = task.checks(f"{FUTURE}\nx = 1")
    assert FUTURE not in check.program.tests and "x = 1" in check.program.tests
    assert without_future_imports(f"{FUTURE}\nx = 1") == "\nx = 1"
