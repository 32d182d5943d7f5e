"""How much memory indexing may take, and what it does to stay within it.

One writer holds what grows with the index; workers, the parts that take most, are as many as fit.
The figures are proportional set sizes, shared pages counted once, measured while Linux 6.1 was indexed:
bench/RESULTS.md.
"""

import os
from pathlib import Path
from typing import Final, NamedTuple

from corpora.errors import RagError

_WRITER_BYTES: Final = 200_000_000  # interpreter, numpy, FAISS, tantivy, its buffer, its segments merging
_CHUNK_BYTES: Final = (
    300  # what the writer holds of a chunk: ids, codes, the names of files, segments merging
)
_WORKER_BYTES: Final = 230_000_000  # interpreter, grammars, the words met, batches under way
_MOST_WORKER_BYTES: Final = 2_000_000_000  # where nothing limits it: what takes more is hostile
_LEAST_WORKER_BYTES: Final = 160_000_000  # what a single one gets by with

# A writer keeps up with so many at the most; further ones would only wait.
_MOST_WORKERS: Final = 8

_SHARE_OF_FREE: Final = 0.5  # of what the machine has to spare, by default

_CGROUP_LIMITS: Final = (  # version 2, version 1: what a container may use, and does use
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
)

_MEGABYTE: Final = 1_000_000


class Budget(NamedTuple):
    """What an update may use: `workers` processes, 0 for a single small one.

    `worker_bytes` is what each of them may take, None for no limit.
    """

    workers: int
    worker_bytes: int | None = None


def memory_needed(chunks: int, workers: int) -> int:
    """Bytes that all processes together take to index, at the peak."""
    parsing = workers * _WORKER_BYTES if workers else _LEAST_WORKER_BYTES
    return _WRITER_BYTES + _CHUNK_BYTES * chunks + parsing


def choose_budget(chunks: int, limit: int | None = None) -> Budget:
    """As many workers as there are cores, the writer can follow, and `limit` bytes allow.

    `chunks` is how many the index will have. Without a limit, half of the memory that is free counts;
    then one process is always allowed.

    Raises:
        RagError: the limit is below what one process needs.
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
            why=f"{chunks:,} chunks take {-(-least // _MEGABYTE)} MB, with a single process",
            fix=f"allow --memory {-(-least // _MEGABYTE)}MB or more, or index less: "
            "rag index --dry-run tells what takes most",
        )
    left = allowed - memory_needed(chunks, 0) + _LEAST_WORKER_BYTES
    return Budget(max(workers, 0), left // max(workers, 1))


def cores() -> int:
    """How many processors this process may use: containers and affinity count."""
    from loky import cpu_count

    return int(cpu_count())


def _free_memory() -> int:
    """Bytes that can be taken without swapping, on the machine and in its container."""
    import psutil

    free = int(psutil.virtual_memory().available)
    for limit, used in _CGROUP_LIMITS:
        try:
            free = min(free, int(Path(limit).read_text()) - int(Path(used).read_text()))
        except (OSError, ValueError):  # no such file, or "max"
            continue
    return free


def limit_growth(nbytes: int) -> None:
    """Have allocations of this process fail once it has taken `nbytes` in all; where the system can do that.

    A file that makes a parser take more than its worker's share costs that file, not the machine.
    """
    try:
        import resource

        statistics = Path(f"/proc/{os.getpid()}/status").read_text()
    except (ImportError, OSError):
        return
    figures = dict(line.split(":", 1) for line in statistics.splitlines())
    held, reserved = (int(figures[name].split()[0]) * 1024 for name in ("VmRSS", "VmData"))
    # Stacks of threads and the like are reserved, and not used: they must not count.
    soft = reserved + max(nbytes - held, 0)
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    if hard == resource.RLIM_INFINITY or soft < hard:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
