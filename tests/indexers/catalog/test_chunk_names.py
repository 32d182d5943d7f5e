"""How the catalog stores names: packed, read back whole, and never believed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import IndexDamaged
from indexers.catalog.chunk_names import pack_names, unpack_names
from indexers.chunking.chunk import ChunkName
from indexers.index import Index

PARTS = st.text("abCD_0$?!+ é", min_size=1, max_size=6).filter(lambda part: part == part.strip())
NAMES = st.lists(PARTS, min_size=1, max_size=12).map(".".join)
ROLES = st.sampled_from(["defines", "declares", "re-exports"])


@given(st.lists(st.builds(ChunkName, NAMES, ROLES), max_size=20).map(tuple), NAMES | st.just(""))
def test_names_are_read_as_they_were_stored(names: tuple[ChunkName, ...], symbol: str) -> None:
    """Whatever the symbol is."""
    assert unpack_names(pack_names(names, symbol), symbol) == names


def test_the_name_of_the_symbol_takes_one_byte() -> None:
    """And its members take their own last part, a digit and a separator."""
    queue, push = ChunkName("Queue", "defines"), ChunkName("Queue.push", "declares")
    assert pack_names((queue,), "Queue") == "1"
    assert pack_names((queue, push), "Queue") == "1\n~1push"


@given(st.text("0129~^.\nab", max_size=30), NAMES)
def test_altered_names_are_refused_or_bounded(stored: str, symbol: str) -> None:
    """What was never stored is an error or a few short names."""
    try:
        found = unpack_names(stored, symbol)
    except ValueError:
        return
    assert len(found) <= 200
    assert all(0 < len(name) <= 200 for name, _ in found)


@pytest.mark.parametrize("stored", ["x", "~", "9", "\n", "1" * 10 + "\n5", "0" + "a" * 500, "0a\n" * 500])
def test_names_that_cannot_be_are_damage(stored: str) -> None:
    """They are no digit, count parts that are not there, or are too long or too many."""
    with pytest.raises(ValueError, match="names"):
        unpack_names(stored, "Queue")


def test_an_index_gives_its_names_back(tmp_path: Path) -> None:
    """In its chunks and in the facts for ranking; an altered catalog is an error with a fix."""
    (tmp_path / "queue.py").write_text("LIMIT = 1\n\n\nclass Queue:\n    size = 0\n")
    (tmp_path / "readme.md").write_text("# Queue\n\nA queue.\n")
    expected = {
        ChunkName("LIMIT", "defines"),
        ChunkName("Queue", "defines"),
        ChunkName("Queue.size", "defines"),
    }
    index = Index.in_memory([tmp_path])
    ids = index.catalog.chunk_ids().tolist()
    assert {name for chunk in index.chunks(ids).values() for name in chunk.names} == expected
    assert {name for facts in index.catalog.facts(ids).values() for name in facts.names} == expected
    index.catalog.database.rows("UPDATE chunks SET names = '99'")
    with pytest.raises(IndexDamaged):
        index.catalog.chunks(ids)
    with pytest.raises(IndexDamaged):
        index.catalog.facts(ids)
