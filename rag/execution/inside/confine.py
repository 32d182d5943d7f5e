"""Namespaces, rights and limits that a process takes upon itself before it runs a program."""

from __future__ import annotations

import ctypes
import os
import resource
from pathlib import Path
from typing import Any

_NEW_NAMESPACES = 0x10000000 | 0x20000000 | 0x00020000 | 0x08000000  # user, pid, mount, ipc
_NOSUID_NODEV, _NOEXEC = 0x2 | 0x4, 0x8
_SET_DUMPABLE, _SET_NO_NEW_PRIVS, _DROP_FROM_BOUNDING_SET = 4, 38, 24
_CAPABILITIES_VERSION_3 = 0x20080522
_LAST_CAPABILITY = 40
_INODES = 16_384  # of each temporary file system: empty files are memory too
_OPEN_FILES = 256  # each can hold a buffer in the kernel that belongs to no process's memory

_libc = ctypes.CDLL(None, use_errno=True)


def become_unprivileged(user: int) -> None:
    """From root, become `user` with no group and no capability, and mount a /proc of one's own.

    RLIMIT_NPROC does not bind root. bwrap's own /proc has covered corners when root mounts it, and
    then the kernel lets nobody mount another inside.
    """
    mount("proc", "/proc", _NOSUID_NODEV | _NOEXEC)
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    set_dumpable(True)  # /proc/self/uid_map belongs to root otherwise


def enter_namespaces() -> None:
    """New user, mount, ipc and (for children) pid namespaces, with the same user in them."""
    user, group = os.getuid(), os.getgid()
    _check(_libc.unshare(_NEW_NAMESPACES), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def mount_private(disk_mb: int) -> None:
    """An empty /tmp and /dev/shm, and the /proc of this pid namespace."""
    for folder in ("/tmp", "/dev/shm"):  # these are ours alone
        mount("tmpfs", folder, _NOSUID_NODEV, f"size={disk_mb}m,nr_inodes={_INODES},mode=1777")
    mount("proc", "/proc", _NOSUID_NODEV | _NOEXEC)


def mount(kind: str, folder: str, flags: int, options: str = "") -> None:
    """Mount a new file system of this kind on `folder`."""
    result = _libc.mount(kind.encode(), folder.encode(), kind.encode(), flags, options.encode())
    _check(result, f"mount {folder}")


def set_dumpable(dumpable: bool) -> None:
    """Whether others of the same user may trace this process and read its memory."""
    _check(_libc.prctl(_SET_DUMPABLE, int(dumpable), 0, 0, 0), "prctl")


def forbid_new_privileges() -> None:
    """No program started from here gains rights by being set-uid."""
    _check(_libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl")


def drop_capabilities() -> None:
    """Give up every capability for good."""
    for capability in range(_LAST_CAPABILITY + 1):
        _libc.prctl(_DROP_FROM_BOUNDING_SET, capability, 0, 0, 0)  # an older kernel knows fewer
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_VERSION_3, 0)
    _check(_libc.capset(header, (ctypes.c_uint32 * 6)()), "capset")


def limit_resources(limits: dict[str, Any], timeout_seconds: float) -> None:
    """Limits of the kernel on each process from here on; none can be raised again."""
    disk = limits["disk_mb"] << 20
    bounds = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: int(timeout_seconds) + 2,
        resource.RLIMIT_DATA: _data_bytes() + (limits["memory_mb"] << 20),
        resource.RLIMIT_FSIZE: disk,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_NOFILE: _OPEN_FILES,
        resource.RLIMIT_NPROC: limits["processes"],
    }
    for kind, bound in bounds.items():
        hard = resource.getrlimit(kind)[1]
        lower = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        # at the soft limit of processor time comes SIGXCPU, which tells why; at the hard one SIGKILL
        soft = max(lower - 1, 1) if kind == resource.RLIMIT_CPU else lower
        resource.setrlimit(kind, (soft, lower))


def _data_bytes() -> int:
    """What this process has allocated: the imports that it shares with the server are not its own."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) << 10
    return 0


def _check(result: int, what: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
