"""Where what was fetched from elsewhere (pages, wheels) is kept between runs."""

import os
import sys
from pathlib import Path

from corpora.errors import CorpusError


def cache_folder(part: str) -> Path:
    """The folder for `part` (`sites`, `wheels`), made if it is not there.

    It lies in `$RAG_CACHE`, else where the system keeps caches: `$XDG_CACHE_HOME`, `~/.cache`,
    `~/Library/Caches` or `%LOCALAPPDATA%`. Raises `CorpusError` where it cannot be made or written to.
    """
    shown = os.environ.get("RAG_CACHE") or "the cache of the system"
    try:
        folder = _root() / part
        folder.mkdir(parents=True, exist_ok=True)
        why = "" if os.access(folder, os.W_OK | os.X_OK) else f"{folder} may not be written to"
    except FileExistsError as error:
        why = f"{error.filename} is no folder"
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: links in a circle, or no home
        why = str(error)
    if why:
        raise CorpusError(
            f"cannot keep what is fetched in {shown}",
            why=why,
            fix="set RAG_CACHE to a folder that may be written to, on a disk with room",
        )
    return folder


def _root() -> Path:
    if named := os.environ.get("RAG_CACHE"):
        if os.path.lexists(named) and not Path(named).exists():
            # What it should lead to may be a disk that is not mounted: it is not made in its place.
            raise FileNotFoundError(f"{named} is a link that leads nowhere")
        return Path(named).resolve()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "docprompting"
