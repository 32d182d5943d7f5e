"""Repair by what a check finds, before an answer is run, and by running it afterwards."""

import json

import pytest

from corpora.errors import GeneratorError, RagError
from rag.checking.finding import CheckReport, Finding, Unchecked
from rag.evaluation.repair import Repairer, log_lines
from rag.evaluation.repair.trial import FeedbackMode
from rag.execution import Sandbox
from rag.prompting.prompt import Prompt
from tests.scripted_repair import ROOT, SHELL, Scripted, fenced, repaired


def check(source: str) -> CheckReport:
    """Find each use of a name that does not exist here, `math.rot`, and do not check what is `odd`."""
    lines = source.split("\n")
    found = (
        Finding("-", number, 1, 2, "unknown-name", "error", "module 'math' has no 'rot'", "math.rot")
        for number, line in enumerate(lines, start=1)
        for _ in range(line.count("math.rot"))
    )
    unchecked = (Unchecked("-", "it is odd"),) if "odd" in source else ()
    return CheckReport(tuple(found), 1, len(lines), unchecked=unchecked)


def by(model: Scripted, sandbox: Sandbox, feedback: FeedbackMode, turns: int = 2) -> Repairer:
    return Repairer(model, sandbox, turns=turns, feedback=feedback, check=check)


def test_an_answer_with_findings_is_repaired_without_running_it(sandbox: Sandbox) -> None:
    model = Scripted(fenced("x ** 0.5"))
    done = repaired(by(model, sandbox, "findings"), ROOT, "math.rot(x)")
    assert (done.stopped, done.sample.answer.strip()) == ("passed", "x ** 0.5")
    assert [(turn.step, turn.ran, turn.verdict, len(turn.findings)) for turn in done.turns] == [
        ("sample", "check", None, 1),
        ("repair", "check", None, 0),
    ]
    text = model.prompts[0].text
    assert "return math.rot(x)\n    module 'math' has no 'rot'" in text and "came of running" not in text
    stage = done.by_findings
    assert stage and (stage.before, stage.after, stage.turns, stage.stopped) == (1, 0, 1, "passed")


def test_what_is_left_of_findings_is_run_and_repaired_by_its_errors(sandbox: Sandbox) -> None:
    model = Scripted(fenced("sqrt(x)"), fenced("x ** 0.5"))
    done = repaired(by(model, sandbox, "findings+tests"), ROOT, "math.rot(x)")
    assert (done.stopped, done.sample.answer.strip()) == ("passed", "x ** 0.5")
    assert [(turn.number, turn.step, turn.ran) for turn in done.turns] == [
        (0, "sample", "check"),
        (1, "repair", "check"),
        (1, "run", "tests"),
        (2, "repair", "tests"),
    ]
    assert "NameError: name 'sqrt'" in model.prompts[1].text
    stage = done.by_findings
    assert stage and stage.answer.strip() == "sqrt(x)" and stage.turns == 1


def test_a_false_alarm_costs_turns_and_the_answer_is_run_all_the_same(sandbox: Sandbox) -> None:
    model = Scripted(fenced("x ** 0.5 if x else math.rot(x)"))
    done = repaired(by(model, sandbox, "findings+tests", turns=1), ROOT, "x ** 0.5 or math.rot(x)")
    assert done.passed and done.by_findings
    assert (done.by_findings.stopped, done.by_findings.after) == ("turns used up", 1)


@pytest.mark.parametrize(
    ("answers", "left"),
    [
        (["math.rot(math.rot(x))", "x / math.rot(math.rot(x))"], "math.rot(x)"),  # more errors than before
        (["math.rot(x + 0)", "math.rot(math.rot(x))"], "math.rot(x + 0)"),  # as many: the last one of these
        (["odd"], "math.rot(x)"),  # what is not checked has no findings
        (["x +"], "math.rot(x)"),
    ],
)
def test_the_answer_with_the_fewest_findings_is_left(sandbox: Sandbox, answers: list[str], left: str) -> None:
    done = repaired(by(Scripted(*map(fenced, answers)), sandbox, "findings"), ROOT, "math.rot(x)")
    assert done.sample.answer.strip() == left and done.by_findings
    assert done.by_findings.answer == done.sample.answer and done.by_findings.after == 1


def test_findings_in_the_code_of_the_task_are_not_those_of_the_answer(sandbox: Sandbox) -> None:
    begun = type(ROOT)(
        "t", "a root", before="import math\ny = math.rot\ndef root(x):\n    return ", after="\n"
    )
    model = Scripted()
    done = repaired(by(model, sandbox, "findings"), begun, "x ** 0.5")
    assert done.passed and model.prompts == []


def test_what_is_no_python_is_not_checked(sandbox: Sandbox) -> None:
    done = repaired(by(Scripted(), sandbox, "findings"), SHELL, "math.rot")
    assert done.by_findings and (done.by_findings.before, done.by_findings.unchecked) == (
        0,
        "it is no Python",
    )


def test_a_generator_that_fails_leaves_the_best_answer_so_far(sandbox: Sandbox) -> None:
    def model(prompt: Prompt) -> str:
        raise GeneratorError("no power", why="it is dark", fix="wait")

    repairer = Repairer(model, sandbox, feedback="findings+tests", check=check)
    done = repaired(repairer, ROOT, "math.rot(x)")
    assert (done.stopped, done.sample.answer) == ("generator failed", "math.rot(x)")
    assert done.by_findings and done.by_findings.stopped == "generator failed"


def test_the_log_tells_the_findings_of_each_turn(sandbox: Sandbox) -> None:
    done = repaired(by(Scripted(fenced("x ** 0.5")), sandbox, "findings"), ROOT, "math.rot(x)")
    rows = [json.loads(line) for line in log_lines(done)]
    assert [[one["name"] for one in row["findings"]] for row in rows] == [["math.rot"], []]


def test_findings_need_a_check(sandbox: Sandbox) -> None:
    with pytest.raises(RagError, match="nothing that finds errors"):
        Repairer(Scripted(), sandbox, feedback="findings")


def test_what_cannot_be_parsed_goes_back_before_it_is_run(sandbox: Sandbox) -> None:
    model = Scripted(fenced("x ** 0.5"))
    done = repaired(by(model, sandbox, "findings"), ROOT, "x **")
    assert done.passed and done.sample.answer.strip() == "x ** 0.5"
    assert "came of running" not in model.prompts[0].text
