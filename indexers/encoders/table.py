"""A table of token vectors in 8 bits, and the weighted mean over it: a static encoder.

The vector of a text is  sum over its tokens t of (1 + ln count(t)) * scale[t] * codes[t],  scaled to
length 1. The weight of a token is the length of its row, so one table holds direction and weight.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise, repeat
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpora.document import hash_bytes
from corpora.errors import IndexDamaged
from corpora.outside.files import read_outside, regular_status

Floats = NDArray[np.float32]

WeightedParts = Sequence[tuple[float, Sequence[str]]]
"""The tokens of a text by part, each with the weight of the part."""

_VOCABULARY, _CODES, _SCALES, _CARD = "vocabulary.txt", "codes.npy", "scales.npy", "card.json"
# Bounds for tables that somebody else has made; the built-in one has 60,000 tokens.
_MAX_VOCABULARY_BYTES = 64_000_000
_MAX_CODES_BYTES = 2_000_000_000
_MAX_DIMENSIONS = 4_096

# Importing scipy takes 0.12 s; a single file is encoded in less time without it.
_WORTH_SCIPY = 512
_MAX_INT32 = 2**31 - 1


@dataclass(frozen=True)
class TokenTable:
    """Rows of `codes`, shape (n_tokens, dimensions), int8, times `scales`, shape (n_tokens,)."""

    rows: dict[str, int]
    codes: NDArray[np.int8]
    scales: Floats

    @property
    def dimensions(self) -> int:
        """Return the length of a vector."""
        return int(self.codes.shape[1])

    @classmethod
    def from_vectors(cls, tokens: Sequence[str], vectors: Floats) -> "TokenTable":
        """Quantize `vectors`, shape (n_tokens, dimensions), to 8 bits a number and one scale a row."""
        scales = np.maximum(np.abs(vectors).max(axis=1), np.finfo(np.float32).tiny) / 127
        codes = np.rint(vectors / scales[:, None]).astype(np.int8)
        return cls({token: row for row, token in enumerate(tokens)}, codes, scales.astype(np.float32))

    @classmethod
    def load(cls, folder: Path) -> "TokenTable":
        """Read a table that `save` wrote; codes are mapped, so they stay on disk until they are used.

        Raises `IndexDamaged` if a file is missing or does not match the others.
        """
        try:
            words = read_outside(folder / _VOCABULARY, max_bytes=_MAX_VOCABULARY_BYTES)
            tokens = words.decode("utf-8").replace("\r\n", "\n").split("\n")
            codes = _mapped(folder / _CODES, _MAX_CODES_BYTES)
            scales = np.array(_mapped(folder / _SCALES, _MAX_VOCABULARY_BYTES))
        except (OSError, ValueError, EOFError, OverflowError, MemoryError, RecursionError) as error:
            raise _damaged(folder, str(error) or type(error).__name__) from error
        if codes.dtype != np.int8 or codes.ndim != 2 or scales.dtype != np.float32 or scales.ndim != 1:
            raise _damaged(folder, f"codes of {codes.dtype} {codes.shape}, scales of {scales.dtype}")
        if codes.shape[1] > _MAX_DIMENSIONS:
            raise _damaged(folder, f"{codes.shape[1]} dimensions are more than {_MAX_DIMENSIONS}")
        if not len(tokens) == len(codes) == len(scales):
            raise _damaged(folder, f"{len(tokens)} tokens, {len(codes)} rows, {len(scales)} scales")
        if not np.isfinite(scales).all():
            raise _damaged(folder, "a scale is not a finite number")
        return cls(dict(zip(tokens, range(len(tokens)), strict=True)), codes, scales)

    def save(self, folder: Path, card: dict[str, object]) -> None:
        """Write the table to `folder`, with a `card` that says how it was made."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _VOCABULARY).write_text("\n".join(self.rows), encoding="utf-8")
        np.save(folder / _CODES, self.codes)
        np.save(folder / _SCALES, self.scales)
        (folder / _CARD).write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")

    def fingerprint(self) -> str:
        """Return a hash of the scales: cheap, and different for tables that were trained differently."""
        return hash_bytes(self.scales.tobytes())[:12]

    def content_hash(self) -> str:
        """Return a hash of the tokens and all numbers; reads the whole table."""
        parts = ["\n".join(self.rows).encode(), self.scales.tobytes(), self.codes.tobytes()]
        return hash_bytes("".join(hash_bytes(part) for part in parts).encode())[:16]

    def vectors(self) -> Floats:
        """Return the rows as floats, shape (n_tokens, dimensions)."""
        return self.codes.astype(np.float32) * self.scales[:, None]

    def encode_one(self, parts: WeightedParts) -> Floats:
        """Return the vector of one text, shape (dimensions,), of length 1, or zeros if no token is known."""
        rows, weights, _ = self.bags([parts])
        vector: Floats = (weights * self.scales[rows]) @ self.codes[rows].astype(np.float32)
        return normalize(vector)

    def encode(self, texts: Sequence[WeightedParts]) -> Floats:
        """Return the vectors of many texts, shape (n, dimensions), by one sparse matrix product."""
        rows, weights, ends = self.bags(texts)
        data = weights * self.scales[rows]
        # Only the rows that occur are converted to floats: a batch has a few thousand of them.
        occurs = np.zeros(len(self.rows), dtype=bool)
        occurs[rows] = True
        compact = np.cumsum(occurs)[rows] - 1
        return normalize(_weighted_sums(data, compact, ends, self.codes[occurs].astype(np.float32)))

    def directions(self, tokens: Sequence[str]) -> tuple[Floats, Floats]:
        """Return the vectors and weights of the known tokens, each token once.

        Vectors have length 1 and the shape (n, dimensions), weights the shape (n,).
        """
        known = dict.fromkeys(row for row in map(self.rows.get, tokens) if row is not None)
        rows = np.fromiter(known, dtype=np.int64)
        codes = self.codes[rows].astype(np.float32)
        lengths = np.linalg.norm(codes, axis=1)
        return codes / np.maximum(lengths, 1)[:, None], lengths * self.scales[rows]

    def bags(self, texts: Sequence[WeightedParts]) -> tuple[NDArray[np.int64], Floats, NDArray[np.int64]]:
        """Return texts as a sparse matrix by rows: columns, values, and where each row begins and ends.

        A column is the table row of a known token. The value of a token is 1 + ln of how often it occurs,
        normalized so that each part of a text has the length of its weight. The third array has one number
        more than there are texts: the matrix row of text i is `columns[ends[i]:ends[i + 1]]`.
        """
        parts = [part for text in texts for part in text]
        lengths = [len(tokens) for _, tokens in parts]
        tokens = chain.from_iterable(tokens for _, tokens in parts)
        # `map` with two iterables: a Python call for each token would take as long as all the rest.
        found = np.fromiter(map(self.rows.get, tokens, repeat(-1)), np.int32, sum(lengths))
        # Count by sorting: part * n_tokens + row is one number for each pair of part and row.
        firsts = np.arange(len(parts)) * len(self.rows)
        if len(firsts) * len(self.rows) < _MAX_INT32:
            firsts = firsts.astype(np.int32)  # half the bytes to sort
        pairs = np.repeat(firsts, lengths) + found
        pairs, counts = np.unique(pairs[found >= 0], return_counts=True)
        part, row = np.divmod(pairs, max(len(self.rows), 1))
        values = 1 + np.log(counts)
        squares = np.bincount(part, values**2, len(parts))
        shares = np.array([weight for weight, _ in parts]) / np.sqrt(np.maximum(squares, 1))
        ends = np.searchsorted(part, np.cumsum([0, *(len(text) for text in texts)]))
        return row, (values * shares[part]).astype(np.float32), ends


