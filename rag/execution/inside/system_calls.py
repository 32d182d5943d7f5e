"""A seccomp filter that allows only system calls that programs need, some only with harmless arguments.

Everything else is refused, including calls that later kernels add. Namespaces do not cover everything:
sockets of virtual machines (AF_VSOCK), keyrings, io_uring and many rarely used paths of the kernel are shared
with the host. Some calls would take memory that counts as no process's: memfd, System V segments, huge pages.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from .system_call_table import ABSENT, ALLOWED, BY_ARGUMENT, WITHOUT_EFFECT

if TYPE_CHECKING:  # Python 3.8 cannot evaluate these types
    from .system_call_table import Numbers

    # an instruction of the filter: code, jump if true, jump if false, value
    Instruction = tuple[int, int, int, int]

# machine -> (column of the table, AUDIT_ARCH of <linux/audit.h>)
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_X32 = 0x40000000  # set in the numbers of x32 calls, which are a second way to all others
_FIRST_RECENT = 424  # from here on, numbers are the same everywhere and libraries expect calls to be absent

_LOAD, _AND, _EQUAL, _GREATER, _GREATER_EQUAL, _ANY_BIT, _RETURN = 0x20, 0x54, 0x15, 0x25, 0x35, 0x45, 0x06
# those above are from <linux/bpf_common.h>; these are offsets in struct seccomp_data
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_KILL, _ALLOW, _ERRNO = 0x80000000, 0x7FFF0000, 0x00050000
_SET_SECCOMP, _FILTER = 22, 2

_NEW_NAMESPACES = 0x7E020080  # CLONE_NEW*
_HUGE_PAGES = 0x40000  # MAP_HUGETLB: no cgroup for memory counts them
_NEW_LISTENER = 0x8  # SECCOMP_FILTER_FLAG_NEW_LISTENER
_FAMILIES = (1, 2, 10)  # AF_UNIX, AF_INET, AF_INET6: those that the network namespace confines
_PROTOCOLS = (0, 6, 17)  # the default, TCP, UDP: others load rarely used modules (SCTP, L2TP, MPTCP)
_PERSONALITIES = (0, 0xFFFFFFFF)  # the default, and the query for the current one
# <linux/prctl.h>, without PR_SET_DUMPABLE, which hides a process from those that watch it, PR_SET_MM,
# performance events, system call dispatch and core scheduling
_PROCESS_OPTIONS = (1, 2, 3, *range(5, 31), 33, 34, *range(36, 43), *range(45, 57), 64, 65, 66, 0x53564D41)
# <linux/fcntl.h>: F_SETPIPE_SZ, which enlarges a pipe
_SET_PIPE_SIZE = (1031,)
# by the second byte: those of terminals and files ('T'), those of sockets
_CONTROL_GROUPS = (0x5400, 0x8900)
# FICLONE, FS_IOC_GETFLAGS, FIGETBSZ
_CONTROLS = (0x40049409, 0x80086601, 2)
# TIOCSTI and TIOCLINUX type for the user, TIOCSETD loads line disciplines, TIOCCONS takes over the console
_CONTROLS_REFUSED = (0x5412, 0x541C, 0x5423, 0x541D)
_SOCKET_LEVEL, _TCP_LEVEL, _OTHER_LEVELS = 1, 6, (0, 17, 41)
# SO_ATTACH_FILTER and the like, which run code in the kernel, and SO_*BUFFORCE; TCP_ULP and TCP_REPAIR
_SOCKET_OPTIONS_REFUSED, _TCP_OPTIONS_REFUSED = (26, 32, 33, 50, 51, 52), (19, 31)
_BUFFER_SIZES = (7, 8)  # SO_SNDBUF, SO_RCVBUF


def filter_system_calls(buffers_count: bool) -> None:
    """Apply the filter to this process and all that it starts; PR_SET_NO_NEW_PRIVS has to be set before.

    Args:
        buffers_count: whether the kernel counts buffers of sockets and pipes as the program's memory; if not,
            their sizes cannot be changed.

    Raises:
        OSError: the kernel refuses, or the table lacks this machine.
    """
    code = compiled_filter(buffers_count)
    buffer = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_SET_SECCOMP, _FILTER, header, 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp: " + os.strerror(ctypes.get_errno()))


@lru_cache(maxsize=None)  # noqa: UP033 (from Python 3.9 on)
def compiled_filter(buffers_count: bool, machine: str = "") -> bytes:
    """Return the instructions of the filter, packed; cached by a call before the first program."""
    machine = machine or platform.machine()
    if machine not in _MACHINES:
        raise OSError(errno.ENOSYS, f"no list of system calls for {machine}")
    return b"".join(struct.pack("HBBI", *step) for step in _steps(*_MACHINES[machine], buffers_count))


def _steps(column: int, architecture: int, buffers_count: bool) -> list[Instruction]:
    steps = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),  # 32-bit calls have other numbers
        (_LOAD, 0, 0, _NUMBER),
        (_GREATER_EQUAL, 0, 1, _X32),
        _refuse(errno.EPERM),
    ]
    for name, body in _rules(buffers_count).items():
        steps += [(_EQUAL, 0, len(body), BY_ARGUMENT[name][column] or 0), *body]
    for numbers, answer in ((ABSENT, errno.ENOSYS), (WITHOUT_EFFECT, 0)):
        for number in _numbers(numbers, column):
            steps += [(_EQUAL, 0, 1, number), _refuse(answer)]
    return [*steps, *_allowed(_ranges(_numbers(ALLOWED, column)))]


def _allowed(ranges: list[tuple[int, int]]) -> list[Instruction]:
    """Allow numbers in these ranges and refuse others, by a binary search, which the kernel loads quickly."""
    middle = len(ranges) // 2
    if middle:
        below, above = _allowed(ranges[:middle]), _allowed(ranges[middle:])
        return [(_GREATER_EQUAL, len(below), 0, ranges[middle][0]), *below, *above]
    first, last = ranges[0]
    refuse = _refuse(errno.EPERM if first < _FIRST_RECENT else errno.ENOSYS)
    return [(_GREATER_EQUAL, 0, 2, first), (_GREATER, 1, 0, last), (_RETURN, 0, 0, _ALLOW), refuse]


def _rules(buffers_count: bool) -> dict[str, list[Instruction]]:
    """Return, for each call that its arguments decide on, instructions that end with a decision."""
    sizes, pipes = ((), ()) if buffers_count else (_BUFFER_SIZES, _SET_PIPE_SIZE)
    family = _one_of(0, _FAMILIES, errno.EAFNOSUPPORT)
    allow: Instruction = (_RETURN, 0, 0, _ALLOW)
    of_socket = _none_of(2, (*_SOCKET_OPTIONS_REFUSED, *sizes), errno.EPERM)
    of_tcp = _none_of(2, _TCP_OPTIONS_REFUSED, errno.EPERM)
    return {
        "clone": _no_bit(0, _NEW_NAMESPACES),
        "mmap": _no_bit(3, _HUGE_PAGES),
        "seccomp": _no_bit(1, _NEW_LISTENER),
        "personality": _one_of(0, _PERSONALITIES, errno.EPERM),
        "prctl": _one_of(0, _PROCESS_OPTIONS, errno.EINVAL),
        "fcntl": _none_of(1, pipes, errno.EPERM),
        "socket": [
            *_checked(0, _FAMILIES, errno.EAFNOSUPPORT),
            *_one_of(2, _PROTOCOLS, errno.EPROTONOSUPPORT),
        ],
        "socketpair": family,
        "ioctl": [
            *_none_of(1, _CONTROLS_REFUSED, errno.EPERM)[:-1],
            *(step for control in _CONTROLS for step in ((_EQUAL, 0, 1, control), allow)),
            (_AND, 0, 0, 0x0000FF00),
            *(step for group in _CONTROL_GROUPS for step in ((_EQUAL, 0, 1, group), allow)),
            _refuse(errno.ENOTTY),
        ],
        "setsockopt": [
            _load(1),
            (_EQUAL, 0, len(of_socket), _SOCKET_LEVEL),
            *of_socket,
            (_EQUAL, 0, len(of_tcp), _TCP_LEVEL),
            *of_tcp,
            *_one_of(1, _OTHER_LEVELS, errno.ENOPROTOOPT),
        ],
    }


def _load(argument: int) -> Instruction:
    """Load the lower half of an argument; for arguments checked here, the kernel ignores the upper half."""
    return _LOAD, 0, 0, _ARGUMENTS + 8 * argument


def _refuse(number: int) -> Instruction:
    return _RETURN, 0, 0, _ERRNO | number


def _no_bit(argument: int, bits: int) -> list[Instruction]:
    return [_load(argument), (_ANY_BIT, 0, 1, bits), _refuse(errno.EPERM), (_RETURN, 0, 0, _ALLOW)]


def _one_of(argument: int, values: Iterable[int], otherwise: int) -> list[Instruction]:
    return [*_checked(argument, values, otherwise), (_RETURN, 0, 0, _ALLOW)]


def _checked(argument: int, values: Iterable[int], otherwise: int) -> list[Instruction]:
    """Refuse an argument with none of these values; continue otherwise."""
    values = list(values)
    tests = [(_EQUAL, len(values) - number, 0, value) for number, value in enumerate(values)]
    return [_load(argument), *tests, _refuse(otherwise)]


def _none_of(argument: int, values: Iterable[int], otherwise: int) -> list[Instruction]:
    tests = [step for value in values for step in ((_EQUAL, 0, 1, value), _refuse(otherwise))]
    return [_load(argument), *tests, (_RETURN, 0, 0, _ALLOW)]


def _numbers(calls: Numbers, column: int) -> list[int]:
    numbers = (by_machine[column] for by_machine in calls.values())
    return sorted(number for number in numbers if number is not None)


def _ranges(numbers: list[int]) -> list[tuple[int, int]]:
    """Return the first and last number of each run: 1, 2, 3, 7 -> (1, 3), (7, 7)."""
    ranges: list[tuple[int, int]] = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    return ranges
