"""Lines of a data set's file, plain or gzip, with limits on a line and on what a file unpacks to."""

import gzip
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from corpora.outside.archives import Allowance, ArchiveError
from corpora.outside.files import open_outside

_GZIP: Final = b"\x1f\x8b"
_CHUNK_BYTES: Final = 1 << 18
# Limit of a line, and of a JSON array: the tests of a single contest problem take about 100 MB.
MAX_LINE_BYTES: Final = 200_000_000
# A line of a gzip file may be 10 times as long as the whole file, or 32 MB if that is more.
_FREE_LINE_BYTES: Final = 32_000_000
_MAX_LINE_RATIO: Final = 10
_MAX_BYTES: Final = 50_000_000_000


def bounded_lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file, with their line ends.

    Raises:
        ArchiveError: a line is too long or is not text, or the file is damaged or unpacks to too much.
        OSError: the file cannot be read.
    """
    with open_outside(path) as file:
        zipped = file.read(len(_GZIP)) == _GZIP
        file.seek(0)
        size = os.fstat(file.fileno()).st_size
        if not zipped:
            yield from _lines(iter(lambda: file.read(_CHUNK_BYTES), b""), MAX_LINE_BYTES)
            return
        longest = min(MAX_LINE_BYTES, max(_FREE_LINE_BYTES, _MAX_LINE_RATIO * size))
        yield from _lines(_unpacked(file, Allowance(size, _MAX_BYTES)), longest)


def _unpacked(file: BinaryIO, allowance: Allowance) -> Iterator[bytes]:
    stream = gzip.GzipFile(fileobj=file)
    try:
        while chunk := stream.read(_CHUNK_BYTES):
            allowance.take(len(chunk))
            yield chunk
    except (OSError, EOFError, zlib.error) as error:
        raise ArchiveError(str(error)) from error


def _lines(chunks: Iterator[bytes], longest: int) -> Iterator[bytes]:
    part = bytearray()
    for chunk in chunks:
        if b"\0" in chunk:  # at once, since a sparse file may have gigabytes of them
            raise ArchiveError("it holds NUL bytes, which text does not")
        *whole, rest = chunk.split(b"\n")
        for line in whole:
            part += line
            part += b"\n"
            yield bytes(part)
            part.clear()
        part += rest
        if len(part) > longest:
            raise ArchiveError(f"it holds a line of more than {longest} bytes")
    if part:
        yield bytes(part)
