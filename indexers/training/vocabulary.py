"""Choose the tokens that get a vector, and the vector that each starts from."""

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from indexers.encoders.table import Floats
from indexers.tokens import split_words, tokenize

# Smooth inverse frequency, Arora et al. 2017: a / (a + p(token)) with a of this size.
_SIF = 1e-3

_MIN_PART_CHARS, _MAX_PART_CHARS = 3, 16


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Tokens, the most frequent first, each with its most common spelling and its share of all tokens."""

    tokens: list[str]
    spellings: list[str]
    shares: Floats


def most_frequent_tokens(
    counted: Iterable[Iterable[str]], spelled: Iterable[str], *, size: int, min_count: int
) -> Vocabulary:
    """Return the `size` most frequent tokens of `counted` that occur at least `min_count` times.

    Their spellings are looked up in the texts of `spelled`: a stem such as `pars` means nothing to a teacher,
    `parse` does.
    """
    counts: Counter[str] = Counter()
    for one in counted:
        counts.update(one)
    spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text in spelled:
        for word, parts in split_words(text):
            if len(parts) == 1:
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
    """Return starting vectors: those of the teacher, reduced by PCA and weighted by rarity.

    This is the method of Model2Vec (Tulkens and van Dongen 2024): vectors of a transformer for single
    tokens. `teach` returns the vectors of texts, shape (n, any); the result has the shape (n_tokens,
    dimensions).
    """
    vectors = teach(vocabulary.spellings)
    centred = vectors - vectors.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    reduced = centred @ axes[:dimensions].T
    reduced /= np.linalg.norm(reduced, axis=1, keepdims=True) + 1e-9
    return np.asarray(reduced * (_SIF / (_SIF + vocabulary.shares))[:, None], dtype=np.float32)


def new_tokens(
    texts: Iterable[Iterable[str]], known: Container[str], *, size: int, min_count: int
) -> list[str]:
    """Return the `size` tokens in most texts that are not `known` and occur in at least `min_count` texts."""
    counts: Counter[str] = Counter()
    for tokens in texts:
        counts.update({token for token in tokens if token not in known})
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [token for token, n in ordered[:size] if n >= min_count]


def start_vectors(tokens: Sequence[str], rows: Mapping[str, int], vectors: Floats) -> Floats:
    """Return a starting vector for each token, shape (n_tokens, dimensions).

    It is the mean of the vectors of its known parts (see `known_parts`), or zeros if it has none.
    """
    start = np.zeros((len(tokens), vectors.shape[1]), dtype=np.float32)
    for row, token in enumerate(tokens):
        if known := known_parts(token, rows):
            start[row] = vectors[known].mean(axis=0)
    return start


def known_parts(token: str, rows: Mapping[str, int]) -> list[int]:
    """Return the rows of known words that `token` consists of: those with most letters, then fewest words.

    >>> known_parts("asyncsession", {"async": 0, "session": 1})
    [0, 1]
    """
    # best[end]: for token[:end], the letters left over, the number of words, and their rows.
    best: list[tuple[int, int, list[int]]] = [(0, 0, [])]
    for end in range(1, len(token) + 1):
        left, words, found = best[-1]
        chosen = left + 1, words, found
        for start in range(max(end - _MAX_PART_CHARS, 0), end - _MIN_PART_CHARS + 1):
            left, words, found = best[start]
            if (left, words + 1) < chosen[:2]:
                stems = tokenize(token[start:end])
                if len(stems) == 1 and (row := rows.get(stems[0])) is not None:
                    chosen = left, words + 1, [*found, row]
        best.append(chosen)
    return best[-1][2]
