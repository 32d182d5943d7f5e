"""On a full disk, the error says so, nothing committed is lost, and the next run goes on."""

import os
from pathlib import Path
from random import Random

import pytest

from indexers.index import Index
from indexers.verify import verify
from rag.cli.main import main
from tests.full_disk import full_at
from tests.small_corpora import write_tree

Captured = pytest.CaptureFixture[str]


def tree_of(folder: Path, files: range) -> Path:
    chance = Random(0)  # words that no compression makes small
    return write_tree(
        folder,
        {
            f"m{n}.py": "".join(f"def f{chance.random()}(): return {chance.random()}\n\n" for _ in range(300))
            for n in files
        },
    )


@pytest.mark.slow
@pytest.mark.parametrize("limit", [40_000, 120_000, 300_000])
def test_a_full_disk_is_reported_and_loses_nothing(tmp_path: Path, capsys: Captured, limit: int) -> None:
    tree, place = tree_of(tmp_path / "app", range(3)), tmp_path / "index"
    with Index.build(place, [tree]) as index:
        before = index.status().counts
    tree_of(tree, range(3, 60))
    with full_at(limit):
        assert main(["index", str(tree), "--index", str(place)]) == 1
    what, why, fix = capsys.readouterr().err.strip().splitlines()[-3:]
    assert what.startswith("error: the ") and why.startswith("  why: ") and "make room" in fix
    with Index.open(place) as index:
        assert index.status().counts == before
        assert verify(index) == []
        assert index.update().added == 57
        assert verify(index) == []


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_must_not_be_written_to_is_reported(tmp_path: Path, capsys: Captured) -> None:
    tree = tree_of(tmp_path / "app", range(3))
    (tmp_path / "closed").mkdir(mode=0o500)
    assert main(["index", str(tree), "--index", str(tmp_path / "closed" / "index")]) == 1
    assert "Permission denied" in capsys.readouterr().err
