"""Late interaction over the built-in token table: for each word of a question, its best match in a passage.

    sum over tokens t of the question of  weight(t) * max over tokens p of the passage of cosine(t, p)

Khattab and Zaharia 2020, "ColBERT", section 3.2 (MaxSim), with vectors that do not depend on their context
and so cost nothing. The weight of a token is the length of its row in the table, which is larger for rare
tokens.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from indexers.encoders.builtin import builtin_table
from indexers.encoders.table import Floats, TokenTable
from indexers.search.fields import searchable
from indexers.tokens import query_tokens
from rag.retrieval.hit import Hit

# Weight of a match in name or signature against one anywhere, and weight of both against the score of the
# first ranking: ablation in bench/RESULTS.md.
_NAME: Final = 0.3
_WEIGHT: Final = 0.3


class LateInteraction:
    """A reranker that adds MaxSim of the question to the score of a hit; needs milliseconds and no model."""

    def __init__(self, table: TokenTable | None = None) -> None:
        """Use `table`, by default that of the built-in encoder."""
        self._table = table or builtin_table()

    def __call__(self, query: str, hits: Sequence[Hit]) -> list[float]:
        """Return a score for each of `hits`."""
        asked, weights = self._table.directions(query_tokens(query))
        if not weights.any():
            return [hit.score for hit in hits]
        return [hit.score + _WEIGHT * self._match(hit, asked, weights / weights.sum()) for hit in hits]

    def _match(self, hit: Hit, asked: Floats, weights: Floats) -> float:
        parts = searchable(hit.chunk).passage.parts
        name = self._table.directions([*parts.name, *parts.signature])[0]
        rest = self._table.directions([*parts.path, *parts.body])[0]
        in_name, elsewhere = _best(asked, name), _best(asked, rest)
        anywhere = np.maximum(in_name, elsewhere)
        return float(weights @ ((1 - _NAME) * anywhere + _NAME * in_name))


def _best(asked: Floats, passage: Floats) -> Floats:
    """Return for each row of `asked` its highest cosine with a row of `passage`, shape (n_asked,)."""
    highest: Floats = (asked @ passage.T).max(axis=1, initial=-1.0)
    return highest if len(passage) else np.zeros_like(highest)
