"""Build the command that starts a server at each level of isolation."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpora.errors import SandboxError, UnknownName, reason_of
from corpora.outside.child_process import find_program
from rag.execution.bubblewrap import find_bubblewrap, how_to_allow_namespaces
from rag.execution.program import Limits

INSIDE = Path(__file__).parent / "inside"
_SCRATCH = "/tmp"  # noqa: S108 (inside, every sample has its own)
_CODE = "/sandbox"  # where the parent of INSIDE is mounted
# without `-I`, which would ignore PYTHONHASHSEED: the environment holds only what `environment` returns
_START = "import sys; sys.path[0] = {code!r}; from inside.server import main; main()"
_PREFIXES = "import json, sys; print(json.dumps([sys.prefix, sys.base_prefix, sys.base_exec_prefix]))"
_PROBE_SECONDS = 20.0
_SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime")
_SYSTEM_FOLDERS = ("/bin", "/lib", "/lib64", "/sbin")
# what bwrap leaves to a server that root starts: it needs them to become another user, then drops them
_TO_CHANGE_USER = ("CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID")
_SERVER_MB = 1024  # for the server of a container until it is ready, on top of what a program may use
# hidden from containers, in addition to what podman masks itself
_MASKED = ("/proc/cmdline", "/proc/config.gz", "/proc/kallsyms", "/proc/key-users")
_OPEN_FILES, _PROCESSES = 1024, 4096  # for the server of a container; programs have lower limits
IMAGE = "python:3.12-slim"  # the default


@dataclass(frozen=True, slots=True)
class Isolation:
    """How to start a server.

    Args:
        command: the program and its arguments.
        fix: what to do if it does not start.
        namespaces: whether every sample gets its own namespaces inside.
        filters: whether system calls that programs do not need are refused.
        emptied: folders that samples of one server use one after the other; emptied after each.
        shown: folders that every sample finds in its own /tmp, read-only, and where each is mounted before.
        inherits: whether the command gets the user's environment; samples never do.
        container: whether podman or docker starts it, with `run` as the first argument.
    """

    command: Sequence[str]
    fix: str
    namespaces: bool
    filters: bool
    emptied: Sequence[str] = ()
    shown: Sequence[tuple[str, str]] = ()
    inherits: bool = False
    container: bool = False


def is_level(name: str) -> bool:
    """Return whether `name` is a level of isolation: a key of `LEVELS`, or `container:IMAGE`."""
    return name in LEVELS or name.startswith("container:")


def isolate(name: str, limits: Limits, python: str | None) -> Isolation:
    """Return how to start a server at a level of isolation.

    Args:
        name: a key of `LEVELS`, or `container:IMAGE` for a container of that image.
        limits: of each program.
        python: path of the interpreter, for a container in its image; the running one by default.

    Raises:
        UnknownName: there is no such level.
        SandboxError: a program that it needs is not installed, or the interpreter does not run.
    """
    if not is_level(name):
        raise UnknownName("isolation", name, [*LEVELS, "container:IMAGE"])
    level, _, image = name.partition(":")
    return _container(limits, python, image) if image else LEVELS[level](limits, python)


def environment(code: str = _CODE) -> dict[str, str]:
    """Return all environment variables of a program; `code` is the folder that holds `inside`."""
    single = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")  # samples share the processors
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": _SCRATCH,
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",  # the same program gets the same verdict
        "RAG_SANDBOX_CODE": code,
        **dict.fromkeys(single, "1"),
    }


def _bwrap(limits: Limits, python: str | None) -> Isolation:
    interpreter = python or sys.executable
    prefixes = _mounted_prefixes(interpreter)
    command = [find_bubblewrap(), "--die-with-parent", "--new-session", "--clearenv", "--hostname", "sandbox"]
    command += ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    command += _system()
    # what lies in /tmp is covered by a sample's own: it is mounted elsewhere, too, to be shown there again
    hidden = [prefix for prefix in prefixes if Path(prefix).is_relative_to(_SCRATCH)]
    shown = [(prefix, f"{_CODE}/shown/{number}") for number, prefix in enumerate(hidden)]
    for prefix, place in [*((prefix, prefix) for prefix in prefixes if prefix not in hidden), *shown]:
        command += _bound(prefix, place)
    command += ["--ro-bind", str(INSIDE), f"{_CODE}/inside", "--dev", "/dev"]
    # imports of the server may write there; every program gets its own /tmp mounted over it
    command += ["--perms", "1777", "--tmpfs", _SCRATCH]
    for prefix in hidden:
        command += _bound(prefix, prefix)
    if os.getuid() == 0:
        command += ["--dir", "/proc", "--cap-drop", "ALL"]
        for capability in _TO_CHANGE_USER:
            command += ["--cap-add", capability]
    else:
        command += ["--unshare-user", "--proc", "/proc"]
    command += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", _SCRATCH]
    for name, value in environment().items():
        command += ["--setenv", name, value]
    started = [*command, *_server(interpreter)]
    return Isolation(started, how_to_allow_namespaces(), namespaces=True, filters=True, shown=shown)


def _bound(folder: str, place: str) -> list[str]:
    """Return the arguments of bwrap that mount `folder` at `place`, read-only."""
    above = reversed(Path(place).parents[:-1])
    open_folders = [part for parent in above if str(parent) != _SCRATCH for part in _open_folder(str(parent))]
    return [*open_folders, "--ro-bind", folder, place]


def _system() -> list[str]:
    """Return the arguments of bwrap that mount what an interpreter needs of the system, read-only."""
    arguments = ["--ro-bind", "/usr", "/usr"]
    for folder in map(Path, _SYSTEM_FOLDERS):
        if folder.is_symlink():
            arguments += ["--symlink", str(folder.readlink()), str(folder)]
        elif folder.is_dir():
            arguments += ["--ro-bind", str(folder), str(folder)]
    arguments += [*_open_folder("/etc"), *_open_folder(_CODE)]
    for file in _SYSTEM_FILES:
        arguments += ["--ro-bind-try", file, file]
    return arguments


def _container(limits: Limits, python: str | None, image: str = IMAGE) -> Isolation:
    """Return how to start a container, where all samples of a server share its namespaces."""
    program = find_program("podman") or find_program("docker")
    if not program:
        raise SandboxError(
            "no sandbox: neither podman nor docker is installed",
            why="programs run without a sandbox only if that is asked for with isolation='process'",
            fix="apt install podman, or docker",
        )
    memory = limits.memory_mb + 2 * limits.disk_mb + _SERVER_MB
    scratch = f"rw,nosuid,nodev,size={limits.disk_mb}m,mode=1777"
    command = [str(program), "run", "--rm", "--interactive", "--network", "none", "--read-only"]
    command += ["--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--user", "65534:65534"]
    command += ["--memory", f"{memory}m", "--memory-swap", f"{memory}m", "--ipc", "private"]
    command += ["--pids-limit", str(limits.processes + 8), "--shm-size", f"{limits.disk_mb}m"]
    # root without all capabilities cannot raise these limits to podman's defaults
    command += ["--ulimit", f"nofile={_OPEN_FILES}:{_OPEN_FILES}", "--ulimit", "core=0:0"]
    command += ["--oom-score-adj", "0"]  # no program can lower its own below this
    command += ["--ulimit", f"nproc={_PROCESSES}:{_PROCESSES}"]
    if command[0].endswith("podman"):
        # otherwise /var/tmp and /run are writable, and a program finds what another left there
        command += ["--read-only-tmpfs=false", "--security-opt", f"mask={':'.join(_MASKED)}"]
    command += ["--tmpfs", f"{_SCRATCH}:{scratch}", "--volume", f"{INSIDE}:{_CODE}/inside:ro"]
    for name, value in environment().items():
        command += ["--env", f"{name}={value}"]
    command += [image, *_server(python or "python3")]
    shared = (_SCRATCH, "/dev/shm")  # noqa: S108 (the container's own)
    fix = f"check that `{Path(command[0]).name} run` works and finds the image, or name another image"
    # podman and docker find their service through the user's environment
    return Isolation(command, fix, False, filters=True, emptied=shared, inherits=True, container=True)


def _process(limits: Limits, python: str | None) -> Isolation:
    """Return how to start a server that only limits: programs may use the user's files and the network."""
    interpreter = python or sys.executable
    if not shutil.which(interpreter):
        raise _does_not_run(interpreter, "there is no program of this name that may be executed")
    server = _server(interpreter, str(INSIDE.parent))
    fix = "run the interpreter by hand: " + server[0]
    return Isolation(server, fix, namespaces=False, filters=False)


