"""Find the descendants of a process and measure the memory that they hold."""

from __future__ import annotations

import os

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_ANONYMOUS = b" /dev/zero (deleted)\n"
_PARENT, _RESIDENT = 1, 21  # fields of /proc/PID/stat after the name, counted from 0


def descendants(ancestor: int) -> list[int]:
    """Return the processes below `ancestor`, parents before children, including zombies."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            parent = parent_and_resident(int(name))[0]
            children.setdefault(parent, []).append(int(name))
    found: list[int] = []
    waiting = [ancestor]
    while waiting:
        below = children.get(waiting.pop(0), [])
        found += below
        waiting += below
    return found


def resident_bytes(processes: list[int], shared: int, limit: int) -> int:
    """Return the memory that processes hold, in bytes, if it exceeds `limit`, and 0 otherwise.

    The sum of resident sizes counts a shared page once for each process. Only if that sum is too high is the
    kernel asked for proportional sizes, which takes a millisecond for each process.

    Args:
        processes: ids of the processes.
        shared: bytes that each shares with the server, subtracted if there is no proportional size.
        limit: in bytes.
    """
    resident = {process: parent_and_resident(process)[1] for process in processes}
    if sum(resident.values()) <= limit:
        return 0
    total = 0
    for process, size in resident.items():
        total += _kilobytes(f"/proc/{process}/smaps_rollup", b"Pss:", max(0, size - shared))
    return total if total > limit else 0


def peak_bytes(processes: list[int]) -> int:
    """Return the largest resident size that one of these processes ever had, in bytes."""
    return max((_kilobytes(f"/proc/{process}/status", b"VmHWM:", 0) for process in processes), default=0)


def hidden_bytes(processes: list[int]) -> int:
    """Return an upper bound, in bytes, on memory of these processes that the resident size of none shows.

    This is their page tables, and all anonymous memory that they map to share it: its pages stay in memory
    even if a process gives them back.
    """
    shared: dict[bytes, int] = {}
    total = 0
    for process in processes:
        total += _kilobytes(f"/proc/{process}/status", b"VmPTE:", 0)
        try:
            with open(f"/proc/{process}/maps", "rb") as stream:
                for line in stream:
                    if line.endswith(_ANONYMOUS):
                        addresses, _, _, _, inode = line.split()[:5]
                        first, _, end = addresses.partition(b"-")
                        shared[inode] = max(shared.get(inode, 0), int(end, 16) - int(first, 16))
        except PermissionError:  # it may not be read: count all that it maps beyond what this process maps
            sizes = (_kilobytes(f"/proc/{number}/status", b"VmSize:", 0) for number in (process, os.getpid()))
            total += max(0, next(sizes) - next(sizes))
        except OSError:
            continue
    return total + sum(shared.values())


def parent_and_resident(process: int) -> tuple[int, int]:
    """Return the parent and the resident bytes of a process; (-1, 0) if it has ended."""
    try:
        with open(f"/proc/{process}/stat", "rb") as stream:
            # the name, in parentheses, may itself hold blanks and parentheses
            fields = stream.read().rpartition(b")")[2].split()
    except OSError:
        return -1, 0
    return int(fields[_PARENT]), int(fields[_RESIDENT]) * _PAGE_BYTES


def _kilobytes(file: str, field: bytes, otherwise: int) -> int:
    try:
        with open(file, "rb") as stream:
            for line in stream:
                if line.startswith(field):
                    return int(line.split()[1]) << 10
    except OSError:
        return otherwise
    return otherwise
