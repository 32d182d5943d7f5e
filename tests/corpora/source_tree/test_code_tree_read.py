import os
import socket
import subprocess
from pathlib import Path

import pytest

from corpora.document import Document, Listed, Skipped, hash_bytes
from corpora.errors import CorpusError
from corpora.spec import CorpusSpec, open_corpus
from tests.code_trees import git, listed, read, repository, skipped, tree, write

as_root = os.geteuid() == 0


# Hostile trees


@pytest.mark.parametrize("in_git", [False, True])
def test_names_that_are_hard_to_write_do_no_harm(tmp_path: Path, in_git: bool) -> None:
    write(
        tmp_path, {"new\nline.py": "1", "-rf": "1", "ünï code.py": "1", '"quoted".py': "1", "tab\t.py": "1"}
    )
    (tmp_path / os.fsdecode(b"bad\xff.py")).write_text("1")
    (tmp_path / os.fsdecode(b"bad\xfe")).mkdir()
    write(tmp_path, {os.fsdecode(b"bad\xfe/a.py"): "1"})
    if in_git:
        git(tmp_path, "init", "-q")
    found = list(tree(tmp_path).scan())
    assert set(listed(found)) == {"new\nline.py", "-rf", "ünï code.py", '"quoted".py', "tab\t.py"}
    assert skipped(found) == {"bad\\xff.py": "unreadable", "bad\\xfe/": "unreadable"}
    assert all(item.path.encode() for item in found)


def test_special_files_are_reported_and_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    os.mkfifo(tmp_path / ".ragignore")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s.py"))
        found = list(tree(tmp_path).scan())
    assert {item.path: item.detail for item in found if isinstance(item, Skipped)} == {
        ".ragignore": "a pipe",
        "pipe.py": "a pipe",
        "s.py": "a socket",
    }
    assert read(tmp_path, "pipe.py") == Skipped("pipe.py", "unreadable", "not a regular file but a pipe")


def test_links_are_never_followed(tmp_path: Path) -> None:
    write(tmp_path, {"outside/secret.py": "1", "root/a.py": "1", "root/d/b.py": "1"})
    root = tmp_path / "root"
    targets = {
        "in.py": "a.py",
        "out.py": "../outside/secret.py",
        "out": "../outside",
        "d/up": "..",
        "dead": "none",
    }
    for name, target in {**targets, "loop": "loop", "passwd": "/etc/passwd"}.items():
        (root / name).symlink_to(target)
    found = list(tree(root).scan())
    assert listed(found) == ["a.py", "d/b.py"]
    reasons = skipped(found)
    assert {name for name, reason in reasons.items() if reason == "outside"} == {"out", "out.py", "passwd"}
    assert {name for name, reason in reasons.items() if reason == "symlink"} == {
        "in.py",
        "d/up",
        "dead",
        "loop",
    }


def test_reading_never_leaves_the_root(tmp_path: Path) -> None:
    write(tmp_path, {"outside/secret.py": "1", "root/a.py": "1"})
    (tmp_path / "root/link.py").symlink_to("../outside/secret.py")
    (tmp_path / "root/way").symlink_to("../outside")
    reasons = {}
    for path in (
        "link.py",
        "way/secret.py",
        "../outside/secret.py",
        str(tmp_path / "outside/secret.py"),
        "a\0.py",
    ):
        document = read(tmp_path / "root", path)
        assert isinstance(document, Skipped)
        reasons[path] = document.reason
    assert set(reasons.values()) == {"outside", "unreadable"}


@pytest.mark.slow
def test_a_very_deep_tree_is_walked(tmp_path: Path) -> None:
    deep = str(tmp_path)
    for _ in range(
        1050
    ):  # more than Python's limit of recursion; its own functions that make folders recurse
        deep += "/d"
        Path(deep).mkdir()
    Path(deep, "a.py").write_text("1")
    (found,) = tree(tmp_path).scan()
    document = read(tmp_path, found.path)
    git(tmp_path, "init", "-q")
    by_git = [item.path for item in tree(tmp_path).scan()]
    subprocess.run(["rm", "-rf", str(tmp_path / "d")], check=True)
    assert found.path == "d/" * 1050 + "a.py" and by_git == [found.path]
    assert isinstance(document, Document)


