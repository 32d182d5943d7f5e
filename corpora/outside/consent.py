"""What this user has named or agreed to, kept where no repository can write.

An index and a `rag.toml` say what is to be read and fetched, and may have come with a clone. What its
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
    """Remember that the user agrees to `facts`. Where nothing can be kept, it will be asked for again."""
    with suppress(OSError, RuntimeError):  # RuntimeError: there is no home
        place = _place(facts)
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            place.touch(mode=0o600)


def has_agreed(*facts: str) -> bool:
    """Whether the user has agreed to exactly these `facts`."""
    try:
        return _place(facts).exists()
    except (OSError, RuntimeError):
        return False


def _place(facts: tuple[str, ...]) -> Path:
    text = _SEPARATOR.join(facts).encode("utf-8", "surrogateescape")
    return _folder() / hashlib.sha256(text).hexdigest()


def _folder() -> Path:
    """`$RAG_CACHE/agreed`, else where the system keeps the state of programs."""
    named = Path(os.environ.get("RAG_CACHE", ""))
    if named.is_absolute():  # (a relative one may lie in the repository)
        return named / "agreed"
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        state = Path(os.environ.get("XDG_STATE_HOME", ""))
        base = state if state.is_absolute() else Path.home() / ".local" / "state"
    return base / "docprompting" / "agreed"
