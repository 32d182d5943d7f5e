"""The Python interpreter for a version that a task asks for."""

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from corpora.errors import SandboxError
from corpora.outside.child_process import isolated_python, run_bounded

_ASKING_SECONDS: Final = 20
_MAX_ANSWER_BYTES: Final = 100_000
_WHO: Final = "import sys; print(sys.executable); print('%d.%d.%d' % sys.version_info[:3])"


class Interpreter(NamedTuple):
    """A Python interpreter: its path, and its full version, such as `3.10.13`."""

    path: str
    version: str

    def fits(self, wish: str) -> bool:
        """Return whether its major and minor version are those of `wish`; an empty wish always fits."""
        return not wish or self.version.split(".")[:2] == wish.split(".")[:2]


def interpreter_for(wish: str, pythons: Mapping[str, str]) -> Interpreter:
    """Return the interpreter named for `wish`, else the running one if it fits, else one on the PATH.

    Where none of these fits, it is the running one all the same.

    Args:
        wish: a version such as `3.10`; for anything else, the running interpreter is returned.
        pythons: version -> path of an interpreter, whose version is not checked.

    Raises:
        SandboxError: the interpreter that `pythons` names does not run.
    """
    if wish in pythons:
        if named := _asked(pythons[wish]):
            return named
        raise SandboxError(
            f"the interpreter {pythons[wish]} for Python {wish} does not run",
            why="it did not print its version when it was started",
            fix="give the path of a Python interpreter, such as /usr/bin/python3.10",
        )
    running = Interpreter(sys.executable, "{}.{}.{}".format(*sys.version_info[:3]))
    version = re.match(r"\d+\.\d+", wish)
    if running.fits(wish) or not version:
        return running
    for folder in filter(os.path.isabs, os.get_exec_path()):  # a relative path depends on the working folder
        # Each is asked: a launcher of pyenv exists even for a version that is not enabled.
        found = _asked(str(Path(folder) / f"python{version[0]}"))
        if found and found.fits(wish):
            return found
    return running


def _asked(path: str) -> Interpreter | None:
    """Return the interpreter that `path` starts, which may be a launcher of another; None if none runs."""
    try:
        done = run_bounded(
            isolated_python("-c", _WHO, executable=path), seconds=_ASKING_SECONDS, max_bytes=_MAX_ANSWER_BYTES
        )
    except OSError:
        return None
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    return Interpreter(*lines) if len(lines) == 2 and not done.returncode else None
