"""Checksums of the files of tables in the folder of an index; those in a store are the store's to keep."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from indexers.catalog.checksums import QUICK_BYTES, Checksum, Checksums, checksum_of
from indexers.engine_errors import disk_error, disk_trouble
from indexers.layout import Layout

PART: Final = "tables"

# The catalog may be anybody's: its names must lead to nothing but files of tables.
_NAME: Final = re.compile(r"(?:words|vectors)\.lance(?:/[\w=-][\w.=-]*){1,4}")

# What has a name of its own for ever; a manifest has that of its version, which comes again in a new table.
_UNIQUE: Final = re.compile(r"\w+\.lance/(?:data|_indices)/.*")


def take(layout: Layout, generation: int, names: list[str], before: Checksums) -> Checksums:
    """Return the checksums of these files. Large ones never change: those in `before` are not read again."""
    known = {name: one for name, one in before.parts.get(PART, {}).items() if _UNIQUE.fullmatch(name)}
    found = {name: known.get(name) or checksum_of(layout.tables / name) for name in names}
    return Checksums(generation, {PART: found})


def problems(layout: Layout, known: Checksums, *, is_quick: bool) -> Iterator[str]:
    """Yield the files that are not as they were written, a line each.

    If `is_quick`, only the sizes of most are compared: a few small ones are read. Raises `RagError` if the
    disk does not let us read.
    """
    left = QUICK_BYTES
    for name, one in sorted(known.parts.get(PART, {}).items(), key=lambda entry: (entry[1].size, entry[0])):
        if not _NAME.fullmatch(name):
            yield "the list of checksums names a file that is not of this index"
            continue
        left -= one.size
        try:
            if problem := _problem(layout.tables / name, one, is_read=not is_quick or left >= 0):
                yield f"{PART}/{name} {problem}"
        except OSError as error:
            if why := disk_trouble(error):
                raise disk_error(layout.root, why) from error
            yield f"{PART}/{name} cannot be read: {error}"


def _problem(path: Path, one: Checksum, *, is_read: bool) -> str:
    found = path.lstat().st_size
    if found != one.size:
        return f"has {found} bytes of {one.size}"
    if is_read and checksum_of(path) != one:
        return "is not what was written: its checksum differs"
    return ""