def _weighted_sums(
    weights: Floats, columns: NDArray[np.int64], ends: NDArray[np.int64], table: Floats
) -> Floats:
    """Return the product of a sparse matrix, whose rows end at `ends`, and `table`."""
    if len(ends) > _WORTH_SCIPY or "scipy.sparse" in sys.modules:
        from scipy.sparse import csr_matrix

        return np.asarray(csr_matrix((weights, columns, ends), shape=(len(ends) - 1, len(table))) @ table)
    # The same additions in the same order: equal to the last bit.
    sums = np.zeros((len(ends) - 1, table.shape[1]), dtype=np.float32)
    for row, (start, end) in enumerate(pairwise(ends)):
        sums[row] = np.add.reduce(weights[start:end, None] * table[columns[start:end]], axis=0)
    return sums


def normalize(vectors: Floats) -> Floats:
    """Return each row scaled to length 1; rows of zeros stay zeros."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: Floats = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return unit


def _mapped(path: Path, max_bytes: int) -> NDArray[Any]:
    """Map an array from the disk: a header that claims a larger one takes no memory."""
    if regular_status(path).st_size > max_bytes:
        raise ValueError(f"{path.name} holds more than {max_bytes} bytes")
    array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    return array


def holds_table(folder: Path) -> bool:
    """Return whether `folder` holds the files of a table."""
    return all((folder / name).is_file() for name in (_VOCABULARY, _CODES, _SCALES))


def stamp_of_table(folder: Path) -> str:
    """Return a text that changes when a table is written to `folder`; empty if there is no table."""
    try:
        status = (folder / _SCALES).stat()
    except OSError:
        return ""
    return f"{status.st_mtime_ns} {status.st_size} {status.st_ino}"


def _damaged(folder: Path, why: str) -> IndexDamaged:
    return IndexDamaged(
        f"the token table {folder} cannot be read",
        why=why,
        fix="reinstall docprompting, or train the table again",
    )
