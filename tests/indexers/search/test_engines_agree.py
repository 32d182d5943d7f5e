"""What every engine does alike: asked as indexing and retrieval ask it, and compared with formulas."""

from collections.abc import Callable, Iterator, Sequence
from math import log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexers.encoders.table import Floats
from indexers.layout import Layout
from indexers.search.engines import Engines, MemoryEngines
from indexers.search.interfaces import DenseIndex, Fields, LexicalIndex
from indexers.search.lexical import K1, B
from indexers.search.lexical_memory import MemoryLexical
from indexers.search.lexical_query import LexicalQuery, Name, Phrase, Term, word_query
from indexers.search.named_engines import engines_named
from tests.engine_under_test import NEEDS_LANCE

DIMENSIONS = 16
WORDS = ("amber", "basalt", "copper", "dune", "ember", "flint")

Chunk = tuple[int, int, Fields]


@pytest.fixture(params=["embedded", pytest.param("lance", marks=NEEDS_LANCE), "memory"])
def engines(request: pytest.FixtureRequest, tmp_path: Path) -> Engines:
    """Engines with nothing in them."""
    if request.param == "memory":
        return MemoryEngines()
    layout = Layout(tmp_path / "index")
    layout.create()
    return engines_named(request.param)(layout)


def fields(body: str, name: str = "", defines: str = "") -> Fields:
    return Fields(name, "", body, "", defines)


def vectors_of(chunks: Sequence[Chunk]) -> Floats:
    rows = np.random.default_rng(len(chunks)).normal(size=(len(chunks), DIMENSIONS)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float16).astype(np.float32)


def write(
    engines: Engines, generation: int, chunks: Sequence[Chunk], removed: Sequence[Chunk] = ()
) -> tuple[LexicalIndex, DenseIndex]:
    """Write a generation, and open it."""
    words, vectors = engines.write(generation, DIMENSIONS, fresh=generation == 1)
    for document_id in {chunk[1] for chunk in removed}:
        words.remove_document(document_id)
    for chunk in chunks:
        words.add(*chunk)
    vectors.add([chunk[0] for chunk in chunks], vectors_of(chunks))
    vectors.remove([chunk[0] for chunk in removed])
    words.commit()
    vectors.commit()
    return engines.read_lexical(generation), engines.read_dense(generation, DIMENSIONS)


