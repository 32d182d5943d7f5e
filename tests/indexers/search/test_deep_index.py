"""Vectors of texts by their hash, and the chunks that have these texts."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.errors import IndexDamaged
from indexers.encoders.table import Floats, normalize
from indexers.search.deep_index import DeepIndex

DIMENSIONS = 16


def vectors(count: int, seed: int = 0) -> Floats:
    made = np.random.default_rng(seed).normal(size=(count, DIMENSIONS)).astype(np.float32)
    return normalize(made)


def filled(folder: Path, texts: list[int]) -> tuple[DeepIndex, Floats]:
    """Return an index of five texts, in which chunk n has the text `texts[n]`, and the vectors of texts."""
    folder.mkdir(exist_ok=True)
    deep = DeepIndex.create("one", DIMENSIONS, folder / "rows-000001.bin")
    made = vectors(5)
    deep.add(np.arange(100, 105, dtype=np.uint64), made)
    deep.place(np.arange(len(texts)) + 1, np.array(texts, dtype=np.uint64) + 100)
    return deep, made


@settings(deadline=None)  # the first example loads FAISS
@given(
    texts=st.lists(st.integers(0, 6), min_size=1, max_size=12),
    allowed=st.none() | st.lists(st.integers(1, 14), max_size=8, unique=True).map(sorted),
    k=st.integers(1, 12),
)
def test_a_search_finds_what_comparing_all_vectors_finds(
    tmp_path_factory: pytest.TempPathFactory, texts: list[int], allowed: list[int] | None, k: int
) -> None:
    deep, made = filled(tmp_path_factory.mktemp("deep"), texts)
    question = vectors(1, seed=7)[0]
    known = {chunk: text for chunk, text in enumerate(texts, start=1) if text < 5}
    right = {chunk: float(made[text] @ question) for chunk, text in known.items()}
    assert deep.scores(question, range(1, 15)) == pytest.approx(right, abs=0.02)
    among = right if allowed is None else {chunk: right[chunk] for chunk in allowed if chunk in right}
    hits = deep.search(question, k, None if allowed is None else np.array(allowed, dtype=np.int64))
    assert [hit.score for hit in hits] == pytest.approx(sorted(among.values(), reverse=True)[:k], abs=0.02)
    assert {hit.chunk_id for hit in hits} <= among.keys()


def test_what_is_saved_is_read_again(tmp_path: Path) -> None:
    deep, _ = filled(tmp_path / "deep", [0, 1, 1, 4])
    deep.save(tmp_path / "deep" / "000001")
    again = DeepIndex.load(tmp_path / "deep" / "000001", "one")
    question = vectors(1, seed=7)[0]
    assert again.search(question, 9) == deep.search(question, 9)
    assert len(again) == 5 and again.places.chunks.tolist() == [1, 2, 3, 4]


def test_vectors_of_texts_that_no_chunk_has_are_dropped_and_their_numbers_not_used_again(
    tmp_path: Path,
) -> None:
    deep, made = filled(tmp_path / "deep", [4, 2])
    assert deep.drop_unplaced() == 3
    deep.add(np.array([7], dtype=np.uint64), made[:1])
    deep.place(np.array([1, 2, 9]), np.array([104, 102, 7], dtype=np.uint64))
    deep.save(tmp_path / "deep" / "000001")
    again = DeepIndex.load(tmp_path / "deep" / "000001", "one")
    assert again.scores(made[0], [1, 2, 9])[9] == pytest.approx(1, abs=0.02)
    assert len(again) == 3


@pytest.mark.parametrize("name", ["hashes.npy", "chunks.npy", "texts.npy", "index.json", "ids.npy"])
def test_a_file_that_is_cut_or_gone_is_damage(tmp_path: Path, name: str) -> None:
    deep, _ = filled(tmp_path / "deep", [0, 1, 1, 4])
    folder = tmp_path / "deep" / "000001"
    deep.save(folder)
    (folder / name).write_bytes((folder / name).read_bytes()[:-9])
    with pytest.raises(IndexDamaged, match="the deep part"):
        DeepIndex.load(folder, "one")
    (folder / name).unlink()
    with pytest.raises(IndexDamaged, match="the deep part"):
        DeepIndex.load(folder, "one")


def test_texts_without_a_vector_and_impossible_dimensions_are_damage(tmp_path: Path) -> None:
    deep, _ = filled(tmp_path / "deep", [0, 1])
    folder = tmp_path / "deep" / "000001"
    deep.save(folder)
    header = (folder / "index.json").read_text()
    (folder / "index.json").write_text(header.replace(f'"dimensions": {DIMENSIONS}', '"dimensions": 99999'))
    with pytest.raises(IndexDamaged, match="99999 dimensions"):
        DeepIndex.load(folder, "one")
    (folder / "index.json").write_text(header)
    np.save(folder / "texts.npy", np.array([1, 77]))
    with pytest.raises(IndexDamaged, match="no vector"):
        DeepIndex.load(folder, "one")
