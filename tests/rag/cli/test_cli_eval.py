"""`rag eval` and `rag report` as their users meet them."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from indexers.index import Index
from rag.cli.main import main
from rag.evaluation.run import read_manifest, read_result
from tests import ROOT
from tests.sandboxes import ISOLATION, needs_bwrap
from tests.small_corpora import write_tree
from tests.tea_tasks import (
    LEAVES,
    LIBRARY,
    POT,
    RIGHT,
    TASKS,
    WATER,
    WRONG,
    lines,
    passed,
    using,
    write_lines,
)

Captured = pytest.CaptureFixture[str]

ANSWERS = [
    {"task_id": "water", "samples": [RIGHT, WRONG]},
    {"task_id": "leaves", "context": "none", "samples": [WRONG, WRONG]},
    {"task_id": "leaves", "context": "retrieved", "samples": [using("weigh_leaves"), WRONG]},
    {"task_id": "leaves", "context": "oracle", "samples": [using("weigh_leaves")]},
    {"task_id": "pot", "samples": [WRONG, using("fill_pot")]},
]
RECORDED = ["eval", "tea.jsonl", "--isolation", ISOLATION, "--answers", "answers.jsonl"]
FEW = [*RECORDED, "--context", "none"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with tasks, answers and an index, and two runs in `one` and `two`."""
    root = tmp_path_factory.mktemp("project")
    write_lines(root / "tea.jsonl", TASKS)
    write_lines(root / "answers.jsonl", ANSWERS)
    Index.build(root / ".rag", [write_tree(root / "library", LIBRARY)]).close()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        assert main([*RECORDED, "--out", "one", "--samples", "2", "--select", "mbr-exec"]) == 0
        assert main([*FEW, "--out", "two"]) == 0
    return root