TEXTS = ["amber basalt amber", "copper dune", "basalt copper", "ember", "flint amber basalt dune"]
CHUNKS = [(number, number // 2, fields(text)) for number, text in enumerate(TEXTS, 1)]


def bm25(texts: Sequence[str], token: str) -> dict[int, float]:
    """The formula by hand."""
    bodies = [text.split() for text in texts]
    mean = sum(map(len, bodies)) / len(bodies)
    having = sum(token in body for body in bodies)
    rarity = log(1 + (len(bodies) - having + 0.5) / (having + 0.5))
    return {
        number: rarity * times * (K1 + 1) / (times + K1 * (1 - B + B * len(body) / mean))
        for number, body in enumerate(bodies, 1)
        if (times := body.count(token))
    }


def test_words_score_as_the_formula_says(engines: Engines) -> None:
    words, _ = write(engines, 1, CHUNKS)
    found = dict(words.search(LexicalQuery((Term("body", "amber", 2.0), Term("body", "dune"))), 10))
    amber, dune = bm25(TEXTS, "amber"), bm25(TEXTS, "dune")
    wanted = {one: 2 * amber.get(one, 0.0) + dune.get(one, 0.0) for one in amber | dune}
    assert found == pytest.approx(wanted, abs=0.02)  # tantivy keeps lengths in a byte
    assert list(found) == sorted(wanted, key=lambda one: -wanted[one])


def test_scores_of_chosen_chunks_are_those_of_a_search(engines: Engines) -> None:
    words, _ = write(engines, 1, CHUNKS)
    query = LexicalQuery((Term("body", "amber"),), (Phrase(("basalt", "dune"), 3.0),))
    found = dict(words.search(query, 10))
    assert words.scores(query, [1, 2, 5]) == pytest.approx(
        {one: score for one, score in found.items() if one in (1, 2, 5)}, abs=1e-4
    )
    assert words.scores(query, []) == {} and words.scores(LexicalQuery(), [1]) == {}


def test_a_search_is_limited_to_documents(engines: Engines) -> None:
    words, _ = write(engines, 1, CHUNKS)
    query = word_query(["amber", "basalt"], {"body": 1.0})
    everywhere = dict(words.search(query, 10))
    here = dict(words.search(query, 10, [1, 2]))
    assert here == {one: score for one, score in everywhere.items() if one in (3, 5)}
    assert words.search(query, 10, []) == [] and words.search(query, 0) == []
    assert [hit.chunk_id for hit in words.search(query, 1, [1])] == [3]


def test_phrases_and_required_words_hold_in_a_row(engines: Engines) -> None:
    words, _ = write(engines, 1, CHUNKS)
    phrase = LexicalQuery(phrases=(Phrase(("amber", "basalt"), 2.5), Phrase(("ember",), 0.5)))
    assert dict(words.search(phrase, 10)) == {1: 2.5, 5: 2.5, 4: 0.5}
    required = LexicalQuery((Term("body", "dune"),), required=(("amber", "basalt"),))
    assert [hit.chunk_id for hit in words.search(required, 10)] == [5, 1]
    assert words.search(required, 10)[1].score == 0
    assert words.scores(required, [1, 2, 5]).keys() == {1, 5}
    assert words.search(LexicalQuery(required=(("amber", "dune"),)), 10) == []


NAMES = ["parsedate dates.parsedate", "parsetime", "prasedate", "readfile", "recieveanswerfromserver"]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        (Name("parsedate"), {1}),
        (Name("parsedate", edits=1), {1, 3}),  # two letters that changed places
        (Name("parsedat", edits=1), {1}),
        (Name("readfiel", edits=1), {4}),
        (Name("receiveanswerfromserver", edits=1), {5}),
        (Name("recieveanswersfromservr", edits=2), {5}),
        (Name("nothing", edits=1), set()),
    ],
)
def test_names_are_found_though_they_are_misspelled(engines: Engines, name: Name, found: set[int]) -> None:
    words, _ = write(engines, 1, [(n, n, fields("x", defines=keys)) for n, keys in enumerate(NAMES, 1)])
    hits = words.search(LexicalQuery(names=(name,)), 10)
    assert {hit.chunk_id for hit in hits} == found and {hit.score for hit in hits} <= {1.0}
    assert words.scores(LexicalQuery(names=(name,)), range(1, 6)).keys() == found


def test_frequencies_and_counts_are_of_chunks(engines: Engines) -> None:
    words, vectors = write(engines, 1, CHUNKS)
    assert words.frequencies("body", ["amber", "dune", "nothing", ""]) == {
        "amber": 2, "dune": 2, "nothing": 0, "": 0,
    }  # fmt: skip
    assert words.count() == 5 and vectors.ids().tolist() == [1, 2, 3, 4, 5] and vectors.is_finite()


def test_the_nearest_vectors_are_found_exactly(engines: Engines) -> None:
    _, vectors = write(engines, 1, CHUNKS)
    rows = vectors_of(CHUNKS)
    question = rows[2]
    wanted = sorted(range(5), key=lambda row: -(rows[row] @ question))
    found = vectors.search(question, 3)
    assert [hit.chunk_id for hit in found] == [row + 1 for row in wanted[:3]]
    assert [hit.score for hit in found] == pytest.approx([rows[r] @ question for r in wanted[:3]], abs=0.01)
    among = vectors.search(question, 3, np.array([1, 5]))
    assert [hit.chunk_id for hit in among] == [row + 1 for row in wanted if row in (0, 4)]
    assert vectors.scores(question, [3, 77]) == {3: pytest.approx(1.0, abs=0.01)}
    assert vectors.search(np.zeros(DIMENSIONS, np.float32), 3) == []
    assert vectors.search(question, 3, np.array([], np.int64)) == []


def test_texts_without_words_that_mean_something_have_no_vector(engines: Engines) -> None:
    words, vectors = engines.write(1, DIMENSIONS, fresh=True)
    rows = vectors_of(CHUNKS)
    rows[1] = 0
    for chunk in CHUNKS:
        words.add(*chunk)
    assert vectors.add([1, 2, 3, 4, 5], rows) == 4 and len(vectors) == 4
    words.commit()
    vectors.commit()
    assert engines.read_dense(1, DIMENSIONS).ids().tolist() == [1, 3, 4, 5]


