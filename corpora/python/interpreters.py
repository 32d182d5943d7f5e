"""Python interpreters of this machine: the running one, and those on the PATH; each says its own version."""

import os
from pathlib import Path
from typing import Final, NamedTuple

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


def interpreter_on_path(series: str) -> Interpreter | None:
    """Return the first interpreter of a series, such as `3.10`, on the PATH; None if there is none."""
    for folder in filter(os.path.isabs, os.get_exec_path()):  # a relative path depends on the working folder
        # Each is asked: a launcher of pyenv exists even for a version that is not enabled.
        found = asked_interpreter(str(Path(folder) / f"python{series}"))
        if found and found.fits(series):
            return found
    return None


def asked_interpreter(path: str) -> Interpreter | None:
    """Return the interpreter that `path` starts, which may be a launcher of another; None if none runs."""
    try:
        done = run_bounded(
            isolated_python("-c", _WHO, executable=path), seconds=_ASKING_SECONDS, max_bytes=_MAX_ANSWER_BYTES
        )
    except OSError:
        return None
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    return Interpreter(*lines) if len(lines) == 2 and not done.returncode else None
