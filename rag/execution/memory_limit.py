"""Limit the memory of a server and its programs by a cgroup, a container, or limits on each process.

Each server has its own cgroup and joins it before it starts. Programs are forked from the server, so they
are in the cgroup from their first instant. The limit is set once the server is ready: what the server holds
by then, plus what a program may use.
"""

import os
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from rag.execution.cgroups import ParentCgroup, cgroup_folder, create_cgroup, find_parent, scope_command
from rag.execution.inside.kernel_memory import SLACK_BYTES, MemoryCgroup
from rag.execution.isolation import Isolation
from rag.execution.program import Limits

PROCESS_LIMITS = "process limits"
_REMOVAL_SECONDS = 2.0
_NAP_SECONDS = 0.002
_KEEPERS = 4  # processes beside a program's: the keeper, the first of its namespace, and two to spare
_UPDATE_SECONDS = 20.0
_SOCKET_BYTES = 16 << 20  # buffers of network sockets, for which version 1 has a limit of its own
# limits of a systemd scope until the server is ready: its imports may need more than a program may use
_START_BYTES, _START_TASKS = 64 << 30, 4096
# `$0` and `$1` are the folders: this shell joins both cgroups, then becomes the server
_JOIN = 'echo 0 >"$0/cgroup.procs" && echo 0 >"$1/cgroup.procs" && shift && exec "$@"'


class MemoryLimit:
    """The memory limit of one server; by itself, the one without a cgroup: only resident memory is watched.

    Attributes:
        name: kind of limit, for reports; see `Sandbox.memory_limit`.
        counts: whether the kernel counts all memory of a server and its programs; None if only the server
            can find out.
    """

    name = PROCESS_LIMITS
    counts: bool | None = False

    def around(self, command: Sequence[str]) -> list[str]:
        """Return the command that starts the server under this limit."""
        return list(command)

    def begin(self, process: int, limits: Limits, needed: int | None) -> None:
        """Set the limit, now that the server is ready.

        Args:
            process: id of the server, as seen from this process.
            limits: of each program.
            needed: bytes that the server holds; None if it cannot tell.

        Raises:
            OSError: the limit cannot be set.
        """

    def was_met(self) -> bool:
        """Return whether the kernel has killed a process for its memory use since the last call."""
        return False

    def is_settled(self) -> bool:
        """Return whether the memory of the last program is free again, so that the next can use all of it."""
        return True

    def end(self) -> None:
        """Remove what was created for the server, which has ended."""


class CgroupLimit(MemoryLimit):
    """A cgroup that we create for the server."""

    counts = True

    def __init__(self, parent: ParentCgroup) -> None:
        self.name = parent.name
        self._folders = create_cgroup(parent)
        self._memory = MemoryCgroup(self._folders[0])
        self._baseline = self._kills = 0

    def around(self, command: Sequence[str]) -> list[str]:
        """Return the command that starts the server in the cgroup."""
        return ["/bin/sh", "-c", _JOIN, str(self._folders[0]), str(self._folders[-1]), *command]

    def begin(self, process: int, limits: Limits, needed: int | None) -> None:
        """Set the limit."""
        del process, needed
        self._baseline = self._memory.needed() + self._memory.mapped()
        limit = self._baseline + _bytes_of(limits) + SLACK_BYTES
        if self._memory.version == 2:
            self._write("memory.swap.max", 0)
            self._folders[0].joinpath("memory.max").write_text(str(limit))
        else:
            self._folders[0].joinpath("memory.limit_in_bytes").write_text(str(limit))
            self._write("memory.memsw.limit_in_bytes", limit)
            self._write("memory.kmem.tcp.limit_in_bytes", _SOCKET_BYTES)
        with suppress(OSError):
            running = int((self._folders[-1] / "pids.current").read_text())
            (self._folders[-1] / "pids.max").write_text(str(running + limits.processes + _KEEPERS))

    def was_met(self) -> bool:
        """Return whether the kernel has killed a process since the last call."""
        with suppress(OSError):
            before, self._kills = self._kills, self._memory.kills()
            return self._kills > before
        return False

    def is_settled(self) -> bool:
        """Return whether the memory of the last program is free again."""
        try:
            return self._memory.falls_to(self._baseline + SLACK_BYTES)
        except OSError:
            return False

    def end(self) -> None:
        """Kill what is left in the cgroup and remove it."""
        deadline = time.monotonic() + _REMOVAL_SECONDS
        for folder in self._folders:
            while folder.exists() and time.monotonic() < deadline:
                try:
                    folder.rmdir()
                except OSError:  # it still holds processes
                    _end_processes(folder)
                    time.sleep(_NAP_SECONDS)

    def _write(self, file: str, value: int) -> None:
        """Set a limit that some kernels lack."""
        with suppress(OSError):
            (self._folders[0] / file).write_text(str(value))


