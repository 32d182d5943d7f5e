"""Train token vectors so that a question lies nearest to its own passage among a batch of others."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
import torch
from torch import Tensor

from indexers.encoders.table import Floats

Bag = tuple[list[int], list[float]]


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast to train. `temperature` divides the cosines before the softmax."""

    epochs: int = 6
    batch: int = 1024
    learning_rate: float = 2e-3
    temperature: float = 0.05
    seed: int = 0


def to_bag(tokens: Sequence[str], rows: dict[str, int]) -> Bag:
    """Rows of the known tokens and their weights, 1 + ln count."""
    counts = Counter(row for row in map(rows.get, tokens) if row is not None)
    return list(counts), [1 + log(n) for n in counts.values()]


def train(vectors: Floats, questions: Sequence[Bag], passages: Sequence[Bag], schedule: Schedule) -> Floats:
    """Vectors of the same shape, improved by InfoNCE in both directions with in-batch negatives.

    Source: van den Oord et al. 2018 (arXiv:1807.03748), eq. 4. The same seed gives the same
    vectors on one machine and number of threads.
    """
    torch.manual_seed(schedule.seed)
    table = torch.nn.Parameter(torch.from_numpy(vectors.copy()))
    optimizer = torch.optim.Adam([table], lr=schedule.learning_rate)
    n_steps = schedule.epochs * (len(questions) // schedule.batch)
    decay = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / max(n_steps, 1))
    for epoch in range(schedule.epochs):
        losses = []
        for batch in _batches(len(questions), schedule.batch, schedule.seed + epoch):
            asked = _embed(table, [questions[i] for i in batch])
            told = _embed(table, [passages[i] for i in batch])
            cosines = asked @ told.T / schedule.temperature
            own = torch.arange(len(batch))
            loss = (
                torch.nn.functional.cross_entropy(cosines, own)
                + torch.nn.functional.cross_entropy(cosines.T, own)
            ) / 2
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            decay.step()
            losses.append(loss.item())
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}", flush=True)  # noqa: T201  a training log
    return np.asarray(table.detach().numpy(), dtype=np.float32)


def _batches(n: int, size: int, seed: int) -> Iterator[list[int]]:
    order = np.random.default_rng(seed).permutation(n)
    for start in range(0, n - size + 1, size):
        yield order[start : start + size].tolist()


def _embed(table: Tensor, bags: Sequence[Bag]) -> Tensor:
    rows = torch.tensor([row for bag in bags for row in bag[0]])
    weights = torch.tensor([weight for bag in bags for weight in bag[1]])
    starts = torch.tensor(np.cumsum([0] + [len(bag[0]) for bag in bags])[:-1])
    sums = torch.nn.functional.embedding_bag(rows, table, starts, mode="sum", per_sample_weights=weights)
    return torch.nn.functional.normalize(sums, dim=-1)
