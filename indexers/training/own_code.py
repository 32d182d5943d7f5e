"""Train the encoder on the user's own code: from the weights that come with the package, in NumPy.

A docstring, or the comment above a definition, must find its definition among all others. Some definitions
are held out: they are never trained on, and show whether the training was of use.
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

MIN_DEFINITIONS = 50
"""The number of documented definitions that are needed: with fewer, the score of those held out is chance."""

_HELD_OUT_SHARE, _MAX_HELD_OUT = 0.2, 2000
_MAX_PAIRS = 100_000  # drawn at random from more, which bounds time and memory on a monorepo
_NEW_TOKENS, _MIN_COUNT = 20_000, 3
_SCHEDULE = Schedule(epochs=10, learning_rate=6e-3, temperature=0.08)
_MIN_STEPS = 4  # per epoch: small corpora are trained in smaller batches
# How far to move from the shipped weights to the trained ones (Wortsman et al. 2022, arXiv:2109.01903).
# People do not ask in the words of docstrings; half way answers their questions best (bench/RESULTS.md).
_WAY = 0.5
_BLOCK = 1000


@dataclass(frozen=True, slots=True)
class Trained:
    """The result of a training.

    Attributes:
        folder: where the table was written.
        pairs: number of pairs of question and passage.
        definitions: number of definitions that they come from.
        held_out: number of definitions that were held out.
        new_tokens: number of tokens that the shipped table does not have.
        before: recall@1 of the shipped table over the held-out definitions, 0 to 1.
        after: the same of the trained table.
        is_better: whether the trained table was kept; otherwise the folder holds the shipped one.
        seconds: how long it took.
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
    specs: Sequence[CorpusSpec], out: Path, *, seed: int = 0, log: Callable[[str], None] = lambda line: None
) -> Trained:
    """Train a table on the code of the corpora and write it to a folder, or the shipped one if it is better.

    The same code, seed, machine and number of threads give the same table.

    Args:
        specs: the corpora to train on.
        out: the folder of the table.
        seed: of the random numbers.
        log: called with a line of progress now and then.

    Raises:
        CorpusError: too little of the code is documented, or it cannot be read.
        RagError: `out` holds something other than a table, or cannot be written.
    """
    start = monotonic()
    _check_out(out)
    log("reading the code")
    pairs = without_repeats(draw(mine_corpora(specs), _MAX_PAIRS, seed))
    split = hold_out_definitions(pairs, seed)
    definitions = len({pair.source for pair in pairs})
    if len(split.held_out) < MIN_DEFINITIONS * _HELD_OUT_SHARE:
        raise CorpusError(
            "there is too little to train on",
            why=f"only {definitions} definitions have a docstring or a comment above them; {MIN_DEFINITIONS} "
            "are needed, each with code and a description that no other has",
            fix="name more code with --corpus, or use the built-in encoder as it is",
        )
    log(f"{len(pairs)} pairs of {definitions} definitions; {len(split.held_out)} definitions are held out")
    shipped = TokenTable.load(BUILTIN_FOLDER)
    schedule = replace(_SCHEDULE, seed=seed)
    table = fine_tune(extend(shipped, split.trained), split.trained, schedule, way=_WAY, log=log)
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
        del card[local]  # the same training writes the same files, wherever and whenever
    _put(table if trained.is_better else shipped, out, card)
    return trained


def extend(table: TokenTable, pairs: Sequence[Pair]) -> TokenTable:
    """Return the table with additional rows for the frequent tokens of `pairs` that it does not have."""
    tokens = new_tokens((_tokens(pair) for pair in pairs), table.rows, size=_NEW_TOKENS, min_count=_MIN_COUNT)
    vectors = table.vectors()
    added = start_vectors(tokens, table.rows, vectors)
    return TokenTable.from_vectors([*table.rows, *tokens], np.vstack([vectors, added]))


def fine_tune(
    start: TokenTable, pairs: Sequence[Pair], schedule: Schedule, *, way: float, log: Callable[[str], None]
) -> TokenTable:
    """Train the table `start` on `pairs` and return it moved a share `way`, 0 to 1, towards the result.

    Batches are smaller for few pairs. `log` is called with a line after each epoch.
    """
    questions, passages = matrices(start, pairs)
    batch = min(schedule.batch, max(len(pairs) // _MIN_STEPS, 1))
    vectors = start.vectors()
    trained = train(vectors, questions, passages, replace(schedule, batch=batch), log)
    return TokenTable.from_vectors(list(start.rows), vectors + np.float32(way) * (trained - vectors))


def draw(pairs: Iterable[Pair], size: int, seed: int) -> list[Pair]:
    """Draw at most `size` of the pairs, each with the same probability (Vitter's algorithm R)."""
    random = np.random.default_rng(seed)
    drawn: list[Pair] = []
    for number, pair in enumerate(pairs):
        if number < size:
            drawn.append(pair)
        elif (place := int(random.integers(number + 1))) < size:
            drawn[place] = pair
    return drawn


def hold_out_definitions(pairs: Sequence[Pair], seed: int) -> Split:
    """Hold out a fifth of the definitions, at most 2,000; the rest shares no question or code with them.

    Only definitions whose question and code no other definition has are held out: two definitions with the
    same question could not be told apart.
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
    """Return the share of questions that are nearest to their own passage among the passages of all pairs."""
    asked = table.encode([[(1.0, pair.question)] for pair in pairs])
    passages = table.encode([weighted(pair.passage) for pair in pairs])
    right = 0
    for start in range(0, len(pairs), _BLOCK):
        nearest = (asked[start : start + _BLOCK] @ passages.T).argmax(axis=1)
        right += int((nearest == np.arange(start, start + len(nearest))).sum())
    return round(right / max(len(pairs), 1), 4)


def matrices(table: TokenTable, pairs: Sequence[Pair]) -> "tuple[csr_matrix, csr_matrix]":
    """Return the token weights of questions and of passages, each of shape (n_pairs, n_tokens)."""
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
            why="it holds something else" if out.is_dir() else "it is a file",
            fix="name a folder that does not exist yet, is empty, or holds a table to replace",
        )


def _put(table: TokenTable, out: Path, card: dict[str, object]) -> None:
    """Write the table beside `out`, then move it into place: a process that reads the old one can go on."""
    fresh, old = out.with_name(out.name + ".new"), out.with_name(out.name + ".old")
    for leftover in (fresh, old):
        shutil.rmtree(leftover, ignore_errors=True)
    try:
        table.save(fresh, card)
        (fresh / ".gitignore").write_text("*\n", encoding="utf-8")  # it is not part of the code beside it
        if out.exists():
            out.rename(old)
        fresh.rename(out)
    except OSError as error:
        raise RagError(
            f"the table cannot be written to {out}",
            why=error.strerror or str(error),
            fix="name a folder that can be written to, with 20 MB of free space",
        ) from error
    shutil.rmtree(old, ignore_errors=True)
