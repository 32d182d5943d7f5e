"""What bounds the memory of a server and its programs: a cgroup, a container, or each process's limits.

A cgroup is made for each server, which joins it before it starts; its programs are forked from it and are
in the cgroup from their first instant. Its limit is set when the server is ready, from what it holds then.
"""

import os
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from rag.execution.cgroups import Place, find_place, folder_of, make, scope_command
from rag.execution.inside.kernel_memory import SLACK_BYTES, MemoryCgroup
from rag.execution.isolation import Isolation
from rag.execution.program import Limits

PROCESS_LIMITS = "process limits"
_REMOVAL_SECONDS = 2.0
_NAP_SECONDS = 0.002
_KEEPERS = 4  # processes around a program: the keeper, the first of its namespace, and two to spare
_UPDATE_SECONDS = 20.0
_SOCKET_BYTES = 16 << 20  # of network sockets, which version 1 counts apart and beside the rest
# of a scope of systemd, until the server is ready: what it imports is not a program
_START_BYTES, _START_TASKS = 64 << 30, 4096
# `$0` and `$1` are the folders: this shell joins, and becomes the server
_JOIN = 'echo 0 >"$0/cgroup.procs" && echo 0 >"$1/cgroup.procs" && shift && exec "$@"'


class MemoryLimit:
    """The limit of one server where no cgroup can be had: resident memory is watched, and nothing else.

    Attributes:
        name: what holds the memory, for reports.
        counts: whether the kernel counts all memory of a server and its programs; None: the server finds out.
    """

    name = PROCESS_LIMITS
    counts: bool | None = False

    def around(self, command: Sequence[str]) -> list[str]:
        """Return the command that starts the server under this limit."""
        return list(command)

    def begin(self, process: int, limits: Limits, needed: int | None) -> None:
        """Set the limit: the server is ready.

        Args:
            process: its id, as this process sees it.
            limits: of each program.
            needed: bytes that it holds, where it knows.
        """

    def was_met(self) -> bool:
        """Whether the kernel ended a process for its memory since this was last asked."""
        return False

    def is_settled(self) -> bool:
        """Whether what the last program held is given back, so that the next has all that it may use."""
        return True

    def end(self) -> None:
        """Remove what was made for the server, which has ended."""


class CgroupLimit(MemoryLimit):
    """A cgroup made by us."""

    counts = True

    def __init__(self, place: Place) -> None:
        self.name = place.name
        self._folders = make(place)
        self._memory = MemoryCgroup(self._folders[0])
        self._baseline = self._kills = 0

    def around(self, command: Sequence[str]) -> list[str]:
        """Return the command that starts the server in there."""
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
        """Whether the kernel ended a process since this was last asked."""
        with suppress(OSError):
            before, self._kills = self._kills, self._memory.kills()
            return self._kills > before
        return False

    def is_settled(self) -> bool:
        """Whether what the last program held is given back."""
        try:
            return self._memory.falls_to(self._baseline + SLACK_BYTES)
        except OSError:
            return False

    def end(self) -> None:
        """Remove the cgroup, with whatever is left in it."""
        deadline = time.monotonic() + _REMOVAL_SECONDS
        for folder in self._folders:
            while folder.exists() and time.monotonic() < deadline:
                try:
                    folder.rmdir()
                except OSError:  # its last processes are about to go
                    _end_processes(folder)
                    time.sleep(_NAP_SECONDS)

    def _write(self, file: str, value: int) -> None:
        """Set a limit that not every kernel has."""
        with suppress(OSError):
            (self._folders[0] / file).write_text(str(value))


class ScopeLimit(CgroupLimit):
    """A scope of systemd, which makes its cgroup and removes it."""

    name = "systemd scope"

    def __init__(self, before: Sequence[str]) -> None:
        self._before = before
        self._folders = ()
        self._baseline = self._kills = 0

    def around(self, command: Sequence[str]) -> list[str]:
        """Return the command that starts the server in there."""
        return [*self._before, *command]

    def begin(self, process: int, limits: Limits, needed: int | None) -> None:
        """Set the limit."""
        folder = folder_of(process)
        if folder is None or folder == folder_of(os.getpid()):
            raise OSError("systemd-run left the server in our own cgroup")
        self._folders = (folder,)
        self._memory = MemoryCgroup(folder)
        super().begin(process, limits, needed)

    def end(self) -> None:
        """Remove the cgroup, with whatever is left in it."""
        for folder in self._folders:
            _end_processes(folder)


class ContainerLimit(MemoryLimit):
    """The cgroup that podman or docker made; the server in there looks at it itself."""

    name = "container cgroup"
    counts = None

    def __init__(self) -> None:
        self._container = f"docprompting-{secrets.token_hex(8)}"
        self._program = ""

    def around(self, command: Sequence[str]) -> list[str]:
        """Return the command that starts the server in there."""
        self._program = command[0]
        return [*command[:2], "--name", self._container, *command[2:]]

    def begin(self, process: int, limits: Limits, needed: int | None) -> None:
        """Set the limit."""
        del process
        if needed is None:  # it sees no limit: this is one in name only
            self.name = PROCESS_LIMITS
            return
        limit = str(needed + _bytes_of(limits) + SLACK_BYTES)
        update = [self._program, "update", "--memory", limit, "--memory-swap", limit, self._container]
        with suppress(OSError, subprocess.SubprocessError):  # an older one keeps the limit it started with
            subprocess.run(update, capture_output=True, timeout=_UPDATE_SECONDS, check=True)


def limit_by(isolation: Isolation, use_cgroups: bool) -> Callable[[], MemoryLimit]:
    """Return what makes the limit of a server: the best that there is here, the same for all servers.

    Args:
        isolation: how they are started.
        use_cgroups: whether to look for a cgroup at all; a container has one anyway.
    """
    if isolation.container:
        return ContainerLimit
    if not use_cgroups:
        return MemoryLimit
    place = find_place()
    if place:
        return lambda: CgroupLimit(place)
    before = scope_command(_START_BYTES, _START_TASKS)
    return (lambda: ScopeLimit(before)) if before else MemoryLimit


def _bytes_of(limits: Limits) -> int:
    """What a program may use: files in /tmp and /dev/shm are memory too."""
    return (limits.memory_mb + 2 * limits.disk_mb) << 20


def _end_processes(folder: Path) -> None:
    with suppress(OSError):
        for line in (folder / "cgroup.procs").read_text().split():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(int(line), signal.SIGKILL)