def test_what_is_removed_is_found_no_more_and_what_is_added_is(engines: Engines) -> None:
    write(engines, 1, CHUNKS)
    new = [(6, 9, fields("amber ember")), (7, 9, fields("dune"))]
    words, vectors = write(engines, 2, new, removed=CHUNKS[:3])  # the documents 0 and 1
    engines.delete_all_but(2)
    assert {hit.chunk_id for hit in words.search(word_query(["amber", "dune"]), 10)} == {5, 6, 7}
    assert vectors.ids().tolist() == [4, 5, 6, 7] and words.count() == 4


def test_what_is_added_and_removed_at_once_was_never_there(engines: Engines) -> None:
    write(engines, 1, CHUNKS)
    words, vectors = engines.write(2, DIMENSIONS, fresh=False)
    words.add(6, 9, fields("amber"))
    words.remove_document(9)
    words.add(7, 10, fields("amber"))
    vectors.add([6, 7], vectors_of(CHUNKS[:2]))
    vectors.remove([6, 99])
    assert len(vectors) == 6
    words.commit()
    vectors.commit()
    found = engines.read_lexical(2).search(word_query(["amber"]), 10)
    assert {hit.chunk_id for hit in found} == {1, 5, 7}
    assert engines.read_dense(2, DIMENSIONS).ids().tolist() == [1, 2, 3, 4, 5, 7]


def test_many_small_updates_end_as_one_large(engines: Engines) -> None:
    chunks = [(n, n, fields(f"{WORDS[n % 6]} {WORDS[n % 5]}")) for n in range(1, 41)]
    for generation, chunk in enumerate(chunks, 1):
        removed = [chunks[generation - 3]] if generation > 3 and generation % 3 == 0 else []
        words, vectors = write(engines, generation, [chunk], removed)
        engines.delete_all_but(generation)
    left = [chunk for n, chunk in enumerate(chunks, 1) if not (n % 3 == 1 and 4 <= n < 38)]
    assert vectors.ids().tolist() == [chunk[0] for chunk in left]
    for word in WORDS:
        wanted = {chunk[0] for chunk in left if word in chunk[2].body.split()}
        assert {hit.chunk_id for hit in words.search(word_query([word]), 100)} == wanted


def test_a_run_that_was_given_up_leaves_the_generation_as_it_was(engines: Engines) -> None:
    if isinstance(engines, MemoryEngines):
        pytest.skip("there is only one generation")
    words, vectors = write(engines, 1, CHUNKS)
    started, begun = engines.write(2, DIMENSIONS, fresh=False)
    started.remove_document(0)
    begun.add([6], vectors_of(CHUNKS[:1]))
    started.commit()  # and never the other: it was killed
    del started, begun
    engines.delete_all_but(1)
    assert engines.read_lexical(1).count() == 5 and engines.read_dense(1, DIMENSIONS).ids().tolist() == [
        1, 2, 3, 4, 5,
    ]  # fmt: skip
    words, vectors = write(engines, 2, [(6, 9, fields("amber"))])
    assert {hit.chunk_id for hit in words.search(word_query(["amber"]), 10)} == {1, 5, 6}
    assert vectors.ids().tolist() == [1, 2, 3, 4, 5, 6]


def test_whoever_reads_a_generation_goes_on_reading_it_while_the_next_is_written(engines: Engines) -> None:
    if isinstance(engines, MemoryEngines):
        pytest.skip("there is only one generation")
    words, vectors = write(engines, 1, CHUNKS)
    write(engines, 2, [(6, 9, fields("amber"))], removed=CHUNKS)
    engines.delete_all_but(2)
    assert {hit.chunk_id for hit in words.search(word_query(["amber"]), 10)} == {1, 5}
    assert vectors.ids().tolist() == [1, 2, 3, 4, 5]


def test_an_index_of_nothing_finds_nothing(engines: Engines) -> None:
    words, vectors = write(engines, 1, [])
    assert words.search(word_query(["amber"]), 10) == [] and words.count() == 0
    assert vectors.search(vectors_of(CHUNKS)[0], 10) == [] and len(vectors.ids()) == 0
    words, _ = write(engines, 2, CHUNKS)
    assert len(words.search(word_query(["amber"]), 10)) == 2


