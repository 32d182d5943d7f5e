"""Where what was fetched from elsewhere (pages, wheels) is kept between runs."""

import os
import sys
from pathlib import Path


def cache_folder(part: str) -> Path:
    """The folder for `part` (`sites`, `wheels`), made if it is not there.

    It lies in `$RAG_CACHE`, else where the system keeps caches: `$XDG_CACHE_HOME`, `~/.cache`,
    `~/Library/Caches` or `%LOCALAPPDATA%`.
    """
    folder = _root() / part
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _root() -> Path:
    if named := os.environ.get("RAG_CACHE"):
        return Path(named).resolve()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "docprompting"
