"""What an index tells of itself."""

from dataclasses import dataclass

from corpora.spec import CorpusSpec
from indexers.catalog.schema import Counts


@dataclass(frozen=True, slots=True)
class Status:
    """What `Index.status` tells.

    `recall_at_10` is the share of the ten nearest vectors that a search finds, None where it finds all.
    """

    path: str
    generation: int
    encoder: str
    corpora: tuple[CorpusSpec, ...]
    counts: Counts
    size_bytes: int
    recall_at_10: float | None = None