_BODIES = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=12), min_size=1, max_size=12)
_QUERIES = st.builds(
    LexicalQuery,
    terms=st.lists(
        st.builds(Term, st.just("body"), st.sampled_from(WORDS), st.sampled_from([0.5, 1.0, 2.0])), max_size=3
    ).map(tuple),
    phrases=st.lists(
        st.builds(
            Phrase,
            st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(tuple),
            st.sampled_from([0.5, 4.0]),
        ),
        max_size=2,
    ).map(tuple),
    required=st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=2).map(tuple), max_size=1).map(
        tuple
    ),
)


@NEEDS_LANCE
@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bodies=_BODIES, queries=st.lists(_QUERIES, min_size=1, max_size=6), limit=st.integers(1, 5))
def test_tables_find_what_bm25_in_memory_finds(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[list[str]], queries: list[LexicalQuery], limit: int
) -> None:
    chunks = [(n, n % 3, fields(" ".join(body))) for n, body in enumerate(bodies, 1)]
    layout = Layout(tmp_path_factory.mktemp("index"))
    words, _ = write(engines_named("lance")(layout), 1, chunks)
    oracle = MemoryLexical()
    for chunk in chunks:
        oracle.add(*chunk)
    oracle.commit()
    for query in queries:
        for documents in (None, [0, 2]):
            wanted = dict(oracle.search(query, 100, documents))
            found = words.search(query, 100, documents)
            assert dict(found) == pytest.approx(wanted, abs=2e-4)
            assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)
            best = sorted(wanted.values(), reverse=True)[:limit]
            assert [hit.score for hit in words.search(query, limit, documents)] == pytest.approx(
                best, abs=2e-4
            )
        assert words.scores(query, range(1, len(chunks) + 1)) == pytest.approx(
            oracle.scores(query, range(1, len(chunks) + 1)), abs=2e-4
        )


@NEEDS_LANCE
def test_more_chunks_than_a_condition_may_list_are_looked_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from indexers.search.lance import vectors as lance_vectors
    from indexers.search.lance import words as lance_words

    monkeypatch.setattr(lance_words, "_FEW", 2)
    monkeypatch.setattr(lance_vectors, "_FEW", 2)
    chunks = [(n, n, fields("amber " * n)) for n in range(1, 60)]
    words, vectors = write(engines_named("lance")(Layout(tmp_path)), 1, chunks)
    oracle = MemoryLexical()
    for chunk in chunks:
        oracle.add(*chunk)
    oracle.commit()
    query, documents = word_query(["amber"], {"body": 1.0}), [*range(1, 60, 7)]
    assert dict(words.search(query, 3, documents)) == pytest.approx(dict(oracle.search(query, 3, documents)))
    assert len(words.search(query, 100, documents)) == len(documents)
    rows = vectors_of(chunks)
    wanted = sorted(documents, key=lambda one: -(rows[one - 1] @ rows[0]))
    assert [hit.chunk_id for hit in vectors.search(rows[0], 4, np.array(documents))] == wanted[:4]


def _made(make: Callable[[int], Chunk], count: int) -> Iterator[Chunk]:
    return (make(number) for number in range(1, count + 1))


@NEEDS_LANCE
@pytest.mark.slow
def test_most_of_the_nearest_of_many_vectors_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from indexers.search.lance import vectors as lance_vectors

    monkeypatch.setattr(lance_vectors, "_EXACT_ROWS", 1_000)
    monkeypatch.setattr(lance_vectors, "_CELL_ROWS", 100)
    engines = engines_named("lance")(Layout(tmp_path))
    chunks = [*_made(lambda n: (n, n, fields("amber")), 1_500)]
    words, vectors = engines.write(1, DIMENSIONS, fresh=True)
    for chunk in chunks:
        words.add(*chunk)
    rows = vectors_of(chunks)
    vectors.add([chunk[0] for chunk in chunks], rows)
    assert vectors.is_approximate and vectors.recall(rows[:20]) > 0.9
    words.commit()
    vectors.commit()
    more = [*_made(lambda n: (n + 1_500, n + 1_500, fields("amber")), 6_000)]
    write(engines, 2, more, removed=chunks[:5])  # four times as many: they need other cells
    found = engines.read_dense(2, DIMENSIONS)
    rows = vectors_of(more)
    assert [found.search(row, 1)[0].chunk_id for row in rows[:50]] == [*range(1_501, 1_551)]
    assert found.search(vectors_of(chunks)[0], 1)[0].chunk_id != 1