class ScopeLimit(CgroupLimit):
    """A systemd scope; systemd creates its cgroup and removes it."""

    name = "systemd scope"

    def __init__(self, before: Sequence[str]) -> None:
        self._before = before
        self._folders = ()
        self._baseline = self._kills = 0

    def around(self, command: Sequence[str]) -> list[str]:
        """Return the command that starts the server in the scope."""
        return [*self._before, *command]

    def begin(self, process: int, limits: Limits, needed: int | None) -> None:
        """Set the limit."""
        folder = cgroup_folder(process)
        if folder is None or folder == cgroup_folder(os.getpid()):
            raise OSError("systemd-run left the server in our own cgroup")
        self._folders = (folder,)
        self._memory = MemoryCgroup(folder)
        super().begin(process, limits, needed)

    def end(self) -> None:
        """Kill what is left in the scope; systemd then removes it."""
        for folder in self._folders:
            _end_processes(folder)


class ContainerLimit(MemoryLimit):
    """The cgroup that podman or docker creates; the server inside reads its counters itself."""

    name = "container cgroup"
    counts = None

    def __init__(self) -> None:
        self._container = f"docprompting-{secrets.token_hex(8)}"
        self._program = ""

    def around(self, command: Sequence[str]) -> list[str]:
        """Return the command that starts the server in a container with a known name."""
        self._program = command[0]
        return [*command[:2], "--name", self._container, *command[2:]]

    def begin(self, process: int, limits: Limits, needed: int | None) -> None:
        """Set the limit."""
        del process
        if needed is None:  # the server sees no limit on its container, so nothing holds it
            self.name = PROCESS_LIMITS
            return
        limit = str(needed + _bytes_of(limits) + SLACK_BYTES)
        update = [self._program, "update", "--memory", limit, "--memory-swap", limit, self._container]
        with suppress(OSError, subprocess.SubprocessError):  # without `update`, the first limit stays
            subprocess.run(update, capture_output=True, timeout=_UPDATE_SECONDS, check=True)


def limit_by(isolation: Isolation, use_cgroups: bool) -> Callable[[], MemoryLimit]:
    """Return a function that creates the limit of one server, of the strongest kind available here.

    Args:
        isolation: how servers are started.
        use_cgroups: whether to look for a cgroup at all; a container has one anyway.
    """
    if isolation.container:
        return ContainerLimit
    if not use_cgroups:
        return MemoryLimit
    parent = find_parent()
    if parent:
        return lambda: CgroupLimit(parent)
    before = scope_command(_START_BYTES, _START_TASKS)
    return (lambda: ScopeLimit(before)) if before else MemoryLimit


def _bytes_of(limits: Limits) -> int:
    """Return how many bytes a program may use: files in /tmp and /dev/shm are memory too."""
    return (limits.memory_mb + 2 * limits.disk_mb) << 20


def _end_processes(folder: Path) -> None:
    with suppress(OSError):
        for line in (folder / "cgroup.procs").read_text().split():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(int(line), signal.SIGKILL)
