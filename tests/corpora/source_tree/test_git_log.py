"""The newest commits of a folder: their subjects, and the files that they changed."""

from pathlib import Path

from corpora.document import Commit
from corpora.source_tree.git_log import commits_of
from tests.code_trees import git, repository, write


def commit(root: Path, files: dict[str, str], subject: str) -> None:
    write(root, files)
    git(root, "add", "-A")
    git(root, "commit", "-qm", f"{subject}\n\nThe reason for it.\n")


def test_the_newest_commits_come_first_with_the_files_they_changed(tmp_path: Path) -> None:
    root = repository(tmp_path, {"a.py": "x = 1\n"})
    commit(root, {"a.py": "x = 2\n", "lib/b c.py": "y = 1\n"}, "Grüße in two files")
    assert commits_of(root, 10) == [
        Commit("Grüße in two files", ("a.py", "lib/b c.py")),
        Commit("one", ("a.py",)),
    ]
    assert commits_of(root, 1) == [Commit("Grüße in two files", ("a.py", "lib/b c.py"))]


def test_files_are_relative_to_the_folder_and_others_are_left_out(tmp_path: Path) -> None:
    root = repository(tmp_path, {"a.py": "x = 1\n"})
    commit(root, {"a.py": "x = 2\n", "lib/b.py": "y = 1\n"}, "two")
    assert commits_of(root / "lib", 10) == [Commit("two", ("b.py",))]


def test_a_subject_that_looks_like_a_mark_takes_no_files_from_others(tmp_path: Path) -> None:
    root = repository(tmp_path, {"a.py": "x = 1\n"})
    commit(root, {"b.py": "x = 2\n"}, "two \x01\x02 and \x02\x01")
    found = commits_of(root, 10)
    assert found is not None and found[-1] == Commit("one", ("a.py",))


def test_a_folder_that_is_no_repository_has_no_log(tmp_path: Path) -> None:
    assert commits_of(tmp_path, 10) is None


def test_a_repository_without_commits_has_no_log(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert commits_of(tmp_path, 10) is None
