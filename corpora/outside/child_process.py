"""Run child processes that load nothing from the working folder and that end in time.

The working folder may be a stranger's repository: an interpreter must not import modules from it, programs
must not be searched for in it, and a child that takes too long or writes too much is killed.
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

_HOME: Final = os.path.realpath(Path(__file__).parents[2])  # the folder that contains our own packages
_CHUNK_BYTES: Final = 65_536
_ENDING_SECONDS: Final = 5.0


class ChildError(OSError):
    """A child process took too long or wrote too much; `printed` is what it wrote to stdout until then."""

    printed: bytes = b""


class Finished(NamedTuple):
    """The result of a child process: its exit status and all of its output."""

    returncode: int
    stdout: bytes
    stderr: bytes


def isolated_python(*arguments: str, executable: str = "") -> list[str]:
    """Return the command for a Python that ignores the working folder, `PYTHON*` and the user's site folder.

    Args:
        arguments: of the interpreter, such as `-m`, `pip`.
        executable: path of the interpreter; the running one by default.
    """
    # `-I` also ignores PYTHONUTF8, so UTF-8 mode is passed on as an option.
    utf8 = ["-X", "utf8"] if not executable and sys.flags.utf8_mode else []
    return [executable or sys.executable, "-I", *utf8, *arguments]


def clean_environment(changes: Mapping[str, str] = {}, *, without: Sequence[str] = ()) -> dict[str, str]:
    """Return the environment for a child: ours without `PYTHON*`, and only absolute folders on the PATH.

    Args:
        changes: variables to set.
        without: prefixes of further names to leave out.
    """
    prefixes = ("PYTHON", "__PYVENV", *without)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(prefixes)}
    return {**kept, "PATH": absolute_path(), **changes}


def find_program(name: str) -> str:
    """Return the path of a program on the PATH; empty if there is none.

    Empty and relative entries of the PATH mean the working folder and are ignored.
    """
    found = shutil.which(name, path=absolute_path())
    return found if found and Path(found).is_absolute() else ""


def import_folders() -> list[str]:
    """Return the folders that a child may import from: those of this process except the working folder.

    The working folder is kept if it contains our own packages, as in a checkout of this project.
    """
    try:
        here = os.path.realpath(Path.cwd())
    except OSError:  # the folder was removed, so it contains nothing
        here = ""
    folders = [os.path.realpath(entry) if entry in {"", "."} else entry for entry in sys.path]
    return [entry for entry in folders if os.path.realpath(entry) != here or here == _HOME]


def forget_working_folder() -> None:
    """Remove the working folder from this process's import path; an empty PYTHONPATH entry puts it there."""
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
    """Run a program to its end; kill it with its children if it takes too long or writes too much.

    Args:
        command: the program and its arguments.
        seconds: how long it may run.
        max_bytes: the most that it may write to stdout, and again to stderr.
        cwd: the folder to start it in.
        env: its environment; `clean_environment()` by default.
        max_memory: bytes that it may allocate, on systems that can limit this; 0 for no limit.

    Raises:
        ChildError: it exceeded the time or the output.
        OSError: it cannot be started.
    """
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=clean_environment() if env is None else env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Without a terminal it cannot prompt for anything, and as a group it can be killed with its children.
        start_new_session=True,
    )
    return _finished(process, command, seconds, max_bytes, max_memory)


def run_with_input(
    command: Sequence[str],
    given: IO[bytes],
    *,
    seconds: float,
    max_bytes: int,
    env: Mapping[str, str],
    max_memory: int = 0,
) -> Finished:
    """Run a program as `run_bounded` does, which reads the open file `given` as its standard input.

    Raises:
        ChildError: it exceeded the time or the output.
        OSError: it cannot be started.
    """
    process = subprocess.Popen(
        command,
        env=env,
        stdin=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    return _finished(process, command, seconds, max_bytes, max_memory)


def _finished(
    process: "subprocess.Popen[bytes]",
    command: Sequence[str],
    seconds: float,
    max_bytes: int,
    max_memory: int,
) -> Finished:
    """Return what a process has written when it ends; end it if it exceeds a bound."""
    if max_memory:
        _limit_memory(process.pid, max_memory)
    deadline = monotonic() + seconds
    assert process.stdout and process.stderr
    streams = [_Collected(stream, max_bytes, process) for stream in (process.stdout, process.stderr)]
    try:
        process.wait(seconds)
        for stream in streams:
            stream.thread.join(max(deadline - monotonic(), 0.0))
        if any(stream.thread.is_alive() for stream in streams):  # its own child still holds the pipe open
            raise subprocess.TimeoutExpired(command, seconds)
    except subprocess.TimeoutExpired as error:
        late = ChildError(f"{Path(command[0]).name} gave no answer within {seconds:g} seconds")
        late.printed = bytes(streams[0].data)
        raise late from error
    finally:
        _end(process, [stream.thread for stream in streams])
    if any(stream.overflowed for stream in streams):
        talkative = ChildError(f"{Path(command[0]).name} wrote more than {max_bytes} bytes")
        talkative.printed = bytes(streams[0].data)
        raise talkative
    return Finished(process.returncode, bytes(streams[0].data), bytes(streams[1].data))


class _Collected:
    """The output of a child on one stream, collected by a thread; a child that writes too much is killed."""

    def __init__(self, stream: IO[bytes], max_bytes: int, process: "subprocess.Popen[bytes]") -> None:
        self.data = bytearray()
        self.overflowed = False
        self._stream, self._max_bytes, self._process = stream, max_bytes, process
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self) -> None:
        with self._stream as stream, suppress(OSError, ValueError):
            while data := os.read(stream.fileno(), _CHUNK_BYTES):
                self.data += data
                if len(self.data) > self._max_bytes:
                    self.overflowed = True
                    _kill(self._process)
                    return


def _limit_memory(pid: int, nbytes: int) -> None:
    """Limit the memory of a process that has just started; only Linux can do so from outside."""
    with suppress(ImportError, AttributeError, OSError, ValueError):
        import resource

        resource.prlimit(pid, resource.RLIMIT_DATA, (nbytes, nbytes))


def _end(process: "subprocess.Popen[Any]", readers: Sequence[threading.Thread]) -> None:
    """Kill the process group if anything of it still runs, and wait for it."""
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
    """Return the PATH without empty and relative entries, which mean the working folder."""
    entries = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(entry for entry in entries if Path(entry).is_absolute())
