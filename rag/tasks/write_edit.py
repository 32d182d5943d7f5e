"""Write a change to its file: whole or not at all, and only if the file is still what was read."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from corpora.errors import RagError, reason_of
from corpora.outside.files import read_outside
from rag.tasks.edit import CodeEdit
from rag.tasks.edited_file import MAX_EDITED_BYTES


def write_edit(edit: CodeEdit) -> None:
    """Write a change to the file that it was made for, and to no other.

    The new content takes the place of the old at once, with the same mode, encoding and line ends.

    Raises:
        RagError: the file has changed since it was read, is a link now, or cannot be written.
    """
    path = edit.file.path
    data = edit.file.encoded(edit.text)
    try:
        if read_outside(path, max_bytes=MAX_EDITED_BYTES, follow_links=False) != edit.file.data:
            raise RagError(
                f"{path} has changed in the meantime",
                why="it is not what the model was shown, so that its change may not fit any more",
                fix="ask again",
            )
        _replace(path, data)
    except (OSError, ValueError) as error:
        raise RagError(
            f"cannot write {path}",
            why=reason_of(error),
            fix="make the file and its folder writable",
        ) from error


def _replace(path: Path, data: bytes) -> None:
    mode = path.stat().st_mode
    if not os.access(path, os.W_OK):  # a read-only file could be replaced all the same
        raise PermissionError(f"it is not writable: {path}")
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
    made = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode & 0o7777)
            os.fsync(file.fileno())
        made.replace(path)
    except BaseException:
        with suppress(OSError):
            made.unlink()
        raise
