"""Static encoders: the token table that comes with the package, or one trained on the user's own code."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from corpora.document import hash_bytes
from corpora.errors import IndexDamaged
from indexers.encoders.encoder import EncoderPassage, Parts, Question
from indexers.encoders.table import Floats, TokenTable, WeightedParts
from indexers.tokens import query_words

BUILTIN_FOLDER = Path(__file__).parent / "builtin"

# In a plain mean over all tokens, the name of a chunk and the beginning of its text would hardly count. The
# weight of each part: ablation in bench/RESULTS.md. The beginning of the body counts in the body too.
_NAME, _PATH, _SIGNATURE, _BEGINNING, _BODY = 0.5, 0.5, 0.3, 0.3, 1.0
_BEGINNING_TOKENS = 20

# The same for the parts of a long question: otherwise a table of numbers in it outweighs the question itself.
_PROSE, _ASKING, _CODE = 1.0, 0.5, 1.0


class TableEncoder:
    """A static encoder over the tokens that BM25 uses too: no download, no torch."""

    is_cheap = True

    def __init__(self, table: TokenTable, encoder_id: str) -> None:
        self._table = table
        weights = hash_bytes(repr((_NAME, _PATH, _SIGNATURE, _BEGINNING, _BODY, _BEGINNING_TOKENS)).encode())
        self.encoder_id = f"{encoder_id}-{weights[:4]}"
        self.dimensions = table.dimensions

    @classmethod
    def builtin(cls) -> "TableEncoder":
        """Open the encoder that comes with the package."""
        table = builtin_table()
        return cls(table, f"builtin-{table.fingerprint()}")

    @classmethod
    def open(cls, folder: Path) -> "TableEncoder":
        """Open the encoder whose table `rag train` wrote to `folder`; its id differs when any weight differs.

        Raises `IndexDamaged` if there is no table or it is damaged.
        """
        if not folder.is_dir():
            raise IndexDamaged(
                f"there is no token table at {folder}",
                why="the folder was removed, or the name is wrong",
                fix=f"restore it, or train one: rag train --corpus FOLDER --out {folder}; "
                "or use the built-in encoder: rag index --rebuild --encoder builtin",
            )
        table = TokenTable.load(folder)
        return cls(table, f"table-{table.content_hash()}")

    def encode(self, passages: Sequence[EncoderPassage]) -> Floats:
        """Return the vectors of passages, shape (n, dimensions); zeros for a passage without known tokens."""
        return self._table.encode([weighted(passage.parts) for passage in passages])

    def encode_query(self, query: Question) -> Floats:
        """Return the vector of a question, shape (dimensions,)."""
        return self._table.encode_one(((_PROSE, query.prose), (_ASKING, query.asking), (_CODE, query.code)))

    def coverage(self, text: str) -> float:
        """Return the share of the words of a question of which some part is known; 1 for no words."""
        known = [any(token in self._table.rows for token in tokens) for tokens in query_words(text) if tokens]
        return sum(known) / len(known) if known else 1.0


@lru_cache(maxsize=1)
def builtin_table() -> TokenTable:
    """Return the table that comes with the package; it is read once."""
    return TokenTable.load(BUILTIN_FOLDER)


def weighted(parts: Parts) -> WeightedParts:
    """Return the tokens of the parts of a passage with the weight of each part."""
    return (
        (_NAME, parts.name),
        (_PATH, parts.path),
        (_SIGNATURE, parts.signature),
        (_BEGINNING, parts.body[:_BEGINNING_TOKENS]),
        (_BODY, parts.body),
    )
