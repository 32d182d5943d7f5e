"""Find the project that a folder belongs to: the nearest `rag.toml`, and the folders that may hold it."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

MANIFEST_NAME: Final = "rag.toml"


def find_manifest(start: Path) -> Path | None:
    """Find the nearest `rag.toml` in `start` or a folder above it, within the git repository of `start`."""
    for folder in own_folders(Path(os.path.realpath(start))):
        if (folder / MANIFEST_NAME).is_file():
            return folder / MANIFEST_NAME
        if (folder / ".git").exists():
            return None
    return None


def own_folders(start: Path) -> Iterator[Path]:
    """Yield `start` and the folders above it, up to one that everybody may write to, such as /tmp."""
    yield start
    for folder in start.parents:
        try:
            if folder.stat().st_mode & stat.S_IWOTH:
                return
        except OSError:
            return
        yield folder