LEVELS: dict[str, Callable[[Limits, str | None], Isolation]] = {
    "bwrap": _bwrap,
    "container": _container,
    "process": _process,
}


def _open_folder(folder: str) -> list[str]:
    """Return the arguments of bwrap that make an empty folder which the samples' user may enter.

    The folders that bwrap makes by itself, as parents of others, are closed to that user.
    """
    return ["--perms", "0755", "--dir", folder]


def _server(interpreter: str, code: str = _CODE) -> list[str]:
    return [interpreter, "-s", "-B", "-c", _START.format(code=code)]


def _mounted_prefixes(interpreter: str) -> list[str]:
    """Return the folders of an interpreter and its packages, sorted, without those in /usr.

    Raises:
        SandboxError: a folder is /tmp itself, which the sandbox covers, or the interpreter does not run.
    """
    # An interpreter runs the .pth files of its packages when it starts, and those of a virtual environment
    # may come from anybody. So it is the base interpreter that we run here, outside the sandbox.
    environment = Path(interpreter).absolute().parent.parent
    settings = environment / "pyvenv.cfg"
    prefixes = (
        [str(environment), *_prefixes_of(_base_of(settings))]
        if settings.is_file()
        else _prefixes_of(interpreter)
    )
    if _SCRATCH in prefixes:
        raise SandboxError(
            f"the Python interpreter {interpreter} cannot be used in a sandbox",
            why=f"its folder is {_SCRATCH} itself, and every program gets its own",
            fix="create the environment in another folder, or in one below it",
        )
    return sorted({prefix for prefix in prefixes if not Path(prefix).is_relative_to("/usr")})


def _base_of(settings: Path) -> str:
    """Return the interpreter that a virtual environment was created with; `settings` is its pyvenv.cfg."""
    lines = (line.partition("=") for line in settings.read_text(encoding="utf-8").splitlines())
    home = next((value.strip() for name, _, value in lines if name.strip() == "home"), "")
    newer, any_version = Path(home, "python3"), Path(home, "python")
    return str(newer if os.path.exists(newer) else any_version)  # noqa: PTH110 (a closed folder is no error here)


def _prefixes_of(interpreter: str) -> list[str]:
    """Run an interpreter and return its prefixes.

    Raises:
        SandboxError: it does not run.
    """
    try:
        done = subprocess.run(
            [interpreter, "-I", "-c", _PREFIXES],
            capture_output=True,
            text=True,
            timeout=_PROBE_SECONDS,
            check=True,
        )
        prefixes: list[str] = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise _does_not_run(interpreter, reason_of(error)) from error
    return prefixes


def _does_not_run(interpreter: str, why: str) -> SandboxError:
    return SandboxError(
        f"the Python interpreter {interpreter} does not run",
        why=why,
        fix="name the bin/python of an environment created by `python -m venv`",
    )
