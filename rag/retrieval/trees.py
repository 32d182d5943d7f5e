"""Gradient-boosted trees that ask the same question at every node of a level, computed in numpy.

Such oblivious trees are quick to evaluate: a tree is a row of comparisons, whose answers are the bits of the
number of a leaf. Prokhorenkova et al. 2018, "CatBoost: unbiased boosting with categorical features".
"""

from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from corpora.errors import IndexDamaged
from indexers.encoders.table import Floats


@dataclass(frozen=True, slots=True)
class Trees:
    """Trees of one depth.

    Attributes:
        features: names of the columns that the trees were made for.
        columns: the column that each level compares, shape (n_trees, depth).
        borders: what it is compared with, the same shape: the answer is 1 if the column is greater.
        leaves: the value of each leaf, shape (n_trees, 2 ** depth); the first level gives the lowest bit.
        cover: share of the training rows in each leaf, the same shape.
    """

    features: tuple[str, ...]
    columns: NDArray[np.int64]
    borders: Floats
    leaves: Floats
    cover: Floats

    @classmethod
    def load(cls, path: Path) -> "Trees":
        """Read trees that `save` wrote. Raises `IndexDamaged` for anything else."""
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                features = tuple(str(stored["features"]).split())
                trees = cls(
                    features,
                    stored["columns"].astype(np.int64),
                    stored["borders"].astype(np.float32),
                    stored["leaves"].astype(np.float32),
                    stored["cover"].astype(np.float32),
                )
            depth = trees.columns.shape[1]
            fits = trees.borders.shape == trees.columns.shape and trees.cover.shape == trees.leaves.shape
            if not fits or trees.leaves.shape != (len(trees.columns), 2**depth):
                raise ValueError("its arrays do not fit together")
            if trees.columns.size and not 0 <= trees.columns.min() <= trees.columns.max() < len(features):
                raise ValueError("it compares a column that there is not")
        except (OSError, ValueError, KeyError, IndexError, EOFError, BadZipFile) as error:
            raise IndexDamaged(
                f"the weights of the ranking at {path} cannot be read",
                why=str(error),
                fix="reinstall docprompting",
            ) from error
        return trees

    def save(self, path: Path) -> None:
        """Write the trees to `path`."""
        np.savez_compressed(
            path,
            features=np.array(" ".join(self.features)),
            columns=self.columns.astype(np.int16),
            borders=self.borders,
            leaves=self.leaves,
            cover=self.cover.astype(np.float16),
        )

    def scores(self, table: Floats) -> Floats:
        """Return the score of each row of `table`, shape (n, len(features)): the sum over all trees."""
        numbers = self._leaf_numbers(table)
        scores: Floats = self.leaves[np.arange(len(self.leaves)), numbers].sum(axis=1)
        return scores

    def shares(self, table: Floats) -> Floats:
        """Return what each feature adds to the score of each row, shape (n, len(features) + 1).

        The last column is what every row gets; a row sums to its score. A comparison adds what the mean of
        the leaves that remain possible changes by its answer (Saabas 2014, "Interpreting random forests").
        """
        numbers = self._leaf_numbers(table)
        shares = np.zeros((len(table), len(self.features) + 1), dtype=np.float32)
        weight = np.maximum(self.cover, 1e-9)
        all_trees = np.arange(len(self.leaves))
        before = np.tile(self._mean(weight, 0)[:, 0], (len(table), 1))
        shares[:, -1] = before.sum(axis=1)
        for level in range(self.columns.shape[1]):
            known = numbers & ((1 << (level + 1)) - 1)
            after = self._mean(weight, level + 1)[all_trees, known]
            for row in range(len(table)):
                np.add.at(shares[row], self.columns[:, level], after[row] - before[row])
            before = after
        return shares

    def _leaf_numbers(self, table: Floats) -> NDArray[np.int64]:
        bits = table[:, self.columns.ravel()] > self.borders.ravel()
        powers = 1 << np.arange(self.columns.shape[1])
        numbers: NDArray[np.int64] = bits.reshape(len(table), *self.columns.shape) @ powers
        return numbers

    def _mean(self, weight: Floats, known_bits: int) -> Floats:
        """Return the mean leaf for each value of the lowest bits, shape (n_trees, 2 ** known_bits)."""
        shape = (len(self.leaves), -1, 1 << known_bits)
        sums = (self.leaves * weight).reshape(shape).sum(axis=1)
        means: Floats = sums / weight.reshape(shape).sum(axis=1)
        return means
