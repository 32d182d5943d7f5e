"""Killed at any step and started again, an evaluation finds what it would have found."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from corpora.errors import RagError
from indexers.index import Index
from rag.evaluation.run import Settings, evaluate
from rag.execution import Sandbox
from rag.prompting.prompt import Prompt
from tests import ROOT
from tests.sandboxes import ISOLATION
from tests.small_corpora import write_tree
from tests.tea_tasks import (
    LIBRARY,
    NAMES,
    POT,
    TASKS,
    WATER,
    WRONG,
    evaluation,
    knowing,
    lines,
    tea_dataset,
    tea_index,
    tea_sandbox,
    write_lines,
)

JOURNALS = ("references", "prompts", "samples", "verdicts", "choices", "repairs", "left-out")
SETTINGS = Settings(samples=1, k=1, select=("mbr-exec",), repair="self-debugging", attribute=True)

# What the killed runs ask: it writes down each question with its seed before it thinks about it.
GENERATOR = f"""
import json, os, sys, time
prompt = sys.stdin.read()
seed = int(os.environ["RAG_SEED"])
with open(os.environ["CALLS"], "a") as file:
    file.write(json.dumps([prompt, seed]) + "\\n")
time.sleep(0.02)
query = prompt.rpartition("Task: ")[2]
name = next(name for word, name in {NAMES!r}.items() if word in query)
if "NameError" in prompt or (name in prompt and seed % 2 == 0):
    print(f"```python\\ndef answer(x):\\n    return {{name}}(x)\\n```")
else:
    print("```python\\ndef answer(x, y=not_defined):\\n    return x\\n```")
"""


class Forgetful:
    """A generator that knows what it is shown, but the pot only after an error; counts its calls."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, prompt: Prompt, /) -> str:
        self.asked += 1
        if "pot" in prompt.query and "NameError" not in prompt.text:
            return WRONG.replace("x)", "x, y=not_defined)")
        return knowing(prompt)


@dataclass(frozen=True)
class Scene:
    """An evaluation to be repeated, and the folder of an undisturbed run of it."""

    sandbox: Sandbox
    index: Index
    finished: Path
    asked: int

    def evaluate(self, folder: Path) -> int:
        """Resume the run in `folder`; return how often the generator was asked."""
        generator = Forgetful()
        dataset = tea_dataset(folder.parent, POT, WATER)
        evaluate(evaluation(dataset, generator, self.sandbox, SETTINGS, self.index), folder)
        return generator.asked

    def copy(self, folder: Path) -> Path:
        return shutil.copytree(self.finished, folder)

    def cut_off(self, folder: Path, journal: str, keep: float) -> Path:
        """Leave what a kill leaves: journals of earlier steps, a part of one, none of later steps."""
        folder.mkdir(parents=True)
        shutil.copy(self.finished / "manifest.json", folder)
        for name in JOURNALS[: JOURNALS.index(journal)]:
            shutil.copy(self.finished / f"{name}.jsonl", folder)
        data = (self.finished / f"{journal}.jsonl").read_bytes()
        (folder / f"{journal}.jsonl").write_bytes(data[: int(keep * len(data))])
        return folder


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    root = tmp_path_factory.mktemp("scene")
    with tea_sandbox() as sandbox:
        fresh = Scene(sandbox, tea_index(root), root / "run", 0)
        yield replace(fresh, asked=fresh.evaluate(root / "run"))


def same_files(one: Path, other: Path) -> bool:
    return all(
        (one / name).read_bytes() == (other / name).read_bytes() for name in ("result.json", "report.html")
    )


@pytest.mark.parametrize("journal", JOURNALS)
def test_a_run_goes_on_from_whatever_a_kill_left(tmp_path: Path, scene: Scene, journal: str) -> None:
    folder = scene.cut_off(tmp_path / "run", journal, 0.6)
    kept = len(whole_lines(folder / "samples.jsonl"))
    assert (kept > 0) == (journal not in ("references", "prompts"))
    torn = (folder / f"{journal}.jsonl").read_bytes()
    whole, _, part = torn.rpartition(b"\n")
    assert part  # of a line
    asked = scene.evaluate(folder)
    assert same_files(folder, scene.finished)
    for name in JOURNALS:
        assert untimed(folder / f"{name}.jsonl") == untimed(scene.finished / f"{name}.jsonl")
    assert (folder / f"{journal}.jsonl").read_bytes().startswith(whole)
    if journal in ("repairs", "left-out"):
        assert asked < scene.asked - kept
    else:
        assert asked == scene.asked - kept


def untimed(path: Path) -> set[str]:
    """Return the records of a journal without their times."""
    found = []
    for record in lines(path):
        record.get("verdict", {}).pop("seconds", 0)
        turns = [json.loads(line) for line in record.pop("log", ())]
        found.append([record, [turn["text"] for turn in turns]])
    return set(map(json.dumps, found))


def test_a_finished_run_is_not_run_again(tmp_path: Path, scene: Scene) -> None:
    folder = scene.copy(tmp_path / "run")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert scene.evaluate(folder) == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize("journal", JOURNALS)
