"""Trees that are meant to hurt: the index completes, and every name is accounted for."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpora.document import Document, Listed, Skipped
from corpora.source_tree.tree import CodeTree
from corpora.spec import CorpusSpec
from indexers.index import Index
from rag.retrieval.retrieve import retrieve
from tests.code_trees import git, listed, skipped, tree
from tests.hostile_archives import deflated
from tests.small_corpora import FILES, write_tree

DEEP = 2_000  # no path names more than 1,365 levels of "dd/" (4,096 bytes), and Python recurses 1,000 times


def built(tmp_path: Path, **options: object) -> Index:
    spec = CorpusSpec("app", "code", str(tmp_path / "app"), **options)  # type: ignore[arg-type]
    return Index.build(tmp_path / "index", [spec])


def accounted(index: Index) -> dict[str, str]:
    """Return the reason why each path was left out; empty for what is indexed."""
    rows = index.catalog.database.rows("SELECT item, reason FROM documents")
    return dict(rows)


def names_under(root: Path) -> set[str]:
    """Return every name below `root` that is no folder, with bytes that are not UTF-8 spelled out."""
    found = set()
    for folder, folders, files in os.walk(root):
        links = [name for name in folders if Path(folder, name).is_symlink()]
        for name in files + links:
            path = os.fsencode(os.path.relpath(os.path.join(folder, name), root))  # noqa: PTH118
            found.add(path.decode("utf-8", "backslashreplace"))
    return found


CONTENTS = {
    "utf8_cut.py": "name = 'Grüße aus Köln'\n".encode()[:12] + b"\xc3\n# rest\n",
    "latin1.py": "# déjà vu: a function\ndef f():\n    pass\n".encode("latin-1"),
    "random.py": bytes(range(128, 256)) * 20,
    "nul.py": b"x = 1\0\ny = 2\n",
    "late_nul.py": b"x = 1\n" * 2_000 + b"\0\n",
    "only_nul.py": b"\0" * 1_000,
    "controls.py": bytes(range(1, 32)) * 10,
    "utf16.py": "def wide():\n    return 1\n".encode("utf-16"),
    "utf16_cut.py": "def wide():\n    return 1\n".encode("utf-16")[:-1],
    "surrogate.py": b"x = '\xed\xa0\x80'\n",
    "overlong.py": b"x = '\xc0\xaf'\n",
    "bare_returns.py": b"a = 1\rb = 2\rc = 3\r",
    "brackets.py": b"[\n" * 50_000,
    "brackets.js": b"({[\n" * 20_000,
    "blocks.c": b"int f() {" + b"{\n" * 20_000 + b"}\n" * 20_000 + b"}\n",
    "nested_if.py": b"".join(b" " * n + b"if x:\n" for n in range(400)) + b" " * 400 + b"pass\n",
    "page.html": b"<div>\n" * 30_000,
    "data.json": b"[\n" * 100_000,
    "one_line.py": b"f(" * 50_000,
    "quotes.md": b">" * 10_000 + b" deep\n",
    "headings.md": b"#" * 10_000 + b" a\n" + b"# \n" * 5_000,
    "fence.md": b"```" * 10_000,
    "open_string.py": b'"""' + b"never closed\n" * 1_000,
    "bomb.py": b"\x78\x9c" + deflated(50),
    "archive.py": b"PK\x03\x04" + deflated(50),
    "escape.py": b"# \x1b]0;title\x07 \x1b[2J\nx = 1\n",
    "mark_only.py": b"\xef\xbb\xbf",
    "blank.py": b" \n\t\n",
    "empty.py": b"",
}
NAMES = [
    b"new\nline.py",
    b"carriage\rreturn.py",
    b"tab\t.py",
    b" leading and trailing .py ",
    b"-rf.py",
    b"--help",
    b"'; DROP TABLE documents; --.py",
    b"%s%n{0}.py",
    b"back\\slash.py",
    b"star*[a].py",
    b"\xff\xfe.py",
    b"caf\xe9.py",
    "naïve.py".encode(),
    "nai\u0308ve.py".encode(),
    "\u202egnp.py".encode(),
    b"x" * 252 + b".py",
    b".py",
    b"...",
    b"#hash.py",
    b"!not.py",
    b"\x1b[31mred.py",
]


