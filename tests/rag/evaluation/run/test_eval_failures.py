"""Answers that are empty, refused or fail: each is a wrong answer with its reason, and the run goes on."""

from collections.abc import Callable
from pathlib import Path

import pytest

from corpora.errors import GeneratorError, GeneratorUnavailable, PromptRefused
from rag.evaluation.report import AnswerCounts, RunResult
from rag.evaluation.run import Settings, evaluate
from rag.evaluation.run.backend import MOST_FAILURES
from rag.execution import Sandbox
from rag.generators.completion import Completion
from rag.prompting.prompt import Prompt
from tests.tea_tasks import POT, WATER, column, evaluation, passed, tea_dataset, tea_index

RIGHT = "def answer(x):\n    return x * 90\n"
ONE = Settings(("none",), samples=4)


def refused(_: Prompt) -> Completion:
    return Completion("", "", "m", finish="refusal", missing="the model refused: I cannot.")


def cut(_: Prompt) -> Completion:
    return Completion("<think>Hm", "", "m", completion_tokens=9, finish="length")


def busy(_: Prompt) -> str:
    raise GeneratorError("it is busy", why="too many ask", fix="wait")


def too_long(_: Prompt) -> str:
    raise PromptRefused("the prompt is too long", why="it has 9 tokens", fix="make it shorter")


def gone(_: Prompt) -> str:
    raise GeneratorUnavailable("no answer", why="nobody listens", fix="start it")


def good(_: Prompt) -> Completion:
    return Completion(RIGHT, RIGHT, "m", completion_tokens=21, left_out=("seed",))


class Script:
    """A generator that answers as one function after the other does, and as the last from then on."""

    def __init__(self, *answers: Callable[[Prompt], Completion | str]) -> None:
        self.answers, self.asked = list(answers), 0

    def __call__(self, prompt: Prompt, /) -> Completion | str:
        self.asked += 1
        return (self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])(prompt)


def run(tmp_path: Path, sandbox: Sandbox, script: Script, settings: Settings = ONE) -> RunResult:
    return evaluate(evaluation(tea_dataset(tmp_path, WATER), script, sandbox, settings), tmp_path / "run")


def test_an_answer_that_is_none_is_wrong_and_counted_by_its_reason(tmp_path: Path, sandbox: Sandbox) -> None:
    result = run(tmp_path, sandbox, Script(refused, cut, busy, good))
    (task,) = column(result, "none").outcomes
    assert (task.samples, task.passed) == (4, 1)
    assert column(result, "none").answers == AnswerCounts(
        {
            "the model refused": 1,
            "it holds only thoughts, and was cut off in them": 1,
            "the generator failed": 1,
        },
        cut=1,
        mean_tokens=15.0,
        left_out={"seed": 1},
    )
    (case,) = result.failing
    assert (case.status, case.error) == ("failed", "there is no answer: the model refused: I cannot.")


def test_an_empty_answer_does_not_pass_where_nothing_would(tmp_path: Path, sandbox: Sandbox) -> None:
    task = {**POT, "tests": ["assert True"], "entry_point": ""}
    made = evaluation(tea_dataset(tmp_path, task), lambda _: "", sandbox, Settings(("none",)))
    result = evaluate(made, tmp_path / "run")
    assert passed(result, "none") == []
    assert column(result, "none").answers.missing == {"it is empty": 1}


@pytest.mark.parametrize("failing", [busy, too_long])
def test_a_generator_that_always_fails_ends_the_run_which_can_be_resumed(
    tmp_path: Path, sandbox: Sandbox, failing: Callable[[Prompt], str]
) -> None:
    settings = Settings(("none",), samples=MOST_FAILURES + 2)
    script = Script(failing)
    with pytest.raises(GeneratorError, match=f"failed {MOST_FAILURES} times in a row"):
        run(tmp_path, sandbox, script, settings)
    assert script.asked == MOST_FAILURES
    (task,) = column(run(tmp_path, sandbox, Script(good), settings), "none").outcomes
    assert task.passed == MOST_FAILURES + 2


def test_a_run_too_short_for_that_ends_too_if_nothing_was_answered(tmp_path: Path, sandbox: Sandbox) -> None:
    with pytest.raises(GeneratorError, match="failed 4 times in a row") as caught:
        run(tmp_path, sandbox, Script(busy))
    assert "too many ask" in caught.value.why
    assert run(tmp_path, sandbox, Script(good)).failing == ()


def test_a_server_that_is_gone_ends_the_run_at_once_and_nothing_is_asked_again(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    with pytest.raises(GeneratorUnavailable, match="no answer"):
        run(tmp_path, sandbox, Script(good, busy, gone))
    script = Script(good)
    assert run(tmp_path, sandbox, script).failing == ()
    assert script.asked == 3  # all but the first: the one that failed before may have been the server's end


def test_a_generator_that_stops_working_ends_the_run(tmp_path: Path, sandbox: Sandbox) -> None:
    settings = Settings(("none",), samples=MOST_FAILURES + 3)
    with pytest.raises(GeneratorError, match="in a row"):
        run(tmp_path, sandbox, Script(good, good, busy), settings)
    assert run(tmp_path, sandbox, Script(good), settings).failing == ()


def test_prompts_that_are_refused_never_end_a_run_that_answers_others(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    settings = Settings(("none",), samples=MOST_FAILURES + 3)
    result = run(tmp_path, sandbox, Script(good, too_long), settings)
    assert column(result, "none").answers.missing == {"the generator failed": MOST_FAILURES + 2}


def test_a_repair_that_the_generator_fails_at_repairs_nothing(tmp_path: Path, sandbox: Sandbox) -> None:
    settings = Settings(("none",), repair="try-again", turns=1)
    wrong = lambda _: "def answer(x):\n    return 1\n"  # noqa: E731
    result = run(tmp_path, sandbox, Script(wrong, busy), settings)
    (task,) = column(result, "none").outcomes
    assert task.steps == {"repaired (try-again, visible)": 0.0}


def test_a_generator_that_stops_working_is_not_taken_for_the_effect_of_passages(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    settings, index = Settings(("retrieved",), attribute=True), tea_index(tmp_path)
    tasks = tea_dataset(tmp_path, WATER, {**WATER, "id": "more"})
    with pytest.raises(GeneratorError, match=f"failed {MOST_FAILURES} times in a row"):
        evaluate(evaluation(tasks, Script(good, good, busy), sandbox, settings, index), tmp_path / "run")
    result = evaluate(evaluation(tasks, Script(good), sandbox, settings, index), tmp_path / "run")
    effects = [one.without for task in result.attributions for one in task.passages]
    assert effects == [1.0] * 6


def test_a_generator_that_stops_working_is_asked_again_for_test_cases(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    settings = Settings(("none",), samples=2, select=("codet",), written_tests=MOST_FAILURES)
    with pytest.raises(GeneratorError, match=f"failed {MOST_FAILURES} times in a row"):
        run(tmp_path, sandbox, Script(good, good, busy), settings)
    script = Script(good)
    run(tmp_path, sandbox, script, settings)
    assert script.asked == MOST_FAILURES
