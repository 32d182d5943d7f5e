from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.errors import IndexDamaged, RagError
from indexers.dense import DenseIndex, Floats
from indexers.encoders.table import normalize


def unit_vectors(n: int, dimensions: int, seed: int = 0) -> Floats:
    return normalize(np.random.default_rng(seed).standard_normal((n, dimensions)).astype(np.float32))


def filled(vectors: Floats) -> DenseIndex:
    index = DenseIndex(vectors.shape[1])
    index.add(range(100, 100 + len(vectors)), vectors)
    return index


@settings(max_examples=25, deadline=None)
@given(n=st.integers(1, 60), k=st.integers(1, 70), seed=st.integers(0, 1000))
def test_search_is_brute_force_in_ids_and_scores(n: int, k: int, seed: int) -> None:
    vectors, query = unit_vectors(n, 16, seed), unit_vectors(1, 16, seed + 1)[0]
    vectors = vectors.astype(np.float16).astype(np.float32)  # so that storing them changes nothing
    exact = vectors @ query
    expected = np.argsort(-exact, kind="stable")[:k]
    found = filled(vectors).search(query, k)
    assert [hit.chunk_id for hit in found] == (expected + 100).tolist()
    np.testing.assert_allclose([hit.score for hit in found], exact[expected], atol=1e-6)


def test_a_vector_is_at_cosine_one_of_itself() -> None:
    vectors = unit_vectors(5, 16)
    assert filled(vectors).search(vectors[3], 1)[0] == (103, pytest.approx(1.0, abs=1e-3))


def test_only_chunks_allowed_are_found() -> None:
    vectors = unit_vectors(20, 16)
    found = filled(vectors).search(vectors[0], 5, np.array([104, 117]))
    assert sorted(hit.chunk_id for hit in found) == [104, 117]


def test_removed_chunks_stop_being_found() -> None:
    vectors = unit_vectors(5, 16)
    index = filled(vectors)
    index.remove([103, 999])
    assert 103 not in {hit.chunk_id for hit in index.search(vectors[3], 5)}
    assert len(index) == 4


def test_a_saved_index_answers_the_same(tmp_path: Path) -> None:
    vectors = unit_vectors(30, 16)
    index = filled(vectors)
    index.save(tmp_path / "a.faiss")
    assert DenseIndex.load(tmp_path / "a.faiss", 16).search(vectors[2], 9) == index.search(vectors[2], 9)


def test_texts_without_a_known_token_are_left_out() -> None:
    vectors = unit_vectors(3, 16)
    vectors[1] = 0
    index = DenseIndex(16)
    assert index.add([1, 2, 3], vectors) == 2
    assert index.search(np.zeros(16, dtype=np.float32), 3) == []


@pytest.mark.parametrize("wrong", [np.full((2, 16), np.nan, np.float32), np.ones((2, 8), np.float32)])
def test_an_encoder_that_fails_in_silence_is_an_error(wrong: Floats) -> None:
    with pytest.raises(RagError, match="vectors that cannot be used"):
        DenseIndex(16).add([1, 2], wrong)


@pytest.mark.parametrize("keep", [0, 10, 100])
def test_a_file_cut_short_is_damaged(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "a.faiss"
    filled(unit_vectors(30, 16)).save(path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(IndexDamaged):
        DenseIndex.load(path, 16)
