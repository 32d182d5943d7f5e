"""The folder of a run: the same run gives the same files, and other runs are refused."""

from pathlib import Path
from typing import Any

import pytest

from corpora.errors import GeneratorError, GeneratorUnavailable, RagError, UnknownName
from indexers.index import Index
from rag.evaluation.report import from_json
from rag.evaluation.run import Recorded, Settings, evaluate, read_manifest, read_result
from rag.execution import Limits, Sandbox, open_sandbox
from rag.prompting.prompt import Prompt
from tests.sandboxes import ISOLATION
from tests.tea_tasks import (
    POT,
    RIGHT,
    WATER,
    WRONG,
    column,
    evaluation,
    knowing,
    tea_dataset,
    using,
    write_lines,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox, index: Index) -> Path:
    """Return the folder of a finished run."""
    root = tmp_path_factory.mktemp("folder")
    settings = Settings(("none", "oracle"), samples=2, repair="self-debugging")
    evaluate(evaluation(tea_dataset(root), knowing, sandbox, settings, index), root / "run")
    return root / "run"


# recorded answers


def record(folder: Path) -> Path:
    answers: list[dict[str, Any]] = [
        {"task_id": "water", "samples": [RIGHT, WRONG]},
        {"task_id": "leaves", "context": "none", "text": WRONG},
        {"task_id": "leaves", "context": "none", "completion": using("weigh_leaves")},
        {"task_id": "leaves", "context": "oracle", "samples": [WRONG, WRONG]},
        {"task_id": "pot", "samples": ["object() + 1", "raise ValueError(object())"]},
    ]
    return write_lines(folder / "answers.jsonl", answers)


def test_two_runs_on_recorded_answers_are_the_same_byte_by_byte(
    tmp_path: Path, sandbox: Sandbox, index: Index
) -> None:
    settings = Settings(("none", "oracle"), samples=2, select=("mbr-exec",))
    dataset, answers = tea_dataset(tmp_path), Recorded.read(record(tmp_path))
    folders = [tmp_path / "once" / "run", tmp_path / "again" / "run"]
    for folder in folders:
        evaluate(evaluation(dataset, answers, sandbox, settings, index), folder)
    for file in ("result.json", "report.html"):
        once, again = ((folder / file).read_bytes() for folder in folders)
        assert once == again
    run = read_result(folders[0])
    assert [one.passed for one in column(run, "none").outcomes] == [1, 1, 0]
    assert [one.passed for one in column(run, "oracle").outcomes] == [1, 0, 0]


def test_the_samples_of_a_run_are_recorded_answers(folder: Path) -> None:
    answers = Recorded.read(folder / "samples.jsonl")
    assert answers.description["answers"] == 3 * 2 * 2
    assert answers.answers["pot", "oracle"] == (using("fill_pot"),) * 2


def test_a_recorded_answer_that_is_not_there_is_reported(tmp_path: Path, sandbox: Sandbox) -> None:
    answers = Recorded.read(record(tmp_path))
    with pytest.raises(GeneratorError, match="no recorded answer 2 to water") as caught:
        evaluate(
            evaluation(tea_dataset(tmp_path), answers, sandbox, Settings(("none",), samples=3)),
            tmp_path / "run",
        )
    assert caught.value.why == "the file has 2 for it in the context none"


@pytest.mark.parametrize("wrong", [Settings(("none",), repair="self-debugging"), Settings(attribute=True)])
def test_recorded_answers_cannot_be_repaired(
    tmp_path: Path, sandbox: Sandbox, index: Index, wrong: Settings
) -> None:
    answers = Recorded.read(record(tmp_path))
    with pytest.raises(RagError, match="cannot be repaired, attributed or tried"):
        evaluation(tea_dataset(tmp_path), answers, sandbox, wrong, index)


