import sqlite3
from pathlib import Path

import pytest

from corpora.errors import IndexDamaged
from corpora.spec import CorpusSpec
from rag import Index, retrieve
from tests.corpora.python.test_python_package import write
from tests.small_corpora import write_tree

FRAMES = {
    "frames/__init__.py": "from ._core import Frame, Column\n",
    "frames/_core.py": '''
class _Data:
    def fill(self, value):
        """Replace what is missing."""
class Frame(_Data):
    """A table."""
    def filled(self):
        """Say whether a column can be filled."""
class Column(_Data):
    """One column."""
''',
}


def index_of(folder: Path) -> Index:
    spec = CorpusSpec("api", "package", str(write(folder / "src", FRAMES) / "frames"))
    return Index.build(folder / "index", [spec])


def test_each_name_of_an_inherited_method_finds_its_one_unit(tmp_path: Path) -> None:
    with index_of(tmp_path) as index:
        for name in ("Frame.fill", "Column.fill", "frames.Column.fill", "frames.Frame.fill"):
            hit = retrieve(index, name, 3)[0]
            assert hit.chunk.symbol == "frames.Frame.fill"
            assert "exact name" in dict(hit.shares), name
            assert hit.chunk.aliases == ("frames.Column.fill",)


ROLL = r""".TH ROLL 1
.SH NAME
roll \- pack and unpack
.SH DESCRIPTION
Packs what roll is told to pack; roll x, roll c and roll C are said here.
.SH OPTIONS
.TP
\-x, \-\-extract
Take files out.
.TP
\-c, \-\-create
Make a roll.
.TP
\-C, \-\-directory
Go there first.
"""


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("roll -x", "roll --extract"),
        ("roll -C", "roll --directory"),
        ("roll --create=no", "roll --create"),
        ("roll --extarct", "roll --extract"),
        ("pack roll -x", "roll --extract"),
    ],
)
def test_an_option_is_found_by_each_spelling_behind_its_command(
    tmp_path: Path, text: str, symbol: str
) -> None:
    write_tree(tmp_path / "man", {"man1/roll.1": ROLL})
    with Index.build(tmp_path / "index", [tmp_path / "man"]) as index:
        hit = retrieve(index, text, 3)[0]
        assert hit.chunk.symbol == symbol
        assert hit.relation == ("" if text == "roll --extarct" else "documents")


def test_a_command_of_two_words_is_read_in_one_way(tmp_path: Path) -> None:
    page = ROLL.replace("roll", "big-roll").replace("ROLL", "BIG-ROLL") + ".SH ROLL\nWhat a roll is.\n"
    write_tree(tmp_path / "man", {"man1/big-roll.1": page, "man1/roll.1": ROLL})
    with Index.build(tmp_path / "index", [tmp_path / "man"]) as index:
        hit = retrieve(index, "big roll -x", 3)[0]
        assert hit.chunk.symbol == "big-roll --extract"
        assert "misspelled" not in dict(hit.shares)


def test_names_go_with_their_unit(tmp_path: Path) -> None:
    with index_of(tmp_path) as index:
        assert index.catalog.aliases.of(index.catalog.chunk_ids().tolist())
    write(tmp_path / "src", {"frames/_core.py": 'class Frame:\n    """A table."""\nColumn = Frame\n'})
    with Index.open(tmp_path / "index") as index:
        index.update([CorpusSpec("api", "package", str(tmp_path / "src" / "frames"))])
        rows = index.catalog.database.rows("SELECT names FROM aliases")
    assert rows == [("",), ("frames.Column",)]  # (the module is a bare unit without other names)


@pytest.mark.parametrize("table", ["aliases", "imports", "importers"])
def test_an_index_without_one_of_its_tables_is_refused(tmp_path: Path, table: str) -> None:
    index_of(tmp_path).close()
    with sqlite3.connect(tmp_path / "index" / "catalog.sqlite") as database:
        database.execute(f"DROP TABLE {table}")
    database.close()
    (tmp_path / "index" / "catalog.json").unlink()  # the seal of the file before
    with pytest.raises(IndexDamaged, match=table):
        Index.open(tmp_path / "index")


def test_a_bare_declaration_comes_after_what_is_documented(tmp_path: Path) -> None:
    files = {
        "pkg/__init__.py": "class Conditional:\n    def condition(self, rows): ...\n"
        'class Query:\n    def filter(self, by):\n        """Keep the rows for which a condition holds."""\n'
    }
    spec = CorpusSpec("api", "package", str(write(tmp_path, files) / "pkg"))
    with Index.build(tmp_path / "index", [spec]) as index:
        assert retrieve(index, "rows by a condition", 1)[0].chunk.symbol == "pkg.Query.filter"
        assert retrieve(index, "Conditional.condition", 1)[0].chunk.is_bare


def test_a_bare_declaration_that_code_imports_by_name_is_not_put_last(tmp_path: Path) -> None:
    files = {
        "pkg/__init__.py": "class Scatter:\n    def size(self): ...\n"
        'def scattered(by):\n    """Scatter an object by size."""\n'
    }
    spec = CorpusSpec("api", "package", str(write(tmp_path, files) / "pkg"))
    text = "Scatter an object by size.\nfrom pkg import Scatter\nx = Scatter, "
    with Index.build(tmp_path / "index", [spec]) as index:
        shares = {hit.chunk.symbol: dict(hit.shares) for hit in retrieve(index, text, 5)}
    assert "bare" not in shares["pkg.Scatter"]
