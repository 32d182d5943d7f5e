"""Trees give the scores that walking them by hand gives, and say where each score comes from."""

from pathlib import Path

import numpy as np
import pytest

from corpora.errors import IndexDamaged
from rag.retrieval.trees import Trees

NAMES = ("words", "meaning", "name")


def make(trees: int = 7, depth: int = 3) -> Trees:
    chance = np.random.default_rng(5)
    shape = trees, depth
    return Trees(
        NAMES,
        chance.integers(0, len(NAMES), shape),
        chance.random(shape, dtype=np.float32),
        chance.normal(size=(trees, 2**depth)).astype(np.float32),
        chance.random((trees, 2**depth), dtype=np.float32),
    )


def table(rows: int = 20) -> np.ndarray:
    return np.random.default_rng(6).random((rows, len(NAMES)), dtype=np.float32)


def test_scores_are_those_of_a_walk_through_each_tree() -> None:
    trees = make()
    expected = []
    for row in table():
        score = 0.0
        for columns, borders, leaves in zip(trees.columns, trees.borders, trees.leaves, strict=True):
            number = sum(1 << level for level, column in enumerate(columns) if row[column] > borders[level])
            score += leaves[number]
        expected.append(score)
    assert trees.scores(table()) == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_the_shares_of_a_row_sum_to_its_score() -> None:
    trees = make()
    assert trees.shares(table()).sum(axis=1) == pytest.approx(trees.scores(table()), rel=1e-4, abs=1e-5)


def test_a_feature_that_no_tree_compares_has_no_share() -> None:
    trees = make()
    trees.columns[trees.columns == 2] = 0
    assert not trees.shares(table())[:, 2].any()


def test_trees_are_read_as_they_were_written(tmp_path: Path) -> None:
    make().save(tmp_path / "trees.npz")
    assert Trees.load(tmp_path / "trees.npz").scores(table()) == pytest.approx(make().scores(table()))


def test_a_file_that_is_not_whole_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "trees.npz"
    make().save(path)
    whole = path.read_bytes()
    for data in (b"", whole[: len(whole) // 2], b"PK" + bytes(100)):
        path.write_bytes(data)
        with pytest.raises(IndexDamaged):
            Trees.load(path)
    wrong = make()
    wrong.columns[0, 0] = 99
    wrong.save(path)
    with pytest.raises(IndexDamaged, match="column"):
        Trees.load(path)
