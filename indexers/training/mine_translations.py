"""Learn what words of questions stand for in code and documentation, from pairs of a purpose and its code.

    python -m indexers.training.mine_translations PAIRS [--out FILE]

PAIRS is the folder `pairs` that `python -m bench.made_questions` wrote. Words that occur together in several
sources more often than by chance are candidates. The weight of each candidate is fitted so that BM25, with
the translations added to the question, ranks the right one of a batch of one source first: a listwise
softmax whose features are pairs of a word and a token, with an L1 penalty. The words of the question itself
keep the weight 1: fitted too, they gained on purposes and lost on commits. Three minutes on one core. The
same pairs give the same table.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from indexers.encoders.table import Floats
from indexers.training.aligned_corpora import (
    AlignedCorpus,
    Lexicon,
    aligned_corpus,
    common_words,
    read_sources,
)
from indexers.vocabulary.translations import TRANSLATIONS_FILE, Translations

Log = Callable[[str], None]
_Ids = NDArray[np.int64]

_LEAST_SOURCES: Final = 5  # that have both a word and its translation
_LEAST_ASSOCIATION: Final = 0.08  # normalised pointwise mutual information
_CANDIDATES: Final = 12  # of a word, by each measure
_COUNTED_PAIRS: Final = 1000  # a source counts as at most so many
_LEAST_WEIGHT: Final = 0.05  # of a translation that is kept
_LEAST_BATCH: Final = 24
_DEPTH: Final = 10  # ranks beyond count nothing


@dataclass(frozen=True, slots=True)
class FitSchedule:
    """How the weights are fitted. `temperature` divides BM25 scores before the softmax.

    `most` is how many pairs of a source an epoch reads; `penalty` is taken for each word and pair.
    """

    epochs: int = 4
    batch: int = 512
    most: int = 3000
    learning_rate: float = 0.05
    temperature: float = 3.0
    penalty: float = 0.03


@dataclass(frozen=True, slots=True)
class Candidates:
    """What words may be translated to: `tokens[starts[w] : starts[w + 1]]` for the word `w`."""

    starts: _Ids
    tokens: _Ids
    association: Floats

    def matrix(self, weights: Floats, n_tokens: int) -> csr_matrix:
        """Return weights of the candidates as a matrix, shape (n_words, n_tokens)."""
        return csr_matrix((weights, self.tokens, self.starts), shape=(len(self.starts) - 1, n_tokens))


def candidates(corpora: Sequence[AlignedCorpus], lexicon: Lexicon) -> Candidates:
    """Return the tokens that are associated most with each word: in names, and in names and texts."""
    found = [
        _associated(corpora, lexicon, [getattr(corpus, part) for corpus in corpora])
        for part in ("names", "scores")
    ]
    keys = np.concatenate([key for key, _ in found])
    values = np.concatenate([value for _, value in found])
    order = np.lexsort((-values, keys))
    keys, first = np.unique(keys[order], return_index=True)
    words, tokens = np.divmod(keys, lexicon.n_tokens)
    chosen = ~_is_itself(lexicon, words, tokens)
    starts = np.searchsorted(words[chosen], np.arange(len(lexicon.words) + 1))
    return Candidates(starts, tokens[chosen], values[order][first][chosen].astype(np.float32))


def _associated(
    corpora: Sequence[AlignedCorpus], lexicon: Lexicon, parts: Sequence[csr_matrix]
) -> tuple[_Ids, NDArray[np.float64]]:
    """Return keys, word * n_tokens + token, and the association of each."""
    together: Any = 0
    sources: Any = 0
    of_words = np.zeros(len(lexicon.words))
    of_tokens = np.zeros(lexicon.n_tokens)
    n_pairs = 0.0
    for corpus, part in zip(corpora, parts, strict=True):
        share = min(1.0, _COUNTED_PAIRS / len(corpus))
        has = part.astype(bool).astype(np.float32)
        counted = (corpus.words.T @ has).tocsr()
        together = together + counted * np.float32(share)
        sources = sources + counted.astype(bool).astype(np.int32)
        of_words += share * np.asarray(corpus.words.sum(axis=0)).ravel()
        of_tokens += share * np.asarray(has.sum(axis=0)).ravel()
        n_pairs += share * len(corpus)
    together.sort_indices()
    sources.sort_indices()  # both have the same places
    kept = sources.data >= _LEAST_SOURCES
    words = np.repeat(np.arange(len(lexicon.words)), np.diff(together.indptr))[kept]
    tokens, count = together.indices[kept].astype(np.int64), together.data[kept].astype(np.float64)
    lift = np.log(count * n_pairs / (of_words[words] * of_tokens[tokens]))
    association = lift / -np.log(count / (n_pairs + 1))
    keys = words * lexicon.n_tokens + tokens
    likely = association > _LEAST_ASSOCIATION
    best = [
        _best_of_each(words[likely], measure[likely], _CANDIDATES) for measure in (association, count * lift)
    ]
    chosen = np.flatnonzero(likely)[np.unique(np.concatenate(best))]
    return keys[chosen], association[chosen]


def _best_of_each(groups: _Ids, values: NDArray[np.float64], most: int) -> _Ids:
    """Return the places of the `most` highest values of each group."""
    order = np.lexsort((-values, groups))
    ordered = groups[order]
    return order[np.arange(len(order)) - np.searchsorted(ordered, ordered) < most]


def _is_itself(lexicon: Lexicon, words: _Ids, tokens: _Ids) -> NDArray[np.bool_]:
    """Return where a token is the word, or one of the two neighbours that the word is."""
    parts = [{lexicon.rows.get(part, -1) for part in word.split(" ")} for word in lexicon.words]
    return np.array([token in parts[word] for word, token in zip(words, tokens, strict=True)], dtype=bool)


def fit_weights(
    corpora: Sequence[AlignedCorpus], lexicon: Lexicon, of: Candidates, schedule: FitSchedule, log: Log
) -> Floats:
    """Return the weight of each candidate; they are never negative. The optimizer is Adagrad.

    Duchi et al. 2011, "Adaptive Subgradient Methods"; the L1 penalty is part of the gradient.
    """
    weights = np.zeros(len(of.tokens), np.float32)
    squares = np.full(len(of.tokens), 0.1, np.float32)
    for epoch in range(schedule.epochs):
        losses = []
        for number, chosen in _batches(corpora, schedule, epoch):
            loss, places, gradient = _loss_and_gradient(
                corpora[number], chosen, lexicon, of, weights, schedule
            )
            losses.append(loss)
            squares[places] += gradient**2
            step = schedule.learning_rate * gradient / np.sqrt(squares[places])
            weights[places] = np.maximum(weights[places] - step, 0.0)
        log(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}, {int((weights >= _LEAST_WEIGHT).sum())} kept")
    return weights


def _batches(
    corpora: Sequence[AlignedCorpus], schedule: FitSchedule, epoch: int
) -> Iterator[tuple[int, _Ids]]:
    """Yield batches of pairs of one source each, in an order that mixes the sources."""
    generator = np.random.default_rng(epoch)
    batches: list[tuple[int, _Ids]] = []
    for number, corpus in enumerate(corpora):
        chosen = generator.permutation(len(corpus))[: schedule.most]
        parts = [chosen[start : start + schedule.batch] for start in range(0, len(chosen), schedule.batch)]
        batches += [(number, part) for part in parts if len(part) >= _LEAST_BATCH]
    for place in generator.permutation(len(batches)):
        yield batches[place]


def scores(
    corpus: AlignedCorpus, chosen: _Ids, lexicon: Lexicon, translations: csr_matrix
) -> NDArray[np.float32]:
    """Return how well each purpose fits the name and text of each pair, shape (n_chosen, n_chosen)."""
    words, texts = corpus.words[chosen], corpus.scores[chosen]
    asked = words[:, : lexicon.n_tokens] + words @ translations
    found = (asked @ texts.T).toarray() + corpus.literal[chosen][:, chosen].toarray()
    return np.asarray(found, dtype=np.float32)


def _loss_and_gradient(
    corpus: AlignedCorpus,
    chosen: _Ids,
    lexicon: Lexicon,
    of: Candidates,
    weights: Floats,
    schedule: FitSchedule,
) -> tuple[float, _Ids, Floats]:
    """Return the mean loss of a batch, and the gradient of its sum by the candidates that it concerns."""
    found = scores(corpus, chosen, lexicon, of.matrix(weights, lexicon.n_tokens)) / schedule.temperature
    shares = np.exp(found - found.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    own = np.arange(len(chosen))
    loss = float(-np.log(shares[own, own] + 1e-9).mean())
    shares[own, own] -= 1.0
    by_token = np.asarray((corpus.scores[chosen].T @ shares.T).T) / schedule.temperature
    words = corpus.words[chosen]
    starts, ends = of.starts[words.indices], of.starts[words.indices + 1]
    lengths = ends - starts
    # The places of all candidates of all words of all purposes: [3, 7) and [9, 11) -> 3 4 5 6 9 10
    before = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    places = np.repeat(starts - before, lengths) + np.arange(lengths.sum())
    purposes = np.repeat(np.repeat(own, np.diff(words.indptr)), lengths)
    each = by_token[purposes, of.tokens[places]] + schedule.penalty
    concerned, which = np.unique(places, return_inverse=True)
    return loss, concerned, np.bincount(which, each, len(concerned)).astype(np.float32)


def reciprocal_rank(
    corpora: Sequence[AlignedCorpus], lexicon: Lexicon, translations: csr_matrix, batch: int = 512
) -> float:
    """Return the MRR@10 of the right pair among a batch of its source, a mean over sources.

    Pairs of equal scores share the middle of their ranks.
    """
    means = []
    for corpus in corpora:
        chosen = np.random.default_rng(0).permutation(len(corpus))[:batch]
        found = scores(corpus, chosen, lexicon, translations)
        own = np.diag(found)[:, None]
        ranks = ((found > own).sum(axis=1) + (found >= own).sum(axis=1) + 1) / 2
        means.append(float(np.where(ranks <= _DEPTH, 1 / ranks, 0.0).mean()))
    return float(np.mean(means))


def as_translations(lexicon: Lexicon, of: Candidates, weights: Floats) -> Translations:
    """Return the translations that weigh something."""
    table: dict[str, dict[str, float]] = {}
    words = np.repeat(np.arange(len(lexicon.words)), np.diff(of.starts))
    for place in np.flatnonzero(weights >= _LEAST_WEIGHT):
        token = lexicon.words[of.tokens[place]]
        table.setdefault(lexicon.words[words[place]], {})[token] = float(weights[place])
    return Translations.of_weights(table)


def _log(line: str) -> None:
    sys.stderr.write(line + "\n")


def main() -> None:
    """Learn the translations and save them, with a card that says how they were made."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pairs", type=Path, help="folder of pairs, a .jsonl file for each source")
    parser.add_argument("--out", type=Path, default=TRANSLATIONS_FILE, help="file for the translations")
    options = parser.parse_args()
    sources, kept_back = read_sources(options.pairs, "train"), read_sources(options.pairs, "held_out")
    lexicon = common_words([*sources.values()])
    corpora = [aligned_corpus(source, lexicon) for source in sources.values()]
    held_out = [aligned_corpus(source, lexicon) for source in kept_back.values()]
    found = candidates(corpora, lexicon)
    schedule = FitSchedule()
    weights = fit_weights(corpora, lexicon, found, schedule, _log)
    table = as_translations(lexicon, found, weights)
    nothing = found.matrix(np.zeros_like(weights), lexicon.n_tokens)
    card = {
        "sources": [*sources],
        "pairs": sum(map(len, sources.values())),
        "words": len(table),
        "schedule": {name: getattr(schedule, name) for name in FitSchedule.__slots__},
        "held_out_mrr@10_before": round(reciprocal_rank(held_out, lexicon, nothing), 4),
        "held_out_mrr@10_after": round(
            reciprocal_rank(held_out, lexicon, found.matrix(weights, lexicon.n_tokens)), 4
        ),
    }
    table.save(options.out)
    options.out.with_suffix(".json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(card, indent=2) + "\n")


if __name__ == "__main__":
    main()
