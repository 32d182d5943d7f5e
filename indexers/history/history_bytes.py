"""Write a history to bytes, and read it from bytes that somebody else may have made.

A header tells how many there are of everything. Every count is compared with the number of bytes before it is
used, and every number with what it counts: none can ask for more memory than there are bytes.
"""

import struct
from typing import Any, Final

import numpy as np
import zstandard
from numpy.typing import NDArray

from indexers.history.history import History

_ZSTD_LEVEL: Final = 6
_MAX_BYTES: Final = 16_000_000  # 10,000 commits with long messages take 5
# Tokens and paths in bytes; then the numbers of tokens, of their commits, of paths, commits and their files.
_HEADER: Final = struct.Struct("<IIIIIII")
_END: Final = b"\0"  # behind each token and each path, which cannot hold it
_MOST_COMMITS: Final = (1 << 16) - 1
_MOST_COUNTED: Final = (1 << 8) - 1
_MOST_NUMBERS: Final = (1 << 31) - 1


def history_to_bytes(history: History) -> bytes:
    """Return what `history_from_bytes` reads.

    Of a word that a message has more than 255 times, as many are kept.

    Raises:
        ValueError: there are more than 65,535 commits, one changed more than 255 files, or it is more than
            16 MB before it is compressed.
    """
    files_of_each = np.diff(history.file_starts)
    if history.size > _MOST_COMMITS or files_of_each.max(initial=0) > _MOST_COUNTED:
        raise ValueError("a history has too many commits, or commits of too many files")
    tokens, paths = (
        b"".join(one.encode() + _END for one in some) for some in (history.tokens, history.paths)
    )
    header = _HEADER.pack(
        len(tokens),
        len(paths),
        len(history.tokens),
        len(history.commits),
        len(history.paths),
        history.size,
        len(history.files),
    )
    numbers = (
        np.diff(history.starts).astype("<u4"),
        history.files.astype("<u4"),
        history.commits.astype("<u2"),
        np.minimum(history.counts, _MOST_COUNTED).astype("<u1"),
        files_of_each.astype("<u1"),
    )
    data = b"".join((header, *(one.tobytes() for one in numbers), tokens, paths))
    if len(data) > _MAX_BYTES:
        raise ValueError("a history is too large")
    # With its checksum: a history that was altered on the disk does not unpack.
    return zstandard.ZstdCompressor(level=_ZSTD_LEVEL, write_checksum=True).compress(data)


def history_from_bytes(blob: bytes) -> History:
    """Return the history that was written. Raises `ValueError` for anything else."""
    data = _unpacked(blob)
    if len(data) < _HEADER.size:
        raise ValueError("a history ends in its header")
    token_bytes, path_bytes, tokens, pairs, paths, commits, files = _HEADER.unpack_from(data)
    types = (("<u4", tokens), ("<u4", files), ("<u2", pairs), ("<u1", pairs), ("<u1", commits))
    sizes = [np.dtype(kind).itemsize * count for kind, count in types]
    if _HEADER.size + sum(sizes) + token_bytes + path_bytes != len(data) or commits > _MOST_COMMITS:
        raise ValueError("a history has another size than its header says")
    at = _HEADER.size
    arrays = []
    for (kind, count), size in zip(types, sizes, strict=True):
        arrays.append(np.frombuffer(data, kind, count, at))
        at += size
    having, files_of, commits_of, counts, many = arrays
    starts = _starts(having, pairs)
    # Texts are split last: each of them has a number of several bytes, so that there are not too many.
    if not having.all() or not counts.all() or paths > files:
        raise ValueError("a history has words or paths of no commit")
    history = History(
        _texts(data[at : at + token_bytes], tokens),
        starts,
        commits_of.astype(np.int32),
        counts.astype(np.int32),
        _texts(data[at + token_bytes :], paths),
        _starts(many, files),
        _below(files_of, paths).astype(np.int32),
    )
    _below(commits_of, commits)
    # Each commit once for a token, or its score would not be the sum over tokens.
    is_later = np.diff(history.commits) > 0
    is_later[starts[1:-1] - 1] = True  # where the next token begins
    if not is_later.all():
        raise ValueError("the commits of a word are not in ascending order")
    if any(one >= other for one, other in zip(history.tokens, history.tokens[1:], strict=False)):
        raise ValueError("the words of a history are not in ascending order")
    return history


def _unpacked(blob: bytes) -> bytes:
    try:
        size = zstandard.frame_content_size(blob)
        if not 0 <= size <= _MAX_BYTES:
            raise ValueError(f"it claims to unpack to {size} bytes")
        data: bytes = zstandard.decompress(blob, max_output_size=size)
    except (TypeError, MemoryError, zstandard.ZstdError) as error:
        raise ValueError(str(error)) from error
    return data


def _texts(data: bytes, count: int) -> tuple[str, ...]:
    """Return the texts that end in zero bytes. Raises `ValueError` unless there are `count` of them."""
    *texts, rest = data.decode().split(_END.decode())
    if rest or len(texts) != count:
        raise ValueError(f"a history has {len(texts)} texts, not {count}")
    return tuple(texts)


def _starts(counts: NDArray[Any], total: int) -> NDArray[np.int32]:
    """Return where each of some rows starts, and the end. Raises `ValueError` unless they sum to `total`."""
    starts = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
    if starts[-1] != total or total > _MOST_NUMBERS:
        raise ValueError(f"the rows of a history do not sum to {total}")
    return starts.astype(np.int32)


def _below(numbers: NDArray[Any], count: int) -> NDArray[Any]:
    """Return `numbers`. Raises `ValueError` unless all are below `count`."""
    if numbers.max(initial=0) >= max(count, 1) or (len(numbers) and not count):
        raise ValueError(f"a number in a history is not below {count}")
    return numbers
