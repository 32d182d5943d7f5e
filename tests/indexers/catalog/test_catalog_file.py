"""Reading the file of a catalog leaves the locks of SQLite on it alone."""

import subprocess
import sys
from pathlib import Path

import pytest

from indexers.catalog.catalog_file import CatalogFile
from indexers.index import Index
from indexers.verify import verify
from tests.small_corpora import write_tree


@pytest.fixture
def place(tmp_path: Path) -> Path:
    Index.build(tmp_path / "index", [write_tree(tmp_path / "app")]).close()
    return tmp_path / "index"


def update_elsewhere(place: Path, files: dict[str, str]) -> None:
    """Change the corpus, and update the index in a process that ends at once."""
    write_tree(place.parent / "app", files)
    program = "import sys; from rag import Index\nwith Index.open(sys.argv[1]) as index: index.update()"
    subprocess.run([sys.executable, "-c", program, str(place)], check=True)


def test_a_process_that_writes_again_after_another_one_loses_nothing(place: Path) -> None:
    with Index.open(place) as index:
        index.remember("note", "1")  # which seals the catalog, and so reads its file
        update_elsewhere(place, {"more.py": "def more():\n    return 1\n"})
        index.remember("note", "2")
        assert index.catalog.database.generation == 2
        update_elsewhere(place, {"most.py": "def most():\n    return 2\n"})
        index.remember("note", "3")
    with Index.open(place) as index:
        assert verify(index) == []
        assert (index.catalog.database.meta("note"), index.catalog.database.generation) == ("3", 3)


def test_a_reader_keeps_its_generation_while_another_process_writes_and_ends(place: Path) -> None:
    with Index.open(place) as reader:
        before = reader.status().counts
        log = place / "catalog.sqlite-wal"
        same = log.stat().st_ino
        update_elsewhere(place, {"more.py": "def more():\n    return 1\n"})
        assert log.stat().st_ino == same  # nobody has taken the reader for gone
        assert reader.status().counts == before
        reader.refresh()
        assert reader.status().counts.documents == before.documents + 1


def test_a_second_connection_that_is_closed_takes_no_lock_of_the_first_away(place: Path) -> None:
    with Index.open(place) as first:
        Index.open(place).close()
        first.remember("note", "1")
        Index.open(place).close()
        update_elsewhere(place, {"more.py": "def more():\n    return 1\n"})
        first.remember("note", "2")
    with Index.open(place) as index:
        assert verify(index) == [] and index.catalog.database.meta("note") == "2"


def test_a_file_is_read_as_it_is_now_and_told_from_one_in_its_place(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abcdef")
    one, other = CatalogFile(path), CatalogFile(path)
    assert one.read(2, 3) == b"cde" and other.read(4, 9) == b"ef"
    with path.open("r+b") as file:
        file.write(b"ABC")
    assert one.read(0, 4) == b"ABCd"
    one.close()
    one.close()
    assert other.read(0, 1) == b"A" and other.is_at(path)
    (tmp_path / "new").write_bytes(b"new")
    (tmp_path / "new").replace(path)
    assert not other.is_at(path)
    assert CatalogFile(path).read(0, 9) == b"new"
