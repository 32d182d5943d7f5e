"""Which library a question means that names none."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from corpora.spec import CorpusSpec
from indexers.index import Index
from rag.retrieval.retrieve import retrieve
from rag.retrieval.search_options import SearchOptions
from tests.small_corpora import make_wheel, write_tree

TABLES = '''"""Tables of rows and columns."""


class Table:
    """A table in memory, made of columns that each have a name and a type."""

    def sort(self, column):
        """Sort the rows of the table by the values of a column."""

    def rename(self, old, new):
        """Rename a column of the table."""

    def filter(self, condition):
        """Keep only the rows of the table where a column meets a condition."""

    def join(self, other, key):
        """Join the rows of two tables where a column has the same value."""

    def group(self, column):
        """Group the rows of the table by the values of a column, to aggregate other columns."""
'''
QUEUES = '''"""Queues of jobs, and what is done with their items."""

'''
# Much more than there is of tables, about other things.
TOPICS = ("socket", "email", "mail folder", "thread", "signal", "archive", "password", "process", "widget")
QUEUES += "\n".join(
    f'''def {verb}_{topic.replace(" ", "_")}({topic.replace(" ", "_")}, order):
    """{verb.title()} the {topic} in the given order, and return the {topic} that was there before."""
'''
    for topic in TOPICS
    for verb in ("sort", "rename", "open", "close", "join", "filter", "group", "send")
)


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[CorpusSpec]:
    place = tmp_path_factory.mktemp("wheels")
    other = TABLES.replace("Table:", "Sheet:").replace("in memory", "in a file")
    libraries = {"tabular": TABLES, "sheets": other, "jobs": QUEUES}
    return [
        CorpusSpec(name, "package", str(make_wheel(place, name, "1.0", {f"{name}/__init__.py": text})))
        for name, text in libraries.items()
    ]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, wheels: list[CorpusSpec]) -> Iterator[Index]:
    with Index.build(tmp_path_factory.mktemp("index"), wheels) as opened:
        yield opened


def libraries(index: Index, query: str, k: int = 5, **options: tuple[str, ...]) -> list[str]:
    hits = retrieve(index, query, k, SearchOptions(imports=options.get("imports", ())))
    return [hit.chunk.origin.library for hit in hits]


def test_a_large_library_does_not_answer_what_a_small_one_is_about(index: Index) -> None:
    assert "jobs" not in libraries(index, "sort by a column", 4)
    assert libraries(index, "join two tables on a key", 2) != ["jobs", "jobs"]


def test_libraries_that_are_as_likely_are_both_shown(index: Index) -> None:
    assert {"tabular", "sheets"} <= {*libraries(index, "rename a column")}


def test_the_library_that_is_named_comes_first(index: Index) -> None:
    assert libraries(index, "rename something with jobs", 3) == ["jobs"] * 3


@pytest.mark.parametrize("library", ["tabular", "sheets"])
def test_what_the_file_imports_that_is_edited_comes_first(index: Index, library: str) -> None:
    assert libraries(index, "rename a column", 1, imports=("os", library)) == [library]


def test_what_a_file_does_not_import_is_found_where_only_that_fits(index: Index) -> None:
    assert libraries(index, "open a mail folder", 1, imports=("tabular",)) == ["jobs"]


@pytest.mark.parametrize("library", ["tabular", "sheets"])
def test_what_the_indexed_code_imports_comes_first(
    tmp_path: Path, wheels: list[CorpusSpec], library: str
) -> None:
    tree = write_tree(tmp_path / "app", {f"m{n}.py": f"import {library}\n\nx{n} = {n}\n" for n in range(3)})
    with Index.build(tmp_path / "index", [*wheels, tree]) as index:
        found = [name for name in libraries(index, "rename a column", 5) if name]
    assert found[0] == library


def test_how_much_that_counts_is_told(index: Index) -> None:
    first, *_ = retrieve(index, "rename a column", 3, SearchOptions(imports=("sheets",)))
    assert dict(first.shares)["likely library"] > 0
    assert first.score == pytest.approx(sum(dict(first.shares).values()))


def test_names_that_nothing_is_imported_by_change_nothing_but_are_taken(index: Index) -> None:
    strange = ("", "no such", "../x", "\x00", "x" * 10_000)
    assert libraries(index, "rename a column", 3, imports=strange)
