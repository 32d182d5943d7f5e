"""Both lexical engines score as the formula says."""

from collections import Counter
from collections.abc import Callable, Sequence
from math import log
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpora.errors import IndexDamaged
from indexers.search.interfaces import Fields, LexicalIndex, LexicalWriter
from indexers.search.lexical import K1, B, TantivyIndex, TantivyWriter
from indexers.search.lexical_files import deleted_chunks
from indexers.search.lexical_memory import MemoryLexical
from indexers.search.lexical_query import (
    FIELD_WEIGHTS,
    LexicalQuery,
    Name,
    Phrase,
    Term,
    name_key,
    word_query,
)

ROWS = {
    1: Fields("parse date", "calendar", "parse a date from text"),
    2: Fields("format date", "calendar", "write a date as text text"),
    3: Fields("open file", "files", "open a file and read text"),
    4: Fields("", "files", "close"),
}

Build = Callable[[dict[int, Fields]], LexicalIndex]


def fill(writer: LexicalWriter, rows: dict[int, Fields]) -> None:
    for chunk_id, fields in rows.items():
        writer.add(chunk_id, chunk_id * 10, fields)
    writer.commit()


@pytest.fixture(params=["tantivy", "memory"])
def build(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Build:
    def make(rows: dict[int, Fields]) -> LexicalIndex:
        if request.param == "memory":
            memory = MemoryLexical()
            fill(memory, rows)
            return memory
        folder = tmp_path_factory.mktemp("lexical") / "000001"
        fill(TantivyWriter(folder, None), rows)
        return TantivyIndex(folder)

    return make


def by_hand(rows: dict[int, Fields], tokens: Sequence[str]) -> dict[int, float]:
    """Compute Okapi BM25 in Lucene's form, summed over the fields with their weights."""
    scores: Counter[int] = Counter()
    for field, weight in FIELD_WEIGHTS.items():
        texts = {chunk_id: getattr(fields, field).split() for chunk_id, fields in rows.items()}
        mean_length = sum(map(len, texts.values())) / len(texts)
        for token in tokens:
            n = sum(token in text for text in texts.values())
            idf = log(1 + (len(texts) - n + 0.5) / (n + 0.5))
            for chunk_id, text in texts.items():
                if tf := text.count(token):
                    norm = K1 * (1 - B + B * len(text) / mean_length)
                    scores[chunk_id] += weight * idf * tf * (K1 + 1) / (tf + norm)
    return dict(scores)


@pytest.mark.parametrize("query", ["date", "parse date", "text text", "files open", "a"])
def test_scores_are_those_of_the_formula(build: Build, query: str) -> None:
    expected = by_hand(ROWS, query.split())
    found = dict(build(ROWS).search(word_query(query.split()), 10))
    assert found == pytest.approx(expected, rel=1e-5, abs=1e-5)


_words = st.lists(st.sampled_from(["red", "green", "blue", "one", "two", "three"]), max_size=12).map(" ".join)
_rows = st.dictionaries(st.integers(1, 40), st.builds(Fields, _words, _words, _words), min_size=1, max_size=8)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=_rows, query=_words)
def test_any_small_corpus_scores_as_the_formula_says(
    build: Build, rows: dict[int, Fields], query: str
) -> None:
    expected = by_hand(rows, query.split())
    assert dict(build(rows).search(word_query(query.split()), 100)) == pytest.approx(
        expected, rel=1e-4, abs=1e-5
    )


def test_chunks_that_were_found_otherwise_are_scored_as_if_found(build: Build) -> None:
    index = build(ROWS)
    query = word_query(["date", "text"])
    assert index.scores(query, [2, 3, 4, 99]) == {
        hit.chunk_id: hit.score for hit in index.search(query, 10) if hit.chunk_id in {2, 3}
    }
    assert index.scores(query, []) == {}


_names = st.lists(st.sampled_from(["reader", "shop.reader", "writer"]), max_size=2).map(" ".join)
_full_rows = st.dictionaries(
    st.integers(1, 40), st.builds(Fields, _words, _words, _words, _words, _names), min_size=1, max_size=8
)
_weight = st.sampled_from([0.0, 0.5, 2.0])
_token = st.sampled_from(["red", "green", "blue", "one"])
_queries = st.builds(
    LexicalQuery,
    st.lists(st.builds(Term, st.sampled_from(["name", "body", "literals"]), _token, _weight), max_size=3).map(
        tuple
    ),
    st.lists(st.builds(Phrase, st.tuples(_token, _token), _weight), max_size=2).map(tuple),
    st.lists(
        st.builds(Name, st.sampled_from(["reader", "writes"]), _weight, st.integers(0, 2)), max_size=2
    ).map(tuple),
    st.lists(st.tuples(_token), max_size=1).map(tuple),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=_full_rows, query=_queries, wanted=st.sets(st.integers(1, 45)))
