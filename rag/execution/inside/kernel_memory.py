"""What a memory cgroup holds and whether its limit was met, read from its folder, of version 1 or 2."""

from __future__ import annotations

import time
from pathlib import Path

# version -> (what it holds now, its limit, counters of events, prefix of statistics that count what is below)
_FILES = {
    1: ("memory.usage_in_bytes", "memory.limit_in_bytes", "memory.oom_control", "total_"),
    2: ("memory.current", "memory.max", "memory.events", ""),
}
SLACK_BYTES = 8 << 20  # what a server may grow by
_NO_LIMIT = 1 << 60  # version 1 shows the largest multiple of a page
_WAIT_SECONDS, _NAP_SECONDS = 0.5, 0.002  # for the kernel to give back what a program held
_OF_A_CONTAINER = ("/sys/fs/cgroup/memory", "/sys/fs/cgroup")


class MemoryCgroup:
    """A cgroup that counts memory; all values in bytes.

    Raises:
        OSError: from each method, if the cgroup is gone.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.version = 1 if (folder / "memory.limit_in_bytes").exists() else 2
        held, limit, events, self._prefix = _FILES[self.version]
        self._held, self._limit, self._events = str(folder / held), folder / limit, str(folder / events)

    def held(self) -> int:
        """All that is charged to it, what can be taken back at any time included."""
        with open(self._held) as stream:
            return int(stream.read())

    def needed(self) -> int:
        """What is charged and cannot be taken back: without the contents of files that are on a disk."""
        held, statistics = self.held(), self._statistics()
        files = statistics.get("file", statistics.get(self._prefix + "cache", 0))
        in_memory = statistics.get(self._prefix + "shmem", 0)
        return held - (files - in_memory) - statistics.get("slab_reclaimable", 0)

    def mapped(self) -> int:
        """Contents of files that processes have mapped, such as libraries."""
        statistics = self._statistics()
        return statistics.get("file_mapped", statistics.get(self._prefix + "mapped_file", 0))

    def kills(self) -> int:
        """How many processes the kernel ended because the limit was met."""
        with open(self._events) as stream:
            return dict_of(stream.read()).get("oom_kill", 0)

    def falls_to(self, bound: int) -> bool:
        """Whether what it needs is within `bound` by now; some of a program's memory goes after it."""
        deadline = time.monotonic() + _WAIT_SECONDS
        while self.held() > bound and self.needed() > bound:  # the first is quicker to tell
            if time.monotonic() > deadline:
                return False
            time.sleep(_NAP_SECONDS)
        return True

    def is_limited(self) -> bool:
        """Whether it has a limit at all."""
        limit = self._limit.read_text().strip()
        return limit != "max" and int(limit) < _NO_LIMIT

    def _statistics(self) -> dict[str, int]:
        return dict_of((self.folder / "memory.stat").read_text())


def cgroup_of_container() -> MemoryCgroup | None:
    """The cgroup that limits the container around this process, if there is one and it shows."""
    for folder in map(Path, _OF_A_CONTAINER):
        cgroup = MemoryCgroup(folder)
        try:
            if cgroup.is_limited() and cgroup.kills() >= 0:
                return cgroup
        except (OSError, ValueError):
            continue
    return None


def dict_of(lines: str) -> dict[str, int]:
    """Numbers by name: `anon 4096` a line."""
    pairs = (line.split() for line in lines.splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2}
