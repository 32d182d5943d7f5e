import subprocess
import time
from pathlib import Path

import pytest

from corpora.document import Listed, Skipped
from corpora.errors import CorpusError
from tests.code_trees import git, listed, repository, skipped, tree, write

# What is listed


def test_files_come_in_the_order_of_their_paths(tmp_path: Path) -> None:
    write(tmp_path, {"b.py": "1", "a/z.py": "1", "a-b.py": "1", "a.py": "1", "a/b/c.py": "1"})
    assert listed(tree(tmp_path).scan()) == ["a-b.py", "a.py", "a/b/c.py", "a/z.py", "b.py"]


def test_the_stamp_changes_with_the_content(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "1"})
    (before,) = tree(tmp_path).scan()
    write(tmp_path, {"a.py": "22"})
    (after,) = tree(tmp_path).scan()
    assert isinstance(before, Listed) and isinstance(after, Listed)
    assert before.stamp != after.stamp and after.size_bytes == 2


def test_git_and_a_plain_walk_agree(tmp_path: Path) -> None:
    files = {
        ".gitignore": "*.log\n/build/**\n!build/keep.py\n",
        "app/.gitignore": "!debug.log\ntmp/\n",
        "app/debug.log": "1",
        "app/main.py": "1",
        "app/tmp/x.py": "1",
        "build/keep.py": "1",
        "build/out.py": "1",
        "vendor/lib/a.go": "1",
        "web/node_modules/x/index.js": "1",
        "web/app.min.js": "1",
        "web/logo.png": "1",
        "sub/.ragignore": "secret/\n*.txt\n",
        "sub/secret/key.py": "1",
        "sub/notes.txt": "1",
        "empty.py": "",
    }
    write(tmp_path / "plain", files)
    repository(tmp_path / "repo", files)
    plain, repo = (list(tree(tmp_path / name, max_file_bytes=40).scan()) for name in ("plain", "repo"))
    assert listed(plain) == listed(repo)
    assert skipped(plain) == skipped(repo)
    assert {"app/debug.log", "build/keep.py"} <= set(listed(repo))
    assert skipped(repo)["sub/secret/"] == skipped(repo)["sub/notes.txt"] == "ignored"


def test_a_vendored_folder_is_one_row(tmp_path: Path) -> None:
    files = {
        "node_modules/a/index.js": "1",
        "node_modules/b.js": "1",
        "src/third_party/x.c": "1",
        "a.py": "1",
    }
    found = list(tree(repository(tmp_path, files)).scan())
    assert skipped(found) == {"node_modules/": "vendored", "src/third_party/": "vendored"}
    assert listed(found) == ["a.py"]


def test_a_root_inside_a_vendored_folder_is_read(tmp_path: Path) -> None:
    write(tmp_path, {"site-packages/vendor/lib/a.py": "1"})
    assert listed(tree(tmp_path / "site-packages/vendor").scan()) == ["lib/a.py"]


def test_an_environment_is_known_by_its_marker(tmp_path: Path) -> None:
    write(tmp_path, {"py311/pyvenv.cfg": "home = x", "py311/lib/a.py": "1", "a.py": "1"})
    assert skipped(tree(tmp_path).scan()) == {"py311/": "vendored"}
    assert listed(tree(tmp_path / "py311").scan()) == ["lib/a.py", "pyvenv.cfg"]


def test_a_ragignore_exception_takes_a_vendored_folder_by_its_name(tmp_path: Path) -> None:
    write(tmp_path, {"shop/vendor/model.py": "1", "node_modules/x.js": "1"})
    write(tmp_path, {".ragignore": "*\n!*/\n!*.py\n!vendor/\n"})
    assert listed(tree(tmp_path).scan()) == ["shop/vendor/model.py"]
    assert skipped(tree(tmp_path).scan())["node_modules/"] == "vendored"


def test_include_and_exclude_choose(tmp_path: Path) -> None:
    write(tmp_path, {"src/a.py": "1", "src/a.sql": "1", "src/gen/b.py": "1", "tests/t.py": "1", "c.py": "1"})
    found = list(tree(tmp_path, include=("src/", "c.*", "!*.sql"), exclude=("gen/",)).scan())
    assert listed(found) == ["c.py", "src/a.py"]
    assert skipped(found) == {"src/gen/": "ignored"}


def test_a_pattern_that_is_none_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="exclude"):
        tree(tmp_path, exclude=("!",))


def test_folders_of_version_control_and_indexes_are_never_entered(tmp_path: Path) -> None:
    write(tmp_path, {".git/config": "1", ".hg/x": "1", ".svn/x": "1", ".rag/catalog": "1", "a.py": "1"})
    assert [item.path for item in tree(tmp_path).scan()] == ["a.py"]


def test_too_large_files_are_skipped_unread(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "x" * 11, "b.py": "x" * 10})
    found = list(tree(tmp_path, max_file_bytes=10).scan())
    assert listed(found) == ["b.py"] and skipped(found) == {"a.py": "too large"}


# Repositories


