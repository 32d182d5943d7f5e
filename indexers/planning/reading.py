"""What is left out only when it is read: a plan reads it, too, to count what an update then counts."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from corpora.document import Listed, Skipped
from corpora.kinds import kind_named
from corpora.spec import CorpusSpec, open_corpus
from corpora.syntax.parse import reading_time_limit
from indexers.building.budget import Budget
from indexers.building.prepare import Batch, LeftOut, ReadTask
from indexers.building.workers import batched, spread

_MAX_BYTES: Final = 500_000_000
_MAX_SECONDS: Final = 20.0
_BATCH_BYTES: Final = 2_000_000
_BATCH_ITEMS: Final = 200


@dataclass(slots=True)
class Reader:
    """Reads what an update would read, as long as that takes little time.

    Attributes:
        unread: number of items that were not read, for lack of time.
    """

    unread: int = 0
    _bytes_left: int = _MAX_BYTES
    _end: float = field(default_factory=lambda: monotonic() + _MAX_SECONDS)

    def left_out(self, spec: CorpusSpec, listed: Sequence[Listed]) -> dict[str, Skipped]:
        """Return those of `listed` that reading leaves out, by their path.

        What can only be read as a whole, such as a package, is not read.
        """
        if not kind_named(spec.kind).reads_alone:
            return {}
        chosen = self._affordable(listed)
        whole = Batch(spec, tuple(map(ReadTask, chosen)), "")
        batches = list(batched([whole], max_bytes=_BATCH_BYTES, max_items=_BATCH_ITEMS))
        outcomes: list[Skipped | LeftOut | None] = []
        with closing(spread(batches, Budget(workers=1), _left_out)) as results:
            for result in results:
                outcomes += result
                if monotonic() > self._end:
                    break
        self.unread += len(listed) - len(outcomes)
        return {
            item.path: outcome.skipped if isinstance(outcome, LeftOut) else outcome
            for item, outcome in zip(chosen, outcomes, strict=False)
            if outcome
        }

    def _affordable(self, listed: Sequence[Listed]) -> list[Listed]:
        """Return the first of `listed`, as many as there are bytes left for."""
        chosen = []
        for item in listed:
            if item.size_bytes > self._bytes_left:
                break
            self._bytes_left -= item.size_bytes
            chosen.append(item)
        return chosen


def _left_out(batch: Batch) -> list[Skipped | None]:
    """Run in a worker: read every item of the batch, and return those that are left out."""
    corpus = open_corpus(batch.spec)
    found: list[Skipped | None] = []
    for task in batch.tasks:
        with reading_time_limit(task.listed.size_bytes):
            document = corpus.read(task.listed)
        found.append(document if isinstance(document, Skipped) else None)
    return found
