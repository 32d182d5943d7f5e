"""Read tantivy's lists of its files, as data that somebody else may have made."""

import json
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final
from zlib import crc32

from corpora.outside.files import open_outside, read_outside

_SEGMENTS, _MANAGED = "meta.json", ".managed.json"
_MAX_LIST: Final = 1_000_000  # bytes; a hundred segments take 20,000
_MAX_CHUNKS: Final = 1 << 31
_MAX_SEGMENTS: Final = 1000  # tantivy merges a dozen small ones into one
_ID: Final = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}")
_FILE: Final = re.compile(r"[0-9a-f]{32}(?:\.\d+)?\.[a-z]+")
_SETTINGS: Final = {"docstore_compression": "lz4", "docstore_blocksize": 16384}
_TAIL: Final = struct.Struct("<II")
_MAGIC: Final = 1337
_READ_BYTES: Final = 1 << 20
_LARGEST_EXPANSION: Final = 4000  # chunks per byte of a segment


def check_lists(folder: Path) -> None:
    """Raise `ValueError` or `OSError` unless tantivy's lists name only files of tantivy in their folder.

    tantivy deletes every file that .managed.json names and meta.json does not use.
    """
    segments = _segments(folder)
    managed = _read(folder / _MANAGED)
    if not isinstance(managed, list) or not all(map(_is_own_name, managed)):
        raise ValueError(f"{_MANAGED} names something that is not a file of tantivy")
    sizes = sum(path.lstat().st_size for path in folder.iterdir())
    if sum(segment["max_doc"] for segment in segments) > sizes * _LARGEST_EXPANSION:
        raise ValueError(f"{_SEGMENTS} claims more chunks than its files can hold")


def footer_problems(folder: Path, *, max_bytes: int | None = None) -> Iterator[str]:
    """Yield the files that do not match the checksum in their footer, a line each.

    With `max_bytes`, only so many bytes are read, the smallest files first.
    """
    files = [path for path in folder.iterdir() if _FILE.fullmatch(path.name)]
    left = max_bytes
    for size, path in sorted((path.lstat().st_size, path) for path in files):
        if left is not None:
            left -= size
            if left < 0:
                return
        with open_outside(path, follow_links=False) as file:
            if not _fits_footer(file, size):
                yield f"{path.name} does not match its checksum"


def _fits_footer(file: BinaryIO, size: int) -> bool:
    """Return whether a file of `size` bytes matches its footer.

    A file of tantivy is its content, a footer in JSON with the CRC-32 of the content, the length of the
    footer, and a magic number.
    """
    file.seek(max(size - _TAIL.size, 0))
    tail = file.read(_TAIL.size)
    if len(tail) < _TAIL.size:
        return False
    length, magic = _TAIL.unpack(tail)
    end = size - _TAIL.size - length
    if magic != _MAGIC or end < 0 or length > _MAX_LIST:
        return False
    file.seek(end)
    try:
        expected = json.loads(file.read(length))["crc"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    file.seek(0)
    crc = 0
    while data := file.read(min(_READ_BYTES, end)):
        crc, end = crc32(data, crc), end - len(data)
    return bool(expected == crc)


def share_lists(folder: Path) -> None:
    """Give the lists the permissions of their folder: tantivy lets only their owner read them."""
    mode = folder.stat().st_mode & 0o666
    for name in (_SEGMENTS, _MANAGED):
        (folder / name).chmod(mode)


def deleted_chunks(folder: Path) -> int:
    """Return how many deleted chunks tantivy's files still hold: they are dropped when segments merge.

    Raises `OSError` or `ValueError` if tantivy's list of segments cannot be read.
    """
    return sum((segment["deletes"] or {}).get("num_deleted_docs", 0) for segment in _segments(folder))


def _segments(folder: Path) -> list[dict[str, Any]]:
    facts = _read(folder / _SEGMENTS)
    if not isinstance(facts, dict) or not isinstance(facts.get("segments"), list):
        raise ValueError(f"{_SEGMENTS} has no list of segments")
    if facts.get("index_settings") != _SETTINGS or not all(map(_is_segment, facts["segments"])):
        raise ValueError(f"{_SEGMENTS} holds something that tantivy does not write here")
    segments: list[dict[str, Any]] = facts["segments"]
    if len({segment["segment_id"] for segment in segments}) < len(segments) or len(segments) > _MAX_SEGMENTS:
        raise ValueError(f"{_SEGMENTS} names a segment twice, or too many")
    return segments


def _is_segment(segment: object) -> bool:
    if not isinstance(segment, dict) or not _ID.fullmatch(str(segment.get("segment_id"))):
        return False
    deletes = segment.get("deletes", {})
    if deletes is not None and not (
        isinstance(deletes, dict) and set(map(type, deletes.values())) <= {int} and "opstamp" in deletes
    ):
        return False
    deleted = (deletes or {}).get("num_deleted_docs", 0)
    chunks = segment.get("max_doc")
    return type(chunks) is int and 0 <= deleted <= chunks < _MAX_CHUNKS


def _is_own_name(name: object) -> bool:
    return isinstance(name, str) and (name == _SEGMENTS or bool(_FILE.fullmatch(name)))


def _read(path: Path) -> Any:
    try:
        return json.loads(read_outside(path, max_bytes=_MAX_LIST, follow_links=False))
    except RecursionError as error:
        raise ValueError(f"{path.name} is nested too deeply") from error