def test_a_subfolder_of_a_repository_obeys_the_rules_above_it(tmp_path: Path) -> None:
    repository(tmp_path, {".gitignore": "*.tmp\n", "app/a.py": "1", "app/a.tmp": "1", "other/b.py": "1"})
    assert listed(tree(tmp_path / "app").scan()) == ["a.py"]


def test_a_folder_that_its_repository_ignores_is_still_read_when_named(tmp_path: Path) -> None:
    repository(
        tmp_path, {".gitignore": "out/\n", "out/a.py": "1", "out/.gitignore": "*.log\n", "out/x.log": "1"}
    )
    assert listed(tree(tmp_path / "out").scan()) == [".gitignore", "a.py"]


def test_untracked_files_are_listed_and_deleted_ones_are_not(tmp_path: Path) -> None:
    repository(tmp_path, {"gone.py": "1", "kept.py": "1"})
    (tmp_path / "gone.py").unlink()
    write(tmp_path, {"new.py": "1"})
    assert [item.path for item in tree(tmp_path).scan()] == ["kept.py", "new.py"]


def test_a_conflicted_file_is_listed_once(tmp_path: Path) -> None:
    repository(tmp_path, {"a.py": "1"})
    git(tmp_path, "checkout", "-qb", "other")
    (tmp_path / "a.py").write_text("2")
    git(tmp_path, "commit", "-qam", "two")
    git(tmp_path, "checkout", "-q", "-")
    (tmp_path / "a.py").write_text("3")
    git(tmp_path, "commit", "-qam", "three")
    with pytest.raises(subprocess.CalledProcessError):
        git(tmp_path, "merge", "other")
    assert listed(tree(tmp_path).scan()) == ["a.py"]


def test_nested_repositories_and_submodules_are_read(tmp_path: Path) -> None:
    other = repository(tmp_path / "other", {"s.py": "1"})
    root = repository(tmp_path / "root", {"a.py": "1"})
    git(root, "submodule", "add", "-q", str(other), "deps/sub")
    repository(root / "nested", {"n.py": "1", ".gitignore": "*.tmp", "x.tmp": "1"})
    assert {"a.py", "deps/sub/s.py", "nested/n.py"} <= set(listed(tree(root).scan()))
    assert "nested/x.tmp" not in listed(tree(root).scan())


def test_a_submodule_that_is_not_checked_out_is_named(tmp_path: Path) -> None:
    other = repository(tmp_path / "other", {"s.py": "1"})
    root = repository(tmp_path / "root", {"a.py": "1"})
    git(root, "submodule", "add", "-q", str(other), "sub")
    git(root, "commit", "-qam", "two")
    git(root, "submodule", "deinit", "-f", "sub")
    assert Skipped(
        "sub/", "unreadable", "a submodule that is not checked out (git submodule update --init)"
    ) in list(tree(root).scan())


def test_without_git_the_ignore_files_still_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository(tmp_path, {".gitignore": "*.tmp\n", "app/a.py": "1", "app/a.tmp": "1"})
    (tmp_path / ".git/info/exclude").write_text("local.py\n")
    write(tmp_path, {"app/local.py": "1"})
    monkeypatch.setenv("PATH", str(tmp_path))
    assert listed(tree(tmp_path / "app").scan()) == ["a.py"]


def test_a_repository_cannot_make_the_scan_run_a_program(tmp_path: Path) -> None:
    root = repository(tmp_path / "root", {"a.py": "1"})
    (tmp_path / "evil").write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    (tmp_path / "evil").chmod(0o755)
    git(root, "config", "core.fsmonitor", str(tmp_path / "evil"))
    assert listed(tree(root).scan()) == ["a.py"]
    assert not (tmp_path / "ran").exists()


def test_the_repository_of_a_running_hook_is_not_taken_for_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository(tmp_path / "root", {"a.py": "1"})
    hook = repository(tmp_path / "hook", {"b.py": "1"})
    monkeypatch.setenv("GIT_DIR", str(hook / ".git"))
    assert listed(tree(root).scan()) == ["a.py"]


def test_listing_costs_microseconds_a_file(tmp_path: Path) -> None:
    for folder in range(40):
        place = tmp_path / f"service{folder % 5}" / f"module{folder}"
        place.mkdir(parents=True)
        for number in range(50):
            (place / f"file{number}.py").write_text("x")
    (tmp_path / ".gitignore").write_text("\n".join(f"*.ext{n}\ndir{n}/" for n in range(50)))
    start = time.perf_counter()
    assert sum(1 for _ in tree(tmp_path).scan()) == 2_001
    assert time.perf_counter() - start < 0.5  # 0.02 s on an idle machine


def test_outside_git_a_rule_that_leaves_out_everything_is_reported_and_ignored(tmp_path: Path) -> None:
    files = {".gitignore": "*.o\n/*\n!/debian/\n", "a.c": "int a;", "a.o": "x", "debian/rules": "x"}
    write(tmp_path, files)
    found = list(tree(tmp_path).scan())
    assert listed(found) == [".gitignore", "a.c", "debian/rules"]
    assert [item.detail for item in found if isinstance(item, Skipped)] == [
        "its line '/*' leaves out everything; ignored, since this is no git repository"
    ]
