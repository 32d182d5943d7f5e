from pathlib import Path

import pytest

from corpora.document import hash_bytes
from corpora.spec import CorpusSpec
from indexers.index import Index
from rag.retrieval.freshness import check_freshness
from rag.retrieval.retrieve import retrieve
from tests.small_corpora import make_wheel, write_tree


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "app")


def test_a_hit_says_the_hash_of_its_file(tree: Path) -> None:
    hit = retrieve(Index.in_memory([tree]), "parse a date", 1)[0]
    assert hit.content_hash == hash_bytes((tree / "dates.py").read_bytes())
    assert hit.is_stale is None


def test_a_hit_in_a_file_that_has_changed_or_is_gone_is_stale(tree: Path) -> None:
    index = Index.in_memory([tree])
    (tree / "dates.py").write_text("# moved elsewhere\n")
    (tree / "store.go").unlink()
    hits = check_freshness(index, retrieve(index, "parse a date, save a value, download a file", 10))
    assert {hit.chunk.origin.path: hit.is_stale for hit in hits}.items() >= {
        ("dates.py", True),
        ("store.go", True),
        ("net/download.py", False),
    }


def test_touching_a_file_makes_nothing_stale(tree: Path) -> None:
    index = Index.in_memory([tree])
    (tree / "dates.py").touch()
    assert not any(hit.is_stale for hit in check_freshness(index, retrieve(index, "parse a date", 5)))


def test_a_hit_in_an_installed_package_is_fresh_until_its_module_changes(tmp_path: Path) -> None:
    package = write_tree(tmp_path / "tea", {"__init__.py": 'def brew():\n    """Brew tea."""\n'})
    index = Index.in_memory([CorpusSpec("tea", "package", str(package))])
    assert [hit.is_stale for hit in check_freshness(index, retrieve(index, "brew tea", 1))] == [False]
    (package / "__init__.py").write_text("")
    assert [hit.is_stale for hit in check_freshness(index, retrieve(index, "brew tea", 1))] == [True]


def test_nothing_is_said_of_what_cannot_be_looked_at(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "tea", "1.0", {"tea/__init__.py": 'def brew():\n    """Brew tea."""\n'})
    index = Index.in_memory([str(wheel)])
    assert [hit.is_stale for hit in check_freshness(index, retrieve(index, "brew tea", 1))] == [None]
