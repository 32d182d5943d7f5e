"""Start child processes that take nothing from the folder they start in, and that end in time.

The working folder may be a stranger's repository: an interpreter must not import its modules, a program
must not be looked for in it, and whatever answers late or without end is stopped.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import IO, Any, Final, NamedTuple

_HOME: Final = os.path.realpath(Path(__file__).parents[2])  # the folder that holds our packages
_CHUNK_BYTES: Final = 65_536
_ENDING_SECONDS: Final = 5.0


class ChildError(OSError):
    """A child process gave no answer in time, or more of it than is taken."""


class Finished(NamedTuple):
    """What a child process left behind."""

    returncode: int
    stdout: bytes
    stderr: bytes


def isolated_python(*arguments: str, executable: str = "") -> list[str]:
    """Return the command of an interpreter that ignores the working folder, `PYTHON*` and the user's site.

    Args:
        arguments: of the interpreter, such as `-m`, `pip`.
        executable: path of the interpreter; the running one by default.
    """
    utf8 = ["-X", "utf8"] if not executable and sys.flags.utf8_mode else []  # PYTHONUTF8 is ignored below
    return [executable or sys.executable, "-I", *utf8, *arguments]


def clean_environment(changes: Mapping[str, str] = {}, *, without: Sequence[str] = ()) -> dict[str, str]:
    """Return this process's environment for a child: no `PYTHON*`, only absolute folders on the PATH.

    Args:
        changes: variables to set.
        without: prefixes of further names to leave out.
    """
    prefixes = ("PYTHON", "__PYVENV", *without)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(prefixes)}
    return {**kept, "PATH": absolute_path(), **changes}


def find_program(name: str) -> str:
    """Return the path of a program on the PATH, empty if there is none.

    An empty or relative entry of the PATH stands for the working folder, and is passed over.
    """
    found = shutil.which(name, path=absolute_path())
    return found if found and Path(found).is_absolute() else ""


def import_folders() -> list[str]:
    """Return where a child may import from: as this process does, but not from the working folder.

    The working folder stays where our own packages lie in it, as in a checkout of this project.
    """
    try:
        here = os.path.realpath(Path.cwd())
    except OSError:  # it was removed: nothing can lie in it
        here = ""
    folders = [os.path.realpath(entry) if entry in {"", "."} else entry for entry in sys.path]
    return [entry for entry in folders if os.path.realpath(entry) != here or here == _HOME]


def forget_working_folder() -> None:
    """Stop this process from importing from the working folder, where an empty PYTHONPATH entry put it."""
    sys.path[:] = import_folders()


def run_bounded(
    command: Sequence[str],
    *,
    seconds: float,
    max_bytes: int,
    cwd: str | Path | None = None,
    env: Mapping[str, str] | None = None,
    max_memory: int = 0,
) -> Finished:
    """Run a program to its end; it is killed with its children where it takes too long or writes too much.

    Args:
        command: the program and its arguments.
        seconds: the time that it has.
        max_bytes: of output, and again of errors.
        cwd: the folder that it starts in.
        env: its environment; `clean_environment()` by default.
        max_memory: bytes that it may allocate, where the system can limit that; 0 for no limit.

    Raises:
        ChildError: it exceeded one of the limits.
        OSError: it cannot be started.
    """
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=clean_environment() if env is None else env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # without a terminal it can ask nothing, and its children end with it
    )
    if max_memory:
        _limit_memory(process.pid, max_memory)
    deadline = monotonic() + seconds
    assert process.stdout and process.stderr
    streams = [_Collected(stream, max_bytes, process) for stream in (process.stdout, process.stderr)]
    try:
        process.wait(seconds)
        for stream in streams:
            stream.thread.join(max(deadline - monotonic(), 0.0))
        if any(stream.thread.is_alive() for stream in streams):  # a child of its own holds the pipe
            raise subprocess.TimeoutExpired(command, seconds)
    except subprocess.TimeoutExpired as error:
        raise ChildError(f"{Path(command[0]).name} gave no answer within {seconds:g} seconds") from error
    finally:
        _end(process, [stream.thread for stream in streams])
    if any(stream.overflowed for stream in streams):
        raise ChildError(f"{Path(command[0]).name} wrote more than {max_bytes} bytes")
    return Finished(process.returncode, bytes(streams[0].data), bytes(streams[1].data))


class _Collected:
    """What a stream of a child says, up to a limit; a child that says more is killed."""

    def __init__(self, stream: IO[bytes], max_bytes: int, process: "subprocess.Popen[bytes]") -> None:
        self.data = bytearray()
        self.overflowed = False
        self._of = (stream, max_bytes, process)
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self) -> None:
        stream, max_bytes, process = self._of
        with stream, suppress(OSError, ValueError):
            while data := os.read(stream.fileno(), _CHUNK_BYTES):
                self.data += data
                if len(self.data) > max_bytes:
                    self.overflowed = True
                    _kill(process)
                    return


def _limit_memory(pid: int, nbytes: int) -> None:
    """Limit what a process that has just started may allocate; only Linux can do so from outside."""
    with suppress(ImportError, AttributeError, OSError, ValueError):
        import resource

        resource.prlimit(pid, resource.RLIMIT_DATA, (nbytes, nbytes))


def _end(process: "subprocess.Popen[Any]", readers: Sequence[threading.Thread]) -> None:
    """Kill what still runs, and wait for it."""
    if process.poll() is None or any(thread.is_alive() for thread in readers):
        _kill(process)
        process.wait()
        for thread in readers:
            thread.join(_ENDING_SECONDS)


def _kill(process: "subprocess.Popen[Any]") -> None:
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def absolute_path() -> str:
    """Return the PATH without the entries that stand for the working folder: empty and relative ones."""
    entries = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(entry for entry in entries if Path(entry).is_absolute())
