"""The encoder that comes with the package: a token table, no download, no torch."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from corpora.document import hash_bytes
from indexers.encoders.encoder import Parts, Passage
from indexers.encoders.table import Floats, TokenTable, WeightedParts

_FOLDER = Path(__file__).parent / "builtin"

# A mean over all tokens drowns what a chunk is called, and what its text says first, in the rest. What each
# part weighs: ablation in bench/RESULTS.md. The beginning of the body counts in the body too.
_NAME, _PATH, _SIGNATURE, _BEGINNING, _BODY = 0.5, 0.5, 0.3, 0.3, 1.0
_BEGINNING_TOKENS = 20


class BuiltinEncoder:
    """A static encoder over the token stream that BM25 uses too."""

    is_cheap = True

    def __init__(self, folder: Path = _FOLDER) -> None:
        self._table = builtin_table(folder)
        weights = hash_bytes(repr((_NAME, _PATH, _SIGNATURE, _BEGINNING, _BODY, _BEGINNING_TOKENS)).encode())
        self.encoder_id = f"builtin-{self._table.fingerprint()}-{weights[:4]}"
        self.dimensions = self._table.dimensions

    def encode(self, passages: Sequence[Passage]) -> Floats:
        """Vectors of passages, shape (n, dimensions); a row of zeros where nothing is known."""
        return self._table.encode([weighted(passage.parts) for passage in passages])

    def encode_query(self, query: Passage) -> Floats:
        """Vector of a question, shape (dimensions,)."""
        return self._table.encode_one(query.parts.body)


@lru_cache(maxsize=2)
def builtin_table(folder: Path = _FOLDER) -> TokenTable:
    """The table of the built-in encoder; read once."""
    return TokenTable.load(folder)


def weighted(parts: Parts) -> WeightedParts:
    """The parts of a passage with what they weigh."""
    return (
        (_NAME, parts.name),
        (_PATH, parts.path),
        (_SIGNATURE, parts.signature),
        (_BEGINNING, parts.body[:_BEGINNING_TOKENS]),
        (_BODY, parts.body),
    )
