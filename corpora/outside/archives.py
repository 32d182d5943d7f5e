"""Read archives that somebody else made, within bounds on bytes, on their ratio, and on names.

A few kilobytes may unpack to gigabytes, and the headers of an archive may be as large as its contents. What
is read here is refused once it has become too much, before it is in memory.
"""

import gzip
import io
import os
import stat
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, LargeZipFile, ZipFile, ZipInfo

from corpora.outside.files import open_outside

MAX_MEMBERS: Final = 100_000
MAX_METADATA_BYTES: Final = 1_000_000
"""Of a METADATA, a PKG-INFO or a top_level.txt: the largest are long descriptions of a tenth of it."""

_CHUNK_BYTES: Final = 1 << 18
_FREE_BYTES: Final = 100_000_000  # that even the smallest archive may hold
_MAX_RATIO: Final = 100  # of larger ones; source packs to a quarter, and tables of zeros are rare
_MAX_PATH_BYTES, _MAX_NAME_BYTES, _MAX_DEPTH = 1_000, 200, 50
_MAX_DIRECTORY_BYTES: Final = 32_000_000  # of a zip: 160 bytes for each member
_DIRECTORY_ENTRY: Final = b"PK\x01\x02"


class ArchiveError(ValueError):
    """An archive is not whole, or holds more than it may. The text says which, for the user."""


class Allowance:
    """How many bytes may still be unpacked, given how many the archive has."""

    def __init__(self, packed_bytes: int, max_bytes: int) -> None:
        self._most = min(max_bytes, max(_FREE_BYTES, _MAX_RATIO * packed_bytes))
        self._left = self._most

    def take(self, unpacked_bytes: int) -> None:
        """Count what was unpacked. Raises `ArchiveError` where it is too much."""
        self._left -= unpacked_bytes
        if self._left < 0:
            raise ArchiveError(f"it holds more than {self._most} bytes, which is more than its size allows")


def inflated(data: bytes, max_bytes: int) -> bytes:
    """Return what gzip or zlib packed into `data`, at most `max_bytes` + 1 bytes of it.

    Raises `ArchiveError` where the data is damaged, or ends too early.
    """
    try:
        if data.startswith(b"\x1f\x8b"):
            with gzip.open(io.BytesIO(data)) as stream:
                return stream.read(max_bytes + 1)
        unpacker = zlib.decompressobj()
        plain = unpacker.decompress(data, max_bytes + 1)
        if len(plain) <= max_bytes and not unpacker.eof:
            raise EOFError("the compressed data ends too early")
    except (OSError, EOFError, zlib.error) as error:
        raise ArchiveError(str(error)) from error
    return plain


def member_path(name: str, *, below: int = 0) -> PurePosixPath | None:
    """Return the path of a member of an archive, without its first `below` folders.

    None where it would land elsewhere, or is no name that every file system takes.
    """
    if any(character in name for character in "\\:") or not name.isprintable():
        return None
    path = PurePosixPath(*PurePosixPath(name).parts[below:])
    parts = path.parts
    fits = len(parts) <= _MAX_DEPTH and len(name.encode(errors="replace")) <= _MAX_PATH_BYTES
    long = any(len(part.encode(errors="replace")) > _MAX_NAME_BYTES for part in parts)
    return path if parts and fits and not long and not path.is_absolute() and ".." not in parts else None


class _BoundedReads:
    """A file that hands out no more than `_MAX_DIRECTORY_BYTES` at once.

    `ZipFile` reads the directory of an archive in one piece, and makes an object of each entry in it.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        most = _MAX_DIRECTORY_BYTES
        data = self._file.read(size if 0 <= size <= most else most + 1)
        if len(data) > most:
            raise ArchiveError(f"its list of files has more than {most} bytes")
        if data.startswith(_DIRECTORY_ENTRY) and data.count(_DIRECTORY_ENTRY) > MAX_MEMBERS:
            raise ArchiveError(f"it holds more than {MAX_MEMBERS} files")
        return data


class ZipReader:
    """The files in a zip archive, as a context. No more than `max_bytes` are unpacked from it.

    Raises `ArchiveError` where it is no whole archive, or holds more than it may.
    """

    def __init__(self, path: Path, max_bytes: int) -> None:
        self._file = open_outside(path)
        self._allowance = Allowance(os.fstat(self._file.fileno()).st_size, max_bytes)
        try:
            self._zip = _opened_zip(self._file)
        except BaseException:
            self._file.close()
            raise
        # A link is stored as a file that holds where it leads.
        files = (member for member in self._zip.infolist() if not member.is_dir())
        self.members = [member for member in files if not stat.S_ISLNK(member.external_attr >> 16)]

    def __enter__(self) -> "ZipReader":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def chunks(self, member: ZipInfo) -> Iterator[bytes]:
        """Yield the content of a member piece by piece."""
        shown = repr(member.filename[:_MAX_NAME_BYTES])
        if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise ArchiveError(f"{shown} is packed in a way that no package is")
        try:
            with self._zip.open(member) as stream:
                while data := stream.read(_CHUNK_BYTES):
                    self._allowance.take(len(data))
                    yield data
        except ArchiveError:
            raise
        except _UNREADABLE as error:
            raise ArchiveError(f"{shown}: {error or type(error).__name__}") from error

    def text(self, member: ZipInfo) -> str:
        """Return the text of a member, its first `MAX_METADATA_BYTES` of it."""
        return text_head(self.chunks(member))


def text_head(chunks: Iterable[bytes]) -> str:
    """Return the text that begins with `chunks`, no more than `MAX_METADATA_BYTES` of it."""
    data = b""
    for chunk in chunks:
        data += chunk
        if len(data) >= MAX_METADATA_BYTES:
            break
    return data[:MAX_METADATA_BYTES].decode("utf-8", "replace")


_UNREADABLE: Final = (
    BadZipFile, LargeZipFile, zlib.error, OSError, EOFError,
    RuntimeError, NotImplementedError, ValueError, OverflowError, MemoryError,
)  # fmt: skip


def _opened_zip(file: BinaryIO) -> ZipFile:
    try:
        archive = ZipFile(_BoundedReads(file))
    except ArchiveError:
        raise
    except _UNREADABLE as error:
        raise ArchiveError(str(error) or type(error).__name__) from error
    # Of an archive that was cut, the end of an archive within it may be taken for its own.
    members = archive.infolist()
    if members and min(member.header_offset for member in members) > 0:
        raise ArchiveError("it does not begin with the first of its files: it is cut, or damaged")
    return archive


class GzipStream(io.RawIOBase):
    """What a gzip file unpacks to, no more than an `Allowance` of it; its checksum is compared at the end.

    Raises `ArchiveError` for a file that is not whole.
    """

    def __init__(self, path: Path, max_bytes: int) -> None:
        self._file = open_outside(path)
        self._allowance = Allowance(os.fstat(self._file.fileno()).st_size, max_bytes)
        self._unpacked = gzip.GzipFile(fileobj=self._file)

    def readable(self) -> bool:
        """See `io.IOBase`."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return `size` bytes, fewer only at the end, at most `_CHUNK_BYTES`."""
        try:
            data = self._unpacked.read(min(size, _CHUNK_BYTES) if size >= 0 else _CHUNK_BYTES)
        except (OSError, EOFError, zlib.error) as error:
            raise ArchiveError(str(error)) from error
        self._allowance.take(len(data))
        return data

    def close(self) -> None:
        """See `io.IOBase`."""
        self._file.close()
        super().close()
