"""Checksums of the files of a generation, stored in the catalog beside the number of the generation.

CRC-32 finds accidental damage at the speed of reading. It does not protect against an attacker, who can
write checksums as well as files: for that, each file is checked again when it is read. A CRC can be
continued: of the file of vectors, which only grows, only the new bytes are read. tantivy's files never
change: a file that is the same hard link as before keeps its checksum.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from zlib import crc32

from corpora.outside.files import open_outside
from indexers.engine_errors import disk_error, disk_trouble
from indexers.layout import Layout

QUICK_BYTES: Final = 8_000_000
"""How many bytes are checked when an index is opened, the smallest files first: a few milliseconds."""

_READ_BYTES: Final = 1 << 20
_LEXICAL, _DENSE, _DEEP = "lexical", "dense", "deep"
ENGINE_PARTS: Final = (_LEXICAL, _DENSE)


@dataclass(frozen=True, slots=True)
class Checksum:
    """The CRC-32 of the first `size` bytes of a file."""

    size: int
    crc: int


@dataclass(frozen=True, slots=True)
class Checksums:
    """The checksums of the files of one generation, by part (lexical and dense, or deep) and file name."""

    generation: int
    parts: Mapping[str, Mapping[str, Checksum]] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the checksums as the catalog stores them."""
        parts = {
            part: {name: [one.size, one.crc] for name, one in sorted(files.items())}
            for part, files in self.parts.items()
        }
        return json.dumps({"generation": self.generation, **parts})

    @classmethod
    def from_json(cls, text: str, parts: Sequence[str] | None = None) -> "Checksums":
        """Read what `to_json` made of these parts, or of any for None. Raises `ValueError` for all else."""
        try:
            data = json.loads(text)
            known = {
                part: {name: Checksum(*map(_number, pair)) for name, pair in data[part].items()}
                for part in (data.keys() - {"generation"} if parts is None else parts)
            }
            return cls(_number(data["generation"]), known)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"the list of checksums is malformed: {error}") from error


def _number(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("a checksum is not a number")
    return value


def take_checksums(layout: Layout, generation: int, rows: tuple[str, int], before: Checksums) -> Checksums:
    """Return the checksums of the files of a generation.

    Args:
        layout: the layout of the index.
        generation: its number; all of its files are written.
        rows: the name of its file of vectors, and how many bytes of it belong to the generation.
        before: the checksums of the generation before; those of unchanged files are taken from it.
    """
    lexical = {}
    old_folder, folder = layout.lexical(before.generation), layout.lexical(generation)
    for path in _files(folder):
        known = before.parts.get(_LEXICAL, {}).get(path.name)
        is_same = known and known.size == path.stat().st_size and _is_same(path, old_folder / path.name)
        lexical[path.name] = known if known and is_same else checksum_of(path)
    return Checksums(generation, {_LEXICAL: lexical} | _of_vectors(layout, _DENSE, generation, rows, before))


def take_deep_checksums(
    layout: Layout, generation: int, rows: tuple[str, int], before: Checksums
) -> Checksums:
    """Return the checksums of the deep part; the arguments are those of `take_checksums`."""
    return Checksums(generation, _of_vectors(layout, _DEEP, generation, rows, before))


def _of_vectors(
    layout: Layout, part: str, generation: int, rows: tuple[str, int], before: Checksums
) -> dict[str, dict[str, Checksum]]:
    """Return the checksums of a part that has vectors."""
    found = {path.name: checksum_of(path) for path in _files(layout.part(part, generation))}
    name, size = rows
    begun = before.parts.get(part, {}).get(name, Checksum(0, 0))
    if begun.size > size:
        begun = Checksum(0, 0)
    found[name] = checksum_of(layout.root / part / name, size, begun)
    return {part: found}


def file_problems(layout: Layout, known: Checksums, *, max_bytes: int | None = None) -> Iterator[str]:
    """Yield the files of a generation that are not as they were written, a line each.

    With `max_bytes`, only so many bytes are read, the smallest files first; of the other files only the
    size is checked. Raises `RagError` if the disk does not let us read.
    """
    listed = [
        (one.size, _path_of(layout, known.generation, part, name), one)
        for part, files in known.parts.items()
        for name, one in files.items()
    ]
    left = max_bytes
    for size, path, one in sorted(listed, key=lambda entry: entry[:2]):
        name = path.relative_to(layout.root)
        try:
            found = path.lstat().st_size
            # A later generation may have appended vectors to the file that both share.
            if found < size or (found > size and path.parent.name not in (_DENSE, _DEEP)):
                yield f"{name} has {found} bytes of {size}"
                continue
            if left is not None:
                left -= size
                if left < 0:
                    continue
            if checksum_of(path, size) != one:
                yield f"{name} is not what was written: its checksum differs"
        except OSError as error:
            if why := disk_trouble(error):
                raise disk_error(layout.root, why) from error
            yield f"{name} cannot be read: {error}"


def unexpected_files(layout: Layout, known: Checksums, *, is_at_rest: bool) -> Iterator[str]:
    """Yield files and vectors that do not belong to the generation, a line each.

    Vectors are checked only if the index `is_at_rest`: a run that is under way or was killed may have
    appended some.
    """
    vectors = [(part, *entry) for part in (_DENSE, _DEEP) for entry in known.parts.get(part, {}).items()]
    for part, name, one in vectors if is_at_rest else ():
        path = _path_of(layout, known.generation, part, name)
        with suppress(FileNotFoundError):
            if path.lstat().st_size > one.size:
                yield f"{path.relative_to(layout.root)} has {path.lstat().st_size} bytes of {one.size}"
    for part, files in known.parts.items():
        with suppress(FileNotFoundError):
            for path in _files(layout.part(part, known.generation)):
                if path.name not in files:
                    yield f"{path.relative_to(layout.root)} is not a file of this index"


def _path_of(layout: Layout, generation: int, part: str, name: str) -> Path:
    """Return the path of a file. Only the last part of `name` counts: the catalog may name any path."""
    plain = Path(name).name
    if part != _LEXICAL and plain.startswith("rows-"):
        return layout.root / part / plain
    return layout.part(part, generation) / plain


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.endswith(".lock"))


def _is_same(path: Path, other: Path) -> bool:
    with suppress(OSError):
        return os.path.samestat(path.lstat(), other.lstat())
    return False


def checksum_of(path: Path, size: int | None = None, begun: Checksum = Checksum(0, 0)) -> Checksum:
    """Return the checksum of the first `size` bytes of a file (of all for None), continuing from `begun`."""
    done, crc = begun.size, begun.crc
    with open_outside(path, follow_links=False) as file:
        file.seek(done)
        while data := file.read(_READ_BYTES if size is None else min(_READ_BYTES, size - done)):
            done, crc = done + len(data), crc32(data, crc)
    return Checksum(done, crc)
