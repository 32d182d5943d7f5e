"""Read archives that somebody else made, within bounds on bytes, on the ratio of packing, and on names.

A few kilobytes may unpack to gigabytes, and the headers of an archive may be as large as its contents. An
archive is refused as soon as it exceeds a bound, before the data is in memory.
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
"""The most files that an archive may hold."""
MAX_METADATA_BYTES: Final = 1_000_000
"""How much of a METADATA, PKG-INFO or top_level.txt is read: ten times the longest descriptions."""

_CHUNK_BYTES: Final = 1 << 18
_FREE_BYTES: Final = 100_000_000  # that even the smallest archive may hold
_MAX_RATIO: Final = 100  # unpacked to packed bytes, beyond that; source code comes to about 4
_MAX_PATH_BYTES, _MAX_NAME_BYTES, _MAX_DEPTH = 1_000, 200, 50
_MAX_DIRECTORY_BYTES: Final = 32_000_000  # of a zip's list of files: 320 for each of `MAX_MEMBERS`
_DIRECTORY_ENTRY: Final = b"PK\x01\x02"


class ArchiveError(ValueError):
    """An archive is damaged, cut, or exceeds a bound; the message says which, for the user."""


class Allowance:
    """How many bytes may still be unpacked from an archive.

    Args:
        packed_bytes: the size of the archive.
        max_bytes: the most that any archive may unpack to.
    """

    def __init__(self, packed_bytes: int, max_bytes: int) -> None:
        self._most = min(max_bytes, max(_FREE_BYTES, _MAX_RATIO * packed_bytes))
        self._left = self._most

    def take(self, unpacked_bytes: int) -> None:
        """Count unpacked bytes.

        Raises:
            ArchiveError: they are more than allowed.
        """
        self._left -= unpacked_bytes
        if self._left < 0:
            raise ArchiveError(f"it unpacks to more than {self._most} bytes, too many for its size")


def inflated(data: bytes, max_bytes: int) -> bytes:
    """Return the unpacked content of `data`, packed by gzip or zlib, up to `max_bytes` + 1 bytes.

    The one byte more tells the caller that there is more than `max_bytes`.

    Raises:
        ArchiveError: the data is damaged, or ends too early.
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
    """Return the path of a member of an archive without its first `below` folders.

    None if it would lead out of the folder (`../x`, `/x`), or is not a name that every file system accepts.
    """
    if any(character in name for character in "\\:") or not name.isprintable():
        return None
    path = PurePosixPath(*PurePosixPath(name).parts[below:])
    parts = path.parts
    fits = len(parts) <= _MAX_DEPTH and len(name.encode(errors="replace")) <= _MAX_PATH_BYTES
    long = any(len(part.encode(errors="replace")) > _MAX_NAME_BYTES for part in parts)
    return path if parts and fits and not long and not path.is_absolute() and ".." not in parts else None


class _BoundedReads:
    """A file that returns at most `_MAX_DIRECTORY_BYTES` at once.

    `ZipFile` reads the list of files of an archive in one piece, and makes an object of each entry in it;
    this wrapper sees that piece before `ZipFile` does.
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
    """The files in a zip archive, as a context manager.

    Args:
        path: of the archive.
        max_bytes: the most to unpack from it, all members together.

    Raises:
        ArchiveError: also while members are read: the archive is damaged, cut, or exceeds a bound.
        OSError: it cannot be opened.
    """

    def __init__(self, path: Path, max_bytes: int) -> None:
        self._file = open_outside(path)
        self._allowance = Allowance(os.fstat(self._file.fileno()).st_size, max_bytes)
        try:
            self._zip = _opened_zip(self._file)
        except BaseException:
            self._file.close()
            raise
        # A symbolic link is stored as a file whose content is the target; such members are left out.
        files = (member for member in self._zip.infolist() if not member.is_dir())
        self.members = [member for member in files if not stat.S_ISLNK(member.external_attr >> 16)]

    def __enter__(self) -> "ZipReader":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def chunks(self, member: ZipInfo) -> Iterator[bytes]:
        """Yield the content of a member piece by piece.

        Raises:
            ArchiveError: the member is damaged, packed by an unusual method, or too large.
        """
        shown = repr(member.filename[:_MAX_NAME_BYTES])
        if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise ArchiveError(f"{shown} is packed by a method that packages do not use")
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
        """Return the text of a member, at most its first `MAX_METADATA_BYTES`."""
        return text_head(self.chunks(member))


def text_head(chunks: Iterable[bytes]) -> str:
    """Return `chunks` joined and decoded, at most the first `MAX_METADATA_BYTES`."""
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
    # ZipFile looks for the list of files from the end. In an archive that was cut, it may find that of an
    # archive within it, which starts further in.
    members = archive.infolist()
    if members and min(member.header_offset for member in members) > 0:
        raise ArchiveError("it does not begin with the first of its files: it is cut or damaged")
    return archive


class GzipStream(io.RawIOBase):
    """The unpacked content of a gzip file, within an `Allowance`; reading to the end verifies its checksum.

    Args:
        path: of the file.
        max_bytes: the most that it may unpack to.

    Raises:
        ArchiveError: while it is read: the file is damaged, cut, or unpacks to too much.
        OSError: it cannot be opened.
    """

    def __init__(self, path: Path, max_bytes: int) -> None:
        self._file = open_outside(path)
        self._allowance = Allowance(os.fstat(self._file.fileno()).st_size, max_bytes)
        self._unpacked = gzip.GzipFile(fileobj=self._file)

    def readable(self) -> bool:
        """Return True, as `io.IOBase` asks of a stream that can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return the next `size` bytes, at most `_CHUNK_BYTES`; fewer only at the end.

        Raises:
            ArchiveError: the file is damaged, cut, or unpacks to too much.
        """
        try:
            data = self._unpacked.read(min(size, _CHUNK_BYTES) if size >= 0 else _CHUNK_BYTES)
        except (OSError, EOFError, zlib.error) as error:
            raise ArchiveError(str(error)) from error
        self._allowance.take(len(data))
        return data

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()
