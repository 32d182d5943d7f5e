"""Tests of what is made of the answers of a model: gates, shares, and what is asked for again."""

from pathlib import Path

import pytest

from bench.generation import (
    Asked,
    Conditions,
    ask_all,
    complete_tasks,
    journal_at,
    pass_scores,
    recall_scores,
    share_kept,
    table,
)
from bench.odex_generation import chosen_gate, with_gated
from bench.unknown_libraries import alternating
from rag.evaluation.task import Task
from rag.execution import open_sandbox
from rag.generators.completion import Completion
from rag.prompting.message import Message
from rag.prompting.prompt import Prompt
from tests.sandboxes import needs_bwrap

TASKS = tuple(
    Task(name, f"say {name}", reference=f"x = {name!r}\n", tests=f"assert x == {name!r}", group=group)
    for name, group in (("a", "one"), ("b", "one"), ("c", "two"))
)


class Counting:
    """A generator that answers with the last word of a prompt, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, prompt: Prompt, /) -> Completion:
        self.asked.append(prompt.text)
        text = f"```python\nx = {prompt.text.split()[-1]!r}\n```"
        return Completion(text, text, "counting")


def prompt_for(task: Task, condition: str) -> tuple[Prompt, float | None]:
    said = task.task_id if condition == "oracle" else "nothing"
    return Prompt((Message("user", f"say {said}"),), task.intent), None


def asked(task_id: str, condition: str, passed: bool, confidence: float | None = None) -> Asked:
    return Asked(task_id, condition, "", "", "passed" if passed else "failed", confidence=confidence)


@needs_bwrap
def test_answers_are_judged_as_they_come_and_never_asked_for_twice(tmp_path: Path) -> None:
    path, model = tmp_path / "answers.jsonl", Counting()
    conditions = Conditions(("none", "oracle", "same"), prompt_for, at_once=2)
    with open_sandbox() as sandbox:
        ask_all(TASKS[:2], conditions, model, lambda _: sandbox, journal_at(path))
        assert len(model.asked) == 4  # "same" is the prompt of "none"
        ask_all(TASKS, conditions, model, lambda _: sandbox, journal_at(path))
    assert len(model.asked) == 6
    kept = journal_at(path)
    scores = pass_scores(TASKS, ("none", "oracle"), kept)
    assert [one.score for one in scores["none"]] == [0, 0, 0]
    assert [one.score for one in scores["oracle"]] == [1, 1, 1]


def test_only_tasks_answered_under_every_condition_are_compared(tmp_path: Path) -> None:
    kept = journal_at(tmp_path / "answers.jsonl")
    for one in (asked("a", "none", True), asked("a", "oracle", True), asked("b", "none", True)):
        kept.add(one)
    assert [one.task_id for one in complete_tasks(TASKS, ("none", "oracle"), kept)] == ["a"]


def test_api_recall_leaves_out_references_that_call_nothing() -> None:
    kept = {("a", "none"): Asked("a", "none", "", "", "failed", api_recall=0.5)}
    kept["b", "none"] = asked("b", "none", True)
    assert [one.score for one in recall_scores(TASKS[:2], ("none",), kept)["none"]] == [0.5]


def test_the_share_that_is_kept_is_that_of_the_gain_over_none() -> None:
    found = share_kept([0, 0, 0, 1], [1, 0, 0, 1], [1, 1, 0, 1])
    assert found is not None
    assert found.mean == pytest.approx(0.5)
    assert found.low <= 0.5 <= found.high
    assert share_kept([1, 0], [0, 0], [1, 0]) is None


def test_a_table_compares_each_condition_with_the_first() -> None:
    kept = {(one.task_id, "none"): asked(one.task_id, "none", False) for one in TASKS}
    kept |= {(one.task_id, "oracle"): asked(one.task_id, "oracle", True) for one in TASKS}
    rows = table(pass_scores(TASKS, ("none", "oracle"), kept))
    assert rows[2].startswith("| none | 3 | 0.0 [") and rows[2].endswith("|  |  |")
    assert "| oracle | 3 | 100.0 [" in rows[3] and "| 100.0 [" in rows[3]


def test_the_gate_lets_pass_what_helps_and_shows_nothing_where_that_is_as_good() -> None:
    assert chosen_gate([(0.2, True, False), (0.6, False, True), (0.7, False, True)]) == 0.6
    assert chosen_gate([(0.2, True, True), (0.6, False, False)]) == 1.0
    assert chosen_gate([(0.2, False, True), (0.6, False, True)]) == 0.2


def test_a_gated_answer_is_the_one_with_or_without_passages() -> None:
    kept = {("a", "none"): asked("a", "none", True), ("b", "none"): asked("b", "none", False)}
    kept |= {("a", "retrieved"): asked("a", "retrieved", False, 0.3)}
    kept |= {("b", "retrieved"): asked("b", "retrieved", True, 0.9)}
    gated = with_gated(TASKS[:2], 0.5, kept.values())
    assert gated["a", "gated"].passed and gated["b", "gated"].passed


def test_any_beginning_of_the_tasks_has_all_libraries() -> None:
    assert [one.task_id for one in alternating(TASKS)] == ["a", "c", "b"]
