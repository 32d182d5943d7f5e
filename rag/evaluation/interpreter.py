"""The Python interpreter for a version that a task asks for."""

import re
import sys
from collections.abc import Mapping

from corpora.errors import SandboxError
from corpora.python.interpreters import Interpreter, asked_interpreter, interpreter_on_path


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
        if named := asked_interpreter(pythons[wish]):
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
    return interpreter_on_path(version[0]) or running
