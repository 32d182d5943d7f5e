"""Repositories whose own configuration would run a program, lead elsewhere or never answer."""

import hashlib
import os
import subprocess
import time
from pathlib import Path

import pytest

from corpora.document import Listed, Skipped
from corpora.outside.child_process import ChildError
from corpora.source_tree import git_command
from corpora.source_tree.git_log import checked_out_commit, commits_of, history_of
from corpora.source_tree.git_repository import list_repository_files, provenance_of
from corpora.spec import CorpusSpec, open_corpus
from tests.small_corpora import write_tree

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = write_tree(
        tmp_path / "repository", {"app.py": "def run():\n    return 1\n", "lib/more.py": "x = 1\n"}
    )
    git(root, "init", "--quiet")
    git(root, "add", ".")
    git(root, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--message", "first")
    return root


def scanned(root: Path) -> tuple[list[str], list[Skipped]]:
    found = list(open_corpus(CorpusSpec(root.name, "code", str(root))).scan())
    listed = [entry for entry in found if isinstance(entry, Listed)]
    return [entry.path for entry in listed], [entry for entry in found if isinstance(entry, Skipped)]


# {canary} is a file that a program of the repository would make.
PROGRAMS = {
    "a file system monitor": "[core]\n fsmonitor = touch {canary}\n",
    "a version 2 file system monitor": "[core]\n fsmonitor = touch {canary}\n fsmonitorHookVersion = 2\n",
    "a pager": "[core]\n pager = touch {canary}\n[pager]\n ls-files = touch {canary}\n config = true\n",
    "hooks": "[core]\n hooksPath = {folder}/hooks\n",
    "aliases": "[alias]\n ls-files = !touch {canary}\n config = !touch {canary}\n",
    "a filter": '[filter "evil"]\n clean = touch {canary}\n process = touch {canary}\n required = true\n',
    "a diff driver": '[diff]\n external = touch {canary}\n[diff "evil"]\n textconv = touch {canary}\n',
    "programs for the network": "[core]\n sshCommand = touch {canary}\n gitProxy = touch {canary}\n"
    " askPass = touch {canary}\n[credential]\n helper = !touch {canary}\n",
    "a promisor behind a helper": "[core]\n repositoryformatversion = 1\n"
    "[extensions]\n partialClone = origin\n"
    '[remote "origin"]\n promisor = true\n url = ext::touch {canary}\n[protocol "ext"]\n allow = always\n'
    "[index]\n sparse = true\n",
    "a promisor behind an upload-pack": "[core]\n repositoryformatversion = 1\n[extensions]\n"
    ' partialClone = origin\n[remote "origin"]\n promisor = true\n url = {folder}\n'
    " uploadpack = touch {canary};\n[protocol]\n allow = always\n",
    "an included file": "[include]\n path = {folder}/included\n",
    "alternates": "[core]\n alternateRefsCommand = touch {canary}\n",
    "a worktree's configuration": "[core]\n repositoryformatversion = 1\n"
    "[extensions]\n worktreeConfig = true\n",
}


@pytest.mark.parametrize("settings", PROGRAMS.values(), ids=PROGRAMS)
def test_nothing_that_a_repository_names_is_run(repository: Path, tmp_path: Path, settings: str) -> None:
    canary, folder = tmp_path / "canary", tmp_path / "folder"
    monitor = f"[core]\n fsmonitor = touch {canary}\n"
    write_tree(folder, {"included": monitor, "hooks/post-index-change": f"#!/bin/sh\ntouch {canary}\n"})
    (folder / "hooks" / "post-index-change").chmod(0o755)
    (repository / ".git" / "config.worktree").write_text(monitor)
    (repository / ".gitattributes").write_text("* filter=evil diff=evil\n")
    with (repository / ".git" / "config").open("a") as config:
        config.write(settings.format(canary=canary, folder=folder))
    if "promisor" in settings:  # every object is missing: git would fetch what it needs
        for part in (repository / ".git" / "objects").iterdir():
            for file in part.iterdir():
                file.unlink()
    os.utime(repository / "app.py", (1, 1))
    assert "app.py" in scanned(repository)[0]
    provenance_of(repository)
    commits_of(repository, 10)
    checked_out_commit(repository)
    history_of(repository, 10)
    assert not canary.exists()


def test_the_program_that_checks_signatures_is_not_run_for_a_log(repository: Path, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    program = tmp_path / "gpg"
    program.write_text(f"#!/bin/sh\ntouch {canary}\n")
    program.chmod(0o755)
    for name, value in (("log.showSignature", "true"), ("gpg.program", str(program))):
        git(repository, "config", name, value)
    commit = subprocess.run(
        ["git", "-C", str(repository), "cat-file", "commit", "HEAD"], capture_output=True, check=True
    ).stdout
    head, _, message = commit.partition(b"\n\n")
    signed = (
        head + b"\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\n" + message
    )
    made = subprocess.run(
        ["git", "-C", str(repository), "hash-object", "-t", "commit", "-w", "--stdin"],
        input=signed, capture_output=True, check=True,
    ).stdout.decode().strip()  # fmt: skip
    git(repository, "update-ref", "HEAD", made)
    commits = commits_of(repository, 10)
    assert commits is not None and [commit.subject for commit in commits] == ["first"]
    assert [commit.subject for commit in history_of(repository, 10)] == ["first"]
    assert not canary.exists()
    git(repository, "log")  # which would have run it
    assert canary.exists()


@pytest.mark.parametrize("setting", ["diff.orderFile", "mailmap.file"])
def test_a_pipe_that_a_log_would_read_is_not_read(repository: Path, setting: str) -> None:
    os.mkfifo(repository / "pipe")
    git(repository, "config", setting, str(repository / "pipe"))
    git(repository, "config", "log.mailmap", "true")
    start = time.monotonic()
    assert commits_of(repository, 10)
    assert history_of(repository, 10)
    assert time.monotonic() - start < 5


def test_the_repository_of_a_package_is_not_asked(repository: Path, tmp_path: Path) -> None:
    """The reader of packages asks git for the address of each source file, which nobody needs here."""
    canary = tmp_path / "canary"
    write_tree(repository, {"shop/__init__.py": 'def sell() -> int:\n    """Sell one."""\n'})
    git(repository, "config", "core.fsmonitor", f"touch {canary}")
    git(repository, "config", "remote.origin.url", "https://github.com/a/b")
    git(repository, "-c", "core.fsmonitor=false", "add", ".")
    corpus = open_corpus(CorpusSpec("shop", "package", str(repository / "shop")))
    for entry in corpus.scan():
        assert isinstance(entry, Listed)
        corpus.read(entry)
    assert not canary.exists()


def test_a_committed_bare_repository_is_a_folder_like_any_other(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    root = tmp_path / "repository"
    git(tmp_path, "init", "--quiet", "--bare", str(root))
    with (root / "config").open("a") as config:
        config.write(f"[core]\n bare = false\n worktree = {root}\n fsmonitor = touch {canary}\n")
    write_tree(root, {"app.py": "x = 1\n"})
    assert "app.py" in scanned(root)[0]
    assert not canary.exists()


# A pipe at each of these places had git wait for ever.
PIPES = ("included", ".git/HEAD", ".git/index", ".git/info/exclude", ".gitignore", "lib/.gitignore")


@pytest.mark.slow
@pytest.mark.parametrize("place", PIPES)
def test_a_pipe_in_a_repository_costs_a_bounded_time(
    repository: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_command, "_ANSWER_SECONDS", 1.0)
    monkeypatch.setattr(git_command, "_LISTING_SECONDS", 1.0)
    if place == "included":
        git(repository, "config", "include.path", "../included")
    (repository / place).unlink(missing_ok=True)
    os.mkfifo(repository / place)
    start = time.monotonic()
    paths, skipped = scanned(repository)
    assert time.monotonic() - start < 10
    assert "app.py" in paths
    assert any(one.path == "(git)" and "no answer within" in one.detail for one in skipped)


def test_ignore_rules_that_a_repository_keeps_in_a_pipe_are_not_read(repository: Path) -> None:
    os.mkfifo(repository / "rules")
    git(repository, "config", "core.excludesFile", str(repository / "rules"))
    files = list_repository_files(repository)
    assert files is not None and "app.py" in files.files


@pytest.mark.slow
def test_a_thousand_silent_repositories_cost_the_time_of_one(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_command, "_ANSWER_SECONDS", 1.0)
    for number in range(8):
        inner = write_tree(repository / f"inner{number}", {"a.py": "x = 1\n"})
        git(inner, "init", "--quiet")
        os.mkfifo(repository / f"pipe{number}")
        git(inner, "config", "include.path", f"../../pipe{number}")
    start = time.monotonic()
    paths, skipped = scanned(repository)
    assert time.monotonic() - start < 5
    assert "app.py" in paths
    assert sum("no answer" in one.detail for one in skipped) == 8


def test_names_in_an_index_that_lead_out_of_the_tree_are_passed_over(repository: Path) -> None:
    index = repository / ".git" / "index"
    blob = subprocess.run(
        ["git", "-C", str(repository), "hash-object", "-w", "app.py"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    git(repository, "update-index", "--add", "--cacheinfo", f"100644,{blob},aa/aa/passwd")
    data = bytearray(index.read_bytes().replace(b"aa/aa/passwd", b"../../passwd"))
    data[-20:] = hashlib.sha1(data[:-20]).digest()
    index.write_bytes(data)
    files = list_repository_files(repository)
    assert files is None or not [name for name in files.files if ".." in name]


def test_a_tracked_folder_that_became_a_link_is_not_entered(repository: Path, tmp_path: Path) -> None:
    outside = write_tree(tmp_path / "outside", {"more.py": "SECRET = 1\n"})
    (repository / "lib" / "more.py").unlink()
    (repository / "lib").rmdir()
    (repository / "lib").symlink_to(outside)
    paths, _ = scanned(repository)
    assert [path for path in paths if path.startswith("lib/")] == []


def test_a_work_tree_elsewhere_is_not_listed(repository: Path, tmp_path: Path) -> None:
    write_tree(tmp_path, {"private.py": "SECRET = 1\n"})
    git(repository, "config", "core.worktree", str(tmp_path))
    assert {"app.py", "lib/more.py"} == set(scanned(repository)[0])


@pytest.mark.slow
def test_a_git_that_never_answers_is_reported(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_command, "_ANSWER_SECONDS", 0.5)
    os.mkfifo(repository / "pipe")
    git(repository, "config", "include.path", "../pipe")
    with pytest.raises(ChildError, match=r"git gave no answer within 0.5 seconds"):
        provenance_of(repository)


def test_a_program_called_git_in_the_working_folder_is_not_run(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository / "git").write_text(f"#!/bin/sh\ntouch {tmp_path}/canary\n")
    (repository / "git").chmod(0o755)
    monkeypatch.chdir(repository)
    for entry in ("", ".", "./"):
        monkeypatch.setenv("PATH", os.pathsep.join([entry, os.environ["PATH"]]))
        assert "app.py" in scanned(repository)[0]
    assert not (tmp_path / "canary").exists()
