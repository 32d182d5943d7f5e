"""Find where this process may create cgroups: version 2, version 1, or a systemd scope.

Each cgroup is named after the process that created it, `docprompting-PID-START-NUMBER`, so that a later
process can remove what a killed one left behind. A cgroup that still holds processes cannot be removed,
whatever its name.
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
# fields of /proc/PID/stat after the name, counted from 0: the time at which it started, and its parent
_START = 19
_PARENT = 1
_PROBE_SECONDS = 10.0
_WANTED = "+memory +pids"
_NUMBERS = itertools.count(1)


@dataclass(frozen=True, slots=True)
class ParentCgroup:
    """Folders in which cgroups can be created: one (version 2), or those of memory and pids (version 1)."""

    name: str
    folders: tuple[Path, ...]


def find_parent(proc: Path = Path("/proc/self")) -> ParentCgroup | None:
    """Return the best place where this process may create cgroups, or None if there is none.

    Cgroups left there by killed processes are removed.
    """
    unified = _own_folder(proc, "")
    if unified and (delegated := _delegated(unified)):
        parent = ParentCgroup("cgroup v2", (delegated,))
        if _works(parent):
            return parent
    memory, pids = _own_folder(proc, "memory"), _own_folder(proc, "pids")
    if memory:
        parent = ParentCgroup("cgroup v1", (memory, pids) if pids else (memory,))
        if _works(parent):
            return parent
    return None


def scope_command(memory_bytes: int, tasks: int) -> list[str]:
    """Return the command that runs another in a systemd scope with these limits; empty if that fails."""
    program = shutil.which("systemd-run")
    if not program:
        return []
    whose = [] if os.getuid() == 0 else ["--user"]
    command = [program, *whose, "--scope", "--quiet", "--collect", "-p", f"MemoryMax={memory_bytes}"]
    command += ["-p", "MemorySwapMax=0", "-p", f"TasksMax={tasks}", "--"]
    # the program must not find the way back to systemd
    command += ["env", "-u", "XDG_RUNTIME_DIR", "-u", "DBUS_SESSION_BUS_ADDRESS"]
    with suppress(OSError, subprocess.SubprocessError):
        tried = [*command, "cat", "/proc/self/cgroup"]
        shown = subprocess.run(
            tried, capture_output=True, timeout=_PROBE_SECONDS, check=True, text=True
        ).stdout
        if folder := _unified_folder(Path("/proc/self"), shown):
            return command if "memory" in _read(folder.parent / "cgroup.subtree_control").split() else []
    return []


def cgroup_folder(process: int) -> Path | None:
    """Return the folder of the version 2 cgroup that a process is in."""
    return _own_folder(Path(f"/proc/{process}"), "")


def create_cgroup(parent: ParentCgroup) -> tuple[Path, ...]:
    """Create a cgroup in each folder of `parent` and return the new folders.

    Raises:
        OSError: it cannot be created.
    """
    name = f"{_PREFIX}{os.getpid()}-{_started(os.getpid())}-{next(_NUMBERS)}"
    made = tuple(folder / name for folder in parent.folders)
    for folder in made:
        folder.mkdir()
    return made


def remove_stale(parent: ParentCgroup) -> None:
    """Remove the empty cgroups of processes that have ended."""
    for folder in parent.folders:
        for entry in folder.glob(f"{_PREFIX}*"):
            match = _NAME.fullmatch(entry.name)
            if match and _started(int(match[1])) != int(match[2]):
                with suppress(OSError):
                    entry.rmdir()


def _works(parent: ParentCgroup) -> bool:
    """Check that a cgroup created there counts memory."""
    remove_stale(parent)
    try:
        made = create_cgroup(parent)
    except OSError:
        return False
    # these files are missing where the memory controller is not enabled
    counts = any((made[0] / name).exists() for name in ("memory.max", "memory.limit_in_bytes"))
    for folder in made:
        with suppress(OSError):
            folder.rmdir()
    return counts


def _delegated(own: Path) -> Path | None:
    """Return a folder at or above our own cgroup where cgroups with memory limits can be created, if any.

    Version 2 allows no limits below a cgroup that holds processes itself. Where all its processes are ours,
    or it is the topmost cgroup that a container sees, we move them into a new cgroup below it.
    """
    if own.name.startswith(f"{_PREFIX}host-"):  # we, or our parent process, have been moved already
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
    """Move all processes of a cgroup into a new one below it, so that its other children can have limits."""
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
    """Return whether `process` is this process or one of its descendants."""
    while process > 1:
        if process == os.getpid():
            return True
        process = _field(process, _PARENT)
    return False


def _started(process: int) -> int:
    """Return when a process started, in clock ticks since boot; -1 if it has ended."""
    return _field(process, _START)


def _field(process: int, number: int) -> int:
    # the name, in parentheses, may itself hold blanks and parentheses
    fields = _read(Path(f"/proc/{process}/stat")).rpartition(")")[2].split()
    return int(fields[number]) if fields else -1


def _own_folder(proc: Path, controller: str) -> Path | None:
    """Return the folder of a process's cgroup in a controller's hierarchy; "" stands for version 2."""
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
    """Return where the cgroup `path` is visible in the file system."""
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
