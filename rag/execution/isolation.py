"""The command that starts a server at each level of isolation."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpora.errors import SandboxError, UnknownName
from corpora.outside.child_process import find_program
from rag.execution.program import Limits

INSIDE = Path(__file__).parent / "inside"
_SCRATCH = "/tmp"  # noqa: S108 (inside, it is the sample's own)
_CODE = "/sandbox"  # where that folder's parent appears
# (not `-I`: it would ignore PYTHONHASHSEED. The environment holds nothing but what `environment` says.)
_START = "import sys; sys.path[0] = {code!r}; from inside.server import main; main()"
_PREFIXES = "import json, sys; print(json.dumps([sys.prefix, sys.base_prefix, sys.base_exec_prefix]))"
_ASKING_SECONDS = 20.0
_SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime")
_SYSTEM_FOLDERS = ("/bin", "/lib", "/lib64", "/sbin")
# what bwrap leaves to the server of a user who is root: it becomes another user with them, and drops them
_TO_CHANGE_USER = ("CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID")
_SERVER_MB = 1024  # of a container until it is ready, beside what its program may use
_MASKED = ("/proc/cmdline", "/proc/config.gz", "/proc/kallsyms", "/proc/key-users")  # beside its usual ones
_OPEN_FILES, _PROCESSES = 1024, 4096  # of a container's server; programs have lower limits
IMAGE = "python:3.12-slim"  # where none is named


@dataclass(frozen=True, slots=True)
class Isolation:
    """How a server is started.

    Args:
        command: arguments, the program first.
        fix: what to do where it does not start.
        namespaces: whether every sample gets namespaces of its own inside.
        filters: whether system calls are refused that programs have no use for.
        emptied: folders that the samples of a server have for themselves, one after the other.
        inherits: whether the command is given the user's environment; the samples never are.
        container: whether it is started by podman or docker, `run` being the first argument.
    """

    command: Sequence[str]
    fix: str
    namespaces: bool
    filters: bool
    emptied: Sequence[str] = ()
    inherits: bool = False
    container: bool = False


def is_level(name: str) -> bool:
    """Whether there is such a level: a key of `LEVELS`, or `container:IMAGE`."""
    return name in LEVELS or name.startswith("container:")


def isolate(name: str, limits: Limits, python: str | None) -> Isolation:
    """The way to start a server at the level `name` with this interpreter (default: the running one).

    Args:
        name: a key of `LEVELS`; `container:IMAGE` is a container of that image.
        limits: of each program.
        python: the interpreter; of a container, a path in the image.

    Raises:
        UnknownName: there is no such level.
        SandboxError: what it needs is not installed, or the interpreter does not run.
    """
    if not is_level(name):
        raise UnknownName("isolation", name, [*LEVELS, "container:IMAGE"])
    level, _, image = name.partition(":")
    return _container(limits, python, image) if image else LEVELS[level](limits, python)


def environment(code: str = _CODE) -> dict[str, str]:
    """All that a program finds in its environment."""
    single = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")  # samples run side by side
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
    _need("bwrap", "apt install bubblewrap (or dnf, pacman)")
    interpreter = python or sys.executable
    command = ["bwrap", "--die-with-parent", "--new-session", "--clearenv", "--hostname", "sandbox"]
    command += ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    command += _system()
    for prefix in _prefixes(interpreter):
        for folder in reversed(Path(prefix).parents[:-1]):
            command += _open_folder(str(folder))
        command += ["--ro-bind", prefix, prefix]
    command += ["--ro-bind", str(INSIDE), f"{_CODE}/inside", "--dev", "/dev"]
    # (what is imported beforehand may want to write there; every program gets one of its own over it)
    command += ["--perms", "1777", "--tmpfs", _SCRATCH]
    if os.getuid() == 0:
        command += ["--dir", "/proc", "--cap-drop", "ALL"]
        for capability in _TO_CHANGE_USER:
            command += ["--cap-add", capability]
    else:
        command += ["--unshare-user", "--proc", "/proc"]
    command += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", _SCRATCH]
    for name, value in environment().items():
        command += ["--setenv", name, value]
    fix = "let users make namespaces: sysctl kernel.unprivileged_userns_clone=1"
    return Isolation([*command, *_server(interpreter)], fix, namespaces=True, filters=True)


def _system() -> list[str]:
    """What an interpreter needs of the system, read-only."""
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
    """In a container all samples of a server share its namespaces; `python` is a path in the image."""
    program = find_program("podman") or find_program("docker")
    if not program:
        _need("podman", "apt install podman, or docker")
    memory = limits.memory_mb + 2 * limits.disk_mb + _SERVER_MB
    scratch = f"rw,nosuid,nodev,size={limits.disk_mb}m,mode=1777"
    command = [str(program), "run", "--rm", "--interactive", "--network", "none", "--read-only"]
    command += ["--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--user", "65534:65534"]
    command += ["--memory", f"{memory}m", "--memory-swap", f"{memory}m", "--ipc", "private"]
    command += ["--pids-limit", str(limits.processes + 8), "--shm-size", f"{limits.disk_mb}m"]
    # (a user who is root without every capability cannot raise these to the defaults of podman)
    command += ["--ulimit", f"nofile={_OPEN_FILES}:{_OPEN_FILES}", "--ulimit", "core=0:0"]
    command += ["--oom-score-adj", "0"]  # no program can set itself a lower one
    command += ["--ulimit", f"nproc={_PROCESSES}:{_PROCESSES}"]
    if command[0].endswith("podman"):
        # or /var/tmp and /run can be written, and a program finds what another left
        command += ["--read-only-tmpfs=false", "--security-opt", f"mask={':'.join(_MASKED)}"]
    command += ["--tmpfs", f"{_SCRATCH}:{scratch}", "--volume", f"{INSIDE}:{_CODE}/inside:ro"]
    for name, value in environment().items():
        command += ["--env", f"{name}={value}"]
    command += [image, *_server(python or "python3")]
    shared = (_SCRATCH, "/dev/shm")  # noqa: S108 (the container's own)
    fix = f"see that `{Path(command[0]).name} run` works and has the image, or name another image"
    # podman and docker find their service by the user's environment
    return Isolation(command, fix, False, filters=True, emptied=shared, inherits=True, container=True)


def _process(limits: Limits, python: str | None) -> Isolation:
    """Limits only: the program may read and write what the user may, and use the network."""
    server = _server(python or sys.executable, str(INSIDE.parent))
    fix = "run the interpreter by hand: " + server[0]
    return Isolation(server, fix, namespaces=False, filters=False)


LEVELS: dict[str, Callable[[Limits, str | None], Isolation]] = {
    "bwrap": _bwrap,
    "container": _container,
    "process": _process,
}


def _open_folder(folder: str) -> list[str]:
    """An empty folder that the user of the samples may enter; bwrap makes those it needs for itself alone."""
    return ["--perms", "0755", "--dir", folder]


def _server(interpreter: str, code: str = _CODE) -> list[str]:
    return [interpreter, "-s", "-B", "-c", _START.format(code=code)]


def _prefixes(interpreter: str) -> list[str]:
    """The folders that hold an interpreter and its packages, outermost first, without those of the system."""
    # An interpreter runs the .pth files of its packages when it starts. Those of a virtual environment may be
    # anybody's: it is its base that is asked, out here.
    environment = Path(interpreter).absolute().parent.parent
    settings = environment / "pyvenv.cfg"
    prefixes = [str(environment), *_asked(_base_of(settings))] if settings.is_file() else _asked(interpreter)
    hidden = [prefix for prefix in prefixes if Path(prefix).is_relative_to(_SCRATCH)]
    if hidden:
        raise SandboxError(
            f"the Python interpreter {interpreter} cannot be used in a sandbox",
            why=f"it lies in {hidden[0]}, and every program gets a /tmp of its own",
            fix="make the environment in another folder",
        )
    return sorted({prefix for prefix in prefixes if not Path(prefix).is_relative_to("/usr")})


def _base_of(settings: Path) -> str:
    """The interpreter that an environment was made with."""
    lines = (line.partition("=") for line in settings.read_text(encoding="utf-8").splitlines())
    home = next((value.strip() for name, _, value in lines if name.strip() == "home"), "")
    newer, any_version = Path(home, "python3"), Path(home, "python")
    return str(newer if newer.exists() else any_version)


def _asked(interpreter: str) -> list[str]:
    """The prefixes that an interpreter tells of itself."""
    try:
        asked = subprocess.run(
            [interpreter, "-I", "-c", _PREFIXES],
            capture_output=True,
            text=True,
            timeout=_ASKING_SECONDS,
            check=True,
        )
        prefixes: list[str] = json.loads(asked.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise SandboxError(
            f"the Python interpreter {interpreter} does not run",
            why=str(error),
            fix="name the bin/python of an environment made by `python -m venv`",
        ) from error
    return prefixes


def _need(program: str, fix: str) -> None:
    if not shutil.which(program):
        raise SandboxError(
            f"no sandbox: {program} is not installed",
            why="generated programs run without one only if asked for: isolation='process'",
            fix=fix,
        )
