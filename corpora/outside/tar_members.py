"""The members of a packed tar archive, one after the other, without a header in memory that is too large.

The library's reader takes headers of any size into memory: the names of PAX and of GNU, which stand in
members of their own. Here the headers are walked; what one header says is still left to the library.
"""

import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from corpora.outside.archives import MAX_MEMBERS, ArchiveError, GzipStream

_BLOCK = 512
_END = bytes(_BLOCK)
_MAX_HEADER_BYTES = 1_000_000
_NOT_WHOLE = "it ends too early"


@dataclass(slots=True)
class TarMember:
    """A regular file in an archive; its content can be read until the next member is asked for."""

    name: str
    size_bytes: int
    _stream: GzipStream
    _left: int

    def chunks(self) -> Iterator[bytes]:
        """Yield the content piece by piece. Raises `ArchiveError` where the archive is cut."""
        while self._left:
            data = self._stream.read(self._left)
            if not data:
                raise ArchiveError(_NOT_WHOLE)
            self._left -= len(data)
            yield data

    def skip(self) -> None:
        """Pass over what was not read, and over what fills the last block."""
        if not self.size_bytes:
            return
        for _ in self.chunks():
            pass
        self._left = -self.size_bytes % _BLOCK
        for _ in self.chunks():
            pass


@contextmanager
def tar_members(path: Path, max_bytes: int) -> Iterator[Iterator[TarMember]]:
    """The regular files of a `.tar.gz`; links, devices and sparse files are left out.

    Raises `ArchiveError` for what is no whole archive to its end, or unpacks to more than `max_bytes`.
    """
    with GzipStream(path, max_bytes) as stream:
        yield _members(stream)


def _members(stream: GzipStream) -> Iterator[TarMember]:
    told: dict[str, str] = {}  # what headers before a member say of it
    for _ in range(MAX_MEMBERS):
        block = _exactly(stream, _BLOCK)
        if block == _END:
            while stream.read(1 << 18):  # to the checksum at the end
                pass
            return
        member = _parsed(block)
        is_sparse = member.type == tarfile.GNUTYPE_SPARSE
        extended = is_sparse and block[482]
        while extended:
            extended = _exactly(stream, _BLOCK)[504]
        if member.type in (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE):
            told |= _records(_header(stream, member.size))
            continue
        if member.type in (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XGLTYPE):
            text = _header(stream, member.size)
            if member.type == tarfile.GNUTYPE_LONGNAME:
                told["path"] = text.partition(b"\0")[0].decode("utf-8", "surrogateescape")
            continue
        size = _size(told.get("size"), member.size)
        # What is no file has no content, whatever it says (as the library has it).
        has_content = member.isreg() or member.type not in tarfile.SUPPORTED_TYPES
        found = TarMember(told.get("path", member.name), size, stream, size if has_content else 0)
        if not has_content:
            found.size_bytes = 0
        is_sparse = is_sparse or any(key.startswith("GNU.sparse.") for key in told)
        told = {}
        if member.isreg() and not is_sparse:
            yield found
        found.skip()
    raise ArchiveError(f"it holds more than {MAX_MEMBERS} files")


def _exactly(stream: GzipStream, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise ArchiveError(_NOT_WHOLE)
    return data


def _parsed(block: bytes) -> tarfile.TarInfo:
    try:
        member = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError, OverflowError) as error:
        raise ArchiveError(f"a header in it is damaged ({error})") from error
    if member.size < 0:
        raise ArchiveError("a header in it is damaged (a negative size)")
    return member


def _header(stream: GzipStream, size: int) -> bytes:
    if size > _MAX_HEADER_BYTES:
        raise ArchiveError(f"a header in it has {size} bytes, more than {_MAX_HEADER_BYTES}")
    member = TarMember("", size, stream, size)
    text = b"".join(member.chunks())
    member.skip()
    return text


def _records(text: bytes) -> dict[str, str]:
    """The records of a PAX header, each `length key=value` and a line feed, with the length of all that."""
    records = {}
    start = 0
    while start < len(text) and text[start]:
        length, _, _ = text[start : start + 20].partition(b" ")
        end = start + int(length) if length.isdigit() else 0
        record = text[start + len(length) + 1 : end]
        key, equals, value = record.partition(b"=")
        if not start < end <= len(text) or not equals or not value.endswith(b"\n"):
            raise ArchiveError("a header in it is damaged")
        records[key.decode("utf-8", "replace")] = value[:-1].decode("utf-8", "surrogateescape")
        start = end
    return records


def _size(told: str | None, own: int) -> int:
    if told is None:
        return own
    if not (told.isascii() and told.isdigit() and len(told) < 20):
        raise ArchiveError("a header in it is damaged (its size)")
    return int(told)