def test_a_root_behind_a_link_is_read(tmp_path: Path) -> None:
    write(tmp_path, {"real/a.py": "x = 1\n"})
    (tmp_path / "link").symlink_to("real")
    assert listed(tree(tmp_path / "link").scan()) == ["a.py"]
    assert isinstance(read(tmp_path / "link", "a.py"), Document)


@pytest.mark.skipif(as_root, reason="root may read everything")
def test_what_may_not_be_read_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "1", "d/b.py": "1"})
    (tmp_path / "a.py").chmod(0)
    (tmp_path / "d").chmod(0)
    assert skipped(tree(tmp_path).scan()) == {"d/": "unreadable"}
    document = read(tmp_path, "a.py")
    (tmp_path / "d").chmod(0o755)
    assert isinstance(document, Skipped) and document.reason == "unreadable"


@pytest.mark.parametrize("location", ["none", "file.py", "nul\0"])
def test_a_location_that_is_no_folder_is_an_error(tmp_path: Path, location: str) -> None:
    write(tmp_path, {"file.py": "1"})
    with pytest.raises(CorpusError, match="fix: give the path of a folder"):
        tree(tmp_path / location)


# What is read


def test_a_document_says_where_it_is_from(tmp_path: Path) -> None:
    root = repository(tmp_path / "checkout", {"src/a.py": "x = 1\r\n"})
    git(root, "remote", "add", "origin", "https://name:token@example.org/team/shop.git")
    document = open_corpus(CorpusSpec("app", "code", str(root / "src"))).read(Listed("a.py", 7, ""))
    assert isinstance(document, Document)
    assert document.text == "x = 1\r\n" and document.content_hash == hash_bytes(b"x = 1\r\n")
    origin = document.origin
    assert (origin.corpus, origin.path, origin.language, origin.kind) == ("app", "a.py", "python", "code")
    assert origin.repo == "shop" and len(origin.commit) == 40


def test_a_file_of_a_nested_repository_names_that_one(tmp_path: Path) -> None:
    root = repository(tmp_path / "outer", {"a.py": "1", "d/b.py": "1"})
    repository(root / "inner", {"deep/c.py": "1"})
    corpus = tree(root)
    documents = [corpus.read(Listed(path, 1, "")) for path in ("inner/deep/c.py", "d/b.py", "a.py")]
    assert [document.origin.repo for document in documents if isinstance(document, Document)] == [
        "inner",
        "outer",
        "outer",
    ]


def test_without_a_repository_the_folder_gives_the_name(tmp_path: Path) -> None:
    write(tmp_path / "plain", {"a/b.md": "# Title\n"})
    document = read(tmp_path / "plain", "a/b.md")
    assert isinstance(document, Document)
    assert (document.origin.repo, document.origin.commit, document.origin.kind) == ("plain", "", "code")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x00\x01", "binary"),
        (b"\x89\xfe\x9d\x01", "not text"),
        (b" \n\t\r\n", "empty"),
        (b"# @generated\nx = 1\n", "generated"),
        (b"x" * 2000, "too large"),
    ],
)
def test_content_that_is_no_source_is_skipped(tmp_path: Path, data: bytes, reason: str) -> None:
    (tmp_path / "a.py").write_bytes(data)
    document = read(tmp_path, "a.py", max_file_bytes=1000)
    assert isinstance(document, Skipped) and document.reason == reason


def test_a_file_that_vanished_is_unreadable(tmp_path: Path) -> None:
    assert read(tmp_path, "gone.py") == Skipped("gone.py", "unreadable", "No such file or directory")
