"""The tasks of `bench.unknown_libraries`: how many there are, and that they are what they say."""

import ast
import re
from collections import Counter

import pytest

from bench.unknown_libraries import DATA, PARTS, tasks_of
from rag.evaluation.task import Task

TASKS = [task for part in PARTS for task in tasks_of(part)]


def test_there_are_20_tasks_on_each_library_and_a_third_is_kept_back() -> None:
    assert Counter(task.group for task in TASKS) == {"calgebra": 20, "clypi": 20, "skerry": 20}
    assert len(tasks_of("kept_back")) == 20
    assert len({task.task_id for task in TASKS}) == 60


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.task_id)
def test_a_task_names_its_library_and_none_of_the_functions(task: Task) -> None:
    assert task.group in task.intent
    said = set(re.findall(r"[A-Za-z_]\w*\(?", task.intent))
    functions = {name.rpartition(".")[2] for name in task.gold}
    assert not {f"{name}(" for name in functions} & said
    assert not {name for name in functions if "_" in name} & said


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.task_id)
def test_a_task_has_tests_and_a_reference_that_uses_its_gold(task: Task) -> None:
    tree = ast.parse(task.source(task.reference))
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    used |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert task.tests and task.entry_point
    assert any(name.rpartition(".")[2] in used for name in task.gold) or task.gold == ("calgebra.Timeline",)


def test_no_page_of_our_own_package_shows_the_reference_of_a_task() -> None:
    pages = " ".join(page.read_text() for page in (DATA / "skerry").rglob("*.md"))
    lines = [line.strip() for task in TASKS for line in task.reference.splitlines() if "skerry." in line]
    assert not [line for line in lines if line in pages]
