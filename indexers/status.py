"""The status of an index."""

from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from corpora.spec import CorpusSpec
from indexers.catalog.catalog import Catalog
from indexers.catalog.schema import Counts
from indexers.layout import Layout


@dataclass(frozen=True, slots=True)
class DeepenedUnits:
    """How many units of documentation there are, and how many of them have vectors of a transformer.

    `size_bytes` is what these take on disk.
    """

    done: int
    units: int
    size_bytes: int

    @property
    def left(self) -> int:
        """Return how many units have none."""
        return self.units - self.done


@dataclass(frozen=True, slots=True)
class Status:
    """What an index holds, as `Index.status` returns it.

    `deepened` tells how many units of documentation have vectors of a transformer, None if none has.
    `path` is its folder or "memory", `size_bytes` its size on disk. `recall_at_10` is the share of the ten
    nearest vectors that a search finds, 0 to 1; None if searches are exact. `engine` names what holds and
    searches it (see `engines_named`).
    """

    path: str
    generation: int
    encoder: str
    corpora: tuple[CorpusSpec, ...]
    counts: Counts
    size_bytes: int
    recall_at_10: float | None = None
    deepened: DeepenedUnits | None = None
    engine: str = ""


def status_of(
    path: Path | None, catalog: Catalog, encoder: str, engine: str, deepened: DeepenedUnits | None
) -> Status:
    """Return the status of the index in the folder `path`, or in memory for None."""
    recall = catalog.database.meta("recall_at_10")
    return Status(
        path=str(path or "memory"),
        generation=catalog.database.generation,
        encoder=encoder,
        corpora=tuple(catalog.corpora().values()),
        counts=catalog.census.counts(),
        size_bytes=Layout(path).size_bytes() if path else 0,
        recall_at_10=recall if isinstance(recall, float) and isfinite(recall) else None,
        deepened=deepened,
        engine=engine,
    )