@pytest.fixture
def project(made: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> Path:
    monkeypatch.chdir(made)
    capsys.readouterr()
    return made


def error_of(arguments: list[str], capsys: Captured) -> tuple[str, str, str]:
    """What a failing command says: what, why and fix, a line each, and nothing on stdout."""
    assert main(arguments) == 1
    out, err = capsys.readouterr()
    assert out == ""
    what, why, fix = err.splitlines()[-3:]
    assert what.startswith("error: ") and why.startswith("  why: ") and fix.startswith("  fix: ")
    return what, why, fix


# rag eval


def test_a_run_prints_its_tables_and_says_where_the_report_is(
    project: Path, tmp_path: Path, capsys: Captured
) -> None:
    out = tmp_path / "run"
    assert main([*RECORDED, "--out", str(out), "--context", "none, retrieved,oracle"]) == 0
    printed, told = capsys.readouterr()
    assert max(map(len, printed.splitlines())) <= 80
    assert printed.startswith("Run run\n\npass@1 (%) of 3 tasks, with 95 % intervals\n")
    assert "none" in printed and "retrieved" in printed and "oracle" in printed
    assert "     1  error: ModuleNotFoundError: No module named 'cup_of_nobody'" in printed
    steps = ["references: 4", "answers: 9", "verdicts: 9"]
    assert told.splitlines() == [*steps, f"full report: {out / 'report.html'}"]
    assert "<html" in (out / "report.html").read_text()
    result = read_result(out)
    assert [passed(result, one) for one in ("none", "retrieved", "oracle")] == [
        ["water"],
        ["water", "leaves"],
        ["water", "leaves"],
    ]


def test_json_is_the_whole_result(project: Path, tmp_path: Path, capsys: Captured) -> None:
    assert main([*FEW, "--out", str(tmp_path / "run"), "--json"]) == 0
    printed = capsys.readouterr().out
    assert printed == (tmp_path / "run" / "result.json").read_text() + "\n"
    assert [one["context"] for one in json.loads(printed)["contexts"]] == ["none"]


def test_no_index_is_needed_without_passages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_lines(tmp_path / "tea.jsonl", TASKS)
    write_lines(tmp_path / "answers.jsonl", ANSWERS)
    assert main(FEW) == 0
    assert read_manifest(tmp_path / "eval-run")["index"] == {}


def test_options_reach_the_run(project: Path, tmp_path: Path, capsys: Captured) -> None:
    command = ["--generator", f"command:{sys.executable} -c \"print('no code')\""]
    options = ["--samples=2", "--tasks=1", "-k=3", "--gate=0.5", "--select=mbr-exec", "--select=executable"]
    options += ["--repair=try-again", "--feedback=tests", "--turns=1", "--cutoff=2024", "--attribute"]
    options += ["--keep-contaminated", "--seed=5", "--template=code", "--max-tokens=2000"]
    box = ["--isolation", ISOLATION, "--timeout=7", "--memory-mb=300", "--workers=1"]
    out = str(tmp_path / "run")
    assert main(["eval", "jsonl", "tea.jsonl", *command, *options, *box, "--out", out]) == 0
    manifest = read_manifest(tmp_path / "run")
    assert manifest["settings"] == {
        "contexts": ["none", "retrieved"],
        "samples": 2,
        "tasks": 1,
        "k": 3,
        "max_prompt_tokens": 2000,
        "template": "code",
        "gate": 0.5,
        "keep_contaminated": True,
        "select": ["mbr-exec", "executable"],
        "written_tests": 0,
        "repair": "try-again",
        "feedback": "tests",
        "turns": 1,
        "cutoff": "2024",
        "code_bert_score": "",
        "further": 32,
        "attribute": True,
        "seed": 5,
    }
    assert manifest["generator"]["name"].startswith("command:") and "print" in manifest["generator"]["name"]
    assert (
        manifest["sandbox"]["limits"] | {"timeout_seconds": 7, "memory_mb": 300}
        == manifest["sandbox"]["limits"]
    )
    assert manifest["command"][:3] == ["eval", "jsonl", "tea.jsonl"]


def test_data_sets_that_only_name_documents_need_no_model(
    project: Path, tmp_path: Path, capsys: Captured
) -> None:
    tasks = [{key: task[key] for key in ("id", "intent", "gold")} for task in (WATER, LEAVES, POT)]
    write_lines(tmp_path / "search.jsonl", tasks)
    box = ["--isolation", ISOLATION, "--out", str(tmp_path / "run")]
    assert main(["eval", str(tmp_path / "search.jsonl"), "--context=retrieved", *box]) == 0
    printed = capsys.readouterr().out
    assert "Retrieval scores of 3 tasks" in printed and "pass@" not in printed
    assert not (tmp_path / "run" / "samples.jsonl").exists()


@needs_bwrap  # a recorded command that asks for less isolation needs consent
def test_a_run_goes_on_or_is_made_again_by_its_folder_alone(
    project: Path, tmp_path: Path, capsys: Captured
) -> None:
    run = tmp_path / "one"
    shutil.copytree("one", run)
    (run / "result.json").unlink()
    verdicts = lines(run / "verdicts.jsonl")
    write_lines(run / "verdicts.jsonl", verdicts[:3])
    assert main(["eval", "--again", str(run)]) == 0
    assert (run / "result.json").read_bytes() == Path("one/result.json").read_bytes()
    assert "verdicts: 9" in capsys.readouterr().err  # those that were there are not judged again

    other = tmp_path / "other" / "one"
    assert main(["eval", "--again", str(run), "--out", str(other), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "one"
    assert (other / "result.json").read_bytes() == (run / "result.json").read_bytes()
    assert read_manifest(other) == read_manifest(run)


def test_a_run_that_was_started_by_its_whole_name_is_made_again(project: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    assert main(["eval", "run", *FEW[1:], "--out", str(first)]) == 0
    assert main(["eval", "--again", str(first), "--out", str(second)]) == 0
    assert read_manifest(first)["command"][:3] == ["eval", "run", "tea.jsonl"]
    assert read_manifest(second) == read_manifest(first)


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["eval"], "there is no data set"),
        (["eval", "a", "b", "c"], "there is no data set"),
        (["eval", "humaneval"], "the data set humaneval needs a path"),
        (["eval", "no.jsonl"], "no.jsonl cannot be read"),
        (["eval", "human", "tea.jsonl"], "unknown data set 'human'"),
        (["eval", "tea.jsonl", "--context", "none,gold"], "unknown context 'gold'"),
        (["eval", "tea.jsonl", "--context", ""], "unknown context ''"),
        (["eval", "tea.jsonl", "--select", "best"], "unknown selection method 'best'"),
        (["eval", "tea.jsonl", "--context", "none", "--attribute"], "no passages to attribute"),
        (["eval", "tea.jsonl", "--context", "none", "--gate", "0.1"], "the gate cannot be measured"),
        (["eval", "tea.jsonl", "--answers", "no.jsonl"], "no.jsonl cannot be read"),
        (["eval", "tea.jsonl", "--answers", "tea.jsonl"], "the field 'task_id' is missing"),
        (["eval", "tea.jsonl", "--generator=command"], "the generator command needs a command"),
        ([*FEW, "--template", "none"], "template"),
        ([*FEW, "--cutoff", "May"], "the cutoff is not a date"),
        ([*FEW, "--samples", "3"], "no recorded answer 2 to"),
        ([*FEW, "--repair", "try-again"], "cannot be repaired, attributed or tried"),
        ([*FEW, "--python", "/no/such/python"], "the Python interpreter /no/such/python does not run"),
        ([*RECORDED, "--index", "nowhere"], "nowhere"),
        (["eval", "--again", "nowhere"], "there is no run in nowhere"),
        (["report", "nowhere"], "there is no run in nowhere"),
        (["report", "one", "nowhere"], "there is no run in nowhere"),
    ],
)
def test_mistakes_are_reported_in_three_lines(
    project: Path, tmp_path: Path, capsys: Captured, arguments: list[str], what: str
) -> None:
    out = ["--out", str(tmp_path / "run")] if arguments[0] == "eval" else []
    assert what in error_of([*arguments, *out], capsys)[0]


def test_the_folder_of_another_run_is_refused_with_what_differs(project: Path, capsys: Captured) -> None:
    what, why, fix = error_of([*RECORDED, "--out", "one"], capsys)
    assert what == "error: the folder one holds another run"
    assert "settings.samples is 2 there and 1 now; also different: settings.select" in why and "--out" in fix


def test_more_workers_are_no_other_run(project: Path, capsys: Captured) -> None:
    assert main([*FEW, "--out", "two", "--workers", "1"]) == 0


def test_a_folder_that_holds_something_else_is_left_alone(project: Path, capsys: Captured) -> None:
    assert "is in use" in error_of([*FEW, "--out", "."], capsys)[0]
    assert "cannot be made" in error_of([*FEW, "--out", "tea.jsonl"], capsys)[0]


@pytest.mark.parametrize(
    "wrong",
    [["--samples", "0"], ["--isolation", "jail"], ["--repair", "pray"], ["--gate", "2"], ["--turns", "0"]],
)
def test_wrong_usage_exits_with_2(project: Path, capsys: Captured, wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([*FEW, *wrong])
    assert caught.value.code == 2


# rag report


def test_a_report_shows_the_run_again(project: Path, capsys: Captured) -> None:
    assert main(["report", "one"]) == 0
    printed, told = capsys.readouterr()
    assert printed.startswith("Run one\n\npass@1") and "selected (mbr-exec)" in printed and told == ""
    assert max(map(len, printed.splitlines())) <= 80


def test_two_runs_are_compared_task_by_task(project: Path, capsys: Captured) -> None:
    assert main(["report", "one", "two"]) == 0
    printed = capsys.readouterr().out
    assert "A: one\nB: two" in printed and "Context none: 3 tasks in both runs" in printed
    assert "gained: 1 task\n   50.0 -> 100.0 %  water" in printed
    assert "lost: 1 task\n   50.0 ->   0.0 %  pot" in printed
    assert "settings.samples" in printed
    assert max(map(len, printed.splitlines())) <= 80


def test_runs_without_tests_can_be_compared(project: Path, tmp_path: Path, capsys: Captured) -> None:
    texts = [{key: value for key, value in task.items() if key != "tests"} for task in (WATER, POT)]
    data = str(write_lines(tmp_path / "texts.jsonl", texts))
    for name in ("a", "b"):
        assert main(["eval", data, *FEW[2:], "--out", str(tmp_path / name)]) == 0
    capsys.readouterr()
    assert main(["report", str(tmp_path / "a"), str(tmp_path / "b")]) == 0
    printed = capsys.readouterr().out
    assert "exact_match" in printed and "pass@" not in printed and "The manifests are the same." in printed


@pytest.mark.parametrize("runs", [["one"], ["one", "two"]])
def test_a_report_is_written_as_a_page_and_printed_as_json(
    project: Path, tmp_path: Path, capsys: Captured, runs: list[str]
) -> None:
    page = tmp_path / "page.html"
    assert main(["report", *runs, "--html", str(page), "--json"]) == 0
    printed, told = capsys.readouterr()
    assert json.loads(printed) and told == f"written: {page}\n"
    assert "</html>" in page.read_text()
    if runs == ["one"]:
        assert printed.rstrip("\n") == Path("one/result.json").read_text()
        assert page.read_bytes() == Path("one/report.html").read_bytes()


def test_a_page_that_cannot_be_written_is_reported(project: Path, capsys: Captured) -> None:
    assert "cannot be written" in error_of(["report", "one", "--html", "no/such/page.html"], capsys)[0]


def test_a_run_that_has_not_finished_is_reported(project: Path, tmp_path: Path, capsys: Captured) -> None:
    shutil.copy("one/manifest.json", tmp_path)
    what, _, fix = error_of(["report", str(tmp_path)], capsys)
    assert "has not finished" in what and f"rag eval --again {tmp_path}" in fix


# help, and what other commands pay


@pytest.mark.parametrize("command", ["eval run", "report"])
def test_help_fits_80_columns(command: str, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as caught:
        main([*command.split(), "--help"])
    assert caught.value.code == 0
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) <= 80
    if command == "eval run":
        assert all(name in printed for name in ("none,retrieved,wrong,oracle", "mbr-exec", "livecodebench"))


@pytest.mark.parametrize("arguments", [None, ["search", "--help"], ["--help"], ["status"]])
def test_other_commands_import_nothing_of_the_evaluation(tmp_path: Path, arguments: list[str] | None) -> None:
    run = "import rag" if arguments is None else f"from rag.cli.main import main; main({arguments!r})"
    program = f"""
import sys
try:
    {run}
except SystemExit:
    pass
print("evaluation:", [name for name in sys.modules if name.startswith(("rag.evaluation", "rag.cli.eval"))])
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.stdout.splitlines()[-1] == "evaluation: []"
