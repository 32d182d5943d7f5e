"""The history of a folder: messages of commits, and the files that they changed, by their names of today."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from corpora.document import Commit
from corpora.source_tree import git_command, git_log
from corpora.source_tree.git_log import checked_out_commit, count_commits_since, history_of
from tests.code_trees import git, repository, write

LINES = "".join(f"value_{n} = {n}\n" for n in range(40))


def commit(root: Path, message: str, files: Mapping[str, str] = MappingProxyType({})) -> None:
    write(root, dict(files))
    git(root, "add", "-A")
    git(root, "commit", "-qm", message)


def test_messages_come_with_their_bodies_but_without_trailers(tmp_path: Path) -> None:
    root = repository(tmp_path, {"a.py": "x = 1\n"})
    body = "Grüße: people asked for it.\n\nIt is fast."
    trailers = "Signed-off-by: A <a@b.c>\nChange-Id: I0123\n(cherry picked from commit 0123)"
    commit(root, f"Keep weekly snapshots\n\n{body}\n\n{trailers}", {"a.py": "x = 2\n", "b c.py": ""})
    assert history_of(root, 10) == [
        Commit("Keep weekly snapshots", ("a.py", "b c.py"), "Grüße: people asked for it.\n\nIt is fast."),
        Commit("one", ("a.py",)),
    ]
    assert len(history_of(root, 1)) == 1


def test_a_file_is_known_by_the_name_that_it_has_now(tmp_path: Path) -> None:
    root = repository(tmp_path, {"old.py": LINES, "other.py": "x = 1\n"})
    git(root, "mv", "old.py", "middle.py")
    commit(root, "Rename it")
    (root / "lib").mkdir()
    git(root, "mv", "middle.py", "lib/new.py")
    commit(root, "Move it, with a change", {"lib/new.py": LINES + "more = 1\n"})
    commit(root, "Begin another file of the old name", {"old.py": "y = 2\n"})
    assert [one.files for one in history_of(root, 10)] == [
        ("old.py",), ("lib/new.py",), ("lib/new.py",), ("lib/new.py", "other.py")
    ]  # fmt: skip


def test_files_are_relative_to_a_folder_and_what_came_into_it_has_only_its_name(tmp_path: Path) -> None:
    root = repository(tmp_path, {"a.py": LINES, "lib/b.py": "y = 1\n"})
    git(root, "mv", "a.py", "lib/c.py")
    commit(root, "Move a file into the folder")
    commit(root, "Change something else", {"other.py": "x = 1\n"})
    assert [(one.subject, one.files) for one in history_of(root / "lib", 10)] == [
        ("Move a file into the folder", ("c.py",)), ("one", ("b.py",))
    ]  # fmt: skip


def test_a_message_that_looks_like_marks_takes_no_commit_from_others(tmp_path: Path) -> None:
    root = repository(tmp_path, {"a.py": "x = 1\n"})
    commit(root, "two \x01\x02 and \x02\x01\n\nA \x03\x01\nM\x01 body", {"b.py": ""})
    assert history_of(root, 10)[-1] == Commit("one", ("a.py",))


def test_without_the_contents_of_old_files_only_whole_renames_are_followed(tmp_path: Path) -> None:
    root = repository(tmp_path, {"a.py": LINES, "b.py": LINES.replace("value", "other")})
    git(root, "mv", "a.py", "c.py")
    git(root, "mv", "b.py", "d.py")
    commit(root, "Move both, and change one", {"d.py": LINES.replace("value", "other") + "more = 1\n"})
    old = subprocess.run(
        ["git", "-C", str(root), "rev-parse", "HEAD~1:b.py"], capture_output=True, text=True, check=True
    ).stdout.strip()
    (root / ".git" / "objects" / old[:2] / old[2:]).unlink()  # as in a clone with --filter=blob:none
    commit(root, "Change one", {"c.py": LINES + "more = 2\n"})
    assert [sorted(one.files) for one in history_of(root, 10)] == [
        ["c.py"], ["b.py", "c.py", "d.py"], ["b.py", "c.py"]
    ]  # fmt: skip
    assert [sorted(one.files) for one in history_of(root, 2)] == [["c.py"], ["b.py", "c.py", "d.py"]]


def test_what_git_has_printed_in_time_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = repository(tmp_path, {"a.py": "x = 1\n"})
    for number in range(30):
        commit(root, f"change {number}", {"a.py": f"x = {number + 2}\n"})
    monkeypatch.setattr(git_log, "_MAX_HISTORY_BYTES", 500)
    found = history_of(root, 100)
    assert [one.subject for one in found] == [f"change {29 - number}" for number in range(len(found))]
    assert len(found) < 31 and all(one.files == ("a.py",) for one in found)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_a_git_that_never_answers_means_no_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = repository(tmp_path, {"a.py": "x = 1\n"})
    head = checked_out_commit(root)
    git(root, "config", "include.path", "../pipe")
    os.mkfifo(root / "pipe")
    monkeypatch.setattr(git_log, "_HISTORY_SECONDS", 0.3)
    monkeypatch.setattr(git_command, "_ANSWER_SECONDS", 0.3)
    assert (history_of(root, 10), checked_out_commit(root), count_commits_since(root, head, 5)) == ([], "", 5)


def test_where_git_cannot_tell_there_is_no_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (history_of(tmp_path, 10), checked_out_commit(tmp_path)) == ([], "")
    git(tmp_path, "init", "-q")
    assert (history_of(tmp_path, 10), checked_out_commit(tmp_path)) == ([], "")
    root = repository(tmp_path / "app", {"a.py": "x = 1\n"})
    monkeypatch.setenv("PATH", "")
    assert (history_of(root, 10), checked_out_commit(root)) == ([], "")


def test_commits_since_another_are_counted_up_to_a_bound(tmp_path: Path) -> None:
    root = repository(tmp_path, {"a.py": "x = 1\n"})
    first = checked_out_commit(root)
    for number in range(3):
        commit(root, f"change {number}", {"a.py": f"x = {number + 2}\n"})
    assert [count_commits_since(root, first, most) for most in (2, 5)] == [2, 3]
    assert count_commits_since(root, checked_out_commit(root), 5) == 0
    assert count_commits_since(root, "0" * 40, 5) == 5  # as after a forced push
