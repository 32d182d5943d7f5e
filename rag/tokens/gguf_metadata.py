"""Read what a GGUF file says of its model, without the weights, which come after it.

Format: `docs/gguf.md` of ggml. A magic, a version, two numbers, then keys with typed values. Lengths are of
64 bits, and whoever made the file chose them: each is checked against what is left to read.
"""

import struct
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from corpora.outside.files import open_outside

GgufValue = int | float | bool | str | list["GgufValue"] | None

_MAX_BYTES: Final = 256_000_000
"""Of everything before the weights: the largest known vocabularies take 16 MB."""
_MAX_ITEMS: Final = 4_000_000  # of a list: the largest known vocabulary has 514,000 merges
_MAX_KEYS: Final = 10_000
_MAX_KEY_BYTES: Final = 65_535
_MAX_DEPTH: Final = 2  # of arrays in arrays
_VERSIONS: Final = (2, 3)
_NUMBERS: Final = {
    0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d",
}  # fmt: skip
_TEXT, _ARRAY = 8, 9


@dataclass(slots=True)
class _Source:
    """A file that is read from its beginning, up to a number of bytes."""

    file: BinaryIO
    left: int = _MAX_BYTES

    def take(self, size: int) -> bytes:
        """Return the next bytes. Raises `ValueError` if there are not so many."""
        if size > self.left:
            raise ValueError("what comes before the weights is too long")
        self.left -= size
        found = self.file.read(size)
        if len(found) < size:
            raise ValueError("it ends too early")
        return found

    def number(self, layout: str) -> int:
        """Return the next number."""
        (value,) = struct.unpack(layout, self.take(struct.calcsize(layout)))
        return value  # type: ignore[no-any-return]

    def text(self) -> str:
        """Return the next text; what is not UTF-8 in it is replaced."""
        return self.take(self.number("<Q")).decode("utf-8", "replace")

    def value(self, kind: int, depth: int = 0) -> GgufValue:
        """Return the next value, of a type by its number."""
        if kind == _TEXT:
            return self.text()
        if kind == _ARRAY and depth < _MAX_DEPTH:
            inner, count = self.number("<I"), self.number("<Q")
            if count > min(self.left, _MAX_ITEMS):
                raise ValueError(f"a list in it has {count} items")
            if inner in _NUMBERS:
                layout = _NUMBERS[inner]
                size = struct.calcsize(layout)
                return list(struct.unpack(f"<{count}{layout[1]}", self.take(count * size)))
            return [self.value(inner, depth + 1) for _ in range(count)]
        if kind not in _NUMBERS:
            raise ValueError(f"a value in it is of an unknown type, {kind}")
        return self.number(_NUMBERS[kind])


def read_gguf_metadata(path: Path, wanted: Callable[[str], bool] | Collection[str]) -> dict[str, GgufValue]:
    """Return the values of some keys of a GGUF file.

    Args:
        path: of the file.
        wanted: the keys, or what says of a key whether it is wanted.

    Raises:
        ValueError: it is no GGUF file, or a damaged one.
        OSError: it cannot be read.
    """
    is_wanted = wanted if callable(wanted) else wanted.__contains__
    found: dict[str, GgufValue] = {}
    with open_outside(path) as file:
        source = _Source(file)
        if source.take(4) != b"GGUF":
            raise ValueError("it does not start with GGUF")
        if (version := source.number("<I")) not in _VERSIONS:
            raise ValueError(f"it is of version {version}; known are {_VERSIONS}")
        source.number("<Q")  # of tensors
        keys = source.number("<Q")
        if keys > _MAX_KEYS:
            raise ValueError(f"it has {keys} keys")
        for _ in range(keys):
            size = source.number("<Q")
            if size > _MAX_KEY_BYTES:
                raise ValueError("a key in it is too long")
            key = source.take(size).decode("utf-8", "replace")
            value = source.value(source.number("<I"))
            if is_wanted(key):
                found[key] = value
    return found
