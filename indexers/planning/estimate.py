"""The cost of indexing: measured rates, corrected by preparing a small sample.

The rates are those of `corpora.kinds`. The sample is chosen by the paths alone: the same corpora give
the same number of chunks at any time, unless a sample is cut short by the clock.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from heapq import nsmallest
from time import monotonic, process_time
from typing import Final, NamedTuple
from zlib import crc32

from corpora.document import Listed
from corpora.kinds import Cost, kind_named
from corpora.spec import CorpusSpec
from indexers.building.budget import Budget, choose_budget, cores, memory_needed
from indexers.building.expected_chunks import expected_chunks
from indexers.building.prepare import Batch, LeftOut, Prepared, ReadTask, prepare_batch
from indexers.building.workers import BYTES_WORTH_WORKERS, spread
from indexers.encoders import is_static


class Item(NamedTuple):
    """An item of a corpus; `is_read` says whether indexing has to read it."""

    spec: CorpusSpec
    listed: Listed
    is_read: bool


@dataclass(frozen=True, slots=True)
class Estimate:
    """The size of an index, and the time and memory that bringing it up to date takes.

    `chunks` and `index_bytes` are of all corpora of the plan; `seconds` of what has to be read;
    `memory_bytes` of all processes together at the peak. `sampled_files` were really prepared.
    """

    chunks: int
    seconds: float
    memory_bytes: int
    index_bytes: int
    sampled_files: int


_START_SECONDS: Final = 1.0  # until the workers are there
_WRITER_SPEED: Final = 13.0  # MB/s: there is one writer, however many cores prepare
_ENCODED_PER_SECOND: Final = 12  # chunks, two cores: all-MiniLM-L6-v2 manages 10 to 17

_SAMPLE_FILES, _SAMPLE_BYTES, _SAMPLE_SECONDS = 200, 1_500_000, 2.0
_SAMPLE_FILE_BYTES = 200_000  # one large file would be the whole sample
_TELLING_BYTES = 500_000  # of a smaller sample the time says more of the start than of the speed


@dataclass(slots=True)
class _Sample:
    files: int = 0
    chunks: int = 0
    expected_chunks: float = 0.0
    size_bytes: int = 0
    cpu_seconds: float = 0.0
    expected_cpu_seconds: float = 0.0

    @property
    def slowness(self) -> float:
        """Return how much longer preparing took than the table says, from 0.25 to 4 times."""
        if self.size_bytes < _TELLING_BYTES:
            return 1.0
        return min(max(self.cpu_seconds / self.expected_cpu_seconds, 0.25), 4.0)


def estimate(
    items: Sequence[Item], *, encoder: str, scan_seconds: float = 0.0, max_memory: int | None = None
) -> Estimate:
    """Estimate the index of `items`; prepares a few of those that have to be read, for 2 s at most.

    Raises `RagError` if `max_memory`, in bytes, is not enough.
    """
    sample = _prepare_sample(items, encoder)
    expected = sum(expected_chunks(item.spec, item.listed) for item in items)
    factor = sample.chunks / sample.expected_chunks if sample.expected_chunks else 1.0
    # What was prepared is known; the rest is corrected by how far the table was off there.
    chunks = sample.chunks + (expected - sample.expected_chunks) * factor
    read = [item for item in items if item.is_read]
    read_chunks = sum(expected_chunks(item.spec, item.listed) for item in read) * factor
    budget = choose_budget(round(chunks), max_memory)
    workers = budget.workers if sum(item.listed.size_bytes for item in read) >= BYTES_WORTH_WORKERS else 0
    encoded = 0.0 if is_static(encoder) else read_chunks
    return Estimate(
        chunks=round(chunks),
        seconds=round(scan_seconds + _seconds(read, encoded, sample.slowness, max(workers, 1)), 1),
        memory_bytes=memory_needed(round(chunks), workers),
        index_bytes=round(sum(item.listed.size_bytes * _cost(item.spec).index_ratio for item in items)),
        sampled_files=sample.files,
    )


def _seconds(read: Sequence[Item], encoded: float, slowness: float, workers: int) -> float:
    """Return the seconds that preparing the items and encoding `encoded` chunks take."""
    if not read:
        return 0.0
    pairs = workers / 2  # the rates are those of two cores
    megabytes = sum(item.listed.size_bytes for item in read) / 1e6
    preparing = sum(item.listed.size_bytes / 1e6 / _cost(item.spec).speed for item in read)
    encoding = encoded / _ENCODED_PER_SECOND / (cores() / 2)
    return _START_SECONDS + max(preparing * slowness / pairs, megabytes / _WRITER_SPEED) + encoding


def _cost(spec: CorpusSpec) -> Cost:
    return kind_named(spec.kind).cost


def _prepare_sample(items: Sequence[Item], encoder: str) -> _Sample:
    """Prepare a sample of files, chosen by checksums of their paths: each file is equally likely."""
    eligible = (item for item in items if item.is_read and _is_quick(item))
    chosen = nsmallest(_SAMPLE_FILES, eligible, key=_draw)
    cheap = encoder if is_static(encoder) else ""  # other encoders are estimated by the chunk
    # The first item is prepared twice: what is loaded once must not be timed.
    batches = [Batch(item.spec, (ReadTask(item.listed),), cheap) for item in chosen[:1] + chosen]
    sample, start = _Sample(), monotonic()
    with closing(spread(batches, Budget(workers=1), _prepare_timed)) as results:
        next(results, None)
        for item, result in zip(chosen, results, strict=False):
            chunks, cpu_seconds = result[0] if not isinstance(result[0], LeftOut) else (0, 0.0)
            sample.chunks += chunks
            sample.cpu_seconds += cpu_seconds
            sample.expected_cpu_seconds += item.listed.size_bytes / 1e6 / _cost(item.spec).sample_speed
            sample.expected_chunks += expected_chunks(item.spec, item.listed)
            sample.size_bytes += item.listed.size_bytes
            sample.files += 1
            if sample.size_bytes > _SAMPLE_BYTES or monotonic() - start > _SAMPLE_SECONDS:
                break
    return sample


def _prepare_timed(batch: Batch) -> list[tuple[int, float]]:
    """Return the number of chunks of the only item and the processor time that it took, in seconds."""
    before = process_time()
    (outcome,) = prepare_batch(batch)
    chunks = len(outcome.chunking.chunks) if isinstance(outcome, Prepared) else 0
    return [(chunks, process_time() - before)]


def _is_quick(item: Item) -> bool:
    """Return whether the item can be read by itself; a module needs its whole package."""
    return kind_named(item.spec.kind).reads_alone and 0 < item.listed.size_bytes <= _SAMPLE_FILE_BYTES


def _draw(item: Item) -> tuple[int, str, str]:
    path = item.listed.path
    return crc32(path.encode("utf-8", "surrogatepass")), path, item.spec.name
