import re
from pathlib import Path

import pytest

from corpora.errors import NothingPasses
from indexers.catalog.filter import Filter
from indexers.index import Index
from rag.retrieval.retrieve import retrieve
from rag.retrieval.search_options import SearchOptions
from tests.small_corpora import write_tree


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return Index.in_memory([write_tree(tmp_path_factory.mktemp("trees") / "app")])


def test_hits_are_ranked_from_one_by_falling_score(index: Index) -> None:
    hits = retrieve(index, "save a file", 10)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_a_hit_keeps_the_score_and_rank_of_each_retriever(index: Index) -> None:
    hit = retrieve(index, "parse a date string with a format", 1)[0]
    assert hit.lexical is not None and hit.dense is not None
    assert hit.lexical.rank == hit.dense.rank == 1
    assert hit.score == pytest.approx(sum(share for _, share in hit.shares))
    assert 0 < hit.dense.score <= 1 < hit.lexical.score


def test_a_name_is_found_to_the_letter_among_names_that_mean_the_same(tmp_path: Path) -> None:
    files = {f"f{n}.py": f"def load_frame_{n}(path):\n    return parse_table(path, {n})\n" for n in range(30)}
    tree = write_tree(tmp_path, files | {"zz.py": "def ldfr7x(path):\n    return path\n"})
    assert retrieve(Index.in_memory([tree]), "ldfr7x", 1)[0].chunk.symbol == "ldfr7x"


def test_fewer_hits_are_the_first_of_more(index: Index) -> None:
    assert retrieve(index, "date", 2) == retrieve(index, "date", 10)[:2]


def test_equal_texts_come_in_the_order_of_their_paths(tmp_path: Path) -> None:
    same = "def close_door():\n    door.close({})\n"
    # Two different words of equal weight: equal scores, and no near-duplicates of each other.
    tree = write_tree(tmp_path, {"a.py": same.format("left"), "b.py": same.format("right")})
    (tree / "a.py").rename(tree / "c.py")
    hits = retrieve(Index.in_memory([tree]), "door", 2)
    assert [hit.chunk.origin.path for hit in hits] == ["b.py", "c.py"]


@pytest.mark.parametrize(
    ("wanted", "value", "near"),
    [
        (Filter(languages=("pyton",)), "pyton", "python"),
        (Filter(languages=("cobol",)), "cobol", ""),
        (Filter(corpora=("ap",)), "ap", "app"),
        (Filter(paths=("nett/**",)), "nett/**", "net/**"),
        (Filter(kinds=("pages",)), "pages", ""),
        (Filter(libraries=("jinja",)), "jinja", ""),
    ],
)
def test_a_filter_that_nothing_passes_says_what_there_is(
    index: Index, wanted: Filter, value: str, near: str
) -> None:
    with pytest.raises(NothingPasses, match=re.escape(repr(value))) as caught:
        retrieve(index, "date", options=SearchOptions(wanted))
    assert caught.value.value == value and [*caught.value.near] == [near] * bool(near)
    assert not near or near in caught.value.fix
    assert all(known in caught.value.why for known in caught.value.known)


def test_filters_that_pass_alone_and_not_together_are_counted(index: Index) -> None:
    wanted = Filter(languages=("go",), paths=("net/**",))
    with pytest.raises(NothingPasses, match="together") as caught:
        retrieve(index, "date", options=SearchOptions(wanted))
    assert caught.value.why == "language 'go': 1 document; path like 'net/**': 1 document"


@pytest.mark.parametrize(
    ("glob", "paths"),
    [
        ("../app/net/*.py", {"net/download.py"}),
        ("../app/**", {"net/download.py", "dates.py", "store.go", "README.md", "notes.txt"}),
        ("net/**", {"net/download.py"}),
        ("./net/", {"net/download.py"}),
        ("*.go", {"store.go"}),
    ],
)
def test_globs_match_paths_as_the_user_sees_them_and_as_the_corpus_has_them(
    index: Index, glob: str, paths: set[str]
) -> None:
    wanted = Filter(paths=(glob,), folders=(("app", "../app"),))
    found = retrieve(index, "parse save date file holiday colour logo", 50, SearchOptions(wanted))
    assert {hit.chunk.origin.path for hit in found} == paths


def test_a_question_of_unknown_words_may_find_nothing(index: Index) -> None:
    assert retrieve(index, "zzzzqqq") == []


def test_languages_are_named_in_any_case(index: Index) -> None:
    found = retrieve(index, "save a value", options=SearchOptions(Filter(languages=("Go",))))
    assert {hit.chunk.origin.language for hit in found} == {"go"}
