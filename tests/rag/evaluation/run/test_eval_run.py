"""A small evaluation from the references to the report."""

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from corpora.errors import RagError
from indexers.index import Index
from rag.evaluation.report import GateEffect, RunResult, compare, text_report
from rag.evaluation.run import Generated, Recorded, Settings, evaluate, read_result
from rag.evaluation.run.contexts import Contexts, question, retrieval_query
from rag.evaluation.run.evaluation import chosen_tasks
from rag.evaluation.sample import Context
from rag.evaluation.task import Task
from rag.execution import Sandbox
from rag.generators.completion import DEFAULT_SAMPLING, Completion, Sampling
from rag.prompting.prompt import Prompt
from tests.small_corpora import write_tree
from tests.tea_tasks import (
    BROKEN,
    LEAVES,
    POT,
    RIGHT,
    TASKS,
    WATER,
    WRONG,
    column,
    evaluation,
    knowing,
    lines,
    needed,
    outcome,
    passed,
    tea_dataset,
    tea_index,
    using,
)

ALL: tuple[Context, ...] = ("none", "retrieved", "oracle")


class Odd:
    """A generator that knows what its prompt shows, but takes the tea for the pot; keeps its prompts.

    Shown a NameError, it corrects it.
    """

    def __init__(self) -> None:
        self.prompts: list[Prompt] = []

    def __call__(self, prompt: Prompt, /) -> str:
        self.prompts.append(prompt)
        name = needed(prompt)
        if "NameError" in prompt.text:
            return using(name)
        if name == "fill_pot" and name not in prompt.text:
            return "```python\ndef answer(x, guests=not_defined):\n    return x\n```"
        if name == "weigh_leaves" and "fill_pot" in prompt.text:
            return WRONG
        return knowing(prompt)


@pytest.fixture(scope="module")
def odd() -> Odd:
    return Odd()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox, index: Index, odd: Odd) -> Path:
    """Return the folder of a run with all steps."""
    root = tmp_path_factory.mktemp("all")
    settings = Settings(
        ALL, samples=2, gate=1.0, select=("mbr-exec", "executable"), repair="self-debugging", attribute=True
    )
    evaluate(evaluation(tea_dataset(root), odd, sandbox, settings, index), root / "run")
    return root / "run"


@pytest.fixture
def result(folder: Path) -> RunResult:
    return read_result(folder)


@dataclass(frozen=True)
class Seeded:
    """A generator that answers with its seed."""

    sampling: Sampling = DEFAULT_SAMPLING

    def __call__(self, prompt: Prompt, /) -> Completion:
        return Completion(str(self.sampling.seed), "", "seeded", log_likelihood=-float(self.sampling.seed))


@dataclass(frozen=True)
class WritesTests:
    """A generator that is wrong more often than right, but writes right test cases."""

    asked: list[str]
    sampling: Sampling = DEFAULT_SAMPLING

    def __call__(self, prompt: Prompt, /) -> str:
        if "check the correctness of answer" in prompt.text:
            self.asked.append(prompt.text)
            return "answer(3) == 270\nassert answer(1) == 90"
        return WRONG if self.sampling.seed < 2 else RIGHT


# references


def test_a_task_whose_reference_fails_is_left_out_by_its_reason(result: RunResult, odd: Odd) -> None:
    reason = "error: ModuleNotFoundError: No module named 'cup_of_nobody'"
    assert result.environment_failures == {reason: ("broken",)}
    for context in ALL:
        assert [one.task_id for one in column(result, context).outcomes] == ["water", "leaves", "pot"]
    assert not [case for case in result.failing if case.task_id == "broken"]
    assert not [prompt for prompt in odd.prompts if BROKEN["intent"] in prompt.query]


