"""The files of a dense index, read as data that somebody else may have made.

Every header is compared with the size of its file before its figures are used: none can ask for more memory
than the index has bytes.
"""

import json
import os
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from corpora.outside.files import open_outside, read_outside
from indexers.search.interfaces import Ids
from indexers.search.vector_rows import row_type

HEADER, IDS, REMOVED, CODES = "index.json", "ids.npy", "removed.npy", "codes.faiss"
DIMENSIONS_A_CODE: Final = 4  # 4 bits for 4 dimensions: 32 bytes for 256

_ROWS_FILE: Final = re.compile(r"rows[\w-]*\.bin", re.ASCII)
_MAX_HEADER_BYTES: Final = 10_000
_MOST_ROWS: Final = 1 << 40
# The header that `numpy.save` writes before a row of 64-bit numbers.
_NPY_HEADER_BYTES: Final = 128
_NPY_HEADER: Final = re.compile(
    rb"\x93NUMPY\x01\x00\x76\x00\{'descr': '<i8', 'fortran_order': False, 'shape': \((\d{1,12}),\), \} *\n"
)
# FAISS's `write_index` of an IndexPQFastScan: type, dimensions, vectors, two dummies, trained, metric; then
# the quantizer's dimensions, parts and bits, and the number of floats in its centroids.
_HEADER: Final = struct.Struct("<4siqqq?iQQQQ")
_KIND, _INNER_PRODUCT, _BITS, _CENTROIDS = b"IPfs", 0, 4, 16
# Implementation, vectors a block, queries a block, number of vectors and of parts, both with padding.
_CODES_HEADER: Final = struct.Struct("<iiiQQQ")
_BLOCK_VECTORS: Final = 32


@dataclass(frozen=True, slots=True)
class DenseHeader:
    """The contents of index.json.

    `rows` of the rows in `rows_file` belong to this index: later generations may have appended others.
    """

    rows_file: str
    rows: int
    dimensions: int
    has_codes: bool

    def write(self, folder: Path) -> None:
        """Write index.json to `folder`."""
        data = {name: getattr(self, name) for name in self.__slots__}
        (folder / HEADER).write_text(json.dumps(data), encoding="utf-8")


def read_header(folder: Path) -> DenseHeader:
    """Read index.json in `folder`. Raises `ValueError` or `OSError` if it is missing or malformed."""
    try:
        data = json.loads(read_outside(folder / HEADER, max_bytes=_MAX_HEADER_BYTES, follow_links=False))
        header = DenseHeader(data["rows_file"], data["rows"], data["dimensions"], data["has_codes"])
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"{HEADER} is malformed: {error}") from error
    types = [type(getattr(header, name)) for name in DenseHeader.__slots__]
    if types != [str, int, int, bool] or not 0 <= header.rows <= _MOST_ROWS:
        raise ValueError(f"{HEADER} is malformed")
    if not _ROWS_FILE.fullmatch(header.rows_file):  # a path would lead out of the index
        raise ValueError("the file of vectors has a name that rag does not write")
    return header


def write_ids(path: Path, ids: Ids) -> None:
    """Write ids, ascending, as rows of consecutive ones: the first of each row, then the lengths of all.

    The chunks of documents have consecutive ids, so that a million of them take a few bytes.
    """
    starts = np.flatnonzero(np.diff(ids, prepend=-1) != 1)
    lengths = np.diff(starts, append=len(ids))
    np.save(path, np.concatenate([ids[starts], lengths]).astype(np.int64))


