"""The dense index finds what brute force finds, and survives saving, removing and damage."""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import indexers.search.dense
import indexers.search.vector_rows
from corpora.errors import IndexDamaged, RagError
from indexers.encoders.table import Floats, normalize
from indexers.index import Index
from indexers.search.dense import FaissIndex
from indexers.search.dense_files import read_ids, write_ids
from indexers.search.vector_rows import VectorRows
from tests.small_corpora import write_tree


def unit_vectors(n: int, dimensions: int, seed: int = 0) -> Floats:
    return normalize(np.random.default_rng(seed).standard_normal((n, dimensions)).astype(np.float32))


def filled(vectors: Floats, rows_file: Path | None = None) -> FaissIndex:
    index = FaissIndex.create(vectors.shape[1], rows_file)
    index.add(range(100, 100 + len(vectors)), vectors)
    return index


def stored(vectors: Floats) -> Floats:
    """Return the vectors as 8 bits store them."""
    rows = VectorRows(None, vectors.shape[1])
    rows.append(vectors)
    return rows.take(np.arange(len(vectors)))


@settings(max_examples=25, deadline=None)
@given(n=st.integers(1, 60), k=st.integers(1, 70), seed=st.integers(0, 1000))
def test_search_is_brute_force_in_ids_and_scores(n: int, k: int, seed: int) -> None:
    vectors, query = unit_vectors(n, 16, seed), unit_vectors(1, 16, seed + 1)[0]
    exact = stored(vectors) @ query
    found = filled(vectors).search(query, k)
    # Candidates come from 16-bit floats: at the end of the list two that are nearly equal may swap.
    assert len(found) == min(n, k)
    np.testing.assert_allclose([hit.score for hit in found], np.sort(exact)[::-1][:k], atol=1e-3)
    np.testing.assert_allclose([hit.score for hit in found], exact[[i - 100 for i, _ in found]], atol=1e-6)


@settings(max_examples=15, deadline=None)
@given(n=st.integers(1, 400), k=st.integers(1, 70), removed=st.integers(0, 5), seed=st.integers(0, 1000))
def test_the_first_search_which_needs_no_faiss_finds_what_the_next_one_finds(
    n: int, k: int, removed: int, seed: int
) -> None:
    vectors, query = unit_vectors(n, 16, seed), unit_vectors(1, 16, seed + 1)[0]
    index = filled(vectors)
    index.remove(range(100, 100 + min(removed, n - 1)))
    assert index.search(query, k) == index.search(query, k)


def test_one_search_of_a_process_does_not_load_faiss(tmp_path: Path) -> None:
    with Index.build(tmp_path / "index", [write_tree(tmp_path / "app")]):
        pass
    asks = "import sys; from rag import Index, retrieve; index = Index.open(sys.argv[1]); "
    asks += "print(retrieve(index, 'parse a date', 1)[0].chunk.symbol, 'faiss' in sys.modules)"
    command = [sys.executable, "-c", asks, str(tmp_path / "index")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "parse_date False\n"


def test_eight_bits_keep_a_cosine_to_a_hundredth() -> None:
    vectors = unit_vectors(200, 256)
    cosines = (normalize(stored(vectors)) * vectors).sum(axis=1)
    assert cosines.min() > 0.9999


def test_a_vector_is_at_cosine_one_of_itself() -> None:
    vectors = unit_vectors(5, 16)
    (found,) = filled(vectors).search(vectors[3], 1)
    assert found.chunk_id == 103
    assert found.score == pytest.approx(1.0, abs=1e-2)


def test_only_chunks_allowed_are_found() -> None:
    vectors = unit_vectors(20, 16)
    found = filled(vectors).search(vectors[0], 5, np.array([104, 117, 999]))
    assert sorted(hit.chunk_id for hit in found) == [104, 117]


def test_removed_chunks_stop_being_found() -> None:
    vectors = unit_vectors(5, 16)
    index = filled(vectors)
    index.remove([103, 999])
    assert {hit.chunk_id for hit in index.search(vectors[3], 5)} == {100, 101, 102, 104}
    assert len(index) == 4


@pytest.mark.parametrize("exact_rows", [100_000, 300])
def test_a_saved_index_answers_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exact_rows: int
) -> None:
    monkeypatch.setattr(indexers.search.dense, "_EXACT_ROWS", exact_rows)
    monkeypatch.setattr(indexers.search.dense, "_TRAINING_ROWS", 400)
    vectors = unit_vectors(500, 16)
    index = filled(vectors, tmp_path / "rows-1.bin")
    index.remove([120, 121])
    index.save(tmp_path / "1")
    assert FaissIndex.load(tmp_path / "1", 16).search(vectors[2], 9) == index.search(vectors[2], 9)


def test_codes_of_four_bits_find_what_an_exact_search_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, queries = unit_vectors(5000, 64), unit_vectors(20, 64, seed=1)
    monkeypatch.setattr(indexers.search.dense, "_EXACT_ROWS", 1000)
    monkeypatch.setattr(indexers.search.dense, "_TRAINING_ROWS", 2000)
    assert 0.95 <= filled(vectors).recall(queries) <= 1


