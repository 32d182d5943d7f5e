"""An index is whole after a kill at any instant: a small run of `bench.kill`."""

import os
import signal
import sqlite3
import subprocess
from pathlib import Path
from random import Random
from time import sleep

import pytest

from bench.kill import (
    KINDS,
    alive_in_session,
    kill,
    make_scene,
    one_kill,
    orphans_of,
    prepare,
    problems,
    start,
)
from indexers.layout import Layout
from tests.engine_under_test import NEEDS_LANCE

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="tells processes apart by /proc"),
]


@pytest.mark.parametrize("engine", ["embedded", pytest.param("lance", marks=NEEDS_LANCE)])
def test_a_killed_build_or_update_leaves_a_whole_index_and_no_process(tmp_path: Path, engine: str) -> None:
    random = Random(3)
    scene = make_scene(tmp_path, 60, random, engine)
    outcomes = [one_kill(scene, number, random) for number in (0, 7, 2, 9, 4, 11)]
    assert {kind for kind, _, _ in outcomes} == set(KINDS)
    assert [outcome for outcome in outcomes if outcome[2]] == []


def test_the_check_after_a_kill_notices_what_is_wrong(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, 20, Random(3))
    index = prepare(tmp_path, KINDS["update"])
    assert problems(index, scene, KINDS["update"]) == ("as before", [])
    lost = next(iter(scene.states[1].contents))
    with sqlite3.connect(index / "catalog.sqlite") as catalog:
        catalog.execute("UPDATE documents SET path = 'other.py' WHERE path = ?", (lost,))
    catalog.close()
    Layout(index).seal.unlink(missing_ok=True)
    left, wrong = problems(index, scene, KINDS["update"])
    assert left == "between"
    assert "neither as before nor as after" in wrong
    assert "other.py is neither as before nor as after" in wrong


@pytest.fixture
def working(tmp_path: Path) -> subprocess.Popen[bytes]:
    """Start an index command and wait until its workers have begun."""
    (tmp_path / "app").mkdir()
    for number in range(200):
        (tmp_path / "app" / f"{number}.py").write_text("x = 1\n" * 2_000)
    process = start(KINDS["build, checkpoints"], tmp_path, tmp_path / "index")
    while len(alive_in_session(process.pid)) < 3:
        assert process.poll() is None
        sleep(0.01)
    return process


def test_workers_end_when_their_parent_is_killed(working: subprocess.Popen[bytes]) -> None:
    assert kill(working, whole_group=False) == []


def test_an_interrupted_command_ends_with_its_workers(working: subprocess.Popen[bytes]) -> None:
    os.killpg(working.pid, signal.SIGINT)
    assert working.wait(20) == 130
    assert orphans_of(working) == []
