"""Documentation that is found by what programmers say they call it for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from indexers.index import Index
from rag.retrieval.retrieve import retrieve
from tests.small_corpora import make_wheel

# No text shares a word with the questions.
SHUTIL = '''"""Operations on collections of bytes."""


def rmtree(path):
    """Recursively unlink what lies below path."""


def get_terminal_size(fallback):
    """Query the width of the window."""


def which(cmd):
    """Locate cmd on PATH."""
'''


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    wheel = make_wheel(tmp_path, "shutil", "1.0", {"shutil/__init__.py": SHUTIL})
    with Index.build(tmp_path / "index", [wheel]) as index:
        yield index


def first(index: Index, question: str) -> tuple[str, float]:
    """Return the symbol of the first hit, and what its purposes added to the score."""
    hit = retrieve(index, question)[0]
    return hit.chunk.symbol, dict(hit.shares).get("said", 0.0)


def test_a_question_finds_what_is_called_for_it(index: Index) -> None:
    symbol, said = first(index, "delete a folder and its contents")
    assert symbol == "shutil.rmtree"
    assert said > 1


def test_whoever_says_little_but_a_name_means_that_name(index: Index) -> None:
    assert first(index, "delete get_terminal_size") == ("shutil.get_terminal_size", 0.0)


def test_a_name_in_a_sentence_may_be_that_of_a_variable(index: Index) -> None:
    symbol, said = first(index, "delete the folder `build_output` and its contents")
    assert symbol == "shutil.rmtree"
    assert said > 1


def test_what_is_called_for_other_things_does_not_answer_for_a_library(tmp_path: Path) -> None:
    files = '''"""Files and folders of the operating system."""


def rename(src, dst):
    """Give the file or folder src the path dst in the file system."""


def remove(path):
    """Take the file at path out of the folder that it is in."""
'''
    tables = '''"""Tables of rows and columns."""


class Table:
    """A table of rows, with columns that each have a name and a type."""

    def label(self, columns):
        """Change the names of columns of the table."""

    def drop(self, columns):
        """Take columns out of the table."""
'''
    wheels = [
        make_wheel(tmp_path, name, "1.0", {f"{name}/__init__.py": text})
        for name, text in (("os", files), ("tabular", tables))
    ]
    with Index.build(tmp_path / "index", wheels) as index:
        assert first(index, "rename columns of a table")[0] == "tabular.Table.label"
        symbol, said = first(index, "rename a file")
    assert symbol == "os.rename"
    assert said > 1
