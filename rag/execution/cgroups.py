"""Where cgroups can be made here: of version 2, of version 1, or in a scope of systemd.

A folder that we make is named for the process that made it, `docprompting-PID-START-NUMBER`, so that a later
one removes what a killed process left. A cgroup with processes in it cannot be removed, whatever its name.
"""

import itertools
import os
import re
import shutil
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PREFIX = "docprompting-"
_NAME = re.compile(rf"{_PREFIX}(?:host-)?(\d{{1,10}})-(\d{{1,20}})-\d{{1,10}}", re.ASCII)
_START = 19  # field of /proc/PID/stat after the name: when it started; proc(5) counts from 3
_PARENT = 1
_PROBE_SECONDS = 10.0
_WANTED = "+memory +pids"
_NUMBERS = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Place:
    """Folders in which cgroups can be made: one (version 2), or those of memory and of pids (version 1)."""

    name: str
    folders: tuple[Path, ...]


def find_place(proc: Path = Path("/proc/self")) -> Place | None:
    """The best place for cgroups that this process may make itself, without those that killed ones left."""
    unified = _own_folder(proc, "")
    if unified and (delegated := _delegated(unified)):
        place = Place("cgroup v2", (delegated,))
        if _works(place):
            return place
    memory, pids = _own_folder(proc, "memory"), _own_folder(proc, "pids")
    if memory:
        place = Place("cgroup v1", (memory, pids) if pids else (memory,))
        if _works(place):
            return place
    return None


def scope_command(memory_bytes: int, tasks: int) -> list[str]:
    """What to put before a command to run it in a scope of systemd with these limits; empty if that fails."""
    program = shutil.which("systemd-run")
    if not program:
        return []
    whose = [] if os.getuid() == 0 else ["--user"]
    command = [program, *whose, "--scope", "--quiet", "--collect", "-p", f"MemoryMax={memory_bytes}"]
    command += ["-p", "MemorySwapMax=0", "-p", f"TasksMax={tasks}", "--"]
    # what leads to systemd is no business of what runs in there
    command += ["env", "-u", "XDG_RUNTIME_DIR", "-u", "DBUS_SESSION_BUS_ADDRESS"]
    with suppress(OSError, subprocess.SubprocessError):
        tried = [*command, "cat", "/proc/self/cgroup"]
        shown = subprocess.run(
            tried, capture_output=True, timeout=_PROBE_SECONDS, check=True, text=True
        ).stdout
        if folder := _unified_folder(Path("/proc/self"), shown):
            return command if "memory" in _read(folder.parent / "cgroup.subtree_control").split() else []
    return []


def folder_of(process: int) -> Path | None:
    """The folder of the version 2 cgroup that a process is in."""
    return _own_folder(Path(f"/proc/{process}"), "")


def make(place: Place) -> tuple[Path, ...]:
    """Make a cgroup there, in each of its folders.

    Raises:
        OSError: it cannot be made.
    """
    name = f"{_PREFIX}{os.getpid()}-{_started(os.getpid())}-{next(_NUMBERS)}"
    made = tuple(folder / name for folder in place.folders)
    for folder in made:
        folder.mkdir()
    return made


def remove_stale(place: Place) -> None:
    """Remove the empty cgroups of processes that are gone."""
    for folder in place.folders:
        for entry in folder.glob(f"{_PREFIX}*"):
            match = _NAME.fullmatch(entry.name)
            if match and _started(int(match[1])) != int(match[2]):
                with suppress(OSError):
                    entry.rmdir()


def _works(place: Place) -> bool:
    """Whether one can be made there that counts memory."""
    remove_stale(place)
    try:
        made = make(place)
    except OSError:
        return False
    # (no such files: the controller is not enabled there)
    counts = any((made[0] / name).exists() for name in ("memory.max", "memory.limit_in_bytes"))
    for folder in made:
        with suppress(OSError):
            folder.rmdir()
    return counts


def _delegated(own: Path) -> Path | None:
    """A folder at or above our own cgroup where cgroups with limits for memory can be made, if there is one.

    A cgroup with processes in it can have none below it that has limits: where all its processes are ours, or
    it is the topmost that a container sees, they move into one below it.
    """
    if own.name.startswith(f"{_PREFIX}host-"):  # moved before, by us or by our parent
        own = own.parent
    if "memory" not in _read(own / "cgroup.controllers").split() or not os.access(own, os.W_OK):
        return None
    if "memory" in _read(own / "cgroup.subtree_control").split() or _enable(own):
        return own
    processes = [int(line) for line in _read(own / "cgroup.procs").split()]
    topmost = not (own.parent / "cgroup.controllers").exists()
    if topmost or all(_is_ours(process) for process in processes):
        return own if _make_room(own, processes) else None
    return None


def _make_room(own: Path, processes: list[int]) -> bool:
    """Move all processes of a cgroup into one below it, so that others below can have limits."""
    leaf = own / f"{_PREFIX}host-{os.getpid()}-{_started(os.getpid())}-0"
    try:
        leaf.mkdir(exist_ok=True)
        for process in processes:
            with suppress(ProcessLookupError):
                (leaf / "cgroup.procs").write_text(str(process))
    except OSError:
        return False
    return _enable(own)


def _enable(folder: Path) -> bool:
    try:
        (folder / "cgroup.subtree_control").write_text(_WANTED)
    except OSError:
        return False
    return "memory" in _read(folder / "cgroup.subtree_control").split()


def _is_ours(process: int) -> bool:
    """Whether it is this process or was started by it."""
    while process > 1:
        if process == os.getpid():
            return True
        process = _field(process, _PARENT)
    return False


def _started(process: int) -> int:
    """When a process started, in ticks since the machine did; -1 if it is gone."""
    return _field(process, _START)


def _field(process: int, number: int) -> int:
    # the name, in brackets, may hold anything
    fields = _read(Path(f"/proc/{process}/stat")).rpartition(")")[2].split()
    return int(fields[number]) if fields else -1


def _own_folder(proc: Path, controller: str) -> Path | None:
    """The folder of a process's cgroup in the hierarchy of a controller; of version 2 if that is empty."""
    cgroups = _read(proc / "cgroup")
    if not controller:
        return _unified_folder(proc, cgroups)
    for line in cgroups.splitlines():
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            return _mounted(proc, "cgroup", controller, path)
    return None


def _unified_folder(proc: Path, cgroups: str) -> Path | None:
    path = next((line[3:] for line in cgroups.splitlines() if line.startswith("0::")), None)
    return _mounted(proc, "cgroup2", "", path) if path else None


def _mounted(proc: Path, kind: str, controller: str, path: str) -> Path | None:
    """Where the cgroup `path` shows in the file system."""
    for line in _read(proc / "mountinfo").splitlines():
        mount, _, system = line.partition(" - ")
        root, folder = mount.split()[3:5]
        found, _, options = system.split(" ", 2)
        fits = found == kind and (not controller or controller in options.split()[-1].split(","))
        if fits and ".." not in path and Path(path).is_relative_to(root):
            return Path(folder) / Path(path).relative_to(root)
    return None


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
