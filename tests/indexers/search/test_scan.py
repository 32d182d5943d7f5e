"""Chunks whose text matches regular expressions: those that Python's own `re` finds."""

import re
from collections.abc import Iterator
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexers.catalog.filter import Filter
from indexers.chunking.chunk import Chunk
from indexers.index import Index
from indexers.search.expression import Expression
from indexers.search.scan import ScanLimits, matching_chunks, scan
from tests.small_corpora import FILES, write_tree

WORDS = ["alpha", "beta_gamma", "deltaEcho", "x9", "naïve", "running", "e\u0301tat"]
MORE = {
    f"part{number:02}.py": (
        f"def {WORDS[number % 7]}_{number}(a):\n    return {WORDS[number % 5]}({number}) + a\n"
    )
    for number in range(60)
}
PAGE = (
    "<h1 id='top'>parsing</h1><dl class='py function'>"
    "<dt id='parse_day'><code>parse_day(text)</code></dt><dd>Read a day.</dd></dl>"
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("scanned")
    write_tree(folder / "code", FILES | MORE)
    write_tree(folder / "pages", {"parsing.html": PAGE, "index.html": PAGE})
    with Index.build(folder / "index", [folder / "code", folder / "pages"]) as built:
        yield built


def searched(chunk: Chunk) -> str:
    """Return what a pattern is matched with."""
    is_page = chunk.origin.kind == "docs" and chunk.signature
    return f"{chunk.signature}\n{chunk.text}" if is_page else chunk.text


def by_re(index: Index, *patterns: str) -> list[int]:
    """Return what Python finds, in the order of places."""
    chunks = index.chunks(index.catalog.chunk_ids().tolist())
    facts = index.facts(chunks.keys())
    found = [
        chunk_id
        for chunk_id, chunk in chunks.items()
        if all(re.search(one, searched(chunk), re.M | re.A) for one in patterns)
    ]
    return sorted(found, key=lambda chunk_id: facts[chunk_id])


def by_scan(index: Index, *patterns: str) -> list[int]:
    found = scan(index.catalog, index.lexical, [Expression(one) for one in patterns])
    assert not found.why_cut
    return [*found.chunk_ids]


@pytest.mark.parametrize(
    "pattern",
    [
        r"^def \w+_1\d\(",
        r"return running\(\d+\) \+ a$",
        r"\bdate\b",
        "na.ve",
        "no such text",
        r"parse_\w+\(",
        r"\Adef",
        "(?i)EPOCH|Echo",
        "",
        r"\(59\) \+",
        r"^    return beta_gamma\(31\)",
        r"parse_day\(text\)",
    ],
)
def test_the_chunks_found_are_those_that_match(index: Index, pattern: str) -> None:
    assert by_scan(index, pattern) == by_re(index, pattern)


def test_all_expressions_must_match(index: Index) -> None:
    assert by_scan(index, r"def alpha_\d+", r"return beta_gamma") == by_re(
        index, r"def alpha_\d+", r"return beta_gamma"
    )


PIECES = [
    "def ",
    "return ",
    *WORDS,
    r"\w+",
    r"\d",
    r"\(",
    r"\)",
    " ",
    r"\s",
    "_",
    "^",
    "$",
    "a",
    r"\b",
    ".*",
    "(?:x|a)",
    r" \+ ",
]


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join))
def test_whatever_the_expression_is_python_finds_the_same(index: Index, pattern: str) -> None:
    assert by_scan(index, pattern) == by_re(index, pattern)


def test_what_the_index_excludes_is_not_read(index: Index) -> None:
    found = scan(index.catalog, index.lexical, [Expression(r"def download\(url")])
    assert (found.read, len(found.chunk_ids)) == (1, 1)


def test_only_documents_that_pass_the_filter_are_read(index: Index) -> None:
    documents = index.documents(Filter(paths=("part0*",)))
    found = scan(index.catalog, index.lexical, [Expression("def")], documents)
    assert (found.read, len(found.chunk_ids)) == (10, 10)
    asked_words = scan(index.catalog, index.lexical, [Expression(r"\(url: str")], documents)
    assert asked_words.chunk_ids == ()


def test_a_scan_that_is_cut_off_says_why(index: Index) -> None:
    expressions = [Expression("def")]
    few = scan(index.catalog, index.lexical, expressions, None, ScanLimits(matches=3))
    assert (len(few.chunk_ids), few.why_cut) == (3, "3 matches were found")
    assert 3 <= few.read < few.documents
    last = scan(
        index.catalog, index.lexical, expressions, None, ScanLimits(matches=len(by_re(index, "def")) - 1)
    )
    assert last.why_cut
    late = scan(index.catalog, index.lexical, expressions, None, ScanLimits(seconds=0))
    assert (late.chunk_ids, late.why_cut) == ((), "it took 0 seconds")


def test_an_expression_that_costs_most_is_cut_off_in_a_file_of_many_chunks(tmp_path: Path) -> None:
    lines = "".join(f"def f{number}():\n    return {'x' * 3_000}\n" for number in range(200))
    index = Index.in_memory([write_tree(tmp_path, {"many.py": lines})])
    before = process_time()
    found = scan(index.catalog, index.lexical, [Expression("(?:x?){900}y")], None, ScanLimits(0.1))
    assert process_time() - before < 2
    assert (found.read, found.why_cut) == (0, "it took 0.1 seconds")


def test_chunks_that_are_too_long_are_counted(tmp_path: Path) -> None:
    index = Index.in_memory([write_tree(tmp_path, {"blank.txt": "x\n" + " " * 400_000 + "\nx\n"})])
    found = scan(index.catalog, index.lexical, [Expression("(?:x?){900}y"), Expression("(?: ?){900}y")])
    assert (found.unread, found.chunk_ids) == (index.catalog.chunk_ids().size, ())


def test_chosen_chunks_alone_are_tried(index: Index) -> None:
    ids = index.catalog.chunk_ids().tolist()
    assert matching_chunks(index.catalog, [Expression("def")], ids) == by_re(index, "def")
    assert matching_chunks(index.catalog, [Expression("def")], []) == []