def read_ids(path: Path, *, count: int | None = None, most: int = _MOST_ROWS) -> Ids:
    """Read the ids that `write_ids` wrote: `count` of them if given, else at most `most`.

    Raises `ValueError` or `OSError` for anything else.
    """
    stored = read_numbers(path)
    if len(stored) % 2:
        raise ValueError(f"{path.name} has {len(stored)} numbers, not pairs of them")
    first, lengths = stored.reshape(2, -1)
    # Each is checked before any is added up, so that no sum leaves the range of its type.
    if not ((lengths > 0) & (lengths <= _MOST_ROWS) & (first > 0) & (first <= _MOST_ROWS)).all():
        raise ValueError(f"the ids in {path.name} are not those of chunks")
    if not (first[1:] >= first[:-1] + lengths[:-1]).all():
        raise ValueError(f"the ids in {path.name} are not in ascending order")
    # Rows that do not overlap and end below 2^41 cannot sum to more.
    total = int(lengths.sum())
    if total > most or (count is not None and total != count):
        raise ValueError(f"{path.name} holds {total} ids, not {most if count is None else count}")
    before = np.cumsum(lengths) - lengths
    ids: Ids = np.repeat(first - before, lengths) + np.arange(total, dtype=np.int64)
    return ids


def read_numbers(path: Path, count: int | None = None) -> Ids:
    """Read numbers of 64 bits, `count` of them if given. Raises `ValueError` or `OSError`."""
    with open_outside(path, follow_links=False) as file:
        header = _NPY_HEADER.fullmatch(file.read(_NPY_HEADER_BYTES))
        if not header:
            raise ValueError(f"{path.name} does not hold a row of numbers")
        claimed, size = int(header[1]), file.seek(0, os.SEEK_END) - _NPY_HEADER_BYTES
        if count is not None and claimed != count:
            raise ValueError(f"{path.name} has {claimed} numbers for {count} rows")
        if size != claimed * np.dtype(np.int64).itemsize:
            raise ValueError(f"{path.name} has {size} bytes for {claimed} numbers")
        file.seek(_NPY_HEADER_BYTES)
        numbers: Ids = np.frombuffer(file.read(), dtype=np.int64)
    return numbers


def read_codes(path: Path, dimensions: int, most: int) -> Any:
    """Read the codes of at most `most` vectors. Raises `ValueError`, `OSError` or `RuntimeError`."""
    _check_codes(path, dimensions, most)
    import faiss  # heavy: only searching and writing need it

    return faiss.read_index(str(path))


def _check_codes(path: Path, dimensions: int, most: int) -> None:
    """Raise `ValueError` unless a file is of the kind that we write and as large as its header says.

    FAISS reads three dozen kinds of index, and trusts every size that it reads.
    """
    strange = ValueError(f"{path.name} does not hold the codes of this index")
    parts = dimensions // DIMENSIONS_A_CODE
    with open_outside(path, follow_links=False) as file:
        header = file.read(_HEADER.size)
        if len(header) < _HEADER.size:
            raise strange
        kind, d, count, _, _, is_trained, metric, *quantizer, numbers = _HEADER.unpack(header)
        claimed = [kind, d, is_trained, metric, quantizer, numbers]
        expected = [_KIND, dimensions, True, _INNER_PRODUCT, [dimensions, parts, _BITS]]
        if claimed != [*expected, dimensions * _CENTROIDS] or not 0 <= count <= most:
            raise strange
        centroids = np.frombuffer(file.read(numbers * 4), dtype=np.float32)
        if len(centroids) != numbers or not np.isfinite(centroids).all():
            raise strange
        rest = file.read(_CODES_HEADER.size)
        if len(rest) < _CODES_HEADER.size:
            raise strange
        _, block, _, filled, filled_parts, size = _CODES_HEADER.unpack(rest)
        if block != _BLOCK_VECTORS or filled != -(-count // block) * block:
            raise strange
        if filled_parts != parts + parts % 2 or size != filled * filled_parts // 2:
            raise strange
        if file.tell() + size != file.seek(0, 2):
            raise strange


def rows_of(folder: Path) -> tuple[str, int]:
    """Return the name of the file of rows that the index in `folder` uses, and how many bytes of it.

    Raises `OSError` or `ValueError` if the header cannot be read.
    """
    header = read_header(folder)
    return header.rows_file, header.rows * row_type(header.dimensions).itemsize
