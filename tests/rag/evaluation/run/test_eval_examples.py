"""Solved examples in the prompts of an evaluation."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from indexers.index import Index
from rag.evaluation.run import Settings, evaluate
from rag.evaluation.run.contexts import Contexts
from rag.evaluation.run.manifest import manifest_of
from rag.evaluation.task import Task
from rag.execution import Sandbox
from rag.tasks.example_file import FewShotExample
from rag.tasks.few_shot import FewShot
from tests.tea_tasks import evaluation, knowing, passed, tea_dataset, tea_index

BOIL = FewShotExample("how long does the kettle need for one litre", "boil_water(1)", name="line 1")
TASK = Task("t", "how many seconds does the kettle take for x litres", reference="boil_water(x)")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return tea_index(tmp_path_factory.mktemp("tea"))


def text_of(index: Index, task: Task, context: str, *examples: FewShotExample) -> str:
    contexts = Contexts(Settings(), index, few_shot=FewShot(examples))
    return contexts.prompt(task, context)[0].text  # type: ignore[arg-type]


def test_examples_have_documentation_where_passages_are_retrieved_and_none_elsewhere(index: Index) -> None:
    retrieved = text_of(index, TASK, "retrieved", BOIL)
    assert retrieved.index("def boil_water") < retrieved.index("boil_water(1)") < retrieved.index("Passage 1")
    none = text_of(index, TASK, "none", BOIL, replace(BOIL, query="for two litres", docs="SECRET"))
    assert "boil_water(1)" in none and "def boil_water" not in none and "SECRET" not in none


@pytest.mark.parametrize(
    "leak",
    [
        replace(BOIL, query="How many seconds does the kettle take for x litres?"),
        replace(BOIL, code="boil_water( x )"),
        replace(BOIL, docs="how many seconds does the kettle take for x litres: boil_water(x)"),
    ],
)
def test_an_example_that_holds_the_task_is_never_shown(index: Index, leak: FewShotExample) -> None:
    assert "Its answer:" not in text_of(index, TASK, "retrieved", leak)
    assert "Its answer:" in text_of(index, TASK, "retrieved", leak, BOIL)


def test_documentation_of_examples_that_holds_the_task_is_never_shown(tmp_path: Path) -> None:
    page = "# boil_water\n\nhow many seconds does the kettle take for x litres: boil_water(x), SECRET\n"
    index = tea_index(tmp_path, {"boil_water.md": page})
    text = text_of(index, TASK, "retrieved", BOIL)
    assert "boil_water(1)" in text and "SECRET" not in text


def test_the_examples_decide_the_result_and_are_in_the_manifest(
    tmp_path: Path, sandbox: Sandbox, index: Index
) -> None:
    settings = Settings(contexts=("none",))
    plain = evaluation(tea_dataset(tmp_path), knowing, sandbox, settings)
    shots = replace(plain, few_shot=FewShot((BOIL,), shots=1))
    assert "examples" not in manifest_of(plain)
    described = manifest_of(shots)["examples"]
    assert (described["count"], described["shots"]) == (1, 1) and described["content_hash"]
    assert described != manifest_of(replace(plain, few_shot=FewShot((BOIL,), shots=2)))["examples"]
    assert passed(evaluate(plain, tmp_path / "plain"), "none") == []
    assert passed(evaluate(shots, tmp_path / "shots"), "none") == ["water"]


def test_a_run_by_command_shows_examples_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from rag.cli.main import main

    monkeypatch.chdir(tmp_path)
    tea_dataset(tmp_path)
    Path("solved.jsonl").write_text(json.dumps({"query": BOIL.query, "code": BOIL.code}))
    command = [
        "eval",
        "run",
        "jsonl",
        "tea.jsonl",
        "--generator",
        "echo",
        "--context",
        "none",
        "--isolation",
        "process",
    ]
    assert main([*command, "--examples", "solved.jsonl", "--out", "run"]) == 0
    assert "boil_water(1)" in Path("run/prompts.jsonl").read_text()
    Path("solved.jsonl").write_text("{}")
    assert main([*command, "--examples", "solved.jsonl", "--out", "run"]) == 1
    assert "line 1 has no query" in capsys.readouterr().err