def test_answers_that_changed_are_not_those_of_the_run(tmp_path: Path, sandbox: Sandbox) -> None:
    dataset = tea_dataset(tmp_path, WATER)
    for text in (RIGHT, WRONG):
        answers = Recorded.read(write_lines(tmp_path / "a.jsonl", [{"task_id": "water", "text": text}]))
        made = evaluation(dataset, answers, sandbox, Settings(("none",)))
        if text == RIGHT:
            evaluate(made, tmp_path / "run")
    with pytest.raises(RagError, match="holds another run") as caught:
        evaluate(made, tmp_path / "run")
    assert "generator.content_hash" in caught.value.why


# what is kept, and what is refused


def test_a_manifest_says_what_a_run_was_made_of(folder: Path) -> None:
    manifest = read_manifest(folder)
    assert manifest["command"] == [] and "command" not in read_result(folder).manifest
    assert manifest["dataset"]["tasks"] == 4 and manifest["dataset"]["files"] == ["tea.jsonl"]
    assert len(manifest["dataset"]["content_hash"]) == 64
    assert manifest["index"]["chunks"] == 3 and "generation" in manifest["index"]
    assert manifest["generator"] == {"generator": "of a test"}
    assert manifest["settings"]["contexts"] == ["none", "oracle"] and manifest["settings"]["seed"] == 0
    assert set(manifest["templates"]) == {"docprompting", "repair-self-debugging"}
    assert manifest["sandbox"]["isolation"] == ISOLATION
    assert manifest["sandbox"]["limits"]["timeout_seconds"] == 10
    assert set(manifest["versions"]) == {"docprompting", "python"}


def test_the_result_on_disk_is_that_of_the_run(tmp_path: Path, sandbox: Sandbox) -> None:
    made = evaluation(tea_dataset(tmp_path), knowing, sandbox, Settings(("none",)))
    folder = tmp_path / "run"
    result = evaluate(made, folder)
    assert result.name == "run"
    assert from_json((folder / "result.json").read_text()) == read_result(folder) == result
    assert "<html" in (folder / "report.html").read_text()


def test_progress_is_reported_step_by_step(tmp_path: Path, sandbox: Sandbox) -> None:
    reported: list[tuple[str, int, int]] = []

    def tell(step: str, done: int, of: int) -> None:
        reported.append((step, done, of))

    made = evaluation(tea_dataset(tmp_path), knowing, sandbox, Settings(("none",)))
    evaluate(made, tmp_path / "run", progress=tell)
    assert reported[:4] == [("references", number, 4) for number in (1, 2, 3, 4)]
    assert reported[4:] == [(step, number, 3) for step in ("answers", "verdicts") for number in (1, 2, 3)]


