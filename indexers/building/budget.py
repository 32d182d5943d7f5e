"""The memory budget of indexing: as many workers as fit.

The writer holds what grows with the index; the workers take most of the memory. The figures are
proportional set sizes (shared pages are counted once), measured while Linux 6.1 was indexed: see
bench/RESULTS.md.
"""

import os
from pathlib import Path
from typing import Final, NamedTuple

from corpora.errors import RagError

_WRITER_BYTES: Final = 200_000_000  # interpreter, numpy, FAISS, tantivy, its buffer, its segments merging
_CHUNK_BYTES: Final = 300  # in the writer: ids, codes, file names, segments merging
_WORKER_BYTES: Final = 230_000_000  # interpreter, grammars, cached words, batches under way
_MOST_WORKER_BYTES: Final = 2_000_000_000  # without a limit: a file that takes more is hostile
_LEAST_WORKER_BYTES: Final = 160_000_000  # enough for a single worker

# The writer keeps up with this many workers; more would only wait.
_MOST_WORKERS: Final = 8

_SHARE_OF_FREE: Final = 0.5  # of the free memory, by default

_CGROUP_LIMITS: Final = (  # version 2, version 1: memory that a container may use, and uses
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
)

_MEGABYTE: Final = 1_000_000


class Budget(NamedTuple):
    """The resources of an update.

    `workers` is the number of worker processes, 0 for a single one with little memory; `worker_bytes` is the
    memory that each may take, in bytes, None for no limit.
    """

    workers: int
    worker_bytes: int | None = None


def memory_needed(chunks: int, workers: int) -> int:
    """Return the bytes that all processes together take at the peak, for an index of `chunks` chunks."""
    parsing = workers * _WORKER_BYTES if workers else _LEAST_WORKER_BYTES
    return _WRITER_BYTES + _CHUNK_BYTES * chunks + parsing


def choose_budget(chunks: int, limit: int | None = None) -> Budget:
    """Return the budget with the most workers that cores, writer and memory allow.

    Args:
        chunks: the number of chunks that the index will have.
        limit: bytes that all processes together may take. None for half of the free memory; one process
            is always allowed then.

    Raises:
        RagError: one process needs more than the limit.
    """
    most = min(cores(), _MOST_WORKERS)
    allowed = limit if limit is not None else int(_free_memory() * _SHARE_OF_FREE)
    workers = min((allowed - memory_needed(chunks, 0) + _LEAST_WORKER_BYTES) // _WORKER_BYTES, most)
    if limit is None:
        workers = max(workers, 0)
        share = max(allowed // max(workers, 1), _WORKER_BYTES)
        return Budget(workers, min(share, _MOST_WORKER_BYTES))
    if limit < (least := memory_needed(chunks, 0)):
        raise RagError(
            f"{limit // _MEGABYTE} MB of memory are not enough for this index",
            why=f"{chunks:,} chunks take {-(-least // _MEGABYTE)} MB with a single process",
            fix=f"allow --memory {-(-least // _MEGABYTE)}MB or more, or index less: "
            "rag index --dry-run shows what takes most",
        )
    left = allowed - memory_needed(chunks, 0) + _LEAST_WORKER_BYTES
    return Budget(max(workers, 0), left // max(workers, 1))


def cores() -> int:
    """Return how many processors this process may use, given its container and affinity."""
    from loky import cpu_count

    return int(cpu_count())


def _free_memory() -> int:
    """Return the bytes that can be allocated without swapping, on the machine and in its container."""
    import psutil

    free = int(psutil.virtual_memory().available)
    for limit, used in _CGROUP_LIMITS:
        try:
            free = min(free, int(Path(limit).read_text()) - int(Path(used).read_text()))
        except (OSError, ValueError):  # no such file, or "max"
            continue
    return free


def limit_growth(nbytes: int) -> None:
    """Make allocations of this process fail once it has taken `nbytes` in all, if the system can do that.

    A file that makes a parser take more than its worker's share is skipped; the machine does not suffer.
    """
    try:
        import resource

        statistics = Path(f"/proc/{os.getpid()}/status").read_text()
    except (ImportError, OSError):
        return
    figures = dict(line.split(":", 1) for line in statistics.splitlines())
    held, reserved = (int(figures[name].split()[0]) * 1024 for name in ("VmRSS", "VmData"))
    # Memory that is reserved but not used, such as stacks of threads, must not count.
    soft = reserved + max(nbytes - held, 0)
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    if hard == resource.RLIM_INFINITY or soft < hard:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
