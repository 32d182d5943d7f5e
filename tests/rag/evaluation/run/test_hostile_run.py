"""Folders of runs that a stranger made: nothing is run, sent or written because they say so."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpora.errors import RagError
from tests.damaged_index import said
from tests.silent_server import SilentServer, silent_server

CODE = {"app.py": "def brew_the_tea(cups):\n    return cups\n"}


@pytest.fixture
def server() -> Iterator[SilentServer]:
    with silent_server() as server:
        yield server


RUNS = {
    "a command": ["--generator", "command:touch {canary}"],
    "an endpoint": ["--generator", "openai:m", "--base-url", "http://127.0.0.1:{port}/v1"],
    "no sandbox": ["--generator", "echo", "--isolation", "process"],
    "a container": ["--generator", "echo", "--isolation", "container:evil/image"],
    "an interpreter": ["--generator", "echo", "--python", "{evil}"],
    "interpreters": ["--generator", "echo", "--make-environments", "--interpreter", "3.11={evil}"],
    "a template": ["--generator", "echo", "--template", "{evil}"],
    "a local model": ["--generator", "local:{evil}"],
    "abbreviated": ["--gener", "command:touch {canary}"],
    "a function": ["--generator", "call:evil:run"],
    "an option of old": ["--backend", "command", "--command", "touch {canary}"],
    "another command of ours": [],
}


@pytest.mark.parametrize("recorded", RUNS.values(), ids=RUNS)
def test_a_recorded_run_is_not_repeated_unasked(
    tmp_path: Path, server: SilentServer, monkeypatch: pytest.MonkeyPatch, recorded: list[str]
) -> None:
    canary, evil = tmp_path / "canary", tmp_path / "evil"
    evil.write_text(f"#!/bin/sh\ntouch {canary}\n")
    evil.chmod(0o755)
    task = {
        "id": "a",
        "intent": "b",
        "shown": "def a():\n",
        "reference": "    return 1\n",
        "tests": "assert a()",
    }
    (tmp_path / "tasks.jsonl").write_text(json.dumps(task))
    options = [part.format(canary=canary, port=server.server_port, evil=evil) for part in recorded]
    command = ["eval", "tasks.jsonl", "--context", "none", *options] if recorded else ["index", str(tmp_path)]
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "manifest.json").write_text(json.dumps({"format_version": 1, "command": command}))
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    monkeypatch.chdir(tmp_path)
    code, _, told = said(["eval", "--again", "run"])
    assert code == 1 and "Traceback" not in told, told
    assert "needs your consent" in told or "cannot be repeated" in told
    assert not canary.exists() and server.asked == []
    assert {path.name for path in tmp_path.iterdir()} <= {"evil", "run", "tasks.jsonl"}


def test_the_folder_of_a_run_with_links_in_it_is_not_written(tmp_path: Path) -> None:
    from rag.evaluation.run.folder import RunFolder

    victim = tmp_path / "victim"
    victim.write_text("mine")
    for name in ("samples.jsonl", "manifest.part", "report.html"):
        run = tmp_path / f"run-{name}"
        run.mkdir()
        (run / name).symlink_to(victim)
        with pytest.raises(RagError, match="cannot hold a run"):
            RunFolder(run, {"command": ["eval"]})
    assert victim.read_text() == "mine"
