"""The gate: how likely it is that hits answer a question."""

from dataclasses import replace
from math import exp
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.document import ContentKind, Origin
from indexers.chunking.chunk import Chunk
from indexers.index import Index
from rag.rerankers import open_reranker
from rag.retrieval.gate import COEFFICIENTS, confidence
from rag.retrieval.hit import Hit, Signal
from rag.retrieval.retrieve import retrieve
from rag.retrieval.search_options import SearchOptions
from tests.small_corpora import write_tree


def hit(kind: ContentKind, score: float, cosine: float, ranks: int = 50, *, library: bool = False) -> Hit:
    chunk = Chunk(Origin("app", "x", "python", kind), "text", 1, 1, 0, 4)
    shares = (("meaning", score), ("library", 0.0)) if library else (("meaning", score),)
    return Hit(chunk, score, 1, Signal(3.0, ranks), Signal(cosine, ranks), shares=shares)


def test_nothing_found_is_no_answer() -> None:
    assert confidence([]) == 0


def test_it_is_a_logistic_function_by_hand() -> None:
    hits = [hit("code", 0.9, 0.6), hit("code", 0.5, 0.7)]
    numbers = COEFFICIENTS["code"]
    logit = numbers[""] + 0.7 * numbers["cosine"] + 0.4 * numbers["margin"]
    assert confidence(hits) == pytest.approx(1 / (1 + exp(-logit)))


_COSINE = st.floats(-1, 1)


@given(st.sampled_from(["code", "docs"]), _COSINE, _COSINE)
def test_nearer_passages_never_make_it_less_sure(kind: ContentKind, one: float, other: float) -> None:
    near, far = max(one, other), min(one, other)
    assert 0 <= confidence([hit(kind, 0.5, far)]) <= confidence([hit(kind, 0.5, near)]) <= 1


def test_agreement_and_a_library_that_is_meant_make_documentation_surer() -> None:
    assert confidence([hit("docs", 0.5, 0.5, ranks=10)]) > confidence([hit("docs", 0.5, 0.5, ranks=11)])
    assert confidence([hit("docs", 0.5, 0.5, library=True)]) > confidence([hit("docs", 0.5, 0.5)])


def test_a_code_hit_that_stands_out_makes_it_surer() -> None:
    rest = [hit("code", 0.4, 0.3)] * 4
    assert confidence([hit("code", 0.9, 0.5), *rest]) > confidence([hit("code", 0.5, 0.5), *rest])


def test_hits_that_one_retriever_missed_count_without_it() -> None:
    alone = replace(hit("docs", 0.5, 0.5), dense=None)
    assert 0 < confidence([alone]) < confidence([hit("docs", 0.5, 0.5)])


def test_what_the_index_is_about_scores_above_what_it_is_not(tmp_path: Path) -> None:
    index = Index.in_memory([write_tree(tmp_path / "app")])
    known = retrieve(index, "parse a date string with a format")
    assert confidence(known) > 0.5 > confidence(retrieve(index, "grow tomatoes on a balcony"))
    again = retrieve(
        index, "parse a date string with a format", options=SearchOptions(reranker=open_reranker("late"))
    )
    assert confidence(again) == pytest.approx(confidence(known))
