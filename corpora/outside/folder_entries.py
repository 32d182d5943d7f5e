"""Look at the files of a folder as a scan does, without opening them."""

import os
from pathlib import Path

from corpora.document import Skipped
from corpora.outside.files import lies_in, regular_status


def file_stamp(status: os.stat_result) -> str:
    """Return the stamp of a file (`corpora.document.Listed`): its modification time and size."""
    return f"{status.st_mtime_ns}-{status.st_size}"


def status_below(root: Path, path: str, *, holder: str = "folder") -> os.stat_result | Skipped:
    """Return the status of the regular file `path` below `root`, or why it is skipped.

    Args:
        root: the folder that is scanned.
        path: relative to `root`.
        holder: what the user calls the folder, for the message: `folder`, `package`.
    """
    full = root / path
    try:
        if full.is_symlink() and not lies_in(full, root):
            return Skipped(path, "outside", f"a link that leads out of the {holder}")
        return regular_status(full)
    except OSError as error:
        return Skipped(path, "unreadable", str(error.strerror))
