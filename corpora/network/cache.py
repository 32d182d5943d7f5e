"""Find the folder that keeps fetched pages and packages between runs."""

import os
import sys
from pathlib import Path

from corpora.errors import CorpusError


def cache_folder(part: str) -> Path:
    """Return the cache folder for `part` (`sites`, `wheels`); make it if it does not exist.

    It is in `$RAG_CACHE`, else in the system's folder for caches: `$XDG_CACHE_HOME`, `~/.cache`,
    `~/Library/Caches` or `%LOCALAPPDATA%`.

    Raises:
        CorpusError: the folder cannot be made or written to.
    """
    shown = os.environ.get("RAG_CACHE") or "the system's cache folder"
    try:
        folder = _root() / part
        folder.mkdir(parents=True, exist_ok=True)
        why = "" if os.access(folder, os.W_OK | os.X_OK) else f"{folder} is not writable"
    except FileExistsError as error:
        why = f"{error.filename} is not a folder"
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: a circle of links, or no home
        why = str(error)
    if why:
        raise CorpusError(
            f"cannot keep fetched files in {shown}",
            why=why,
            fix="set RAG_CACHE to a writable folder on a disk with free space",
        )
    return folder


def _root() -> Path:
    if named := os.environ.get("RAG_CACHE"):
        if os.path.lexists(named) and not Path(named).exists():
            # The target may be on a disk that is not mounted now, so no folder is made in its place.
            raise FileNotFoundError(f"{named} is a link to nothing")
        return Path(named).resolve()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "docprompting"
