"""What is listed can be removed: by its name as it is shown, and by what it was added as."""

import shlex
from pathlib import Path

import pytest

from corpora.spec import CorpusSpec
from indexers.index import Index
from rag.cli.main import main
from rag.docs import add_docs, list_docs
from tests.small_corpora import make_wheel, write_tree

Captured = pytest.CaptureFixture[str]
PAGE = "<h1 id='pay'>pay</h1><p>Pay an invoice.</p>"
NAMES = [
    "plain", "numpy==2.1.0", "@types/node@20.1.0", "docs.example.org/3.12/a b", "it's", "-x", "--prune",
    "$HOME", "a;b", "ü", "new\nline", "esc\x1b[31m", "*", "a\\b", '"quoted"', "~", "# no comment",
    "café docs", "`tick`",
]  # fmt: skip


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an index of a corpus of each name, one of them empty."""
    root = tmp_path_factory.mktemp("named")
    pages = write_tree(root / "pages", {"a.html": PAGE})
    (root / "none").mkdir()
    specs = [CorpusSpec(name, "docs", str(pages)) for name in NAMES]
    Index.build(root / ".rag", [*specs, CorpusSpec("empty", "docs", str(root / "none"))]).close()
    return root / ".rag"


@pytest.mark.slow
def test_every_name_can_be_copied_from_the_list_to_remove(index: Path, capsys: Captured) -> None:
    while True:
        assert main(["docs", "list", "--index", str(index)]) == 0
        lines = capsys.readouterr().out.splitlines()
        if lines[0].startswith("no documentation"):
            break
        typed = lines[0][: lines[0].index(" unit")].rpartition(" ")[0]
        assert typed.strip()
        assert main(["docs", "remove", "--index", str(index), *shlex.split(typed)]) == 0
        assert "removed" in capsys.readouterr().out
    with Index.open(index) as opened:
        assert not opened.catalog.corpora()


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make an index of two versions of a package, one of another, and a folder of pages."""
    for version in ("1.4.0", "2.0.1"):
        wheel = make_wheel(tmp_path, "billing", version, {"billing/__init__.py": "def pay():\n    'Pay.'\n"})
        spec = CorpusSpec(f"billing=={version}", "package", str(wheel))
        with Index.create(tmp_path / ".rag") as opened:
            opened.update([spec])
    add_docs(tmp_path / ".rag", [str(write_tree(tmp_path / "pages", {"a.html": PAGE}))])
    monkeypatch.chdir(tmp_path)
    return tmp_path / ".rag"


@pytest.mark.parametrize(
    ("typed", "removed"),
    [("pkg:billing==1.4.0", "billing==1.4.0"), ("./pages/", "pages"), ("pages", "pages")],
)
def test_what_was_added_is_removed_by_the_same_words(shop: Path, typed: str, removed: str) -> None:
    with Index.open(shop) as opened:
        before = {entry.corpus for entry in list_docs(opened)}
    assert main(["docs", "remove", typed]) == 0
    with Index.open(shop) as opened:
        assert {entry.corpus for entry in list_docs(opened)} == before - {removed}


@pytest.mark.parametrize(
    ("typed", "advice"),
    [
        ("billing", "of billing the index has: billing==1.4.0, billing==2.0.1"),
        ("billing==1.3.0", "of billing the index has: billing==1.4.0, billing==2.0.1"),
        ("pkg:biling==2.0.1", "did you mean 'billing==2.0.1'?"),
        ("page", "did you mean 'pages'?"),
        ("nothing", "choose one of those that this lists: rag docs list"),
    ],
)
def test_no_other_version_than_the_one_asked_for_is_suggested(
    shop: Path, typed: str, advice: str, capsys: Captured
) -> None:
    assert main(["docs", "remove", typed]) == 1
    assert f"fix: {advice}" in capsys.readouterr().err
