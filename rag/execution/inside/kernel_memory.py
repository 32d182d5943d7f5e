"""Read from the folder of a memory cgroup, version 1 or 2, what it holds and whether it met its limit."""

from __future__ import annotations

import time
from pathlib import Path

# version -> (current size, limit, counters of events, prefix of statistics that include cgroups below)
_FILES = {
    1: ("memory.usage_in_bytes", "memory.limit_in_bytes", "memory.oom_control", "total_"),
    2: ("memory.current", "memory.max", "memory.events", ""),
}
SLACK_BYTES = 8 << 20  # by how much a server may grow
_NO_LIMIT = 1 << 60  # without a limit, version 1 shows the largest multiple of a page, which is above this
_WAIT_SECONDS, _NAP_SECONDS = 0.5, 0.002  # for the kernel to free what a program held
_OF_A_CONTAINER = ("/sys/fs/cgroup/memory", "/sys/fs/cgroup")


class MemoryCgroup:
    """A cgroup that counts memory; all values are in bytes.

    Raises:
        OSError: by every method, if the cgroup has been removed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.version = 1 if (folder / "memory.limit_in_bytes").exists() else 2
        held, limit, events, self._prefix = _FILES[self.version]
        self._held, self._limit, self._events = str(folder / held), folder / limit, str(folder / events)

    def held(self) -> int:
        """Return all that is charged to the cgroup, including what can be reclaimed at any time."""
        with open(self._held) as stream:
            return int(stream.read())

    def needed(self) -> int:
        """Return what is charged and cannot be reclaimed: all but cached files on disk and some slab."""
        held, statistics = self.held(), self._statistics()
        files = statistics.get("file", statistics.get(self._prefix + "cache", 0))
        in_memory = statistics.get(self._prefix + "shmem", 0)
        return held - (files - in_memory) - statistics.get("slab_reclaimable", 0)

    def mapped(self) -> int:
        """Return how much of files on disk, such as libraries, processes have mapped."""
        statistics = self._statistics()
        return statistics.get("file_mapped", statistics.get(self._prefix + "mapped_file", 0))

    def kills(self) -> int:
        """Return how many processes the kernel has killed because of the limit."""
        with open(self._events) as stream:
            return dict_of(stream.read()).get("oom_kill", 0)

    def falls_to(self, bound: int) -> bool:
        """Return whether it needs at most `bound` bytes, waiting a little for the kernel to free memory."""
        deadline = time.monotonic() + _WAIT_SECONDS
        while self.held() > bound and self.needed() > bound:  # `held` is faster
            if time.monotonic() > deadline:
                return False
            time.sleep(_NAP_SECONDS)
        return True

    def is_limited(self) -> bool:
        """Return whether the cgroup has a limit at all."""
        limit = self._limit.read_text().strip()
        return limit != "max" and int(limit) < _NO_LIMIT

    def _statistics(self) -> dict[str, int]:
        return dict_of((self.folder / "memory.stat").read_text())


def cgroup_of_container() -> MemoryCgroup | None:
    """Return the cgroup that limits the container around this process, if there is one and it is visible."""
    for folder in map(Path, _OF_A_CONTAINER):
        cgroup = MemoryCgroup(folder)
        try:
            if cgroup.is_limited() and cgroup.kills() >= 0:
                return cgroup
        except (OSError, ValueError):
            continue
    return None


def dict_of(lines: str) -> dict[str, int]:
    """Parse lines such as `anon 4096` into numbers by name."""
    pairs = (line.split() for line in lines.splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2}
