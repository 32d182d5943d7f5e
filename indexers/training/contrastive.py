"""Train token vectors so that a question is nearest to its own passage among a batch of others.

The vector of a text is a sparse row of weights times the table, scaled to length 1. Loss and gradient are a
few matrix products, for which NumPy and SciPy are enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexers.encoders.table import Floats

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_MOMENT_1, _MOMENT_2, _EPSILON = 0.9, 0.999, 1e-8  # the defaults of Adam (Kingma and Ba, arXiv:1412.6980)
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast to train. `temperature` divides the cosines before the softmax."""

    epochs: int = 6
    batch: int = 1024
    learning_rate: float = 2e-3
    temperature: float = 0.05
    seed: int = 0


class BatchGradient(NamedTuple):
    """The loss of a batch, the table rows in it, and the gradient of these, shape (n_rows, dimensions)."""

    loss: float
    rows: NDArray[np.intp]
    gradient: Floats


def train(
    vectors: Floats,
    questions: csr_matrix,
    passages: csr_matrix,
    schedule: Schedule,
    log: Callable[[str], None],
) -> Floats:
    """Improve vectors by InfoNCE in both directions with in-batch negatives.

    InfoNCE: van den Oord et al. 2018 (arXiv:1807.03748), eq. 4. The optimizer is Adam; the moments of rows
    that a batch does not contain stay as they are. The learning rate falls to zero. The same seed gives the
    same vectors on the same machine and number of threads.

    Args:
        vectors: the token vectors to start from, shape (n_tokens, dimensions).
        questions: the weights of the tokens of each question, shape (n_pairs, n_tokens).
        passages: the same of the passage of each question.
        schedule: how long and how fast to train.
        log: called with a line after each epoch.

    Returns:
        The trained vectors, of the shape of `vectors`.
    """
    vectors = np.array(vectors, dtype=np.float32)
    first, second = np.zeros_like(vectors), np.zeros_like(vectors)
    batch = min(schedule.batch, questions.shape[0])
    n_steps = schedule.epochs * (questions.shape[0] // batch) if batch else 0
    done = 0
    for epoch in range(schedule.epochs if n_steps else 0):
        losses = []
        for chosen in _batches(questions.shape[0], batch, schedule.seed + epoch):
            step = loss_and_gradient(vectors, questions[chosen], passages[chosen], schedule.temperature)
            rate = schedule.learning_rate * (1 - done / n_steps)
            done += 1
            rows = step.rows
            first[rows] = _MOMENT_1 * first[rows] + (1 - _MOMENT_1) * step.gradient
            second[rows] = _MOMENT_2 * second[rows] + (1 - _MOMENT_2) * step.gradient**2
            unbiased = rate * np.sqrt(1 - _MOMENT_2**done) / (1 - _MOMENT_1**done)
            vectors[rows] -= np.float32(unbiased) * first[rows] / (np.sqrt(second[rows]) + _EPSILON)
            losses.append(step.loss)
        log(f"epoch {epoch + 1} of {schedule.epochs}: loss {np.mean(losses):.4f}")
    return vectors


def loss_and_gradient(
    vectors: Floats, questions: csr_matrix, passages: csr_matrix, temperature: float
) -> BatchGradient:
    """Compute the loss of a batch and its gradient.

    The loss is the mean cross-entropy of each question among the passages and of each passage among the
    questions.
    """
    rows = np.unique(np.concatenate([questions.indices, passages.indices]))
    question_weights, passage_weights = questions[:, rows], passages[:, rows]
    asked, asked_length = _unit(question_weights @ vectors[rows])
    answers, answers_length = _unit(passage_weights @ vectors[rows])
    cosines = asked @ answers.T / temperature
    by_question, by_passage = _log_softmax(cosines), _log_softmax(cosines.T).T
    own = np.arange(len(cosines))
    loss = -float(by_question[own, own].mean() + by_passage[own, own].mean()) / 2
    slope = np.exp(by_question) + np.exp(by_passage)
    slope[own, own] -= 2
    slope /= 2 * len(cosines) * temperature
    gradient = question_weights.T @ _through_unit(slope @ answers, asked, asked_length)
    gradient += passage_weights.T @ _through_unit(slope.T @ asked, answers, answers_length)
    return BatchGradient(loss, rows, np.asarray(gradient, dtype=vectors.dtype))


def _batches(n: int, size: int, seed: int) -> Iterator[NDArray[np.intp]]:
    order = np.random.default_rng(seed).permutation(n)
    for start in range(0, n - size + 1, size):
        yield np.sort(order[start : start + size])


def _unit(sums: Floats) -> tuple[Floats, Floats]:
    lengths = np.linalg.norm(sums, axis=1, keepdims=True) + _TINY
    return sums / lengths, lengths


def _through_unit(slope: Floats, unit: Floats, lengths: Floats) -> Floats:
    """Propagate a gradient back through the scaling to length 1."""
    return np.asarray((slope - unit * (slope * unit).sum(axis=1, keepdims=True)) / lengths)


def _log_softmax(logits: Floats) -> Floats:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))