def test_whatever_is_asked_of_some_chunks_has_the_scores_of_a_search(
    build: Build, rows: dict[int, Fields], query: LexicalQuery, wanted: set[int]
) -> None:
    index = build(rows)
    found = {chunk_id: score for chunk_id, score in index.search(query, 100) if chunk_id in wanted}
    assert index.scores(query, wanted) == pytest.approx(found, abs=1e-5)
    assert index.scores(query, wanted).keys() == found.keys()


def test_a_phrase_is_found_where_its_words_stand_in_a_row(build: Build) -> None:
    index = build(ROWS)
    query = LexicalQuery(
        phrases=(Phrase(("a", "date"), 2.0), Phrase(("text", "text"), 1.0), Phrase(("close",)))
    )
    assert index.search(query, 10) == [(2, 3.0), (1, 2.0), (4, 1.0)]


def test_a_required_phrase_leaves_out_all_other_chunks(build: Build) -> None:
    index = build(ROWS)
    terms = word_query(["date"]).terms
    assert [hit.chunk_id for hit in index.search(LexicalQuery(terms, required=(("from", "text"),)), 10)] == [
        1
    ]
    assert index.search(LexicalQuery(required=(("and", "read"),)), 10) == [(3, 0.0)]
    assert index.search(LexicalQuery(terms, required=(("text", "from"),)), 10) == []


@pytest.mark.parametrize(
    ("asked", "edits", "found"),
    [
        ("parseHtmlDate", 0, {1}),
        ("Dates.parse_html_date", 0, {1}),
        ("parseHtmlDat", 0, set()),
        ("parseHtmlDat", 1, {1}),
        ("parseHtlmDate", 1, {1}),
        ("parsHtmlDat", 1, set()),
        ("parsHtmlDat", 2, {1}),
    ],
)
def test_a_definition_is_found_by_its_name_and_by_nearly_its_name(
    build: Build, asked: str, edits: int, found: set[int]
) -> None:
    index = build(
        {1: Fields("", "", "", "", "parsehtmldate dates.parsehtmldate"), 2: Fields("", "", "", "", "date")}
    )
    names = (Name(name_key(asked), 1.0, edits),)
    assert {hit.chunk_id for hit in index.search(LexicalQuery(names=names), 10)} == found


def test_the_frequency_of_a_token_is_the_number_of_chunks_that_have_it(build: Build) -> None:
    assert build(ROWS).frequencies("body", ["text", "date", "zebra"]) == {"text": 3, "date": 2, "zebra": 0}


def test_ties_go_by_chunk_id(build: Build) -> None:
    rows = dict.fromkeys((7, 3, 5), Fields("same", "same", "same"))
    assert [hit.chunk_id for hit in build(rows).search(word_query(["same"]), 3)] == [3, 5, 7]


def test_only_documents_named_are_searched(build: Build) -> None:
    assert [hit.chunk_id for hit in build(ROWS).search(word_query(["text"]), 10, [10, 30])] == [1, 3]
    assert build(ROWS).search(word_query(["text"]), 10, []) == []


def test_unknown_tokens_and_empty_questions_find_nothing(build: Build) -> None:
    index = build(ROWS)
    assert (
        index.search(word_query(["zebra"]), 10)
        == index.search(word_query([]), 10)
        == index.search(word_query(["date"]), 0)
        == []
    )


def test_removed_documents_stop_being_found(tmp_path: Path) -> None:
    fill(TantivyWriter(tmp_path / "1", None), ROWS)
    writer = TantivyWriter(tmp_path / "2", tmp_path / "1")
    writer.remove_document(10)
    writer.commit()
    assert [hit.chunk_id for hit in TantivyIndex(tmp_path / "2").search(word_query(["date"]), 10)] == [2]


def test_deleted_chunks_do_not_count_in_the_frequency_of_terms(tmp_path: Path) -> None:
    rows = {number: Fields("", "", "red green" if number < 40 else "red blue") for number in range(1, 61)}
    fill(TantivyWriter(tmp_path / "1", None), rows)
    writer = TantivyWriter(tmp_path / "2", tmp_path / "1")
    for number in range(1, 31):
        writer.remove_document(number * 10)
    writer.commit()
    assert deleted_chunks(tmp_path / "2") == 30
    left = {number: fields for number, fields in rows.items() if number > 30}
    found = dict(TantivyIndex(tmp_path / "2").search(word_query(["red", "green"]), 100))
    assert found == pytest.approx(by_hand(left, ["red", "green"]), rel=1e-4)


def test_writing_a_generation_leaves_the_one_before_as_it_was(tmp_path: Path) -> None:
    fill(TantivyWriter(tmp_path / "1", None), ROWS)
    before = TantivyIndex(tmp_path / "1").search(word_query(["date"]), 10)
    writer = TantivyWriter(tmp_path / "2", tmp_path / "1")
    writer.remove_document(10)
    writer.commit()
    assert TantivyIndex(tmp_path / "1").search(word_query(["date"]), 10) == before


def test_an_index_without_its_files_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(IndexDamaged) as caught:
        TantivyIndex(tmp_path / "lexical" / "1")
    assert "--repair" in caught.value.fix
