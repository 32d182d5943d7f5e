"""The files of a dense index, read as data that somebody else may have made.

A header is held against the size of its file before anything is read by it: none can ask for more memory
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
from numpy.typing import NDArray

from corpora.outside.files import open_outside, read_outside

Ids = NDArray[np.int64]

FACTS, IDS, REMOVED, CODES = "index.json", "ids.npy", "removed.npy", "codes.faiss"
DIMENSIONS_A_CODE: Final = 4  # 4 bits for 4 dimensions: 32 bytes for 256

_ROWS_FILE: Final = re.compile(r"rows[\w-]*\.bin", re.ASCII)
_MAX_FACTS: Final = 10_000  # bytes
_MOST_ROWS: Final = 1 << 40
# What `numpy.save` writes before a row of 64-bit numbers.
_NPY_HEADER_BYTES: Final = 128
_NPY_HEADER: Final = re.compile(
    rb"\x93NUMPY\x01\x00\x76\x00\{'descr': '<i8', 'fortran_order': False, 'shape': \((\d{1,12}),\), \} *\n"
)
# FAISS's `write_index` of an IndexPQFastScan: type, dimensions, vectors, two dummies, trained, metric; then
# the quantizer's dimensions, parts and bits, and how many numbers its centroids are.
_HEADER: Final = struct.Struct("<4siqqq?iQQQQ")
_KIND, _INNER_PRODUCT, _BITS, _CENTROIDS = b"IPfs", 0, 4, 16
# Implementation, vectors a block, queries a block, vectors with those that fill up, parts with those that do.
_CODES_HEADER: Final = struct.Struct("<iiiQQQ")
_BLOCK_VECTORS: Final = 32


@dataclass(frozen=True, slots=True)
class Facts:
    """What index.json tells: the file of rows and how many of them are ours, and what there is."""

    rows_file: str
    rows: int
    dimensions: int
    has_codes: bool

    def write(self, folder: Path) -> None:
        """Keep them in `folder`."""
        facts = {name: getattr(self, name) for name in self.__slots__}
        (folder / FACTS).write_text(json.dumps(facts), encoding="utf-8")


def read_facts(folder: Path) -> Facts:
    """The facts of the index in `folder`. Raises `ValueError` or `OSError` if there are none."""
    try:
        data = json.loads(read_outside(folder / FACTS, max_bytes=_MAX_FACTS, follow_links=False))
        facts = Facts(data["rows_file"], data["rows"], data["dimensions"], data["has_codes"])
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"{FACTS} does not hold what it should: {error}") from error
    types = [type(getattr(facts, name)) for name in Facts.__slots__]
    if types != [str, int, int, bool] or not 0 <= facts.rows <= _MOST_ROWS:
        raise ValueError(f"{FACTS} does not hold what it should")
    if not _ROWS_FILE.fullmatch(facts.rows_file):  # a path would lead out of the index
        raise ValueError("the file of vectors has a name that none of ours has")
    return facts


def read_ids(path: Path, count: int | None = None) -> Ids:
    """Ids of chunks, ascending, `count` of them if it is given. Raises `ValueError` or `OSError`."""
    with open_outside(path, follow_links=False) as file:
        header = _NPY_HEADER.fullmatch(file.read(_NPY_HEADER_BYTES))
        if not header:
            raise ValueError(f"{path.name} does not hold a row of ids")
        told, size = int(header[1]), file.seek(0, os.SEEK_END) - _NPY_HEADER_BYTES
        if count is not None and told != count:
            raise ValueError(f"{told} ids for {count} rows")
        if size != told * np.dtype(np.int64).itemsize:
            raise ValueError(f"{path.name} has {size} bytes for {told} ids")
        file.seek(_NPY_HEADER_BYTES)
        ids: Ids = np.frombuffer(file.read(), dtype=np.int64)
    if len(ids) and (ids[0] < 1 or not (ids[1:] > ids[:-1]).all()):
        raise ValueError(f"the ids in {path.name} do not ascend")
    return ids


def read_codes(path: Path, dimensions: int, most: int) -> Any:
    """The codes of at most so many vectors. Raises `ValueError`, `OSError` or `RuntimeError`."""
    _check_codes(path, dimensions, most)
    import faiss  # heavy: only searching and writing need it

    return faiss.read_index(str(path))


def _check_codes(path: Path, dimensions: int, most: int) -> None:
    """Raise `ValueError` unless a file is one of the kind that we write, and as large as it says.

    FAISS reads three dozen kinds of index, and believes every size that it reads.
    """
    strange = ValueError(f"{path.name} does not hold the codes that it should")
    parts = dimensions // DIMENSIONS_A_CODE
    with open_outside(path, follow_links=False) as file:
        header = file.read(_HEADER.size)
        if len(header) < _HEADER.size:
            raise strange
        kind, d, count, _, _, is_trained, metric, *quantizer, numbers = _HEADER.unpack(header)
        told = [kind, d, is_trained, metric, quantizer, numbers]
        expected = [_KIND, dimensions, True, _INNER_PRODUCT, [dimensions, parts, _BITS]]
        if told != [*expected, dimensions * _CENTROIDS] or not 0 <= count <= most:
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
