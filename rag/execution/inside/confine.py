"""Confine the calling process before it runs a program: namespaces, privileges and resource limits."""

from __future__ import annotations

import ctypes
import os
import resource
from contextlib import suppress
from typing import Any

_NEW_NAMESPACES = 0x10000000 | 0x20000000 | 0x00020000 | 0x08000000  # user, pid, mount, ipc
_NOSUID_NODEV, _NOEXEC = 0x2 | 0x4, 0x8
_SET_DUMPABLE, _SET_NO_NEW_PRIVS, _DROP_FROM_BOUNDING_SET = 4, 38, 24
_CAPABILITIES_VERSION_3 = 0x20080522
_LAST_CAPABILITY = 40
_INODES = 16_384  # of each temporary file system: even an empty file takes memory
_OPEN_FILES = 256  # each can hold a buffer in the kernel that counts as no process's memory
_OPEN_FILES_UNCOUNTED = 128  # where no cgroup counts those buffers either
_STATUS_BYTES = 65_536
_STACK_MB = 8  # reserved for each thread
_HEAPS = -8  # M_ARENA_MAX
_SIGNALS = 1024  # pending ones, including timers; each takes memory of the kernel
_LIBRARIES_MB = 256  # what a program may map on top of what it allocates, where address space is limited
_READ_ONLY, _BIND, _RECURSIVE = 0x1, 0x1000, 0x4000
# files in /proc that tell of the host and are of no use to a program; a kernel may lack some
_HIDDEN = ("keys", "key-users", "kcore", "kallsyms", "timer_list", "sched_debug", "cmdline", "config.gz")

_libc = ctypes.CDLL(None, use_errno=True)


def become_unprivileged(user: int) -> None:
    """Change from root to `user`, without groups or capabilities, and mount a new /proc.

    RLIMIT_NPROC does not apply to root. When root runs bwrap, parts of the /proc that it mounts are covered,
    and then the kernel lets nobody mount another /proc inside.
    """
    mount("proc", "/proc", _NOSUID_NODEV | _NOEXEC)
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    set_dumpable(True)  # otherwise /proc/self/uid_map belongs to root


def enter_namespaces() -> None:
    """Enter new user, mount, ipc and (for children) pid namespaces, as the same user."""
    user, group = os.getuid(), os.getgid()
    _check(_libc.unshare(_NEW_NAMESPACES), "unshare")
    write_file("/proc/self/setgroups", "deny")
    write_file("/proc/self/uid_map", f"{user} {user} 1")
    write_file("/proc/self/gid_map", f"{group} {group} 1")


def write_file(path: str, text: str) -> None:
    """Write to a file of the kernel, in one call."""
    descriptor = os.open(path, os.O_WRONLY)  # cheaper than `open`, which makes three objects in every process
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def mount_private(disk_mb: int, shown: list[tuple[str, str]]) -> None:
    """Mount an own /tmp and /dev/shm of `disk_mb` each, and a read-only /proc of this pid namespace.

    Both are empty, but for the folders of `shown`: path below /tmp, and where it is mounted read-only by now.
    """
    for folder in ("/tmp", "/dev/shm"):  # only visible in our own mount namespace
        mount("tmpfs", folder, _NOSUID_NODEV, f"size={disk_mb}m,nr_inodes={_INODES},mode=1777")
    for folder, mounted in shown:
        os.makedirs(folder, exist_ok=True)
        _check(
            _libc.mount(mounted.encode(), folder.encode(), None, _BIND | _RECURSIVE, None), f"mount {folder}"
        )
    mount("proc", "/proc", _NOSUID_NODEV | _NOEXEC | _READ_ONLY)
    for name in _HIDDEN:
        _libc.mount(b"/dev/null", f"/proc/{name}".encode(), None, _BIND, None)


def mount(kind: str, folder: str, flags: int, options: str = "") -> None:
    """Mount a new file system of this kind on `folder`.

    Raises:
        OSError: the kernel refuses.
    """
    result = _libc.mount(kind.encode(), folder.encode(), kind.encode(), flags, options.encode())
    _check(result, f"mount {folder}")


def set_dumpable(dumpable: bool) -> None:
    """Set whether processes of the same user may trace this one and read its memory."""
    _check(_libc.prctl(_SET_DUMPABLE, int(dumpable), 0, 0, 0), "prctl")


def forbid_new_privileges() -> None:
    """Keep programs that are started from here from gaining privileges, for example by being set-uid."""
    _check(_libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl")


def drop_capabilities() -> None:
    """Give up every capability for good."""
    for capability in range(_LAST_CAPABILITY + 1):
        _libc.prctl(_DROP_FROM_BOUNDING_SET, capability, 0, 0, 0)  # fails for those an older kernel lacks
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_VERSION_3, 0)
    _check(_libc.capset(header, (ctypes.c_uint32 * 6)()), "capset")


def limit_resources(limits: dict[str, Any], timeout_seconds: float) -> None:
    """Set the kernel's limits on this process and those it starts; none can be raised again.

    Where no cgroup limits the memory of all processes together (`limits["kernel_memory"]` is false), the
    address space of each is limited too: nothing else shows shared memory that was used and then unmapped.
    """
    disk = limits["disk_mb"] << 20
    counted = limits["kernel_memory"]
    bounds = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: int(timeout_seconds) + 2,
        resource.RLIMIT_DATA: _own_bytes(b"VmData:") + (limits["memory_mb"] << 20),
        resource.RLIMIT_FSIZE: disk,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_NOFILE: _OPEN_FILES if counted else _OPEN_FILES_UNCOUNTED,
        resource.RLIMIT_NPROC: limits["processes"],
        resource.RLIMIT_SIGPENDING: _SIGNALS,
    }
    if not counted:
        _share_one_heap()
        stacks_mb = limits["processes"] * _STACK_MB
        allowed_mb = limits["memory_mb"] + 2 * limits["disk_mb"] + _LIBRARIES_MB + stacks_mb
        bounds[resource.RLIMIT_AS] = _own_bytes(b"VmSize:") + (allowed_mb << 20)
    for kind, bound in bounds.items():
        hard = resource.getrlimit(kind)[1]
        lower = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        # the soft limit of processor time sends SIGXCPU, which tells the reason; the hard one sends SIGKILL
        soft = max(lower - 1, 1) if kind == resource.RLIMIT_CPU else lower
        resource.setrlimit(kind, (soft, lower))


def _share_one_heap() -> None:
    """Make all threads allocate from one heap: glibc reserves 64 MB of addresses for every further heap."""
    os.environ["MALLOC_ARENA_MAX"] = "1"  # for programs that are started from here
    with suppress(AttributeError):  # a libc other than glibc
        _libc.mallopt(_HEAPS, 1)


def _own_bytes(field: bytes) -> int:
    """Return the bytes that this process uses so far: it shares the server's imports, which do not count."""
    descriptor = os.open("/proc/self/status", os.O_RDONLY)
    try:
        lines = os.read(descriptor, _STATUS_BYTES)
    finally:
        os.close(descriptor)
    value = lines.partition(b"\n" + field)[2].partition(b"\n")[0]
    return int(value.split()[0]) << 10 if value else 0


def _check(result: int, what: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
