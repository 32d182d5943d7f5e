"""Remember what this user has named or agreed to, in a place where no repository can write.

An index and a `rag.toml` say what to read and fetch, and may have come with a cloned repository. What the
user once named on a command line, or agreed to, is remembered by a file in the user's own state folder.
"""

import hashlib
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

_SEPARATOR: Final = "\0"


def agree(*facts: str) -> None:
    """Remember that the user agrees to `facts`; if it cannot be stored, the user will be asked again."""
    with suppress(OSError, RuntimeError):  # RuntimeError: there is no home
        place = _place(facts)
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            place.touch(mode=0o600)


def has_agreed(*facts: str) -> bool:
    """Return whether the user has agreed to exactly these `facts`."""
    try:
        return _place(facts).exists()
    except (OSError, RuntimeError):
        return False


def _place(facts: tuple[str, ...]) -> Path:
    text = _SEPARATOR.join(facts).encode("utf-8", "surrogateescape")
    return state_folder() / "agreed" / hashlib.sha256(text).hexdigest()


def state_folder() -> Path:
    """Return `$RAG_CACHE`, else the folder in which the system keeps the state of this program.

    Raises:
        RuntimeError: the user has no home.
    """
    named = Path(os.environ.get("RAG_CACHE", ""))
    if named.is_absolute():  # a relative path could lead into the repository
        return named
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        state = Path(os.environ.get("XDG_STATE_HOME", ""))
        base = state if state.is_absolute() else Path.home() / ".local" / "state"
    return base / "docprompting"
