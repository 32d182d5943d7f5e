"""A seccomp filter: the system calls that no generated program needs and many escapes do.

A kernel filter looks at each call's number and answers EPERM for those listed. Most of them ask for
rights the program lacks anyway: the filter keeps the kernel's rarely tried paths out of reach. Some
would take memory that belongs to no process (memfd, System V segments), which limits do not see.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

# name -> (x86_64, aarch64)
_DENIED: dict[str, tuple[int, int]] = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "userfaultfd": (323, 282),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "kexec_load": (246, 104),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "syslog": (103, 116),
    "quotactl": (179, 60),
    "acct": (163, 89),
    "fanotify_init": (300, 262),
    "vhangup": (153, 58),
    "pidfd_getfd": (438, 438),
}
# machine -> (column above, AUDIT_ARCH of <linux/audit.h>, clone, clone3)
_MACHINES: dict[str, tuple[int, int, int, int]] = {
    "x86_64": (0, 0xC000003E, 56, 435),
    "aarch64": (1, 0xC00000B7, 220, 435),
}
_NEW_NAMESPACES = 0x7E020080  # CLONE_NEW* but CLONE_NEWTIME, which clone() cannot ask for
_X32 = 0x40000000  # set in the numbers of the x32 calls, a second door to all of the above
_LOAD, _EQUAL, _GREATER_EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # <linux/bpf_common.h>
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
_KILL, _ALLOW, _ERRNO = 0x80000000, 0x7FFF0000, 0x00050000
_SET_SECCOMP, _FILTER = 22, 2


def filter_system_calls() -> None:
    """Put the filter on this process and all that it starts; PR_SET_NO_NEW_PRIVS is to be set before.

    Raises:
        OSError: the kernel refuses, or the machine is none of those in the table.
    """
    machine = platform.machine()
    if machine not in _MACHINES:
        raise OSError(errno.ENOSYS, f"no list of system calls for {machine}")
    code = b"".join(struct.pack("HBBI", *step) for step in _steps(*_MACHINES[machine]))
    buffer = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_SET_SECCOMP, _FILTER, header, 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp: " + os.strerror(ctypes.get_errno()))


def _steps(column: int, architecture: int, clone: int, clone3: int) -> list[tuple[int, int, int, int]]:
    """The filter as (code, jump if true, jump if false, value)."""
    steps = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),  # 32-bit calls have other numbers
        (_LOAD, 0, 0, _NUMBER),
        (_GREATER_EQUAL, 0, 1, _X32),
        (_RETURN, 0, 0, _ERRNO | errno.EPERM),
        # libc takes ENOSYS as "use clone", whose flags a filter can see
        (_EQUAL, 0, 1, clone3),
        (_RETURN, 0, 0, _ERRNO | errno.ENOSYS),
    ]
    for numbers in _DENIED.values():
        steps += [(_EQUAL, 0, 1, numbers[column]), (_RETURN, 0, 0, _ERRNO | errno.EPERM)]
    return [
        *steps,
        (_EQUAL, 0, 3, clone),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_ANY_BIT, 0, 1, _NEW_NAMESPACES),
        (_RETURN, 0, 0, _ERRNO | errno.EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]