def test_exact_search_over_blocks_is_brute_force(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexers.search.vector_rows, "_BLOCK_ROWS", 7)
    vectors, queries = unit_vectors(50, 16), unit_vectors(4, 16, seed=1)
    index = filled(vectors)
    index.remove([110])
    scores = queries @ np.delete(stored(vectors), 10, axis=0).T
    ids = np.delete(np.arange(100, 150), 10)
    assert index.exact(queries, 5) == [set(ids[np.argsort(-row)[:5]].tolist()) for row in scores]


def test_vectors_added_after_the_codes_were_made_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexers.search.dense, "_EXACT_ROWS", 300)
    monkeypatch.setattr(indexers.search.dense, "_TRAINING_ROWS", 400)
    vectors = unit_vectors(600, 16)
    index = filled(vectors[:500])
    index.search(vectors[0], 1)
    index.add(range(600, 700), vectors[500:])
    assert index.search(vectors[550], 1)[0].chunk_id == 650


def test_a_generation_does_not_see_what_a_later_one_appends(tmp_path: Path) -> None:
    vectors = unit_vectors(10, 16)
    filled(vectors, tmp_path / "rows-1.bin").save(tmp_path / "1")
    reader, writer = FaissIndex.load(tmp_path / "1", 16), FaissIndex.load(tmp_path / "1", 16)
    writer.add([500], vectors[:1])
    writer.save(tmp_path / "2")
    assert {hit.chunk_id for hit in reader.search(vectors[0], 20)} == set(range(100, 110))
    assert 500 in {hit.chunk_id for hit in FaissIndex.load(tmp_path / "2", 16).search(vectors[0], 20)}


def test_rows_of_a_killed_run_are_overwritten(tmp_path: Path) -> None:
    vectors = unit_vectors(12, 16)
    filled(vectors[:10], tmp_path / "rows-1.bin").save(tmp_path / "1")
    FaissIndex.load(tmp_path / "1", 16).add([500, 501], vectors[:2])  # and never saved
    index = FaissIndex.load(tmp_path / "1", 16)
    index.add([600], vectors[11:])
    assert index.search(vectors[11], 1)[0].chunk_id == 600


def test_removing_much_compacts_the_file_and_changes_no_answer(tmp_path: Path) -> None:
    vectors = unit_vectors(100, 16)
    index = filled(vectors, tmp_path / "rows-1.bin")
    index.remove(range(100, 160))
    before = index.search(vectors[80], 10)
    index.save(tmp_path / "2")
    assert FaissIndex.load(tmp_path / "2", 16).search(vectors[80], 10) == before
    assert (tmp_path / "rows-2.bin").stat().st_size == 40 * (16 + 4)


def test_texts_without_a_known_token_are_left_out() -> None:
    vectors = unit_vectors(3, 16)
    vectors[1] = 0
    index = FaissIndex.create(16)
    assert index.add([1, 2, 3], vectors) == 2
    assert index.search(np.zeros(16, dtype=np.float32), 3) == []


@pytest.mark.parametrize("wrong", [np.full((2, 16), np.nan, np.float32), np.ones((2, 8), np.float32)])
def test_an_encoder_that_fails_silently_is_an_error(wrong: Floats) -> None:
    with pytest.raises(RagError, match="vectors that cannot be used"):
        FaissIndex.create(16).add([1, 2], wrong)


@pytest.mark.parametrize("name", ["rows-1.bin", "1/ids.npy", "1/removed.npy", "1/index.json"])
@pytest.mark.parametrize("keep", [0, 10])
def test_a_file_cut_short_is_damaged(tmp_path: Path, name: str, keep: int) -> None:
    filled(unit_vectors(30, 16), tmp_path / "rows-1.bin").save(tmp_path / "1")
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:keep])
    with pytest.raises(IndexDamaged):
        FaissIndex.load(tmp_path / "1", 16)


@given(st.sets(st.integers(1, 300)).map(sorted))
def test_ids_are_read_as_they_were_written(ids: list[int]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "ids.npy")
        write_ids(path, np.array(ids, dtype=np.int64))
        assert read_ids(path, count=len(ids)).tolist() == ids


def test_the_ids_of_a_million_chunks_take_a_few_bytes(tmp_path: Path) -> None:
    write_ids(tmp_path / "ids.npy", np.arange(1, 1_000_001))
    assert (tmp_path / "ids.npy").stat().st_size < 200


@pytest.mark.parametrize(
    ("stored", "why"),
    [
        ([5, 3, 2, 2], "ascending"),
        ([1, 2, 2, 2], "ascending"),
        ([1, -1], "not those of chunks"),
        ([0, 2], "not those of chunks"),
        ([1, 1 << 62], "not those of chunks"),
        ([(1 << 62) + 1, 2], "not those of chunks"),
        ([1, 1 << 39], "holds"),
        ([1, 50, 20, 20], "holds"),
        ([1, 2, 3], "numbers"),
    ],
)
def test_ids_that_nobody_writes_are_refused_before_they_take_memory(
    tmp_path: Path, stored: list[int], why: str
) -> None:
    np.save(tmp_path / "ids.npy", np.array(stored, dtype=np.int64))
    with pytest.raises(ValueError, match=why):
        read_ids(tmp_path / "ids.npy", most=30)


def test_a_search_leaves_the_threads_of_faiss_as_they_were() -> None:
    import faiss

    before = faiss.omp_get_max_threads()
    index = filled(unit_vectors(300, 16))
    for _ in range(2):
        index.search(unit_vectors(1, 16)[0], 3)
    assert faiss.omp_get_max_threads() == before
