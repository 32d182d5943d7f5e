"""The history of a corpus in an index: read when it is indexed, kept up to date, removed with it."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from corpora.errors import IndexDamaged
from indexers.history import update_history
from indexers.index import Index
from indexers.layout import Layout
from indexers.tokens import query_tokens
from indexers.verify import verify
from tests.code_trees import git, repository, write


def commit(root: Path, message: str, files: dict[str, str]) -> None:
    write(root, files)
    git(root, "add", "-A")
    git(root, "commit", "-qm", message)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    root = repository(tmp_path / "app", {"a.py": "x = 1\n", "lib/b.py": "y = 1\n"})
    commit(root, "Keep weekly snapshots", {"a.py": "x = 2\n"})
    commit(root, "Print a report", {"lib/b.py": "y = 2\n"})
    return root


def scores(index: Index, name: str, question: str) -> dict[str, float]:
    history = index.histories([name])[name]
    return history.scores(query_tokens(question)) if history else {}


def test_an_index_of_a_repository_has_its_history(app: Path, tmp_path: Path) -> None:
    Index.build(tmp_path / "index", [app]).close()
    with Index.open(tmp_path / "index") as index:
        assert set(scores(index, "app", "weekly")) == {"a.py"}
        assert verify(index) == []


def test_an_index_in_memory_has_it_too(app: Path) -> None:
    assert set(scores(Index.in_memory([app]), "app", "weekly")) == {"a.py"}


def test_a_folder_of_a_repository_has_the_history_of_its_own_files(app: Path, tmp_path: Path) -> None:
    commit(app, "Colour the report", {"lib/b.py": "y = 3\n", "a.py": "x = 3\n"})
    with Index.build(tmp_path / "index", [app / "lib"]) as index:
        assert set(scores(index, "lib", "report")) == {"b.py"}
        assert scores(index, "lib", "weekly") == {}


def test_a_folder_without_git_has_none(app: Path, tmp_path: Path) -> None:
    shutil.rmtree(app / ".git")
    with Index.build(tmp_path / "index", [app]) as index:
        assert index.histories(["app", "no corpus"]) == {"app": None, "no corpus": None}
        assert verify(index) == []


def test_a_clone_of_one_commit_has_none(app: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth=1", app.as_uri(), str(tmp_path / "shallow"))
    with Index.build(tmp_path / "index", [tmp_path / "shallow"]) as index:
        assert index.histories(["shallow"]) == {"shallow": None}


def test_it_is_read_again_with_a_change_after_enough_commits(
    app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(update_history, "_NEW_COMMITS", 2)
    with Index.build(tmp_path / "index", [app]) as index:
        commit(app, "Forget hourly ones", {"a.py": "x = 4\n"})
        index.update()
        assert scores(index, "app", "hourly") == {}
        commit(app, "Forget yearly ones", {"a.py": "x = 5\n"})
        index.update()
        assert set(scores(index, "app", "hourly")) == {"a.py"}
        git(app, "reset", "-q", "--hard", "HEAD~3")  # what was read is no ancestor, but nothing came after it
        index.update()
        assert verify(index) == []


def test_it_goes_when_the_repository_goes_and_with_its_corpus(app: Path, tmp_path: Path) -> None:
    with Index.build(tmp_path / "index", [app]) as index:
        index.remove(["app"])
        assert index.catalog.database.rows("SELECT * FROM history") == []
        index.update([])
    with Index.build(tmp_path / "index", [app]) as index:
        shutil.rmtree(app / ".git")
        write(app, {"a.py": "x = 9\n"})
        index.update()
        assert index.catalog.database.rows("SELECT * FROM history") == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE history SET packed = x'00ff'",
        "UPDATE history SET packed = zeroblob(20000000)",
        "UPDATE history SET packed = 'text'",
        "UPDATE history SET head = x'00'",
        "UPDATE history SET head = '--upload-pack=x'",
        "INSERT INTO history VALUES (99, '0123', NULL)",
    ],
)
def test_what_is_damaged_is_reported(app: Path, tmp_path: Path, change: str) -> None:
    Index.build(tmp_path / "index", [app]).close()
    with sqlite3.connect(tmp_path / "index" / "catalog.sqlite") as database:
        database.execute(change)
    database.close()
    Layout(tmp_path / "index").seal.unlink()
    with Index.open(tmp_path / "index") as index:
        try:
            assert any("history" in problem for problem in verify(index))
        except IndexDamaged as error:
            assert "not of its type" in error.why
        if "packed = x" in change or "zero" in change:
            with pytest.raises(IndexDamaged, match="cannot be read"):
                index.histories(["app"])
        write(app, {"a.py": "x = 9\n"})
        if "head = '" in change:  # it is never an option of git
            index.update()
            assert verify(index) == []


def test_an_index_that_was_made_before_is_refused_with_the_command(app: Path, tmp_path: Path) -> None:
    Index.build(tmp_path / "index", [app]).close()
    with sqlite3.connect(tmp_path / "index" / "catalog.sqlite") as database:
        database.execute("DROP TABLE history")
    database.close()
    with pytest.raises(IndexDamaged) as raised:
        Index.open(tmp_path / "index")
    assert "rag index --rebuild" in raised.value.fix
