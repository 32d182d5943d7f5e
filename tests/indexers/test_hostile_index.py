"""An index that somebody else made is data: an error in three lines or an answer, soon, and nothing else."""

import json
import shutil
import sqlite3
import subprocess
import sys
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpora.errors import IndexDamaged, RagError
from corpora.outside.files import open_outside
from corpora.sources import spec_for
from indexers.index import Index
from indexers.layout import Layout
from indexers.rebuild import rebuild
from indexers.search.soundness import unchecked
from indexers.verify import verify
from tests import ROOT
from tests.damaged_index import unrecord
from tests.small_corpora import write_tree

pytest.importorskip("resource", reason="limits of a process are those of POSIX")

_MAX_MEMORY_KB = 300_000


def run_module(module: str, *arguments: object) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", module, *map(str, arguments)]
    root = ROOT
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "sound"
    Index.build(path, [write_tree(tmp_path / "app")]).close()
    return path


@pytest.mark.slow(30)
def test_a_hostile_index_is_an_error_or_an_answer_and_touches_nothing_else(
    sound: Path, tmp_path: Path
) -> None:
    outcomes = run_module("tests.hostile_index", sound, tmp_path / "room" / "work")
    assert len(outcomes) > 80
    assert {one["name"]: one["wrong"] for one in outcomes if one["wrong"]} == {}
    assert [one for one in outcomes if one["memory"] > _MAX_MEMORY_KB] == []
    assert [one for one in outcomes if one["seconds"] > 10] == []


@pytest.mark.slow(30)
def test_random_damage_is_an_error_or_no_damage_to_the_answer(sound: Path, tmp_path: Path) -> None:
    outcomes = run_module("tests.damaged_index", sound, tmp_path / "work", 0, 200)
    assert len(outcomes) == 200
    assert [one for one in outcomes if one["trouble"] or one["wrong"]] == []
    # (without its seal the catalog is only not compared)
    unseen = {one["file"] for one in outcomes if one["changed"] and not one["found"]}
    assert unseen <= {"catalog.json"}


@pytest.mark.slow
def test_random_damage_without_checksums_ends_in_no_traceback(sound: Path, tmp_path: Path) -> None:
    unrecord(sound)
    outcomes = run_module("tests.damaged_index", sound, tmp_path / "work", 1, 40)
    assert [one for one in outcomes if one["trouble"]] == []


def test_an_index_without_checksums_works_and_says_that_it_has_none(sound: Path) -> None:
    unrecord(sound)
    with Index.open(sound) as index:
        assert verify(index) == []
        assert "no checksums" in unchecked(index.catalog)
        index.repair()
        assert unchecked(index.catalog) == ""


def test_what_did_not_change_is_not_read_again_for_its_checksum(
    sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def noting(path: Path, **options: Any) -> BufferedReader:
        read.append(Path(path).name)
        return open_outside(path, **options)

    monkeypatch.setattr("indexers.catalog.checksums.open_outside", noting)
    before = {path.name for path in Layout(sound).lexical(1).glob("*.term")}
    write_tree(tmp_path / "app", {"more.py": "def more():\n    return 1\n"})
    with Index.open(sound) as index:
        index.engines.delete_all_but(1)
        index.update()
        index.lexical.count()
    assert before and not before & set(read[: read.index("meta.json") + 1])


def test_a_catalog_that_does_not_match_its_seal_is_reported(sound: Path) -> None:
    database = sqlite3.connect(Layout(sound).catalog)
    with database:
        database.execute("UPDATE documents SET path = 'other.py'")
    database.close()
    with pytest.raises(IndexDamaged, match="its checksum differs"):
        Index.open(sound)


def test_two_readers_and_a_writer_leave_a_sealed_catalog(sound: Path, tmp_path: Path) -> None:
    write_tree(tmp_path / "app", {"more.py": "def more():\n    return 1\n"})
    with Index.open(sound) as reader, Index.open(sound) as writer:
        writer.update()
        assert not Layout(sound).seal.exists()  # the reader keeps the log in use
        assert reader.status().counts.documents + 1 == writer.status().counts.documents
    with Index.open(sound) as writer:
        writer.remember("note", "1")
        assert Layout(sound).seal.exists()
    Index.open(sound).close()


def test_a_vector_of_a_question_with_nan_is_the_encoders_fault(sound: Path) -> None:
    nothing = np.full(256, np.nan, dtype=np.float32)
    with Index.open(sound) as index:
        with pytest.raises(RagError, match="the encoder returned"):
            index.dense.search(nothing, 3)
        assert index.dense.search(np.zeros(256, dtype=np.float32), 3) == []


def test_a_rebuild_replaces_a_damaged_index(sound: Path, tmp_path: Path) -> None:
    for path in Layout(sound).lexical(1).iterdir():
        path.unlink()
    shutil.rmtree(Layout(sound).dense(1))
    rebuild(sound, [spec_for(str(tmp_path / "app"))])
    with Index.open(sound) as index:
        assert index.lexical.count() > 0
