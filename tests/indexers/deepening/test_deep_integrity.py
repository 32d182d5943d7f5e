"""The deep part is whole after a kill at any step, and data that somebody else may have made."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from corpora.errors import IndexDamaged, RagError
from indexers.deepening.deepen import deepen
from indexers.index import Index
from indexers.layout import Layout
from indexers.verify import verify
from rag.retrieval.retrieve import retrieve
from tests import ROOT
from tests.documented_library import SYMBOLS, UNITS, library

pytest.importorskip("onnxruntime")


@pytest.fixture
def shallow(tmp_path: Path) -> Path:
    Index.build(tmp_path / "index", [library(tmp_path)]).close()
    return tmp_path / "index"


@pytest.fixture
def sound(shallow: Path) -> Path:
    with Index.open(shallow) as index:
        deepen(index)
    return shallow


@pytest.mark.slow(60)
@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks a child for each kill")
def test_a_kill_at_any_step_leaves_a_whole_index_and_what_was_stored(shallow: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.killed_deepening", str(shallow), str(tmp_path / "work")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    outcomes = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(outcomes) > 20
    assert [one for one in outcomes if one["problems"] or one["left"]] == []
    # After the last commit nobody has written again.
    assert [one for one in outcomes if one["remains"] and one["encoded"]] == []
    assert {one["done"] for one in outcomes} == {len(SYMBOLS)}
    # Each commit counts: 0, 4 or 6 of the units are there after a kill, and only the others are encoded.
    assert [one["kept"] + one["encoded"] for one in outcomes] == [len(SYMBOLS)] * len(outcomes)
    assert {one["kept"] for one in outcomes} == {0, 4, 6}


def damaged(pattern: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def apply(index: Path) -> None:
        (path,) = index.glob(pattern)
        path.write_bytes(change(path.read_bytes()))

    return apply


def told(value: str, key: str = "deep") -> Callable[[Path], None]:
    """Make a change of what the catalog says of the deep part, and none of its seal."""

    def apply(index: Path) -> None:
        Layout(index).seal.unlink()
        with sqlite3.connect(Layout(index).catalog) as database:
            database.execute("UPDATE meta SET value = ? WHERE key = ?", (value, key))
        database.close()

    return apply


def gone(index: Path) -> None:
    shutil.rmtree(index / "deep")


DAMAGE = {
    "a bit": damaged("deep/rows-*.bin", lambda data: bytes([data[0] ^ 1]) + data[1:]),
    "an end": damaged("deep/rows-*.bin", lambda data: data[:-1]),
    "hashes": damaged("deep/0*/hashes.npy", lambda data: data[:-8]),
    "a header": damaged("deep/0*/index.json", lambda data: data.replace(b'"rows": 6', b'"rows": 7')),
    "all of it": gone,
}


@pytest.mark.parametrize("what", DAMAGE)
def test_damage_is_reported_and_repaired_without_the_deep_part(sound: Path, what: str) -> None:
    DAMAGE[what](sound)
    with Index.open(sound) as index:
        assert verify(index) != []
        with pytest.raises(IndexDamaged, match=r"is damaged|cannot be read") as caught:
            retrieve(index, "wait a moment")
        assert caught.value.fix == "run: rag index --repair"
        index.repair()
        assert verify(index) == [] and index.deep is None
        assert retrieve(index, "wait a moment") != []
        assert deepen(index).encoded == len(SYMBOLS)


HOSTILE = {
    "in depth": told("[" * 100_000),
    "a list": told("[1]"),
    "elsewhere": told('{"generation": 1, "deep": {"../../../victim": [3, 4]}}'),
    "below zero": told('{"generation": -1, "deep": {}}'),
    "by the billion": told('{"generation": 1000000000000, "deep": {}}'),
    "no encoder": told("", "deep_encoder"),
    "another encoder": told("x" * 100_000, "deep_encoder"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_a_strange_catalog_says_is_an_error_in_three_lines_or_ignored(sound: Path, what: str) -> None:
    victim = sound.parent / "victim"
    victim.write_bytes(b"xyz")
    HOSTILE[what](sound)
    with Index.open(sound) as index:
        assert verify(index) != []
        with pytest.raises(RagError):
            retrieve(index, "wait a moment")
    assert victim.read_bytes() == b"xyz"


def test_vectors_of_nan_are_damage_even_with_their_checksums(sound: Path) -> None:
    (rows,) = (sound / "deep").glob("rows-*.bin")
    size = rows.stat().st_size
    rows.write_bytes(np.full(size // 4, np.nan, dtype=np.float32).tobytes())
    told('{"generation": 1, "deep": {}}')(sound)
    with Index.open(sound) as index:
        assert "the deep part holds vectors whose length is not 1" in verify(index)
        with pytest.raises(IndexDamaged, match="length 1"):
            retrieve(index, "wait a moment")


@pytest.mark.parametrize("pattern", ["deep", "deep/0*", "deep/rows-*.bin", "deep/0*/texts.npy"])
def test_a_link_in_place_of_a_part_is_refused(sound: Path, tmp_path: Path, pattern: str) -> None:
    (path,) = sound.glob(pattern)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(IndexDamaged, match="a link"):
        Index.open(sound)


def test_remains_of_a_killed_pass_are_deleted_by_whoever_writes_next(sound: Path, tmp_path: Path) -> None:
    shutil.copytree(sound / "deep" / "000001", sound / "deep" / "000002")
    (rows,) = (sound / "deep").glob("rows-*.bin")
    size = rows.stat().st_size
    with rows.open("ab") as file:
        file.write(b"half a row")
    library(tmp_path, {"brew": UNITS["brew"]})
    with Index.open(sound) as index:
        index.update(list(index.catalog.corpora().values()))
        assert verify(index) == []
    assert not (sound / "deep" / "000002").exists() and rows.stat().st_size == size
