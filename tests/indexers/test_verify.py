"""`verify` finds what is damaged or does not fit together, and nothing in a sound index."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from indexers.index import Index
from indexers.layout import Layout
from indexers.verify import verify
from tests.small_corpora import write_tree


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index.build(tmp_path / "index", [write_tree(tmp_path / "app")])


def reopened(index: Index, change: str) -> Index:
    """Run a statement that no program of ours would run, and open the index again."""
    assert index.path is not None
    index.close()
    with sqlite3.connect(index.path / "catalog.sqlite") as database:
        database.execute(change)
    database.close()
    Layout(index.path).seal.unlink()
    return Index.open(index.path)


def test_a_fresh_index_is_sound(index: Index, tmp_path: Path) -> None:
    assert verify(index) == []
    (tmp_path / "app" / "dates.py").unlink()
    index.update()
    assert verify(index) == []


def test_an_index_in_memory_is_sound(tmp_path: Path) -> None:
    assert verify(Index.in_memory([write_tree(tmp_path)])) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("UPDATE texts SET text_and_signatures = x'00'", "dates.py"),
        ("DELETE FROM texts", "dates.py"),
        ("UPDATE chunks SET end_byte = 9999999", "ends before its last chunk"),
        ("DELETE FROM chunks WHERE chunk_id = 1", "the lexical part holds"),
    ],
)
def test_parts_that_do_not_fit_together_are_reported(index: Index, change: str, told: str) -> None:
    assert any(told in problem for problem in verify(reopened(index, change)))


@pytest.mark.embedded_files
def test_a_dense_part_of_another_index_is_reported(index: Index, tmp_path: Path) -> None:
    files = {f"{n}.py": f"def walk_{n}():\n    return {n}\n" for n in range(40)}
    other = Index.build(tmp_path / "other", [write_tree(tmp_path / "many", files)])
    assert index.path is not None and other.path is not None
    shutil.rmtree(index.path / "dense")
    shutil.copytree(other.path / "dense", index.path / "dense")
    opened = Index.open(index.path)
    assert any("has 83 bytes of 82" in problem for problem in verify(opened))
    opened = reopened(opened, "DELETE FROM meta WHERE key = 'checksums'")
    assert any("not in the catalog" in problem for problem in verify(opened))
