"""Notice when what is installed in a virtual environment replaces the environment's own interpreter.

A wheel may bring files for any place in its environment. The sandbox finds out by `pyvenv.cfg` which
interpreter an environment was made with, and runs that one outside of the sandbox: no wheel may choose it.
"""

from pathlib import Path
from typing import Final

from corpora.outside.files import read_outside

_MAX_BYTES: Final = 100_000


def environment_seal(home: Path) -> tuple[bytes, tuple[str, ...]]:
    """Return what says which interpreter the environment `home` has: compare it before and after installing.

    It is empty for what is no environment, or none any more.
    """
    try:
        settings = read_outside(home / "pyvenv.cfg", max_bytes=_MAX_BYTES, follow_links=False)
        return settings, tuple(str((home / "bin" / name).readlink()) for name in ("python", "python3"))
    except OSError:
        return b"", ()