def test_the_time_of_an_answer_is_ten_times_that_of_the_reference_and_a_second_at_least(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    slow = "import time\ndef answer(x):\n    time.sleep({})\n    return x\n"
    task = {"intent": "give x back", "tests": ["assert answer(1) == 1"], "entry_point": "answer"}
    tasks = [
        {"id": "slow", **task, "reference": slow.format(0.2)},
        {"id": "fast", **task, "reference": slow.format(0)},
    ]
    answers = Recorded({(name, ""): (slow.format(1.3),) for name in ("slow", "fast")}, {})
    dataset = tea_dataset(tmp_path, *tasks)
    run = evaluate(evaluation(dataset, answers, sandbox, Settings(("none",))), tmp_path / "run")
    assert passed(run, "none") == ["slow"]
    (case,) = run.failing
    assert (case.task_id, case.status, case.error) == ("fast", "timeout", "it reached its time limit")


def test_a_task_without_a_reference_is_judged_by_its_tests(tmp_path: Path, sandbox: Sandbox) -> None:
    task = {key: value for key, value in WATER.items() if key != "reference"}
    answers = Recorded({("water", ""): (RIGHT,)}, {})
    run = evaluate(
        evaluation(tea_dataset(tmp_path, task), answers, sandbox, Settings(("none",))), tmp_path / "run"
    )
    assert passed(run, "none") == ["water"] and run.environment_failures == {}
    assert outcome(run, "none", "water").text == {} and column(run, "none").corpus_scores == {}


# contexts


def test_the_generator_sees_passages_where_they_were_retrieved_or_are_gold(result: RunResult) -> None:
    assert passed(result, "none") == []
    assert passed(result, "retrieved") == ["water", "pot"]
    assert passed(result, "oracle") == ["water", "leaves", "pot"]


def test_passages_of_a_wrong_version_come_from_an_index_of_their_own(
    tmp_path: Path, sandbox: Sandbox, index: Index
) -> None:
    older = {"kettle.py": 'def cook_water(litres):\n    """Heat litres of water in the kettle."""\n'}
    wrong_index = Index.in_memory([write_tree(tmp_path / "older", older)])
    settings = Settings(("none", "retrieved", "wrong", "oracle"))
    asked = evaluation(tea_dataset(tmp_path, WATER, LEAVES), knowing, sandbox, settings, index)
    result = evaluate(replace(asked, wrong_index=wrong_index), tmp_path / "run")
    both = ["water", "leaves"]
    assert [passed(result, context) for context in settings.contexts] == [[], both, [], both]
    prompts = {one["context"]: one["text"] for one in lines(tmp_path / "run" / "prompts.jsonl")[:4]}
    assert "cook_water" in prompts["wrong"]
    assert "cook_water" not in prompts["retrieved"]
    report = text_report(result)
    assert re.search(r"^pass@1 .*\n(?:.*\n)?\n? +wrong +oracle$", report, re.MULTILINE)  # in two blocks
    assert max(map(len, report.split("\n"))) <= 80
    with pytest.raises(RagError, match="no index of the wrong version"):
        Contexts(settings, index)


def test_each_failing_case_shows_the_prompt_the_answer_and_the_error(result: RunResult) -> None:
    cases = {(case.task_id, case.context): case for case in result.failing}
    assert list(cases) == [("water", "none"), ("leaves", "none"), ("leaves", "retrieved"), ("pot", "none")]
    case = cases["leaves", "retrieved"]
    assert case.sample == 0 and case.status == "failed" and "AssertionError" in case.error
    assert "weigh_leaves" in case.prompt and LEAVES["intent"] in case.prompt
    assert case.answer == "def answer(x):\n    return None\n"
    assert case.program.endswith("assert answer(3) == 6") and case.answer in case.program
    assert {passage.title for passage in case.passages} == {"weigh_leaves", "boil_water", "fill_pot"}
    assert cases["water", "none"].passages == ()


def test_retrieval_is_scored_against_the_gold_documents(result: RunResult) -> None:
    assert outcome(result, "retrieved", "water").retrieval["RR@10"] == 1
    assert outcome(result, "retrieved", "leaves").retrieval["R@10"] == 0.5  # one of two is not in the index
    assert outcome(result, "none", "water").retrieval == {}


def test_gold_documents_that_the_index_lacks_are_kept_on_record(folder: Path) -> None:
    missing = {
        one["task_id"]: one["missing"]
        for one in lines(folder / "prompts.jsonl")
        if one["context"] == "oracle"
    }
    assert missing == {"water": [], "leaves": ["no/such.html#page"], "pot": []}


def test_a_passage_that_holds_the_task_is_left_out_and_counted(tmp_path: Path, sandbox: Sandbox) -> None:
    leak = f'def solution():\n    """{WATER["intent"]}:\n\n    {WATER["reference"]}    """\n'
    leaky = tea_index(tmp_path, {"leak.py": leak})
    run = evaluate(
        evaluation(tea_dataset(tmp_path, *TASKS), knowing, sandbox, Settings(("retrieved",)), leaky),
        tmp_path / "run",
    )
    assert run.excluded_passages == {"retrieved": 1}
    assert outcome(run, "retrieved", "water").excluded_passages == 1
    assert outcome(run, "retrieved", "pot").excluded_passages == 0
    assert "left out 1 contaminated passage" in text_report(run)
    (water,) = (one for one in lines(tmp_path / "run" / "prompts.jsonl") if one["task_id"] == "water")
    assert "solution" not in str(water["text"]) and "leak.py" in str(water["ranked"])


def test_contaminated_passages_are_shown_if_asked_for_and_never_to_repair_otherwise(tmp_path: Path) -> None:
    leak = f'def solution():\n    """{WATER["intent"]}:\n\n    {WATER["reference"]}    """\n'
    leaky = tea_index(tmp_path, {"leak.py": leak})
    task = tea_dataset(tmp_path, WATER).tasks[0]
    honest = Contexts(Settings(("retrieved",)), leaky)
    keeping = Contexts(Settings(("retrieved",), keep_contaminated=True), leaky)
    prompt, record = keeping.prompt(task, "retrieved")
    assert "solution" in prompt.text and record.excluded == 0
    assert record.passages[0].title == "solution"
    other, kept = honest.prompt(task, "retrieved")
    assert "solution" not in other.text and kept.excluded == 1
    assert kept.confidence and record.confidence and kept.confidence < record.confidence
    for contexts, expected in ((honest, False), (keeping, True)):
        found = contexts.search(task)("solution heated litres", 4)
        assert ("solution" in [hit.chunk.symbol for hit in found]) is expected
        assert len(found) == 3 + expected


def test_k_passages_are_shown_although_some_were_left_out(tmp_path: Path) -> None:
    leak = f'def solution():\n    """{WATER["intent"]}:\n\n    {WATER["reference"]}    """\n'
    contexts = Contexts(Settings(("retrieved",), k=2), tea_index(tmp_path, {"leak.py": leak}))
    _, record = contexts.prompt(tea_dataset(tmp_path, WATER).tasks[0], "retrieved")
    assert len(record.passages) == 2 and record.excluded == 1


def test_a_question_holds_the_code_that_is_to_go_on_with_the_intent_before_it_but_not_twice() -> None:
    assert question(Task("t", "add two numbers")) == "add two numbers"
    assert (
        question(Task("t", "add", shown="def f(a):\n"))
        == "add\n\nComplete this code:\n```python\ndef f(a):\n```"
    )
    shown = 'def f(a):\n    """add two"""\n'
    assert question(Task("t", "add two", shown=shown)).count("add two") == 1


def test_passages_are_retrieved_for_the_code_to_continue_too_where_it_says_what_is_in_use() -> None:
    shown = "import shapely\ndef join(a: shapely.Polygon):\n    return"
    assert retrieval_query(Task("t", "perform a union", shown=shown)) == f"perform a union\n{shown}"
    assert retrieval_query(Task("t", "perform a union", shown="def join(a):\n")) == "perform a union"
    said = 'import shapely\ndef join(a):\n    """Perform a union."""\n'
    assert retrieval_query(Task("t", "Perform a union.", shown=said)) == "Perform a union."


# steps


def test_selection_is_a_further_row(result: RunResult) -> None:
    steps = outcome(result, "oracle", "water").steps
    assert steps["selected (mbr-exec)"] == steps["selected (executable)"] == 1.0


def test_a_method_chooses_by_what_samples_do_not_by_the_tests(tmp_path: Path, sandbox: Sandbox) -> None:
    task = WATER | {"shown": "# for example: answer(3)\n"}
    answers = Recorded({("water", ""): ("1 / 0", WRONG, RIGHT, RIGHT.replace("(x)\n```", "( x )\n```"))}, {})
    settings = Settings(("none",), samples=4, select=("mbr-exec", "likelihood"))
    run = evaluate(evaluation(tea_dataset(tmp_path, task), answers, sandbox, settings), tmp_path / "run")
    done = outcome(run, "none", "water")
    assert (done.samples, done.passed) == (4, 2)
    assert done.steps == {"selected (mbr-exec)": 1.0, "selected (likelihood)": 1.0}
    chosen = {
        one["method"]: (one["number"], one["origin"]) for one in lines(tmp_path / "run" / "choices.jsonl")
    }
    assert chosen == {"mbr-exec": (2, "examples"), "likelihood": (2, "examples")}


def test_samples_are_tried_on_test_cases_that_the_generator_writes(tmp_path: Path, sandbox: Sandbox) -> None:
    generator, dataset = WritesTests([]), tea_dataset(tmp_path, WATER | {"shown": "def answer(x):\n"})
    settings = Settings(("none",), samples=3, select=("codet",), written_tests=2)
    asked = evaluation(dataset, generator, sandbox, settings)
    run = evaluate(asked, tmp_path / "run")
    assert outcome(run, "none", "water").steps == {"selected (codet)": 1.0}
    assert run.manifest["samples tried on"] == {"written": 1}
    assert [one["number"] for one in lines(tmp_path / "run" / "written.jsonl")] == [0, 1]

    (tmp_path / "run" / "choices.jsonl").write_text("")  # killed in the middle of it
    assert evaluate(asked, tmp_path / "run") == run
    assert len(generator.asked) == 2  # not again


def test_repair_corrects_what_an_error_shows(result: RunResult, folder: Path) -> None:
    step = "repaired (self-debugging, visible)"
    assert outcome(result, "none", "pot").passed == 0 and outcome(result, "none", "pot").steps[step] == 1
    assert outcome(result, "none", "water").steps[step] == 0  # nothing that is visible went wrong
    assert outcome(result, "oracle", "water").steps[step] == 1
    (repaired,) = (
        one for one in lines(folder / "repairs.jsonl") if (one["task_id"], one["context"]) == ("pot", "none")
    )
    assert repaired["stopped"] == "passed" and "fill_pot" in str(repaired["answer"])
    turns = [json.loads(str(line)) for line in repaired["log"]]
    assert [turn["step"] for turn in turns] == ["sample", "repair"]
    assert "not_defined" in turns[1]["prompt"]


def test_each_passage_is_found_to_help_or_to_hurt(result: RunResult) -> None:
    effects = {
        task.task_id: {one.passage.title: task.effect(one) for one in task.passages}
        for task in result.attributions
    }
    assert effects == {
        "water": {"boil_water": "helped", "weigh_leaves": "no change", "fill_pot": "no change"},
        "leaves": {"weigh_leaves": "no change", "boil_water": "no change", "fill_pot": "hurt"},
        "pot": {"fill_pot": "helped", "boil_water": "no change", "weigh_leaves": "no change"},
    }
    assert [task.together for task in result.attributions] == [1, 0, 1]


def test_the_gate_reports_what_it_gained_and_lost(tmp_path: Path, sandbox: Sandbox, index: Index) -> None:
    def contrary(prompt: Prompt) -> str:
        """Answer the water task without passages, and wrongly with them."""
        return using("boil_water") if not prompt.hits else knowing(prompt).replace("boil_water", "abs")

    def effect(gate: float) -> GateEffect | None:
        settings = Settings(gate=gate)
        run = evaluation(tea_dataset(tmp_path, WATER, POT), contrary, sandbox, settings, index)
        return evaluate(run, tmp_path / str(gate)).gate

    gate = effect(1.0)
    assert gate is not None
    assert (gate.threshold, gate.closed, gate.gained, gate.lost) == (1.0, 2, ("water",), ("pot",))
    assert effect(0.0) is None


def test_groups_are_separated(result: RunResult) -> None:
    assert outcome(result, "none", "water").groups == {"group": ("hot",)}
    assert "\nBy group" in text_report(result)


def test_every_sample_has_a_seed_of_its_own(tmp_path: Path, sandbox: Sandbox) -> None:
    sampler = Generated(Seeded(), {}, seed=7)
    dataset = tea_dataset(tmp_path, WATER)
    evaluate(evaluation(dataset, sampler, sandbox, Settings(("none",), samples=3)), tmp_path / "run")
    found = [(one["text"], one["log_likelihood"]) for one in lines(tmp_path / "run" / "samples.jsonl")]
    assert found == [("7", -7), ("8", -8), ("9", -9)]


def test_some_tasks_are_spread_over_all() -> None:
    tasks = tuple(Task(str(number), "") for number in range(10))
    assert [task.task_id for task in chosen_tasks(tasks, 4)] == ["0", "2", "5", "7"]
    assert chosen_tasks(tasks, 0) == chosen_tasks(tasks, 10) == chosen_tasks(tasks, 11) == tasks


def test_tasks_before_and_after_a_cutoff_are_separated(tmp_path: Path, sandbox: Sandbox) -> None:
    tasks = [WATER | {"date": "2023-01-01"}, POT | {"date": "2024-06-01"}]
    answers = Recorded({("water", ""): (RIGHT,), ("pot", ""): (WRONG,)}, {})
    made = evaluation(tea_dataset(tmp_path, *tasks), answers, sandbox, Settings(("none",), cutoff="2023-12"))
    run = evaluate(made, tmp_path / "run")
    groups = {one.task_id: one.groups["published, cutoff 2023-12"] for one in column(run, "none").outcomes}
    assert groups == {"water": ("before",), "pot": ("after",)}


# data sets of other kinds


def test_tasks_without_tests_have_scores_of_text_and_no_pass_rate(
    tmp_path: Path, sandbox: Sandbox, index: Index
) -> None:
    texts = [{key: value for key, value in task.items() if key != "tests"} for task in (WATER, LEAVES)]
    settings = Settings(select=("mbr-exec",), repair="self-debugging", attribute=True, gate=0.5)
    run = evaluate(
        evaluation(tea_dataset(tmp_path, *texts), knowing, sandbox, settings, index), tmp_path / "run"
    )
    done = outcome(run, "retrieved", "water")
    assert (done.samples, done.steps, done.text["exact_match"]) == (0, {}, 1.0)
    assert set(column(run, "none").corpus_scores) == {"bleu", "chrf", "code_bleu"}
    assert "pass@" not in text_report(run) and "Text scores" in text_report(run)
    assert run.attributions == () and run.failing == ()
    assert not (tmp_path / "run" / "verdicts.jsonl").exists()


def test_where_only_documents_are_asked_for_no_generator_is(
    tmp_path: Path, sandbox: Sandbox, index: Index
) -> None:
    def never(prompt: Prompt) -> str:
        raise AssertionError("it was asked")

    tasks = [{key: task[key] for key in ("id", "intent", "gold")} for task in (WATER, POT)]
    run = evaluate(
        evaluation(tea_dataset(tmp_path, *tasks), never, sandbox, Settings(), index), tmp_path / "run"
    )
    assert outcome(run, "retrieved", "water").retrieval["RR@10"] == 1
    assert outcome(run, "none", "water").text == {}
    assert [line for line in text_report(run).splitlines() if "of 2 tasks" in line] == [
        "Retrieval scores of 2 tasks, with 95 % intervals"
    ]


def test_tasks_with_and_without_tests_may_stand_in_one_set(tmp_path: Path, sandbox: Sandbox) -> None:
    text = {key: value for key, value in POT.items() if key != "tests"}
    answers = Recorded({("water", ""): (RIGHT,), ("leaves", ""): (WRONG,), ("pot", ""): (WRONG,)}, {})
    dataset = tea_dataset(tmp_path, WATER, LEAVES, text)
    settings = Settings(("none",), select=("executable",))
    shown = text_report(evaluate(evaluation(dataset, answers, sandbox, settings), tmp_path / "run"))
    assert re.search(r"pass@1 +50\.0", shown) and re.search(r"selected \(executable\) +50\.0", shown)
    assert re.search(r"exact_match +3 ", shown) or "Text scores of 3 tasks" in shown
    compared = compare(read_result(tmp_path / "run"), read_result(tmp_path / "run"))
    assert {one.name: one.tasks for one in compared.contexts[0].measures}["pass@1"] == 2


def test_what_a_model_wrote_may_be_no_unicode(tmp_path: Path, sandbox: Sandbox) -> None:
    answers = Recorded({("water", ""): ("def answer(x):\n    return '\ud800\x00'\n",)}, {})
    dataset = tea_dataset(tmp_path, WATER)
    run = evaluate(evaluation(dataset, answers, sandbox, Settings(("none",))), tmp_path / "run")
    assert passed(run, "none") == [] and len(run.failing) == 1
    assert read_result(tmp_path / "run") == run


# what documentation changed


def test_a_run_tells_which_passages_changed_a_verdict_and_which_name_what_was_used(result: RunResult) -> None:
    retrieved, oracle = result.effects
    assert (retrieved.context, oracle.context) == ("retrieved", "oracle")
    assert [(one.task_id, one.before, one.after) for one in retrieved.changed] == [
        ("pot", 0.0, 1.0),
        ("water", 0.0, 1.0),
    ]
    (water,) = (one for one in retrieved.changed if one.task_id == "water")
    assert water.used == ("boil_water",)
    assert [one.passage.title for one in water.passages if one.names] == ["boil_water"]
    assert [one.task_id for one in oracle.changed] == ["leaves", "pot", "water"]
    text = text_report(result)
    assert "What documentation changed: oracle instead of none" in text
    assert "boil_water names boil_water" in text and max(map(len, text.splitlines())) <= 80
