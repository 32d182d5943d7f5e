"""Read the members of a `.tar.gz` one after the other, with a bound on the size of headers.

Long names are stored as the content of extra members (PAX, GNU), which `tarfile` reads into memory whatever
their size. So the blocks are walked here, and `tarfile` only decodes single headers.
"""

import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from corpora.outside.archives import MAX_MEMBERS, ArchiveError, GzipStream

_BLOCK = 512
_END = bytes(_BLOCK)  # a block of zeros ends an archive
_MAX_HEADER_BYTES = 1_000_000
_CUT = "it ends too early"


@dataclass(slots=True)
class TarMember:
    """A regular file in an archive; its content can be read until the next member is asked for."""

    name: str
    size_bytes: int
    _stream: GzipStream
    _left: int

    def chunks(self) -> Iterator[bytes]:
        """Yield the content piece by piece.

        Raises:
            ArchiveError: the archive is cut, damaged or too large.
        """
        while self._left:
            data = self._stream.read(self._left)
            if not data:
                raise ArchiveError(_CUT)
            self._left -= len(data)
            yield data

    def skip(self) -> None:
        """Skip the rest of the content and the padding of its last block.

        Raises:
            ArchiveError: the archive is cut, damaged or too large.
        """
        if not self.size_bytes:
            return
        for _ in self.chunks():
            pass
        self._left = -self.size_bytes % _BLOCK
        for _ in self.chunks():
            pass


@contextmanager
def tar_members(path: Path, max_bytes: int) -> Iterator[Iterator[TarMember]]:
    """Open a `.tar.gz` and iterate over its regular files; links, devices and sparse files are left out.

    Args:
        path: of the archive.
        max_bytes: the most that it may unpack to.

    Raises:
        ArchiveError: while members are read: the archive is damaged, cut, or exceeds a bound.
        OSError: it cannot be opened.
    """
    with GzipStream(path, max_bytes) as stream:
        yield _members(stream)


def _members(stream: GzipStream) -> Iterator[TarMember]:
    extended: dict[str, str] = {}  # fields of the next member that PAX and GNU headers set before it
    for _ in range(MAX_MEMBERS):
        block = _exactly(stream, _BLOCK)
        if block == _END:
            while stream.read(1 << 18):  # reading to the end verifies the checksum of gzip
                pass
            return
        member = _parsed(block)
        is_sparse = member.type == tarfile.GNUTYPE_SPARSE
        # The map of a sparse file goes on in further blocks, each with a flag for one more: at byte 482 of
        # the header and at byte 504 of those.
        goes_on = is_sparse and block[482]
        while goes_on:
            goes_on = _exactly(stream, _BLOCK)[504]
        if member.type in (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE):
            extended |= _records(_header(stream, member.size))
            continue
        if member.type in (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XGLTYPE):
            text = _header(stream, member.size)
            if member.type == tarfile.GNUTYPE_LONGNAME:
                extended["path"] = text.partition(b"\0")[0].decode("utf-8", "surrogateescape")
            continue
        size = _size(extended.get("size"), member.size)
        # Links, folders and devices have no content, whatever size their header states (as in `tarfile`).
        has_content = member.isreg() or member.type not in tarfile.SUPPORTED_TYPES
        found = TarMember(extended.get("path", member.name), size, stream, size if has_content else 0)
        if not has_content:
            found.size_bytes = 0
        is_sparse = is_sparse or any(key.startswith("GNU.sparse.") for key in extended)
        extended = {}
        if member.isreg() and not is_sparse:
            yield found
        found.skip()
    raise ArchiveError(f"it holds more than {MAX_MEMBERS} files")


def _exactly(stream: GzipStream, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise ArchiveError(_CUT)
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
        raise ArchiveError(f"one of its headers has {size} bytes, more than {_MAX_HEADER_BYTES}")
    member = TarMember("", size, stream, size)
    text = b"".join(member.chunks())
    member.skip()
    return text


def _records(text: bytes) -> dict[str, str]:
    r"""Parse the records of a PAX header: `length key=value\n`, where the length counts the whole record.

    >>> _records(b"12 path=a/b\n")
    {'path': 'a/b'}
    """
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


def _size(extended: str | None, own: int) -> int:
    if extended is None:
        return own
    if not (extended.isascii() and extended.isdigit() and len(extended) < 20):
        raise ArchiveError("a header in it is damaged (its size)")
    return int(extended)
