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
    """Its path, and its version in full, `3.10.13`."""

    path: str
    version: str

    def fits(self, wish: str) -> bool:
        """Whether it is of the version that was wished for, 3.10.4 being 3.10, or none was."""
        return not wish or self.version.split(".")[:2] == wish.split(".")[:2]


def interpreter_for(wish: str, pythons: Mapping[str, str]) -> Interpreter:
    """The interpreter that `pythons` names for `wish`, else the running one if it fits, else one on the PATH.

    If there is none, the running one all the same.

    Args:
        wish: a version, such as `3.10`; the running interpreter will do for anything else.
        pythons: version -> path of an interpreter, which is taken at the user's word.

    Raises:
        SandboxError: the one that is named does not run.
    """
    if wish in pythons:
        if named := _asked(pythons[wish]):
            return named
        raise SandboxError(
            f"the interpreter {pythons[wish]} for Python {wish} does not run",
            why="it could not be asked for its version",
            fix="name the path of a Python, such as /usr/bin/python3.10",
        )
    running = Interpreter(sys.executable, "{}.{}.{}".format(*sys.version_info[:3]))
    version = re.match(r"\d+\.\d+", wish)
    if running.fits(wish) or not version:
        return running
    for folder in filter(os.path.isabs, os.get_exec_path()):  # others lie in the working folder
        # (a launcher of pyenv is there even for a version that is not switched on: so each is asked)
        found = _asked(str(Path(folder) / f"python{version[0]}"))
        if found and found.fits(wish):
            return found
    return running


def _asked(path: str) -> Interpreter | None:
    """The interpreter at `path`, which may be a launcher of another; None if none runs."""
    try:
        done = run_bounded(
            isolated_python("-c", _WHO, executable=path), seconds=_ASKING_SECONDS, max_bytes=_MAX_ANSWER_BYTES
        )
    except OSError:
        return None
    told = done.stdout.decode("utf-8", "replace").splitlines()
    return Interpreter(*told) if len(told) == 2 and not done.returncode else None
