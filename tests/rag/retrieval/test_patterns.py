"""Regular expressions in a question, and the meaning of the rest of it."""

from pathlib import Path

import pytest

from corpora.errors import RagError
from indexers.catalog.filter import Filter
from indexers.index import Index
from indexers.search.scan import ScanLimits
from rag.retrieval import matching_searches
from rag.retrieval.hit import Hit
from rag.retrieval.questions.patterns import SearchCutShort, split_patterns
from rag.retrieval.retrieve import retrieve
from rag.retrieval.search_options import SearchOptions
from tests.small_corpora import write_tree


@pytest.mark.parametrize(
    ("question", "text", "patterns"),
    [
        (r"re:open_\w+", "", (r"open_\w+",)),
        (r"where is re:open_\w+ called", "where is called", (r"open_\w+",)),
        (r"re:/raise \w+ from e/ in tests", "in tests", (r"raise \w+ from e",)),
        ("re:/a/b/c d/ x", "x", ("a/b/c d",)),
        ("re:/usr/bin", "", ("/usr/bin",)),
        ("re:one two re:/th ree/", "two", ("one", "th ree")),
        ("re:one re:one", "", ("one",)),
        ("re: a mail", "re: a mail", ()),
        ("Re:foo core:foo", "Re:foo core:foo", ()),
        ("error\n  re:foo", "error\n  re:foo", ()),
        ("re:foo\n", "", ("foo",)),
    ],
)
def test_expressions_are_split_from_the_rest(question: str, text: str, patterns: tuple[str, ...]) -> None:
    assert split_patterns(question) == (text, patterns)


def test_the_expression_of_the_options_is_one_of_them() -> None:
    assert split_patterns("re:one two", "th ree") == ("two", ("th ree", "one"))


def test_many_expressions_are_refused() -> None:
    with pytest.raises(RagError, match="9 regular expressions"):
        split_patterns(" ".join(f"re:{number}" for number in range(9)))


FILES = {
    "open.py": "def open_file(path):\n    '''Open a file for reading.'''\n    return open(path)\n",
    "close.py": "def close_file(path):\n    '''Close a file again.'''\n    path.close()\n",
    "window.py": "def open_window(title):\n    '''Show a window with a title.'''\n    return Window(title)\n",
    "door.go": "package door\n\n// Unlock a door.\nfunc open_door() {}\n",
}


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index.in_memory([write_tree(tmp_path, FILES)])


def paths(hits: list[Hit]) -> list[str]:
    return [hit.chunk.origin.path for hit in hits]


def test_a_question_of_only_an_expression_finds_what_matches_by_path(index: Index) -> None:
    assert paths(retrieve(index, r"re:open_\w+")) == ["door.go", "open.py", "window.py"]
    assert retrieve(index, "re:no_such") == []


def test_the_rest_of_the_question_orders_what_matches(index: Index) -> None:
    assert paths(retrieve(index, r"re:open_\w+ show a title", 1)) == ["window.py"]
    assert paths(retrieve(index, r"re:open_\w+ unlock", 1)) == ["door.go"]


def test_others_follow_if_there_are_other_words(index: Index) -> None:
    hits = retrieve(index, r"re:open_[fw]\w+ close a file again")
    assert paths(hits[:2]) == ["open.py", "window.py"]
    assert "close.py" in paths(hits[2:])
    assert ["pattern" in dict(hit.shares) for hit in hits[:3]] == [True, True, False]
    assert all(abs(sum(share for _, share in hit.shares) - hit.score) < 1e-9 for hit in hits)
    assert retrieve(index, r"re:open_[fw]\w+ close a file again", 2) == hits[:2]


def test_the_option_means_the_same(index: Index) -> None:
    asked = retrieve(index, "show a title", options=SearchOptions(pattern=r"open_\w+"))
    assert asked == retrieve(index, r"re:open_\w+ show a title")


def test_an_expression_is_about_the_documents_that_pass_the_filter(index: Index) -> None:
    options = SearchOptions(Filter(languages=("go",)), pattern="open_")
    assert paths(retrieve(index, "", options=options)) == ["door.go"]


def test_nothing_matches_and_the_rest_is_answered(index: Index) -> None:
    assert retrieve(index, "re:no_such show a title")[0].score == retrieve(index, "show a title")[0].score


def test_two_stages_know_expressions(index: Index) -> None:
    assert paths(retrieve(index, "re:open_door door", 1, SearchOptions(two_stage=True))) == ["door.go"]


def test_a_wrong_expression_is_an_error(index: Index) -> None:
    with pytest.raises(RagError, match=r"'\(open' is not understood"):
        retrieve(index, "re:(open file")


def test_more_matches_than_a_pool_takes_come_before_all_others(tmp_path: Path) -> None:
    files = {f"m{number:03}.py": f"def sum_{number}(a):\n    return a\n" for number in range(130)}
    others = {f"o{number}.py": f"def total_{number}(a):\n    '''Sum numbers.'''\n" for number in range(9)}
    index = Index.in_memory([write_tree(tmp_path, files | others)])
    hits = retrieve(index, r"re:sum_\d+\( total sum numbers", 200)
    assert {path[0] for path in paths(hits[:130])} == {"m"}
    assert {path[0] for path in paths(hits[130:])} == {"o"}
    assert len(set(paths(hits))) == len(hits) == 139
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert retrieve(index, r"re:sum_\d+\( total sum numbers", 110) == hits[:110]
    assert len(retrieve(index, r"re:sum_\d+\(", 200)) == 130


def test_a_search_that_is_cut_short_warns_and_still_finds_the_best(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching_searches, "SCAN_LIMITS", ScanLimits(matches=0))
    with pytest.warns(SearchCutShort, match="tried on 0 of 4 files"):
        hits = retrieve(index, r"re:open_\w+ show a title", 1)
    assert paths(hits) == ["window.py"]
    assert "pattern" in dict(hits[0].shares)
