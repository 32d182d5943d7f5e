"""The encoder that comes with the package: a token table, no download, no torch."""

from collections.abc import Sequence
from pathlib import Path

from indexers.encoders.encoder import Passage
from indexers.encoders.table import Floats, TokenTable

_FOLDER = Path(__file__).parent / "builtin"


class BuiltinEncoder:
    """A static encoder over the token stream that BM25 uses too."""

    is_cheap = True

    def __init__(self, folder: Path = _FOLDER) -> None:
        self._table = TokenTable.load(folder)
        self.encoder_id = f"builtin-{self._table.fingerprint()}"
        self.dimensions = self._table.dimensions

    def encode(self, passages: Sequence[Passage]) -> Floats:
        """Vectors of passages, shape (n, dimensions); a row of zeros where nothing is known."""
        return self._table.encode([passage.tokens for passage in passages])

    def encode_query(self, query: Passage) -> Floats:
        """Vector of a question, shape (dimensions,)."""
        return self._table.encode_one(query.tokens)
