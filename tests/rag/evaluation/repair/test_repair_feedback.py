"""What is run of an answer, and what is shown of it: never what only the tests know."""

import pytest

from rag.evaluation.repair import STRATEGIES, Repairer
from rag.evaluation.task import Case, Task
from rag.execution import Sandbox
from tests.scripted_repair import DOCUMENTED, ROOT, SECRET, SHELL, Scripted, fenced, repaired


def test_examples_that_the_task_shows_are_run_and_show_what_they_gave(sandbox: Sandbox) -> None:
    model = Scripted(fenced("def double(x):\n    return 2 * x"))
    done = repaired(Repairer(model, sandbox), DOCUMENTED, "def double(x):\n    return x")
    assert "AssertionError: double(2) gave 2, expected 4" in model.prompts[0].text
    assert (done.stopped, done.turns[1].ran, done.feedback) == ("passed", "examples", "visible")


@pytest.mark.parametrize(
    ("shown", "wrong", "error"),
    [
        ("# It must pass:\n#     assert f(1) == 2", "def f(x): return 1", "assert f(1) == 2\nAssertionError"),
        ('"""\n>>>f(1)\n2\n"""', "def f(x): return g(x)", "NameError: name 'g' is not defined"),
        (
            "'''\n>>> f(0)\nTraceback (most recent call last):\nValueError: no\n'''",
            "def f(x): return x",
            "f(0) gave 0, expected ValueError: no",
        ),
    ],
)
def test_examples_come_as_sessions_assertions_and_exceptions(
    sandbox: Sandbox, shown: str, wrong: str, error: str
) -> None:
    task = Task("t", "Write f.", shown=shown, tests="raise SystemExit", entry_point="f")
    model = Scripted("")
    done = repaired(Repairer(model, sandbox, turns=1), task, wrong)
    assert error in model.prompts[0].text and done.turns[0].ran == "examples"


def test_examples_that_hold_pass(sandbox: Sandbox) -> None:
    shown = (
        '"""\n>>> f(2)\n4\n>>> f("")\nTraceback (most recent call last):\n  ...\nTypeError: no number\n"""'
    )
    task = Task(
        "t", "assert that f(1) is 1, >>> and so on", shown=shown, tests="raise SystemExit", entry_point="f"
    )
    right = "def f(x):\n    if x == '':\n        raise TypeError('no number')\n    return x * x"
    assert repaired(Repairer(Scripted(), sandbox), task, right).passed


ANSWERS = ("1 /", "sqrt(x)", "x / 2 + 1", "", "(lambda: 1 / 0)()", "int('a')")


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("task", [ROOT, DOCUMENTED], ids=["program", "examples"])
def test_what_only_the_tests_know_is_in_no_prompt(sandbox: Sandbox, task: Task, strategy: str) -> None:
    for first in ANSWERS:
        model = Scripted(*map(fenced, ANSWERS))
        repaired(Repairer(model, sandbox, strategy=strategy), task, first)
        assert not any(SECRET in prompt.text for prompt in model.prompts)


def test_code_that_the_task_does_not_show_is_in_no_prompt(sandbox: Sandbox) -> None:
    task = Task("t", "a function g", after=f"\ng(1, {SECRET})\n", tests="pass")
    model = Scripted(fenced("def g(): pass"))
    repaired(Repairer(model, sandbox), task, "def g(x): return x")
    assert "TypeError: g() takes 1 positional argument but 2 were given" in model.prompts[0].text
    assert SECRET not in model.prompts[0].text


def test_cases_are_run_only_where_the_task_shows_them(sandbox: Sandbox) -> None:
    cases = (Case("3\n", "6\n"), Case("5\n", f"{SECRET}\n"))
    task = Task("t", "Double a number.\nInput:\n3\nOutput:\n6\n", cases=cases)
    model = Scripted(fenced("print(2 * int(input()))"))
    done = repaired(Repairer(model, sandbox), task, "print(input())")
    assert "The input:\n3\nExpected output:\n6\nOutput:\n3\n" in model.prompts[0].text
    assert (done.stopped, done.turns[1].ran) == ("passed", "examples")
    assert SECRET not in model.prompts[0].text


@pytest.mark.parametrize(
    ("task", "wrong"),
    [
        (Task("t", "read a number", cases=(Case("1", "1"),)), "print(int(input())"),
        (Task("t", "pad", before=f"x = {SECRET}\n", tests="exec(solution)", place="as text"), "x = = 1"),
        (Task("t", "copy", language="bash"), "if true; then"),
    ],
    ids=["waits for input", "tested as text", "shell that nobody runs"],
)
def test_of_what_cannot_be_run_alone_the_syntax_is_checked(sandbox: Sandbox, task: Task, wrong: str) -> None:
    model = Scripted("")
    done = repaired(Repairer(model, sandbox, turns=1), task, wrong)
    assert "syntax" in model.prompts[0].text.lower() or "'(' was never closed" in model.prompts[0].text
    assert done.turns[0].ran == "syntax" and SECRET not in model.prompts[0].text


@pytest.mark.parametrize("answer", ["return x", "  y = 1\n  z = y", "for x in y:\n        pass\n    z = x"])
def test_what_is_tested_as_text_may_be_the_inside_of_a_function(sandbox: Sandbox, answer: str) -> None:
    task = Task("t", "pad", tests="exec(solution)", place="as text")
    assert repaired(Repairer(Scripted(), sandbox), task, answer).passed


def test_a_shell_shows_its_errors_its_output_and_its_status(sandbox: Sandbox) -> None:
    model = Scripted("```bash\necho hello > out\n```")
    done = repaired(Repairer(model, sandbox, feedback="tests"), SHELL, "echo going; ecko hello > out; exit 3")
    text = model.prompts[0].text
    assert "going" in text and "program.sh: line 1: ecko: command not found" in text
    assert "/proc/self" not in text and "exited with 3" in text
    assert (done.stopped, done.sample.answer) == ("passed", "echo hello > out")


def test_a_shell_program_alone_is_run_where_tests_are_not_to_be_seen(sandbox: Sandbox) -> None:
    model = Scripted("```bash\necho hello > out\n```")
    done = repaired(Repairer(model, sandbox), SHELL, "cat nowhere")
    assert "cat: nowhere: No such file" in model.prompts[0].text
    assert (done.stopped, done.turns[1].ran) == ("passed", "program")


@pytest.mark.parametrize(
    ("example", "holds"),
    [
        (">>> f(2) == 4\n", True),  # people leave out that it is true
        (">>> f(2) == 5\n", False),
        (">>> g(2)\n'\"4\"'", False),
        ('>>> g(2)\n"4"', True),  # Python prints it in other quotes
        (">>> x = f(2)\n>>> x\n4", True),
        (">>> [f(n) for n in range(99)]\n[0, 1, ..., 9604]", True),
    ],
)
def test_examples_are_read_as_people_mean_them(sandbox: Sandbox, example: str, holds: bool) -> None:
    task = Task("t", f"Write f.\n{example}", tests="raise SystemExit")
    answer = "def f(x):\n    return x * x\ndef g(x):\n    return str(f(x))"
    assert repaired(Repairer(Scripted(""), sandbox), task, answer).passed is holds
