"""A history as bytes: what is written is read, and anything else is refused."""

import struct

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from indexers.history.history import History, make_history
from indexers.history.history_bytes import history_from_bytes, history_to_bytes

TOKENS = st.lists(st.sampled_from(["add", "größe", "keep", "读取", "x1"]), max_size=300)
PATHS = st.lists(st.sampled_from(["a.py", "lib/b c.py", "ü\n.rs"]), min_size=1, max_size=3, unique=True)
HEADER = struct.Struct("<IIIIIII")
SMALL = make_history([["add", "keep", "add"], ["keep", "week"]], [["a.py"], ["a.py", "b.py"]])


def as_lists(history: History) -> list[list[object]]:
    return [list(getattr(history, name)) for name in History.__dataclass_fields__]


@given(st.lists(st.tuples(TOKENS, PATHS), max_size=8))
def test_what_is_written_is_read(commits: list[tuple[list[str], list[str]]]) -> None:
    history = make_history([tokens for tokens, _ in commits], [paths for _, paths in commits])
    again = history_from_bytes(history_to_bytes(history))
    np.minimum(history.counts, 255, out=history.counts)
    assert as_lists(again) == as_lists(history)


def changed(at: int, *values: int, kind: str = "B") -> bytes:
    """Return the bytes of a small history in which some were replaced, `at` counted behind the header."""
    data = bytearray(zstandard.decompress(history_to_bytes(SMALL)))
    struct.pack_into(f"<{len(values)}{kind}", data, HEADER.size + at, *values)
    return zstandard.compress(bytes(data))


# Behind the header: 3 numbers of commits (u4), 3 files (u4), 4 commits (u2), 4 counts, 2 numbers of files.
@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"\0" * 100,
        zstandard.compress(b""),
        zstandard.compress(b"\0" * 10),
        zstandard.compress(HEADER.pack(*[0xFFFFFFFF] * 7)),
        zstandard.compress(HEADER.pack(0, 0, 0, 0, 0, 70_000, 0) + bytes(70_000)),
        zstandard.compress(bytes(20_000_000)),
        zstandard.ZstdCompressor(write_content_size=False).compress(b"x"),
        history_to_bytes(SMALL)[:-5],
        changed(0, 1, 3, 1, kind="I"),  # more commits than there are
        changed(0, 0xFFFFFFFF, 0xFFFFFFFF, 5, kind="I"),
        changed(0, 2, 2, 0, kind="I"),  # a word of no commit
        changed(12, 2, kind="I"),  # a path that is not there
        changed(24, 9, kind="H"),  # a commit that is not there
        changed(26, 1, 0, kind="H"),  # a commit twice
        changed(32, 0),  # a word that its commit has not
        changed(36, 2, 2),  # files that are not there
        changed(38, *b"week"),  # words that do not ascend
        changed(38, 0xFF),  # no UTF-8
        changed(38, 0),  # one word more
    ],
)
def test_anything_else_is_refused(blob: bytes) -> None:
    with pytest.raises(ValueError):
        history_from_bytes(blob)


def test_a_changed_bit_is_noticed_or_changes_nothing() -> None:
    blob = bytearray(history_to_bytes(SMALL))
    noticed = 0
    for at in range(len(blob)):
        blob[at] ^= 4
        try:
            assert as_lists(history_from_bytes(bytes(blob))) == as_lists(SMALL)
        except ValueError:
            noticed += 1
        blob[at] ^= 4
    assert noticed > 0.9 * len(blob)


def test_more_commits_or_files_than_numbers_are_not_written() -> None:
    for history in (
        make_history([[]] * 65_536, [["a"]] * 65_536),
        make_history([["x"]], [[f"{n}.py" for n in range(256)]]),
    ):
        with pytest.raises(ValueError, match="too many"):
            history_to_bytes(history)
