"""An index is asked questions; two evaluations are compared; both are shown, written and read back."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import RagError
from indexers.index import Index
from rag import Filter, SearchOptions, retrieve
from rag.evaluation.questions import (
    Gold,
    GoldQuestion,
    QuestionRank,
    RetrievalResult,
    compare_retrieval,
    evaluate_retrieval,
    missing_files,
    read_retrieval,
    retrieval_json,
    retrieval_text,
)
from tests.small_corpora import write_tree

QUESTIONS = [
    GoldQuestion("parse a date string", (Gold("dates.py", 4, 6),), "how"),
    GoldQuestion("parse a date string", (Gold("net/download.py"),), "how"),
    GoldQuestion("Put", (Gold(symbol="Put"),), "name"),
    GoldQuestion("who pays", (Gold("invoices.py"),)),
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    root = tmp_path_factory.mktemp("project")
    return Index.build(root / ".rag", [write_tree(root / "src")])


def result(*ranks: int, k: int = 10, kind: str = "") -> RetrievalResult:
    return RetrievalResult(k, tuple(QuestionRank(f"q{n}", kind, rank, "") for n, rank in enumerate(ranks)))


def test_the_rank_of_each_question_is_that_in_the_hits(index: Index) -> None:
    found = evaluate_retrieval(index, QUESTIONS, k=3)
    hits = retrieve(index, "parse a date string", 3)
    assert hits[0].chunk.origin.path == "dates.py"
    assert [one.rank for one in found.questions][0::2] == [1, 1]
    assert found.questions[3].rank == 0
    assert found.questions[0].first == f"{hits[0].chunk.location} {hits[0].chunk.symbol}"
    assert found.kinds == ["how", "name"] and found.ranks("name") == [1] and len(found.ranks()) == 4


def test_gold_may_be_named_from_a_folder_above_the_corpus(index: Index) -> None:
    asked = [GoldQuestion("parse a date string", (Gold(f"src/dates.py{lines}"),)) for lines in ("", "x")]
    assert [one.rank for one in evaluate_retrieval(index, asked).questions] == [1, 0]


def test_options_are_those_of_a_search(index: Index) -> None:
    only_go = SearchOptions(filter=Filter(languages=("go",)))
    assert [one.rank for one in evaluate_retrieval(index, QUESTIONS[:1], only_go).questions] == [0]


def test_without_questions_nothing_can_be_measured(index: Index) -> None:
    with pytest.raises(RagError):
        evaluate_retrieval(index, [])


def test_questions_about_files_that_the_index_lacks_are_named(index: Index) -> None:
    above = GoldQuestion("x", (Gold("project/src/net/download.py"),))
    either = GoldQuestion("x", (Gold("invoices.py"), Gold(symbol="Invoice")))
    assert list(missing_files(index, [*QUESTIONS, above, either])) == [QUESTIONS[3]]


def test_a_comparison_shows_what_was_gained_and_lost() -> None:
    compared = compare_retrieval(result(1, 2, 0, 3), result(1, 1, 4, 0))
    assert compared.count == 4 and compared.only_one == 0
    assert (compared.before["hit@1"], compared.after["hit@1"]) == (0.25, 0.5)
    assert compared.differences["hit@1"].difference.mean == 0.25
    changes = [(change.question, change.before, change.after, change.is_gain) for change in compared.changes]
    assert changes == [("q1", 2, 1, True), ("q2", 0, 4, True), ("q3", 3, 0, False)]


def test_only_questions_of_both_evaluations_are_compared() -> None:
    compared = compare_retrieval(result(1, 0), result(1, 0, 1))
    assert (compared.count, compared.only_one, compared.after["hit@1"]) == (2, 1, 0.5)
    other = RetrievalResult(10, (QuestionRank("another", "", 1, ""),))
    with pytest.raises(RagError):
        compare_retrieval(other, result(1))


def test_ranks_that_one_evaluation_did_not_look_at_count_in_neither() -> None:
    compared = compare_retrieval(result(9, k=10), result(0, k=5))
    assert compared.before["MRR"] == compared.after["MRR"] == 0 and not compared.changes


def test_the_same_question_twice_is_two_questions() -> None:
    twice = RetrievalResult(10, (QuestionRank("q", "", 1, ""), QuestionRank("q", "", 0, "")))
    assert compare_retrieval(twice, twice).count == 2


def test_a_comparison_is_the_same_whatever_the_order_of_the_questions() -> None:
    before, after = result(1, 2, 0, 3), result(1, 1, 4, 0)
    turned = RetrievalResult(10, before.questions[::-1])
    assert compare_retrieval(turned, after) == compare_retrieval(before, after)


def test_the_report_has_a_row_for_each_kind_within_80_columns() -> None:
    ranks = (
        QuestionRank("a \x1b[31m question " * 20, "error message " * 9, 3, "x" * 200),
        QuestionRank("b", "log line", 1, "b.py:1-2"),
    )
    text = retrieval_text(RetrievalResult(10, ranks), compare_retrieval(result(1), result(2)), verbose=True)
    assert max(map(len, text.splitlines())) <= 80 and "\x1b" not in text
    rows = [line.split()[-4:] for line in text.splitlines()[1:5]]
    assert rows[0] == ["questions", "hit@1", "hit@5", "MRR"]
    assert rows[2:] == [["1", "1.000", "1.000", "1.000"], ["2", "0.500", "1.000", "0.667"]]
    assert "95 % interval of hit@1: [0.095, 0.905]" in text  # Wilson's, of 1 in 2
    assert "gained: 0 questions" in text and "lost: 1 question" in text
    assert "rank 3; first: xxx" in text and "b.py" not in text


@given(st.lists(st.tuples(st.text(st.characters(codec="utf-8"), max_size=5), st.integers(0, 9)), min_size=1))
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, ranks: list[tuple[str, int]]
) -> None:
    file = tmp_path_factory.mktemp("saved") / "before.json"
    written = RetrievalResult(9, tuple(QuestionRank(text, text, rank, text) for text, rank in ranks))
    compared = compare_retrieval(written, written)
    file.write_text(json.dumps(retrieval_json(written, compared)), encoding="utf-8")
    assert read_retrieval(file) == written


def test_the_scores_of_each_kind_are_in_the_json() -> None:
    scores = retrieval_json(result(1, 0, kind="where"), measures=["hit@1"])["scores"]
    assert scores == {"where": {"questions": 2, "hit@1": 0.5}, "all": {"questions": 2, "hit@1": 0.5}}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": "docprompting retrieval", "format_version": 2, "result": {"k": 1, "questions": []}}',
        '{"format": "docprompting retrieval", "format_version": 1, "result": {"k": 1, "questions": []}}',
        '{"format": "docprompting retrieval", "format_version": 1, "result": {"k": 1, "questions": '
        '[{"question": "q", "kind": "", "rank": -1, "first": ""}]}}',
        "[" * 100_000,
    ],
)
def test_a_file_that_holds_something_else_is_an_error_that_says_how_to_make_one(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / "before.json").write_text(text)
    with pytest.raises(RagError) as caught:
        read_retrieval(tmp_path / "before.json")
    assert "rag eval retrieval" in caught.value.fix
    with pytest.raises(RagError):
        read_retrieval(tmp_path / "missing.json")


def test_a_near_duplicate_that_is_not_indexed_itself_is_no_missing_file(tmp_path: Path) -> None:
    lines = [f"part_{number} = reckon({number})\n" for number in range(40)]
    write_tree(tmp_path / "src", {"v1/parts.py": "".join(lines), "v2/parts.py": "".join(lines[1:])})
    index = Index.build(tmp_path / ".rag", [tmp_path / "src"])
    asked = [GoldQuestion("part_7", (Gold(f"{folder}/parts.py"),)) for folder in ("v1", "v2")]
    assert index.status().counts.twins == 1
    assert not list(missing_files(index, asked))
    assert [one.rank for one in evaluate_retrieval(index, asked).questions] == [1, 1]
