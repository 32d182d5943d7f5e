"""What git keeps in a tree beside its files: other work trees, bare repositories, pointers, links."""

import os
from pathlib import Path
from time import process_time

import pytest

from corpora.document import Document, Listed, Skipped
from corpora.errors import CorpusError
from corpora.source_tree.git_attributes import StatedEncodings
from corpora.spec import CorpusSpec
from indexers.index import Index
from indexers.planning.plan import plan
from tests import SLOWNESS
from tests.code_trees import git, listed, repository, skipped, tree, write

LFS = (
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
)


def details(root: Path) -> dict[str, str]:
    return {item.path: item.detail for item in tree(root).scan() if isinstance(item, Skipped)}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return repository(tmp_path / "app", {"a.py": "a = 1\n", "lib/b.py": "b = 1\n"})


@pytest.mark.parametrize("place", [".claude/worktrees/x", ".worktrees/x", "x"])
def test_a_linked_work_tree_is_not_read_and_named_once(root: Path, place: str) -> None:
    git(root, "worktree", "add", "-q", "-b", "other", place)
    assert (root / place / "a.py").is_file()
    found = list(tree(root).scan())
    assert listed(found) == ["a.py", "lib/b.py"]
    assert skipped(found) == {f"{place}/": "ignored"}
    assert "work tree" in details(root)[f"{place}/"]


def test_a_linked_work_tree_with_a_relative_or_a_broken_pointer_is_not_read(root: Path) -> None:
    git(root, "worktree", "add", "-q", "-b", "one", "near")
    (root / "near/.git").write_text("gitdir: ../.git/worktrees/near\n")
    git(root, "worktree", "add", "-q", "-b", "two", "far")
    (root / "far/.git").write_text("gitdir: /home/somebody/else/.git/worktrees/far\n")
    assert skipped(tree(root).scan()) == {"near/": "ignored", "far/": "ignored"}


def test_a_linked_work_tree_is_read_where_it_is_named(root: Path, tmp_path: Path) -> None:
    git(root, "worktree", "add", "-q", "-b", "other", ".worktrees/x")
    assert listed(tree(root / ".worktrees/x").scan()) == ["a.py", "lib/b.py"]
    write(root, {".ragignore": "!.worktrees/x/\n"})
    assert ".worktrees/x/a.py" in listed(tree(root).scan())
    git(root, "worktree", "add", "-q", "-b", "third", str(tmp_path / "beside"))
    assert listed(tree(tmp_path / "beside").scan()) == ["a.py", "lib/b.py"]


