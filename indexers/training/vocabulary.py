"""Which tokens get a vector, and what vector they start from."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from indexers.encoders.table import Floats
from indexers.tokens import split_words

# Smooth inverse frequency, Arora et al. 2017: a / (a + p(token)) with a of this size.
_SIF = 1e-3


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Tokens, the most frequent first, each with its commonest spelling and its share of all tokens."""

    tokens: list[str]
    spellings: list[str]
    shares: Floats


def count_tokens(texts: Iterable[str], *, size: int, min_count: int) -> Vocabulary:
    """The `size` most frequent tokens of those that occur at least `min_count` times."""
    counts: Counter[str] = Counter()
    spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        for word, parts in split_words(text):
            counts.update(parts)
            if len(parts) == 1:  # a stem such as `pars` means nothing to a teacher; `parse` does
                spellings[parts[0]][word.lower()] += 1
    tokens = [
        token for token, n in sorted(counts.items(), key=lambda item: (-item[1], item[0])) if n >= min_count
    ]
    tokens = tokens[:size]
    total = counts.total()
    return Vocabulary(
        tokens,
        [
            max(spellings[token].items(), key=lambda item: (item[1], item[0]), default=(token, 0))[0]
            for token in tokens
        ],
        np.array([counts[token] / total for token in tokens], dtype=np.float32),
    )


def distil(vocabulary: Vocabulary, teach: Callable[[Sequence[str]], Floats], dimensions: int) -> Floats:
    """Starting vectors, shape (n_tokens, dimensions): the teacher's, reduced by PCA, weighted by rarity.

    Method of Model2Vec (Tulkens and van Dongen 2024): a transformer's vectors of single tokens.
    """
    vectors = teach(vocabulary.spellings)
    centred = vectors - vectors.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    reduced = centred @ axes[:dimensions].T
    reduced /= np.linalg.norm(reduced, axis=1, keepdims=True) + 1e-9
    return np.asarray(reduced * (_SIF / (_SIF + vocabulary.shares))[:, None], dtype=np.float32)
