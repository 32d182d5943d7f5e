"""Fusion by score, and each rule of the ranking alone."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from corpora.document import ContentKind
from corpora.source_tree.roles.file_role import role_of
from corpora.syntax.languages import language_of
from indexers.catalog.catalog import ChunkFacts
from indexers.chunking.chunk import ChunkName
from indexers.search.lexical_query import name_keys
from rag.retrieval.questions.query import Query, read_query
from rag.retrieval.ranking.rank import Candidate
from rag.retrieval.ranking.rank import rank as rank_signals
from rag.retrieval.ranking.signals import Signals
from rag.retrieval.ranking.weights import ranking_weights


def rank(
    query: Query, words: dict[int, float], meaning: dict[int, float], known: dict[int, ChunkFacts]
) -> list[Candidate]:
    asked = {key for one in query.names for key in name_keys([one.name])[-1:]}
    named = {
        chunk_id: 1.0 for chunk_id, one in known.items() if asked & {*name_keys([one.symbol, *one.aliases])}
    }
    return rank_signals(query, Signals(words=words, meaning=meaning, named=named), known)


ASKED = read_query("how are invoices sent", ["billing"])


def facts(
    path: str, *, start: int = 0, kind: ContentKind = "code", library: str = "", symbol: str = ""
) -> ChunkFacts:
    names = (ChunkName(symbol, "defines"),) if symbol and kind == "code" else ()
    role = role_of(path, "", language_of(path)) if kind == "code" else "documentation"
    return ChunkFacts("app", path, start, hash(path), kind, library, symbol, 1, 9, role=role, names=names)


def order(
    words: dict[int, float], meaning: dict[int, float], known: dict[int, ChunkFacts], query: str = ""
) -> list[int]:
    asked = read_query(query, ["billing", "python"]) if query else ASKED
    return [candidate.chunk_id for candidate in rank(asked, words, meaning, known)]


def test_scores_are_a_weighted_mean_of_cosine_and_bm25_by_hand() -> None:
    known = {1: facts("a.html", kind="docs"), 2: facts("b.html", kind="docs")}
    first, second = rank(ASKED, {1: 8.0, 2: 4.0}, {1: 0.2, 2: 0.6}, known)
    assert (first.chunk_id, second.chunk_id) == (2, 1)
    best, other = (0.6 + 0.1 * 4 / 8) / 1.1, (0.2 + 0.1 * 8 / 8) / 1.1
    weight = ranking_weights()["docs"]["sentence"]["rules"]
    assert first.score == pytest.approx(weight)
    assert second.score == pytest.approx(weight * other / best)


def test_words_count_more_in_code_than_in_documentation() -> None:
    words, meaning = {1: 9.0, 2: 1.0}, {1: 0.3, 2: 0.5}
    docs = {1: facts("a.html", kind="docs"), 2: facts("b.html", kind="docs")}
    code = {1: facts("a.py"), 2: facts("b.py")}
    assert order(words, meaning, docs) == [2, 1]
    assert order(words, meaning, code) == [1, 2]


def test_words_that_the_encoder_does_not_know_are_left_to_bm25() -> None:
    known = {1: facts("a.html", kind="docs"), 2: facts("b.html", kind="docs")}
    words, meaning = {1: 9.0, 2: 3.0}, {1: 0.3, 2: 0.7}

    def first(coverage: float) -> int:
        return rank(read_query("debounce a function", coverage=coverage), words, meaning, known)[0].chunk_id

    assert (first(1.0), first(0.5), first(0.0)) == (2, 1, 1)


def test_a_name_is_meant_to_the_letter() -> None:
    known = {1: facts("a.py"), 2: facts("b.py")}
    assert order({1: 5.0, 2: 3.5}, {1: 0.1, 2: 0.9}, known, "send_invoice") == [1, 2]
    assert order({1: 5.0, 2: 3.5}, {1: 0.1, 2: 0.9}, known, "send an invoice") == [2, 1]


def test_what_is_named_exactly_as_asked_comes_first() -> None:
    known = {
        1: facts("a.html", kind="docs", symbol="billing.send_all"),
        2: facts("b.html", kind="docs", symbol="billing.send"),
    }
    assert order({1: 5.0, 2: 4.5}, {1: 0.5, 2: 0.5}, known, "billing.send") == [2, 1]
    assert order({1: 5.0, 2: 4.5}, {1: 0.5, 2: 0.5}, known, "send") == [2, 1]


def test_in_code_too_what_is_spelled_as_asked_comes_before_what_only_reads_alike() -> None:
    known = {1: facts("a.py", symbol="command"), 2: facts("b.py", symbol="Command")}
    assert order({1: 5.0, 2: 4.9}, {1: 0.5, 2: 0.5}, known, "Command") == [2, 1]
    assert order({1: 4.9, 2: 5.0}, {1: 0.5, 2: 0.5}, known, "command") == [1, 2]


def test_of_equally_named_definitions_that_of_the_file_which_says_most_about_it_comes_first() -> None:
    known = {
        1: facts("a.cs", symbol="Mapper"),
        2: facts("b.cs", symbol="Mapper"),
        3: facts("b.cs", start=9, symbol="Mapper.map"),
    }
    assert order({1: 5.0, 2: 4.9, 3: 4.8}, {}, known, "Mapper")[0] == 2


def test_one_chunk_of_each_file_comes_before_the_second_of_one() -> None:
    known = {1: facts("a.py"), 2: facts("a.py", start=10), 3: facts("b.py")}
    assert order({}, {1: 0.9, 2: 0.85, 3: 0.6}, known) == [1, 3, 2]


def test_documentation_pages_may_fill_the_ranking_with_their_units() -> None:
    known = {n: facts("a.html", start=n, kind="docs", symbol=f"kit.f{n}") for n in (1, 2)}
    known |= {3: facts("b.html", kind="docs", symbol="kit.g")}
    assert order({}, {1: 0.9, 2: 0.85, 3: 0.6}, known) == [1, 2, 3]


def test_the_second_part_of_a_long_unit_comes_after_another_unit() -> None:
    known = {n: facts("a.html", start=n, kind="docs", symbol="kit.f") for n in (1, 2)}
    known |= {3: facts("a.html", start=3, kind="docs", symbol="kit.g")}
    assert order({}, {1: 0.9, 2: 0.85, 3: 0.6}, known) == [1, 3, 2]


def test_a_file_that_has_much_to_say_speaks_for_its_best_chunk() -> None:
    known = {n: facts("much.py", start=n) for n in range(5)} | {9: facts("little.py")}
    assert order({}, {**dict.fromkeys(range(5), 0.5), 9: 0.52}, known)[0] == 0


def test_a_file_named_as_the_question_asks_comes_first() -> None:
    known = {1: facts("a/misc.py"), 2: facts("b/invoices.py")}
    assert order({}, {1: 0.52, 2: 0.5}, known) == [2, 1]


@pytest.mark.parametrize(
    "path",
    [
        "tests/a.py",
        "src/test/java/A.java",
        "pkg/test_a.py",
        "a_test.go",
        "x/examples/a.py",
        "a.spec.ts",
        "FooTests.cs",
    ],
)
def test_tests_and_examples_come_after_what_they_show(path: str) -> None:
    assert order({}, {1: 0.6, 2: 0.5}, {1: facts(path), 2: facts("src/latest/contest.py")}) == [2, 1]


def test_documentation_of_the_library_that_is_likely_meant_comes_first() -> None:
    known = {1: facts("a", kind="docs", library="python"), 2: facts("b", kind="docs", library="billing")}
    for likely, first in (({1: 0.1, 2: 1.0}, 2), ({1: 1.0, 2: 0.1}, 1)):
        signals = Signals(meaning={1: 0.5, 2: 0.5}, libraries=likely)
        assert rank_signals(ASKED, signals, known)[0].chunk_id == first


def test_equal_scores_are_ordered_by_place() -> None:
    known = {1: facts("b.py"), 2: facts("a.py"), 3: facts("a.html", kind="docs")}
    assert order({}, {1: 0.5, 2: 0.5}, {n: known[n] for n in (1, 2)}) == [2, 1]


def test_nothing_found_is_an_empty_ranking_and_what_the_catalog_lost_answers_nothing() -> None:
    assert rank(ASKED, {}, {}, {}) == []
    assert order({1: 3.0, 2: 2.0}, {}, {2: facts("a.py")}) == [2]


_cosines = st.dictionaries(st.integers(0, 30), st.floats(-1, 1), max_size=20)
_bm25 = st.dictionaries(st.integers(0, 30), st.floats(0, 40), max_size=20)


@example({}, {0: 1.4e-45, 1: -1.0}, "send invoices")  # a sign of a file that is next to nothing
@given(_bm25, _cosines, st.sampled_from(["send", "send invoices", "tests of billing"]))
def test_shares_add_up_to_scores_that_fall_and_nothing_is_lost(
    words: dict[int, float], meaning: dict[int, float], query: str
) -> None:
    known = {
        n: facts(
            f"{'tests/' if n % 4 == 0 else ''}{n % 5}.py", start=n, kind="docs" if n % 3 == 0 else "code"
        )
        for n in words.keys() | meaning.keys()
    }
    ranked = rank(read_query(query, ["billing"]), words, meaning, known)
    assert {candidate.chunk_id for candidate in ranked} == known.keys()
    scores = [candidate.score for candidate in ranked]
    assert scores == pytest.approx([sum(candidate.shares.values()) for candidate in ranked])
    assert all(a >= b - 1e-9 for a, b in pairwise(scores))


def test_of_equal_answers_in_documentation_the_one_that_is_used_more_comes_first() -> None:
    known = {
        1: facts("a.html", kind="docs", symbol="json.JSONDecoder.raw_decode"),
        2: facts("b.html", kind="docs", symbol="json.loads"),
    }
    assert order({}, {1: 0.5, 2: 0.5}, known, "decode a text of JSON") == [2, 1]
    assert order({}, {1: 0.9, 2: 0.5}, known, "decode a text of JSON") == [1, 2]


def test_prose_comes_after_what_has_a_name_where_names_are_counted_and_is_left_alone_elsewhere() -> None:
    def ranked(library: str) -> list[int]:
        named = facts("a", kind="docs", library=library, symbol=f"{library}.sum")
        prose = facts("b", kind="docs", library=library, symbol="How sums are made")
        return order({}, {1: 0.5, 2: 0.51}, {1: named, 2: prose})

    assert ranked("numpy") == [1, 2]
    assert ranked("tar") == [2, 1]


def test_an_old_form_of_what_the_library_still_has_comes_after_it_unless_it_is_asked_for() -> None:
    old = facts("a", kind="docs", library="tensorflow", symbol="tf.compat.v1.nn.relu")
    new = facts("b", kind="docs", library="tensorflow", symbol="tf.nn.relu")
    assert order({}, {1: 0.55, 2: 0.5}, {1: old, 2: new}) == [2, 1]
    assert order({}, {1: 0.55, 2: 0.5}, {1: old, 2: new}, "relu in tf.compat.v1") == [1, 2]
    gone = old._replace(symbol="tf.compat.v1.placeholder")
    assert order({}, {1: 0.55, 2: 0.5}, {1: gone, 2: new}) == [1, 2]


def test_a_variant_of_a_better_chunk_makes_room_for_another_answer() -> None:
    known = {
        1: facts("sdk/v4/client.go", symbol="Client.Do"),
        2: facts("sdk/v3/client.go", symbol="Client.Do"),
        3: facts("sdk/retry/loop.go", symbol="Loop.run"),
    }
    first, second, third = rank(ASKED, {}, {1: 0.9, 2: 0.89, 3: 0.85}, known)
    assert (first.chunk_id, second.chunk_id, third.chunk_id) == (1, 3, 2)
    assert first.variants == ["v3/"] and third.shares["variant"] < 0


def test_of_objects_with_one_last_name_the_one_that_is_imported_from_the_top_comes_first() -> None:
    long = facts("a", kind="docs", library="pandas", symbol="pandas.api.interchange.DataFrame")
    short = facts("b", kind="docs", library="pandas", symbol="pandas.DataFrame")
    assert order({}, {1: 0.55, 2: 0.53}, {1: long, 2: short}) == [2, 1]
    assert order({}, {1: 0.55, 2: 0.53}, {1: long, 2: short}, "interchange of frames") == [1, 2]
    assert order({}, {1: 0.55, 2: 0.3}, {1: long, 2: short}) == [1, 2]


def test_members_of_one_class_make_room_for_a_function_that_is_nearly_as_good() -> None:
    members = {at: facts("a", kind="docs", symbol=f"maps.Series.part_{at}", start=at) for at in range(1, 9)}
    known = members | {9: facts("a", kind="docs", symbol="maps.points", start=9)}
    found = order({}, {at: 0.9 - at / 1000 for at in members} | {9: 0.85}, known)
    assert found.index(9) == 5
    assert found[:4] == [1, 2, 3, 4]
