"""Repair as its users see it: an answer is run, the error shown, and another asked for."""

import json

import pytest

from corpora.errors import GeneratorError, RagError, UnknownName
from rag.evaluation.repair import STRATEGIES, Repairer, log_lines
from rag.execution import Sandbox
from rag.prompting.prompt import Prompt
from tests.scripted_repair import DOCUMENTED, ROOT, Scripted, fenced, repaired


def test_a_generator_that_is_shown_the_error_repairs_its_answer(sandbox: Sandbox) -> None:
    def model(prompt: Prompt) -> str:
        return fenced("x ** 0.5" if "NameError: name 'sqrt' is not defined" in prompt.text else "sqrt(x)")

    done = repaired(Repairer(model, sandbox, feedback="tests"), ROOT, "sqrt(x)")
    assert (done.stopped, done.sample.answer.strip(), done.feedback) == ("passed", "x ** 0.5", "tests")
    assert [(turn.step, turn.ran, turn.verdict and turn.verdict.status) for turn in done.turns] == [
        ("sample", "tests", "failed"),
        ("repair", "tests", "passed"),
    ]


def test_an_answer_that_passes_is_left_as_it_is(sandbox: Sandbox) -> None:
    model = Scripted()
    done = repaired(Repairer(model, sandbox, feedback="tests"), ROOT, "x ** 0.5")
    assert (done.stopped, len(done.turns), model.prompts) == ("passed", 1, [])


def test_the_prompt_holds_task_answer_and_the_failing_assertion(sandbox: Sandbox) -> None:
    model = Scripted(fenced("x ** 0.5"))
    repaired(Repairer(model, sandbox, feedback="tests"), ROOT, "x / 2 + 1")
    text = model.prompts[0].text
    assert "the square root of `x`" in text and "```python\nx / 2 + 1\n```" in text
    assert 'File "tests.py", line 1, in <module>\n    assert root(4) == 2\nAssertionError' in text


def test_try_again_says_nothing_but_that_it_was_wrong(sandbox: Sandbox) -> None:
    model = Scripted(fenced("sqrt(x)"), fenced("x ** 0.5"))
    done = repaired(Repairer(model, sandbox, strategy="try-again", feedback="tests"), ROOT, "x / 2 + 1")
    assert done.passed and len(model.prompts) == 2
    assert not any("x / 2" in prompt.text or "Error" in prompt.text for prompt in model.prompts)
    assert model.prompts[0].text != model.prompts[1].text


def test_plan_and_solve_asks_for_a_plan_once_and_shows_it_each_turn(sandbox: Sandbox) -> None:
    model = Scripted("1. halve the exponent", fenced("x ** 2"), fenced("x ** 0.5"))
    done = repaired(Repairer(model, sandbox, strategy="plan-and-solve", feedback="tests"), ROOT, "x / 2 + 1")
    assert [turn.step for turn in done.turns] == ["sample", "plan", "repair", "repair"]
    assert "without code" in model.prompts[0].text and "Error" not in model.prompts[0].text
    assert all("1. halve the exponent" in prompt.text for prompt in model.prompts[1:])
    assert "```python\nx ** 2\n```" in model.prompts[2].text and done.passed


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_generator_that_repeats_itself_is_asked_no_more(sandbox: Sandbox, strategy: str) -> None:
    model = (
        Scripted("a plan", fenced("sqrt(x)")) if STRATEGIES[strategy].plan else Scripted(fenced("sqrt(x)"))
    )
    done = repaired(Repairer(model, sandbox, strategy=strategy, turns=9, feedback="tests"), ROOT, "sqrt(x)\n")
    assert done.stopped == "gave the same answer again"
    assert [turn.step for turn in done.turns if turn.step == "repair"] == ["repair"]
    assert done.turns[-1].verdict is None


def test_turns_are_used_up(sandbox: Sandbox) -> None:
    model = Scripted(fenced("x + 1"), fenced("x + 2"), fenced("x + 3"))
    done = repaired(Repairer(model, sandbox, turns=2, feedback="tests"), ROOT, "x")
    assert (done.stopped, done.sample.answer.strip(), len(model.prompts)) == ("turns used up", "x + 2", 2)


def test_an_answer_without_code_is_wrong_and_nothing_is_run(sandbox: Sandbox) -> None:
    model = Scripted(fenced("x ** 0.5"))
    done = repaired(Repairer(model, sandbox), ROOT, " \n")
    assert done.turns[0].ran == "nothing" and "there is nothing to run" in model.prompts[0].text
    assert done.passed


def test_a_generator_that_fails_ends_the_turns_and_the_last_answer_stays(sandbox: Sandbox) -> None:
    def model(prompt: Prompt) -> str:
        raise GeneratorError("no power", why="it is dark", fix="wait")

    done = repaired(Repairer(model, sandbox, feedback="tests"), ROOT, "sqrt(x)")
    assert (done.stopped, done.sample.answer, len(done.turns)) == ("generator failed", "sqrt(x)", 1)
    assert "no power" in done.error


def test_a_budget_that_nothing_fits_is_reported(sandbox: Sandbox) -> None:
    repairer = Repairer(Scripted(""), sandbox, max_tokens=10, feedback="tests")
    done = repaired(repairer, ROOT, "sqrt(x)")
    assert done.stopped == "prompt too long" and "the token budget of 10 is too small" in done.error


def test_the_same_answers_give_the_same_turns(sandbox: Sandbox) -> None:
    answers = [fenced("object() + x"), fenced("{'a', 'b', 'c'} + x")]

    def prompts() -> list[str]:
        model = Scripted(*answers)
        repaired(Repairer(model, sandbox, feedback="tests", turns=2), ROOT, "id(object()) / 0")
        return [prompt.text for prompt in model.prompts]

    assert prompts() == prompts()


def test_a_log_has_a_line_of_json_for_each_turn_and_names_the_feedback(sandbox: Sandbox) -> None:
    done = repaired(Repairer(Scripted(fenced("'\ud800'")), sandbox, turns=1), DOCUMENTED, "1 / 0")
    rows = [json.loads(line) for line in log_lines(done)]
    assert [row["step"] for row in rows] == ["sample", "repair"]
    assert all((row["feedback"], row["task_id"], row["sample"]) == ("visible", "t/2", 0) for row in rows)
    assert rows[0]["verdict"]["status"] == "error" and "stopped" not in rows[0]
    assert rows[1]["prompt"] and rows[1]["stopped"] == "turns used up"


@pytest.mark.parametrize("wrong", [{"strategy": "hope"}, {"feedback": "oracle"}, {"turns": 0}])
def test_wrong_settings_are_reported(sandbox: Sandbox, wrong: dict[str, str]) -> None:
    with pytest.raises(UnknownName if "turns" not in wrong else RagError, match=r"unknown|is not possible"):
        Repairer(Scripted(), sandbox, **wrong)  # type: ignore[arg-type]