def test_a_line_in_the_middle_that_is_damaged_is_reported(tmp_path: Path, scene: Scene, journal: str) -> None:
    path = scene.copy(tmp_path / "run") / f"{journal}.jsonl"
    first, rest = path.read_bytes().split(b"\n", 1)
    path.write_bytes(first[:-5] + b"\n" + rest)
    with pytest.raises(RagError, match=rf"line 1 of .*{journal}\.jsonl is damaged"):
        scene.evaluate(path.parent)
    assert path.read_bytes() == first[:-5] + b"\n" + rest


def test_without_the_line_the_run_goes_on(tmp_path: Path, scene: Scene) -> None:
    path = scene.copy(tmp_path / "run") / "samples.jsonl"
    path.write_bytes(path.read_bytes().split(b"\n", 1)[1])
    assert scene.evaluate(path.parent) == 1
    assert same_files(path.parent, scene.finished)


def test_a_run_that_was_killed_before_its_manifest_was_there_begins(tmp_path: Path, scene: Scene) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "manifest.part").write_bytes((scene.finished / "manifest.json").read_bytes()[:99])
    assert scene.evaluate(tmp_path / "run") == scene.asked
    assert same_files(tmp_path / "run", scene.finished)


# killed in earnest


class Project:
    """A folder with tasks, an index and a generator, and the command that evaluates them."""

    def __init__(self, root: Path) -> None:
        self.root, self.calls = root, root / "calls"
        write_lines(root / "tea.jsonl", TASKS)
        (root / "generator.py").write_text(GENERATOR)
        Index.build(root / ".rag", [write_tree(root / "library", LIBRARY)]).close()

    def command(self, out: str) -> list[str]:
        steps = [
            "--select",
            "mbr-exec",
            "--repair",
            "self-debugging",
            "--attribute",
            "--samples",
            "2",
            "-k",
            "2",
        ]
        return ["eval", "tea.jsonl", "--out", out, *steps, *self.runs()]

    def runs(self) -> list[str]:
        """Options that have to be given again before a recorded run is repeated."""
        command = f"{sys.executable} -I -S generator.py"
        return ["--generator", f"command:{command}", "--isolation", ISOLATION]

    def start(self, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "rag.cli.main", *arguments],
            cwd=self.root,
            env=os.environ | {"CALLS": str(self.calls), "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def run(self, *arguments: str) -> None:
        process = self.start(arguments)
        out, _ = process.communicate(timeout=120)
        assert process.returncode == 0, out.decode()

    def asked(self) -> list[tuple[str, int]]:
        """Return every question so far, with its seed."""
        return [(prompt, seed) for prompt, seed in map(json.loads, self.calls.read_text().splitlines())]

    def answered(self, folder: Path) -> set[tuple[str, int]]:
        """Return the questions whose answers are on disk; a kill may have cut off the last line."""
        prompts, samples = (whole_lines(folder / f"{name}.jsonl") for name in ("prompts", "samples"))
        texts = {(one["task_id"], one["context"]): one["text"] for one in prompts}
        return {(str(texts[one["task_id"], one["context"]]), int(str(one["number"]))) for one in samples}


def whole_lines(path: Path) -> list[dict[str, Any]]:
    data = path.read_bytes() if path.exists() else b""
    return [json.loads(line) for line in data[: data.rfind(b"\n") + 1].splitlines()]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project with an undisturbed run in `whole/run`."""
    made = Project(tmp_path_factory.mktemp("project"))
    made.run(*made.command("whole/run"))
    return made


def kill_when(process: subprocess.Popen[bytes], journal: Path, records: int) -> None:
    """Kill the process as soon as the journal has `records` records."""
    deadline = monotonic() + 60
    while not journal.exists() or journal.read_bytes().count(b"\n") < records:
        assert process.poll() is None and monotonic() < deadline
        sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    sleep(0.3)  # what it had asked last may have been about to write it down


@pytest.mark.slow(12)
def test_a_run_that_is_killed_again_and_again_ends_with_the_same_report(project: Project) -> None:
    """Each run takes a second to start, so one is killed in every step, and early as well as late."""
    folder, begun = project.root / "often" / "run", len(project.asked())
    answered, before = set[tuple[str, int]](), begun
    process = project.start(project.command("often/run"))
    for number, journal in enumerate(JOURNALS):
        kill_when(process, folder / f"{journal}.jsonl", 7 if journal == "samples" else 1)
        assert not (folder / "result.json").exists()
        again = project.asked()[before:]
        assert not answered & set(again)
        assert len(again) == len(set(again))
        answered, before = project.answered(folder), len(project.asked())
        if JOURNALS.index(journal) > JOURNALS.index("samples"):
            assert len(answered) == 12
        resumed = ["eval", "--again", "often/run", *project.runs()]
        process = project.start(resumed if number % 2 else project.command("often/run"))
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0, out.decode()
    assert same_files(folder, project.root / "whole" / "run")
    assert not answered & set(project.asked()[before:])
    questions = project.asked()[begun:]
    assert len(questions) <= len(set(questions)) + len(JOURNALS)  # one may be in the air at each kill