@pytest.fixture
def hostile(tmp_path: Path) -> Iterator[Path]:
    app = write_tree(tmp_path / "app")
    for file_name, data in CONTENTS.items():
        (app / file_name).write_bytes(data)
    names = os.fsencode(app) + b"/names\nand\xff"
    for folder in (os.fsencode(app) + b"/names", names):
        os.mkdir(folder)  # noqa: PTH102
        for name in NAMES:
            with open(folder + b"/" + name, "w") as file:  # noqa: PTH123
                file.write("def f():\n    return 'in a file with a name'\n")
    links = {"loop": "loop", "a": "b", "b": "a", "self": ".", "up": "..", "root": "/", "dead.py": "none"}
    (app / "links").mkdir()
    for link, target in links.items():
        (app / "links" / link).symlink_to(target)
    os.mkfifo(app / "pipe.py")
    bound = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    os.chdir(app)  # the path of a socket has at most 108 bytes
    bound.bind("socket.py")
    os.chdir(here)
    yield app
    bound.close()


def test_a_hostile_tree_is_indexed_and_every_name_accounted_for(hostile: Path, tmp_path: Path) -> None:
    with built(tmp_path) as index:
        told = accounted(index)
        # A folder that is left out as a whole is one row.
        whole = "names\nand\\xff/"
        expected = {name for name in names_under(hostile) if not name.startswith(whole)} | {whole}
        assert set(told) == expected
        for name in (whole, "names/\\xff\\xfe.py", "names/caf\\xe9.py", "pipe.py", "socket.py"):
            assert told[name] == "unreadable"
        assert told["links/loop"] == "symlink"
        for name in ("nul.py", "only_nul.py", "bomb.py", "archive.py"):
            assert told[name] in ("binary", "not text")
        for name in (
            "names/new\nline.py",
            "latin1.py",
            "utf16.py",
            "blocks.c",
            "brackets.py",
            "nested_if.py",
        ):
            assert told[name] == ""
        assert set(FILES) <= {name for name, reason in told.items() if not reason}
        assert retrieve(index, "download a file", 1)[0].chunk.origin.path == "net/download.py"


def test_a_hostile_tree_that_has_not_changed_is_not_read_again(hostile: Path, tmp_path: Path) -> None:
    with built(tmp_path) as index:
        before = accounted(index)
        assert index.update().read_bytes == 0
        assert accounted(index) == before


def test_git_and_the_disk_tell_the_same_of_a_hostile_tree(hostile: Path) -> None:
    by_disk = list(tree(hostile).scan())
    git(hostile, "init", "-q")
    by_git = list(tree(hostile).scan())
    assert listed(by_git) == listed(by_disk)