def test_work_trees_around_a_bare_repository_are_read(root: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    git(tmp_path, "clone", "-q", "--bare", str(root), str(work / ".bare"))
    (work / ".git").write_text("gitdir: ./.bare\n")
    git(work, "worktree", "add", "-q", "main-tree")
    found = list(tree(work).scan())
    assert listed(found) == ["main-tree/a.py", "main-tree/lib/b.py"]
    assert skipped(found) == {".bare/": "ignored"}


def test_a_clone_and_its_own_work_tree_are_read_as_before(root: Path, tmp_path: Path) -> None:
    git(root, "clone", "-q", str(root), str(root / "clone"))
    git(root / "clone", "worktree", "add", "-q", "-b", "other", "../of-clone")
    assert {"clone/a.py", "of-clone/a.py"} <= set(listed(tree(root).scan()))


def test_a_bare_repository_in_a_tree_is_named_and_not_read(root: Path) -> None:
    git(root, "clone", "-q", "--bare", ".", "data/store.git")
    git(root, "init", "-q", "--bare", "data/empty")
    found = list(tree(root).scan())
    assert listed(found) == ["a.py", "lib/b.py"]
    assert skipped(found) == {"data/store.git/": "ignored", "data/empty/": "ignored"}


def test_a_folder_that_only_looks_a_little_like_a_repository_is_read(root: Path) -> None:
    write(root, {"x/HEAD": "ref: refs/heads/main\n", "x/objects/o.py": "1\n", "y/HEAD": "a poem\n"})
    write(root, {"y/objects/o.py": "1\n", "y/refs/r.py": "1\n"})
    assert {"x/objects/o.py", "y/refs/r.py"} <= set(listed(tree(root).scan()))


@pytest.mark.parametrize("name", ["store.git", "app/.git"])
def test_a_repository_without_a_work_tree_cannot_be_indexed(root: Path, tmp_path: Path, name: str) -> None:
    git(tmp_path, "clone", "-q", "--bare", str(root), "store.git")
    with pytest.raises(CorpusError) as caught:
        tree(tmp_path / name)
    assert "without a work tree" in str(caught.value)


@pytest.mark.parametrize(
    "pointer",
    [LFS, LFS.replace("git-lfs", "hawser"), "/annex/objects/SHA256E-s7--0f.py\n", LFS.replace("\n", "\r\n")],
    ids=["Git LFS", "its first version", "git-annex", "CRLF"],
)
def test_a_pointer_is_named_and_not_indexed(tmp_path: Path, pointer: str) -> None:
    write(tmp_path, {"model.py": pointer, "about.md": f"A pointer looks like this:\n\n{LFS}"})
    corpus = tree(tmp_path)
    read = {item.path: corpus.read(item) for item in corpus.scan() if isinstance(item, Listed)}
    left_out = read["model.py"]
    assert isinstance(left_out, Skipped) and left_out.reason == "unreadable" and "pointer" in left_out.detail
    assert isinstance(read["about.md"], Document)


@pytest.mark.parametrize("kind", ["code", "docs", "comments", "openapi"])
def test_a_pointer_is_counted_as_left_out_by_a_plan_and_by_the_index(tmp_path: Path, kind: str) -> None:
    files = {
        "code": {"a.py": LFS, "b.py": "x = 1\n"},
        "comments": {"a.py": LFS, "b.py": '"""Pour tea."""\n'},
        "docs": {"a.md": LFS, "b.html": LFS, "c.md": "# Tea\n\nHow to pour it.\n"},
        "openapi": {"api.yaml": LFS},
    }[kind]
    write(tmp_path / "app", files)
    spec = CorpusSpec("app", kind, str(tmp_path / "app" / ("api.yaml" if kind == "openapi" else "")))
    held = plan([spec], index=None).holdings
    assert [(one.reason, one.items) for one in held.skipped] == [
        ("unreadable", len(files) - (kind != "openapi"))
    ]
    with Index.build(tmp_path / "index", [spec]) as index:
        assert index.status().counts.skipped == {one.reason: one.items for one in held.skipped}
        assert all("pointer of Git LFS" in item.detail for item in index.catalog.census.skipped())


@pytest.mark.parametrize("by_git", [True, False])
def test_links_are_counted_as_links_and_read_once(tmp_path: Path, by_git: bool) -> None:
    write(tmp_path, {"out/o.py": "1\n", "app/a.py": "1\n", "app/lib/b.py": "1\n"})
    root = tmp_path / "app"
    for name, target in {"file.py": "a.py", "folder": "lib", "dead.py": "none", "away": "../out"}.items():
        (root / name).symlink_to(target)
    (root / "lib/up").symlink_to("..")
    if by_git:
        git(root, "init", "-q")
        git(root, "add", "-A")
    found = list(tree(root).scan())
    assert listed(found) == ["a.py", "lib/b.py"]
    assert skipped(found) == {
        **dict.fromkeys(["file.py", "folder", "dead.py", "lib/up"], "symlink"),
        "away": "outside",
    }


def test_a_sparse_checkout_is_said_to_be_one(root: Path) -> None:
    write(root, {"big/c.py": "c = 1\n", "big/d.py": "d = 1\n"})
    git(root, "add", "-A")
    git(root, "commit", "-qm", "two")
    git(root, "sparse-checkout", "set", "lib")
    found = list(tree(root).scan())
    assert listed(found) == ["a.py", "lib/b.py"]
    assert details(root) == {"(sparse checkout)": "files that git tracks are not on disk: 2"}


def test_a_repository_behind_a_link_is_listed_by_git(root: Path, tmp_path: Path) -> None:
    (root / ".git").rename(tmp_path / "store")
    (root / ".git").symlink_to(tmp_path / "store")
    write(root, {".gitignore": "*.tmp\n", "x.tmp": "1"})
    assert listed(tree(root).scan()) == [".gitignore", "a.py", "lib/b.py"]


def test_variables_of_git_lead_to_no_other_repository(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = repository(tmp_path / "other", {"o.py": "1\n"})
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    assert listed(tree(root).scan()) == ["a.py", "lib/b.py"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_pointers_of_git_that_are_pipes_or_huge_are_not_waited_for(root: Path) -> None:
    for name in ("pipe", "huge"):
        write(root, {f"{name}/x.py": "1\n"})
    os.mkfifo(root / "pipe/.git")
    (root / "huge/.git").write_text("gitdir: " + "x" * 1_000_000)
    write(root, {"pipe/HEAD/objects/a": "1", "pipe/refs/b": "1"})
    assert {"a.py", "lib/b.py"} <= set(listed(tree(root).scan()))


ENCODED = {
    "a.ps1": "utf-16-le",
    "lib/b.ps1": "utf-16-le",
    "lib/win/c.txt": "cp1250",
    "lib/win/d d.txt": "cp866",
    "e.txt": "utf-8",
}


def test_a_guessed_encoding_is_noted_and_a_stated_one_is_not(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_bytes("/* 打开文件并读取所有的行 */\nint x;\n".encode("gbk"))
    corpus = tree(tmp_path)
    (item,) = [item for item in corpus.scan() if isinstance(item, Listed)]
    document = corpus.read(item)
    assert isinstance(document, Document) and document.guessed_encoding == "gb18030"
    write(tmp_path, {".gitattributes": "*.c working-tree-encoding=GBK\n"})
    document = tree(tmp_path).read(item)
    assert isinstance(document, Document) and document.guessed_encoding == ""


def test_git_states_the_encodings_of_files(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            ".gitattributes": "# comment\n*.ps1 text working-tree-encoding=UTF-16LE eol=crlf\n"
            "/lib/win/*.txt\tworking-tree-encoding=cp1250\n",
            "lib/.gitattributes": '"win/d d.txt" working-tree-encoding=cp866\n*.md -working-tree-encoding\n',
        },
    )
    for path, encoding in ENCODED.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes("x".encode(encoding) if "ps1" in path else "ж š"[:1].encode("cp866"))
    (tmp_path / "lib/win/c.txt").write_bytes("š".encode("cp1250"))
    (tmp_path / "e.txt").write_bytes("ж š".encode())
    texts = {}
    for root, prefix in ((tmp_path, ""), (tmp_path / "lib", "lib/")):
        (tmp_path / ".git").mkdir(exist_ok=True)
        corpus = tree(root)
        for item in corpus.scan():
            document = corpus.read(item) if isinstance(item, Listed) else None
            if isinstance(document, Document) and ".git" not in item.path:
                texts[prefix + item.path] = document.text
    assert texts == {
        "a.ps1": "x",
        "lib/b.ps1": "x",
        "lib/win/c.txt": "š",
        "lib/win/d d.txt": "ж",
        "e.txt": "ж š",
    }


def test_the_last_line_that_matches_states_the_encoding(tmp_path: Path) -> None:
    lines = ["*.txt", "a*", "b.txt", "[", "*.txt"]
    stated = "".join(f"{line} working-tree-encoding=cp125{n}\n" for n, line in enumerate(lines))
    write(tmp_path, {".gitattributes": f"{stated}b.txt -working-tree-encoding\n"})
    encodings = StatedEncodings(tmp_path)
    found = {name: encodings.encoding_of(name) for name in ("a.txt", "a.md", "b.txt", "c.md")}
    assert found == {"a.txt": "cp1254", "a.md": "cp1251", "b.txt": "", "c.md": ""}


def test_rules_without_end_cost_no_file_much_time(tmp_path: Path) -> None:
    rules = "".join(f"x{n}*y{n} working-tree-encoding=cp1250\n" for n in range(5_000))
    folder = tmp_path
    for _ in range(40):
        write(folder, {".gitattributes": rules})
        folder /= "d"
    write(folder, {f"f{n}.py": "x = 1\n" for n in range(300)})
    start = process_time()
    assert len(listed(tree(tmp_path).scan())) == 340
    assert process_time() - start < 10 * SLOWNESS
