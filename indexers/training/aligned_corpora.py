"""Read pairs of a purpose and what serves it, and count their words, for `mine_translations`."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from indexers.search.lexical import K1, B
from indexers.tokens import query_tokens, tokenize

_MAX_PAIRS: Final = 4000  # of one source, chosen at random: no source may outweigh all others
_LEAST_PAIRS: Final = 24  # a source of fewer has no wrong answers to compare with
_QUERY_CHARS, _TEXT_CHARS = 400, 1500
_MAX_QUERY_TOKENS, _MAX_NAME_TOKENS = 40, 30
_MAX_LINE_BYTES: Final = 100_000

_MAX_TOKEN_CHARS: Final = 24
_MAX_TOKENS: Final = 60_000
# Two neighbouring words are mostly chance; these many pairs and sources must have them.
_LEAST_PAIRS_OF_NEIGHBOURS: Final = 20
_SOURCES_OF_NEIGHBOURS: Final = 8


class AlignedPair(NamedTuple):
    """A purpose, and the tokens of the name and the text that serve it, with how often each occurs.

    `words` are the tokens of the purpose, and its neighbouring tokens joined by a blank.
    """

    words: tuple[str, ...]
    name: Mapping[str, int]
    text: Mapping[str, int]


def aligned_pair(query: str, name: str, text: str) -> AlignedPair:
    """Return the tokens of a pair."""
    tokens = dict.fromkeys(query_tokens(query[:_QUERY_CHARS])[:_MAX_QUERY_TOKENS])
    in_a_row = tokenize(query[:_QUERY_CHARS])[: 2 * _MAX_QUERY_TOKENS]
    neighbours = dict.fromkeys(f"{first} {second}" for first, second in pairwise(in_a_row))
    return AlignedPair(
        (*tokens, *neighbours),
        Counter(tokenize(name)[:_MAX_NAME_TOKENS]),
        Counter(tokenize(text[:_TEXT_CHARS])),
    )


def read_sources(folder: Path, split: str) -> dict[str, list[AlignedPair]]:
    """Return the pairs of one split by source.

    A source is a file of the folder, with a line `{"query", "name", "text", "split"}` for each pair.
    """
    sources: dict[str, list[AlignedPair]] = {}
    for path in sorted(folder.glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            rows: list[Any] = [json.loads(line) for line in lines if len(line) <= _MAX_LINE_BYTES]
        rows = [row for row in rows if row["split"] == split]
        chosen = Random(path.stem).sample(rows, min(_MAX_PAIRS, len(rows)))
        if len(chosen) >= _LEAST_PAIRS:
            sources[path.stem] = [aligned_pair(row["query"], row["name"], row["text"]) for row in chosen]
    return sources


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words that may be translated, and tokens that they may be translated to: the first of the words.

    Args:
        words: all tokens, then pairs of neighbours.
        rows: the place of each word.
        n_tokens: how many of the words are tokens.
    """

    words: tuple[str, ...]
    rows: Mapping[str, int]
    n_tokens: int


def common_words(sources: Sequence[Sequence[AlignedPair]], least_sources: int = 3) -> Lexicon:
    """Return the tokens of at least so many sources, and the neighbours that occur together often."""
    tokens: Counter[str] = Counter()
    neighbours: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    for source in sources:
        here = {token for pair in source for token in (*pair.name, *pair.text)}
        said = Counter(word for pair in source for word in pair.words)
        tokens.update(here | {word for word in said if " " not in word})
        both = Counter({word: count for word, count in said.items() if " " in word})
        neighbours.update(both.keys())
        pairs.update(both)
    kept = [token for token, count in _ordered(tokens) if count >= least_sources and _is_word(token)]
    kept = kept[:_MAX_TOKENS]
    often = [
        both
        for both, count in _ordered(neighbours)
        if count >= _SOURCES_OF_NEIGHBOURS and pairs[both] >= _LEAST_PAIRS_OF_NEIGHBOURS
    ]
    words = (*kept, *often)
    return Lexicon(words, {word: row for row, word in enumerate(words)}, len(kept))


def _ordered(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _is_word(token: str) -> bool:
    return 1 < len(token) <= _MAX_TOKEN_CHARS and not token.isdigit()


@dataclass(frozen=True, slots=True)
class AlignedCorpus:
    """The pairs of one source as matrices, a row a pair.

    Args:
        words: which words of the lexicon each purpose has, shape (n_pairs, n_words).
        names: which tokens each name has, shape (n_pairs, n_tokens).
        scores: the BM25 of each token in each name and text, shape (n_pairs, n_tokens).
        literal: the BM25 of each purpose, with the tokens beyond the lexicon only, with each pair, shape
            (n_pairs, n_pairs).
    """

    words: csr_matrix
    names: csr_matrix
    scores: csr_matrix
    literal: csr_matrix

    def __len__(self) -> int:
        return int(self.words.shape[0])


def aligned_corpus(pairs: Sequence[AlignedPair], lexicon: Lexicon) -> AlignedCorpus:
    """Count the words of a source, with the statistics that an index of this source alone would have."""
    columns = dict(zip(lexicon.words[: lexicon.n_tokens], range(lexicon.n_tokens), strict=True))
    for pair in pairs:
        for token in (*pair.name, *pair.text):
            columns.setdefault(token, len(columns))
    names = _bm25([pair.name for pair in pairs], columns)
    scores = (names + _bm25([pair.text for pair in pairs], columns)).tocsr()
    beyond = [[columns[w] for w in p.words if w in columns and w not in lexicon.rows] for p in pairs]
    known = [[lexicon.rows[word] for word in pair.words if word in lexicon.rows] for pair in pairs]
    n = lexicon.n_tokens
    return AlignedCorpus(
        _ones(known, len(lexicon.words)),
        names[:, :n].astype(bool).astype(np.float32).tocsr(),
        scores[:, :n].tocsr(),
        (_ones(beyond, len(columns)) @ scores.T).tocsr(),
    )


def _ones(rows: Sequence[Sequence[int]], width: int) -> csr_matrix:
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    columns = np.array([column for row in rows for column in row], dtype=np.int32)
    return csr_matrix((np.ones(len(columns), np.float32), columns, starts), shape=(len(rows), width))


def _bm25(texts: Sequence[Mapping[str, int]], columns: Mapping[str, int]) -> csr_matrix:
    """Return the BM25 of each token in each text (see `indexers.search.lexical`)."""
    having = Counter(token for text in texts for token in text)
    lengths = [sum(text.values()) for text in texts]
    mean = sum(lengths) / len(lengths) or 1.0
    rarity = {t: float(np.log(1 + (len(texts) - n + 0.5) / (n + 0.5))) for t, n in having.items()}
    values: list[float] = []
    for text, length in zip(texts, lengths, strict=True):
        damping = K1 * (1 - B + B * length / mean)
        values += [rarity[token] * count * (K1 + 1) / (count + damping) for token, count in text.items()]
    starts = np.concatenate([[0], np.cumsum([len(text) for text in texts])])
    found = np.array([columns[token] for token in _each(texts)], dtype=np.int32)
    return csr_matrix((np.array(values, np.float32), found, starts), shape=(len(texts), len(columns)))


def _each(texts: Iterable[Mapping[str, int]]) -> Iterator[str]:
    return (token for text in texts for token in text)