@pytest.mark.slow
@pytest.mark.parametrize("text", [b"x", b"x = [1, 2]; ", b"a_b ", b"("])
def test_a_line_of_50_megabytes_is_left_out_or_read_within_the_limit(tmp_path: Path, text: bytes) -> None:
    app = write_tree(tmp_path / "app")
    (app / "line.py").write_bytes(text * (50_000_000 // len(text)))
    with built(tmp_path) as index:
        assert accounted(index)["line.py"] == "too large"
        index.update([CorpusSpec("app", "code", str(app), max_file_bytes=60_000_000)])
        assert set(accounted(index)) == {*FILES, "line.py"}
        assert retrieve(index, "download a file", 1)[0].chunk.origin.path == "net/download.py"


@pytest.mark.slow
def test_a_giant_line_among_ordinary_ones_is_cut_and_found(tmp_path: Path) -> None:
    app = write_tree(tmp_path / "app")
    (app / "table.py").write_bytes(b"entry = 1\n" * 300_000 + b"giant = '" + b"quagga " * 400_000 + b"'\n")
    with built(tmp_path, max_file_bytes=10_000_000) as index:
        assert accounted(index)["table.py"] == ""
        assert retrieve(index, "quagga", 1)[0].chunk.origin.path == "table.py"


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Path]:
    """Make a tree of 2,000 levels, with a file at the top and one that no absolute path reaches."""
    app = write_tree(tmp_path / "app")
    here = Path.cwd()
    os.chdir(app)
    for _ in range(DEEP):
        os.mkdir("dd")  # noqa: PTH102
        os.chdir("dd")
    Path("hidden.py").write_text("x = 1\n")
    os.chdir(here)
    yield app
    subprocess.run(["rm", "-rf", str(app / "dd")], check=True)  # `rmtree` recurses


@pytest.mark.slow
def test_two_thousand_levels_are_indexed_as_far_as_they_can_be_named(deep: Path, tmp_path: Path) -> None:
    with built(tmp_path) as index:
        for list_by_git in (False, True):
            if list_by_git:
                git(deep, "init", "-q")
                index.update()
            told = accounted(index)
            (cut,) = (path for path, reason in told.items() if reason)
            assert set(told) == {*FILES, cut}
            assert told[cut] == "unreadable" and set(cut.split("/")) == {"dd", ""}
            assert index.update().read_bytes == 0


# -- changes between the scan and the read --------------------------------------------------------


def scanned(app: Path) -> tuple[CodeTree, dict[str, Listed]]:
    corpus = tree(app)
    return corpus, {entry.path: entry for entry in corpus.scan() if isinstance(entry, Listed)}


def test_what_vanishes_between_scan_and_read_is_unreadable(tmp_path: Path) -> None:
    corpus, found = scanned(write_tree(tmp_path))
    (tmp_path / "dates.py").unlink()
    shutil.rmtree(tmp_path / "net")
    for path in ("dates.py", "net/download.py"):
        told = corpus.read(found[path])
        assert isinstance(told, Skipped) and told.reason == "unreadable"


def test_what_becomes_something_else_between_scan_and_read_is_unreadable(tmp_path: Path) -> None:
    corpus, found = scanned(write_tree(tmp_path))
    for path in ("dates.py", "store.go", "notes.txt"):
        (tmp_path / path).unlink()
    os.mkfifo(tmp_path / "dates.py")
    (tmp_path / "store.go").mkdir()
    (tmp_path / "notes.txt").symlink_to("README.md")
    told = [corpus.read(found[path]) for path in ("dates.py", "store.go", "notes.txt")]
    assert {one.reason for one in told if isinstance(one, Skipped)} == {"unreadable"}
    assert len(told) == 3 and all(isinstance(one, Skipped) for one in told)


def test_what_shrinks_between_scan_and_read_is_read_as_it_is_now(tmp_path: Path) -> None:
    corpus, found = scanned(write_tree(tmp_path))
    (tmp_path / "dates.py").write_text("x = 1\n")
    (tmp_path / "notes.txt").write_text("")
    document = corpus.read(found["dates.py"])
    assert isinstance(document, Document) and document.text == "x = 1\n"
    assert corpus.read(found["notes.txt"]) == Skipped("notes.txt", "empty")


def test_what_grows_over_the_limit_between_scan_and_read_is_too_large(tmp_path: Path) -> None:
    corpus, found = scanned(write_tree(tmp_path))
    (tmp_path / "dates.py").write_text("x = 1\n" * 500_000)
    told = corpus.read(found["dates.py"])
    assert isinstance(told, Skipped) and told.reason == "too large"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_unreadable(tmp_path: Path) -> None:
    app = write_tree(tmp_path / "app")
    (app / "net").chmod(0)
    (app / "dates.py").chmod(0)
    try:
        assert skipped(tree(app).scan())["net/"] == "unreadable"
        with built(tmp_path) as index:
            told = accounted(index)
        assert told["dates.py"] == told["net/"] == "unreadable"
        assert set(told) == set(FILES) - {"net/download.py"} | {"net/"}
    finally:
        (app / "net").chmod(0o755)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_git_may_not_open_is_unreadable(tmp_path: Path) -> None:
    app = write_tree(tmp_path / "app")
    git(app, "init", "-q")
    (app / "net").chmod(0)
    try:
        assert skipped(tree(app).scan()) == {"net/": "unreadable"}
    finally:
        (app / "net").chmod(0o755)
