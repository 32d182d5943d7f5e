"""Which processes descend from one, and how much memory they hold."""

from __future__ import annotations

import os

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_ANONYMOUS = b" /dev/zero (deleted)\n"
_PARENT, _RESIDENT = 1, 21  # fields of /proc/PID/stat after the name; proc(5) counts from 3


def descendants(ancestor: int) -> list[int]:
    """Processes below `ancestor`, parents before children; zombies of others are among them."""
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
    """Their memory in bytes where it exceeds `limit`, else 0.

    Resident pages count once for each process that shares them; only where that sum is too high is the
    kernel asked for the proportional size, which takes a millisecond for each.

    Args:
        processes: their ids.
        shared: bytes that each has in common with the server, taken off where the kernel does not tell.
        limit: bytes.
    """
    resident = {process: parent_and_resident(process)[1] for process in processes}
    if sum(resident.values()) <= limit:
        return 0
    total = 0
    for process, size in resident.items():
        total += _kilobytes(f"/proc/{process}/smaps_rollup", b"Pss:", max(0, size - shared))
    return total if total > limit else 0


def peak_bytes(processes: list[int]) -> int:
    """The most that one of these processes has held resident at any time, in bytes."""
    return max((_kilobytes(f"/proc/{process}/status", b"VmHWM:", 0) for process in processes), default=0)


def hidden_bytes(processes: list[int]) -> int:
    """Memory of these processes that need not be resident in any of them, in bytes, or more.

    That is anonymous memory they may share, as much as is mapped (pages that are touched and given back stay
    in it), and the tables of their pages.
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
        except PermissionError:  # it lets nobody look: all that it has mapped and this process has not
            sizes = (_kilobytes(f"/proc/{number}/status", b"VmSize:", 0) for number in (process, os.getpid()))
            total += max(0, next(sizes) - next(sizes))
        except OSError:
            continue
    return total + sum(shared.values())


def parent_and_resident(process: int) -> tuple[int, int]:
    """Parent and resident bytes of a process; (-1, 0) if it is gone."""
    try:
        with open(f"/proc/{process}/stat", "rb") as stream:
            # the name, in brackets, may hold anything
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
