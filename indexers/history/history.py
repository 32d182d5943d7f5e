"""Find files by the messages of the commits that changed them.

The messages are ranked by BM25. A file scores as the best message of a commit that changed it, less if the
commit changed many files.
"""

from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from math import log
from typing import Final

import numpy as np
from numpy.typing import NDArray

_K1, _B = 1.2, 0.75
_BEST: Final = 100  # commits that count for a question

Numbers = NDArray[np.int32]


@dataclass(frozen=True)
class History:
    """The words of commits, and the files that they changed.

    Attributes:
        tokens: every token of a message, once, in ascending order.
        starts: where the commits of each token begin in `commits`, and their end; shape (tokens + 1,).
        commits: the numbers of the commits whose message has the token, token by token.
        counts: how often each of them has it; as many as `commits`.
        paths: the files, relative to the corpus.
        file_starts: where the files of each commit begin in `files`, and their end; shape (commits + 1,).
        files: the numbers of the files that a commit changed, commit by commit.
    """

    tokens: tuple[str, ...]
    starts: Numbers
    commits: Numbers
    counts: Numbers
    paths: tuple[str, ...]
    file_starts: Numbers
    files: Numbers

    @property
    def size(self) -> int:
        """Return the number of commits."""
        return len(self.file_starts) - 1

    @cached_property
    def _norms(self) -> NDArray[np.float32]:
        """Return what the counts of each commit are divided by: more if its message is long."""
        lengths = np.bincount(self.commits, self.counts, self.size)
        norms: NDArray[np.float32] = _K1 * (1 - _B + _B * lengths / lengths.mean())
        return norms

    def scores(self, tokens: Collection[str]) -> dict[str, float]:
        """Return how well each file fits a question, for those that the best commits changed.

        The score of a file is that of its best commit, divided by one plus the logarithm of how many files
        that changed: in BM25, as a share of what a message could reach that says nothing but the question,
        again and again.
        """
        if not len(self.commits):
            return {}
        scores, most = np.zeros(self.size), 0.0
        for token in dict.fromkeys(tokens):
            row = bisect_left(self.tokens, token)
            is_known = row < len(self.tokens) and self.tokens[row] == token
            of_token = slice(self.starts[row], self.starts[row + 1]) if is_known else slice(0, 0)
            commits, counts = self.commits[of_token], self.counts[of_token]
            reach = (1 + _K1) * log(1 + (self.size - len(commits) + 0.5) / (len(commits) + 0.5))
            most += reach
            scores[commits] += reach * counts / (counts + self._norms[commits])
        best = _largest(scores, _BEST)
        if not len(best):
            return {}
        begin, end = self.file_starts[best], self.file_starts[best + 1]
        many = end - begin
        share = scores[best] / (1 + np.log(np.maximum(many, 1))) / most
        found: dict[str, float] = {}
        files = np.concatenate([self.files[one:other] for one, other in zip(begin, end, strict=True)])
        for file, score in zip(files.tolist(), np.repeat(share, many).tolist(), strict=True):
            path = self.paths[file]
            if score > found.get(path, 0.0):
                found[path] = score
        return found


def _largest(scores: NDArray[np.float64], most: int) -> NDArray[np.int64]:
    """Return where the largest scores above 0 are; of equal ones, those that come first."""
    rows = np.flatnonzero(scores)
    found = scores[rows]
    if len(rows) > most:
        rows = rows[found >= np.partition(found, -most)[-most]]
    return rows[np.argsort(-scores[rows], kind="stable")[:most]]


def make_history(messages: Sequence[Sequence[str]], changed: Sequence[Sequence[str]]) -> History:
    """Return a history.

    Args:
        messages: the tokens of each commit, repeated as often as they count.
        changed: the files that each commit changed; as many as `messages`.
    """
    words = sorted(set().union(*messages))
    numbers = {token: number for number, token in enumerate(words)}
    paths = sorted({path for files in changed for path in files})
    file_numbers = {path: number for number, path in enumerate(paths)}
    lengths = [len(message) for message in messages]
    of_commits = np.repeat(np.arange(len(messages)), lengths)
    of_tokens = np.array([*map(numbers.__getitem__, chain.from_iterable(messages))], np.int64)
    # One number for a token in a commit, ascending by token and then by commit.
    pairs, counts = np.unique(of_tokens * max(len(messages), 1) + of_commits, return_counts=True)
    rows, commits = np.divmod(pairs, max(len(messages), 1))
    return History(
        tuple(words),
        np.searchsorted(rows, np.arange(len(words) + 1)).astype(np.int32),
        commits.astype(np.int32),
        counts.astype(np.int32),
        tuple(paths),
        np.cumsum([0, *map(len, changed)]).astype(np.int32),
        np.fromiter((file_numbers[path] for files in changed for path in files), np.int32),
    )
