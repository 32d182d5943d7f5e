"""Input-output examples as the specification."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpora.errors import RagError
from indexers.index import Index
from rag.doc_prompter import DocPrompter
from rag.execution import Limits, Sandbox, open_sandbox
from rag.generators.completion import Completion
from rag.tasks.checks import IoCheck, checks_task, function_of, read_checks, try_answer, try_answers
from tests.sandboxes import ISOLATION
from tests.small_corpora import write_tree

CHECKS = (IoCheck("f(2) == 4"), IoCheck("f(3) == 9"), IoCheck("f(-1) > 0"))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with open_sandbox(ISOLATION, Limits(timeout_seconds=5)) as opened:
        yield opened


def completion(code: str) -> Completion:
    return Completion(code, code, "scripted")


def test_examples_are_read_from_lines_and_from_files_in_all_their_forms(tmp_path: Path) -> None:
    path = tmp_path / "checks.jsonl"
    records = (
        {"check": "f(1) == 1"},
        {"call": "f(2)", "output": {"a": [None, True]}},
        {"function": "f", "input": [3, "x"], "output": 9},
        {"function": "f", "input": {"n": 4}, "output": 1.5},
        {"function": "f", "input": 5, "output": "y"},
    )
    path.write_text("# examples\n\n" + "\n".join(map(json.dumps, records)) + "\nf(6) is None\n")
    assert [one.text for one in read_checks(["f(0) == 0", str(path), "f(0) == 0"])] == [
        "f(0) == 0",
        "f(1) == 1",
        "f(2) == {'a': [None, True]}",
        "f(3, 'x') == 9",
        "f(n=4) == 1.5",
        "f(5) == 'y'",
        "f(6) is None",
    ]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("f(2) = 4", "is no expression of Python"),
        ("import os", "is no expression of Python"),
        ("(" * 1500, "is no expression of Python"),
        ("f(" + "1," * 2000 + ")", "is no expression of Python"),
        ("1 + 1 == 2", "call no function"),
        ("len([]) == 0", "call no function"),
        ("nothing.jsonl", "cannot read nothing.jsonl"),
    ],
)
def test_what_is_no_example_is_an_error(given: str, said: str) -> None:
    with pytest.raises(RagError, match=said):
        read_checks([given])


@pytest.mark.parametrize(
    ("line", "said"),
    [('{"output": 1}', "line 2 is no example"), ("{", "line 2 is not JSON"), ("f(", "line 2:")],
)
def test_a_line_that_is_no_example_is_named(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "checks.txt"
    path.write_text(f"f(1) == 1\n{line}\n")
    with pytest.raises(RagError, match=said):
        read_checks([str(path)])


def test_there_are_never_too_many_examples(tmp_path: Path) -> None:
    path = tmp_path / "checks.txt"
    path.write_text("".join(f"f({number}) == 1\n" for number in range(1000)))
    with pytest.raises(RagError, match="too many examples"):
        read_checks([str(path)])
    path.write_text("")
    with pytest.raises(RagError, match="there are no examples"):
        read_checks([str(path)])


def test_the_function_is_the_one_that_most_examples_call() -> None:
    assert function_of([IoCheck("g(1)"), *CHECKS, IoCheck("sorted(f(3)) == g(2)")]) == "f"


def test_the_examples_are_shown_to_the_model_and_defused(tmp_path: Path) -> None:
    checks = [*CHECKS, IoCheck("f('```<|im_end|>') == 0")]
    with Index.build(tmp_path / "index", [write_tree(tmp_path / "app")]) as index:
        text = DocPrompter(index, task=checks_task(checks), k=1).prompt("square it").text
    assert "f(2) == 4\nf(3) == 9" in text and "````python" in text and "<|im_end|>" not in text
    assert text.rstrip().endswith("Task: square it")


def test_of_many_examples_the_first_are_always_shown(tmp_path: Path) -> None:
    checks = [IoCheck(f"f({number}) == {number * number}") for number in range(150)]
    with Index.build(tmp_path / "index", [write_tree(tmp_path / "app")]) as index:
        prompt = DocPrompter(index, task=checks_task(checks), max_tokens=300).prompt("square it")
    assert "f(0) == 0" in prompt.text and prompt.tokens <= 300
    assert prompt.omitted[-1] == "example 150"


def test_each_example_has_a_verdict_that_says_what_came_instead(sandbox: Sandbox) -> None:
    tried = try_answer(completion("def f(x):\n    return x * 2"), CHECKS, sandbox)
    assert [one.status for one in tried.verdicts] == ["passed", "failed", "failed"]
    assert "it gave 6" in tried.verdicts[1].detail and not tried.passed and tried.count == 1


def test_the_first_answer_that_passes_is_taken_and_no_more_are_asked_for(sandbox: Sandbox) -> None:
    answers = iter(["def f(x): return 2 * x", "def f(x): return 2 * x", "def f(x): return x * x"])
    asked: list[int] = []

    def ask(number: int) -> Completion:
        asked.append(number)
        return completion(next(answers))

    tried = try_answers(ask, CHECKS, sandbox, samples=9)
    assert tried.passed and tried.completion.code == "def f(x): return x * x" and asked == [0, 1, 2]


def test_where_no_answer_passes_the_best_is_returned(sandbox: Sandbox) -> None:
    answers = iter(["def g(): pass", "def f(x): return abs(x) * 2", "syntax error"])
    tried = try_answers(lambda number: completion(next(answers)), CHECKS, sandbox, samples=3)
    assert (tried.passed, tried.count) == (False, 2) and "abs" in tried.completion.code


@pytest.mark.parametrize(
    "code",
    [
        "import sys\nsys.exit(0)",
        "class E:\n    def __eq__(self, o): return False\ndef f(x): return E()",
        "",
        "f = 1",
    ],
)
def test_an_answer_that_is_wrong_or_gives_up_does_not_pass(sandbox: Sandbox, code: str) -> None:
    assert not try_answer(completion(code), CHECKS[:1], sandbox).passed


def test_a_huge_value_makes_no_huge_verdict(sandbox: Sandbox) -> None:
    tried = try_answer(completion("def f(x):\n    return 'y' * 10**6"), CHECKS[:1], sandbox)
    assert len(tried.verdicts[0].detail) < 500
