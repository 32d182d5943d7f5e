"""Train the encoder on the user's own code: from the weights that come with the package, in NumPy.

A docstring, or the comment above a definition, must find its definition among all others. Some definitions
are held out: what they are about is never trained on, and they tell whether the training was of use.
"""

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from corpora.errors import CorpusError, RagError
from corpora.spec import CorpusSpec
from indexers.encoders.builtin import BUILTIN_FOLDER, weighted
from indexers.encoders.table import TokenTable, WeightedParts, holds_table
from indexers.training.contrastive import Schedule, train
from indexers.training.mine_pairs import Pair, mine_corpora, without_repeats
from indexers.training.vocabulary import new_tokens, start_vectors

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

MIN_DEFINITIONS = 50  # with fewer, the score of the held-out ones is chance
_HELD_OUT_SHARE, _MAX_HELD_OUT = 0.2, 2000
_MAX_PAIRS = 100_000  # drawn at random where there are more: bounds time and memory on a monorepo
_NEW_TOKENS, _MIN_COUNT = 20_000, 3
_SCHEDULE = Schedule(epochs=10, learning_rate=6e-3, temperature=0.08)
_MIN_STEPS = 4  # of an epoch: smaller corpora are trained in smaller batches
# How far to go from the shipped weights to the trained ones (Wortsman et al. 2022, arXiv:2109.01903): people
# do not ask in the words of docstrings, and half way answers their questions best (bench/RESULTS.md).
_WAY = 0.5
_BLOCK = 1000


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training did. `before` and `after` are recall@1 over the held-out definitions, from 0 to 1.

    `is_better` says that the trained table was kept; otherwise the folder holds the shipped one.
    """

    folder: str
    pairs: int
    definitions: int
    held_out: int
    new_tokens: int
    before: float
    after: float
    is_better: bool
    seconds: float


class Split(NamedTuple):
    """Pairs to train on, and pairs of other definitions to score on."""

    trained: list[Pair]
    held_out: list[Pair]


def train_on_code(
    specs: Sequence[CorpusSpec], out: Path, *, seed: int = 0, tell: Callable[[str], None] = lambda line: None
) -> Trained:
    """Write a table for the code of the corpora to the folder `out`: trained, or the shipped one if better.

    The same code, seed, machine and number of threads give the same table. `tell` is given a line now and
    then. Raises `CorpusError` where too little is documented, `RagError` where `out` holds something else.
    """
    start = monotonic()
    _check_out(out)
    tell("reading the code")
    pairs = without_repeats(draw(mine_corpora(specs), _MAX_PAIRS, seed))
    split = hold_out(pairs, seed)
    definitions = len({pair.source for pair in pairs})
    if len(split.held_out) < MIN_DEFINITIONS * _HELD_OUT_SHARE:
        raise CorpusError(
            "there is too little to train on",
            why=f"{definitions} definitions with a docstring or a comment above them; {MIN_DEFINITIONS} with "
            "code and words of their own are needed",
            fix="name more code with --corpus, or use the built-in encoder as it is",
        )
    tell(f"{len(pairs)} pairs of {definitions} definitions; {len(split.held_out)} definitions are held out")
    shipped = TokenTable.load(BUILTIN_FOLDER)
    schedule = replace(_SCHEDULE, seed=seed)
    table = fine_tune(extend(shipped, split.trained), split.trained, schedule, way=_WAY, tell=tell)
    before, after = recall_at_1(shipped, split.held_out), recall_at_1(table, split.held_out)
    trained = Trained(
        folder=str(out),
        pairs=len(pairs),
        definitions=definitions,
        held_out=len(split.held_out),
        new_tokens=len(table.rows) - len(shipped.rows),
        before=before,
        after=after,
        is_better=after > before,
        seconds=round(monotonic() - start, 1),
    )
    card = asdict(trained) | {"corpora": [spec.name for spec in specs], "seed": seed}
    for local in ("folder", "seconds"):
        del card[local]  # the same training writes the same files
    _put(table if trained.is_better else shipped, out, card)
    return trained


def extend(table: TokenTable, pairs: Sequence[Pair]) -> TokenTable:
    """The table with rows for the frequent tokens of `pairs` that it does not know."""
    tokens = new_tokens((_tokens(pair) for pair in pairs), table.rows, size=_NEW_TOKENS, min_count=_MIN_COUNT)
    vectors = table.vectors()
    added = start_vectors(tokens, table.rows, vectors)
    return TokenTable.from_vectors([*table.rows, *tokens], np.vstack([vectors, added]))


def fine_tune(
    start: TokenTable, pairs: Sequence[Pair], schedule: Schedule, *, way: float, tell: Callable[[str], None]
) -> TokenTable:
    """The table `start`, moved `way` (0 to 1) towards what `pairs` teach; batches are small for few pairs."""
    questions, passages = matrices(start, pairs)
    batch = min(schedule.batch, max(len(pairs) // _MIN_STEPS, 1))
    vectors = start.vectors()
    trained = train(vectors, questions, passages, replace(schedule, batch=batch), tell)
    return TokenTable.from_vectors(list(start.rows), vectors + np.float32(way) * (trained - vectors))


def draw(pairs: Iterable[Pair], size: int, seed: int) -> list[Pair]:
    """At most `size` of the pairs, any as likely as another (Vitter's algorithm R)."""
    random = np.random.default_rng(seed)
    drawn: list[Pair] = []
    for number, pair in enumerate(pairs):
        if number < size:
            drawn.append(pair)
        elif (place := int(random.integers(number + 1))) < size:
            drawn[place] = pair
    return drawn


def hold_out(pairs: Sequence[Pair], seed: int) -> Split:
    """A fifth of the definitions, at most 2,000; no question, code or name of theirs is in the other part.

    Only a definition is held out whose question and whose code are those of no other: nothing could tell them
    apart.
    """
    questions = Counter(pair.text.lower() for pair in pairs if pair.is_code)
    codes = Counter(tuple(pair.passage.body) for pair in pairs)
    sources = sorted(
        pair.source
        for pair in pairs
        if pair.is_code and questions[pair.text.lower()] == codes[tuple(pair.passage.body)] == 1
    )
    order = np.random.default_rng(seed).permutation(len(sources))
    chosen = {sources[i] for i in order[: min(int(len(sources) * _HELD_OUT_SHARE), _MAX_HELD_OUT)]}
    asked = {pair.text.lower() for pair in pairs if pair.source in chosen}
    return Split(
        [pair for pair in pairs if pair.source not in chosen and pair.text.lower() not in asked],
        [pair for pair in pairs if pair.source in chosen and pair.is_code],
    )


def recall_at_1(table: TokenTable, pairs: Sequence[Pair]) -> float:
    """Share of the questions that lie nearest to their own passage among the passages of all pairs."""
    asked = table.encode([[(1.0, pair.question)] for pair in pairs])
    told = table.encode([weighted(pair.passage) for pair in pairs])
    right = 0
    for start in range(0, len(pairs), _BLOCK):
        nearest = (asked[start : start + _BLOCK] @ told.T).argmax(axis=1)
        right += int((nearest == np.arange(start, start + len(nearest))).sum())
    return round(right / max(len(pairs), 1), 4)


def matrices(table: TokenTable, pairs: Sequence[Pair]) -> "tuple[csr_matrix, csr_matrix]":
    """Questions and passages as the encoder weighs their tokens, each of shape (n_pairs, n_tokens)."""
    from scipy.sparse import csr_matrix

    def matrix(texts: Sequence[WeightedParts]) -> csr_matrix:
        rows, weights, ends = table.bags(texts)
        return csr_matrix((weights, rows, ends), shape=(len(texts), len(table.rows)))

    asked = [((1.0, pair.question),) for pair in pairs]
    return matrix(asked), matrix([weighted(pair.passage) for pair in pairs])


def _tokens(pair: Pair) -> Iterable[str]:
    return (*pair.question, *(token for part in pair.passage for token in part))


def _check_out(out: Path) -> None:
    if out.exists() and not (out.is_dir() and (holds_table(out) or not any(out.iterdir()))):
        raise RagError(
            f"the table cannot be written to {out}",
            why="something else is there" if out.is_dir() else "it is a file",
            fix="name a folder that is not there yet, is empty, or holds a table to replace",
        )


def _put(table: TokenTable, out: Path, card: dict[str, object]) -> None:
    """Write the table beside `out` and put it in its place: whoever has the old one open keeps it whole."""
    fresh, old = out.with_name(out.name + ".new"), out.with_name(out.name + ".old")
    for leftover in (fresh, old):
        shutil.rmtree(leftover, ignore_errors=True)
    try:
        table.save(fresh, card)
        (fresh / ".gitignore").write_text("*\n", encoding="utf-8")  # beside code it is no part of the code
        if out.exists():
            out.rename(old)
        fresh.rename(out)
    except OSError as error:
        raise RagError(
            f"the table cannot be written to {out}",
            why=error.strerror or str(error),
            fix="name a folder that can be written to, with room for 20 MB",
        ) from error
    shutil.rmtree(old, ignore_errors=True)