def test_a_generator_that_fails_ends_the_run_which_goes_on_when_it_works_again(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    works: list[Prompt] = []
    outages = [1, 3]  # at the second answer, and at the repair of the second

    def failing(prompt: Prompt) -> str:
        if len(works) in outages:
            outages.remove(len(works))
            raise GeneratorUnavailable("no answer", why="the server is gone", fix="start it")
        works.append(prompt)
        return f"def answer(x, y=no_{len(works)}):\n    return 0\n"

    settings = Settings(("none",), repair="try-again", turns=1)
    made = evaluation(tea_dataset(tmp_path, WATER, POT), failing, sandbox, settings)
    for _ in range(2):
        with pytest.raises(GeneratorError) as caught:
            evaluate(made, tmp_path / "run")
        assert "the server is gone" in caught.value.why
    evaluate(made, tmp_path / "run")
    assert len(works) == 4  # two answers, two repairs: nothing was asked again


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"contexts": ("none", "gold")}, "unknown context 'gold'"),
        ({"select": ("mbr-exec+best",)}, "unknown selection method 'best'"),
        ({"repair": "pray"}, "unknown repair strategy 'pray'"),
        ({"contexts": ()}, "nothing to evaluate"),
        ({"samples": 0}, "nothing to evaluate"),
        ({"contexts": ("none",), "gate": 0.5}, "the gate cannot be measured"),
        ({"contexts": ("none",), "attribute": True}, "no passages to attribute"),
    ],
)
def test_what_cannot_be_done_is_reported_before_anything_is(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(RagError, match=message) as caught:
        Settings(**wrong)  # type: ignore[arg-type]
    if "unknown" in message:
        assert isinstance(caught.value, UnknownName)


def test_passages_need_an_index(tmp_path: Path, sandbox: Sandbox) -> None:
    with pytest.raises(RagError, match="no index to retrieve from"):
        evaluate(evaluation(tea_dataset(tmp_path), knowing, sandbox), tmp_path / "run")


def test_a_cutoff_that_is_no_date_is_reported_before_anybody_is_asked(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    made = evaluation(tea_dataset(tmp_path), knowing, sandbox, Settings(("none",), cutoff="last May"))
    with pytest.raises(RagError, match="the cutoff is not a date"):
        evaluate(made, tmp_path / "run")
    assert not (tmp_path / "run" / "references.jsonl").exists()


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        ({"samples": 2}, "settings.samples is 1 there and 2 now"),
        (
            {"seed": 3, "k": 2},
            f"settings.k is {Settings().k} there and 2 now; also different: settings.seed",
        ),
    ],
)
def test_the_folder_of_another_run_is_refused_with_what_differs(
    tmp_path: Path, sandbox: Sandbox, change: dict[str, int], differs: str
) -> None:
    dataset, answers = tea_dataset(tmp_path, WATER), Recorded({("water", ""): (RIGHT,) * 2}, {})
    evaluate(evaluation(dataset, answers, sandbox, Settings(("none",))), tmp_path / "run")
    before = (tmp_path / "run" / "samples.jsonl").read_bytes()
    other = evaluation(dataset, answers, sandbox, Settings(("none",), **change))  # type: ignore[arg-type]
    with pytest.raises(RagError, match="holds another run") as caught:
        evaluate(other, tmp_path / "run")
    assert caught.value.why == differs
    assert (tmp_path / "run" / "samples.jsonl").read_bytes() == before


def test_other_tasks_or_another_sandbox_are_another_run(tmp_path: Path, sandbox: Sandbox) -> None:
    answers = Recorded({("water", ""): (RIGHT,), ("pot", ""): (WRONG,)}, {})
    settings = Settings(("none",))
    evaluate(evaluation(tea_dataset(tmp_path, WATER), answers, sandbox, settings), tmp_path / "run")
    with pytest.raises(RagError) as caught:
        evaluate(evaluation(tea_dataset(tmp_path, WATER, POT), answers, sandbox, settings), tmp_path / "run")
    assert caught.value.why.startswith("dataset.content_hash is ")
    dataset = tea_dataset(tmp_path, WATER)
    with open_sandbox(ISOLATION, Limits(memory_mb=256)) as other, pytest.raises(RagError) as caught:
        evaluate(evaluation(dataset, answers, other, settings), tmp_path / "run")
    assert "sandbox.limits.memory_mb is 512 there and 256 now" in caught.value.why


def test_a_folder_that_is_used_for_something_else_is_left_alone(tmp_path: Path, sandbox: Sandbox) -> None:
    made = evaluation(tea_dataset(tmp_path, WATER), knowing, sandbox, Settings(("none",)))
    with pytest.raises(RagError, match="is in use") as caught:
        evaluate(made, tmp_path)
    assert "tea.jsonl" in caught.value.why
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "manifest.json").write_text('{"name": "an app"}')
    with pytest.raises(RagError, match="there is no run in"):
        evaluate(made, tmp_path / "app")
    with pytest.raises(RagError, match="cannot be made"):
        evaluate(made, tmp_path / "tea.jsonl")


def test_a_run_that_has_not_ended_has_no_result(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(RagError, match="there is no run in"):
        read_result(tmp_path)
    (tmp_path / "manifest.json").write_bytes((folder / "manifest.json").read_bytes())
    with pytest.raises(RagError, match="has not finished") as caught:
        read_result(tmp_path)
    assert "rag eval --again" in caught.value.fix
