"""A shared object of Linux as a map of addresses: its texts, its numbers, and the pointers in its tables.

Nothing of it is loaded. ELF files of 64 bits in little-endian order are read: those of x86-64 and ARM.
"""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

_HEADER: Final = struct.Struct("<4sBB58x")
_PROGRAM: Final = struct.Struct("<IIQQQQQQ")
_PAIR: Final = struct.Struct("<qQ")
_RELOCATION: Final = struct.Struct("<QQq")
_SYMBOL: Final = struct.Struct("<IBBHQQ")
_LOADED, _DYNAMIC = 1, 2  # kinds of program headers
_RELA, _RELA_BYTES, _RELR, _RELR_BYTES, _SYMBOLS = 7, 8, 36, 35, 6  # entries of the dynamic section
_RELATIVE: Final = frozenset({8, 1027})  # R_X86_64_RELATIVE, R_AARCH64_RELATIVE
_ABSOLUTE: Final = frozenset({1, 257})  # R_X86_64_64, R_AARCH64_ABS64
_MAX_HEADERS: Final = 64
_MAX_POINTERS: Final = 2_000_000
_MAX_TEXT_BYTES: Final = 100_000
_WORD_BYTES: Final = 8


class _Segment(NamedTuple):
    start: int
    end: int
    offset: int
    is_code: bool


class ElfImage:
    """A shared object as it would lie in memory, from the address 0 on.

    Attributes:
        pointers: for each address that holds a pointer, where that leads to.

    Raises:
        ValueError: it is no such file, or damaged.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.pointers: dict[int, int] = {}
        try:
            self._segments, dynamic = _segments(data)
            self._read_pointers(dict(self._dynamic(dynamic)))
        except (struct.error, OverflowError) as error:  # (an offset of 64 bits may be more than Python's own)
            raise ValueError("it ends within its headers") from error

    def text_at(self, address: int, max_bytes: int = _MAX_TEXT_BYTES) -> str | None:
        """Return the text that begins at an address; None if there is none, or it is longer."""
        start = self._offset(address)
        end = self._data.find(b"\0", start, start + max_bytes) if start >= 0 else -1
        try:
            return self._data[start:end].decode() if end >= 0 else None
        except UnicodeDecodeError:
            return None

    def number_at(self, address: int, nbytes: int = _WORD_BYTES) -> int:
        """Return the number at an address; 0 if that is not in the file, as for memory that begins empty."""
        offset = self._offset(address)
        return int.from_bytes(self._data[offset : offset + nbytes], "little") if offset >= 0 else 0

    def is_code(self, address: int) -> bool:
        """Return whether an address is that of code."""
        return any(one.is_code and one.start <= address < one.end for one in self._segments)

    def _offset(self, address: int) -> int:
        for one in self._segments:
            if one.start <= address < one.end:
                return address - one.start + one.offset
        return -1

    def _dynamic(self, place: tuple[int, int]) -> Iterator[tuple[int, int]]:
        offset, size = place
        yield from _PAIR.iter_unpack(self._data[offset : offset + size // _PAIR.size * _PAIR.size])

    def _read_pointers(self, dynamic: dict[int, int]) -> None:
        symbols = self._offset(dynamic.get(_SYMBOLS, -1))
        for place, info, addend in _RELOCATION.iter_unpack(self._part(dynamic, _RELA, _RELA_BYTES, 24)):
            kind, symbol = info & 0xFFFFFFFF, info >> 32
            if kind in _RELATIVE:
                self.pointers[place] = addend
            elif kind in _ABSOLUTE and symbols >= 0:
                *_, section, value, _ = _SYMBOL.unpack_from(self._data, symbols + symbol * _SYMBOL.size)
                if section:  # it is defined here
                    self.pointers[place] = value + addend
        self._read_packed(self._part(dynamic, _RELR, _RELR_BYTES, _WORD_BYTES))

    def _part(self, dynamic: dict[int, int], start: int, size: int, unit: int) -> bytes:
        """Return a table that the dynamic section tells of, in whole entries of `unit` bytes."""
        offset, nbytes = self._offset(dynamic.get(start, -1)), dynamic.get(size, 0)
        if offset < 0:
            return b""
        part = self._data[offset : offset + min(nbytes, _MAX_POINTERS * unit)]
        return part[: len(part) // unit * unit]

    def _read_packed(self, part: bytes) -> None:
        """Read relocations that are packed: an address, then words whose bits stand for the next 63 words."""
        place = 0
        for (entry,) in struct.iter_unpack("<Q", part):
            if not entry & 1:
                self.pointers[entry] = self.number_at(entry)
                place = entry + _WORD_BYTES
                continue
            if len(self.pointers) > _MAX_POINTERS:
                return
            for bit in range(1, 64):
                if entry >> bit & 1:
                    at = place + (bit - 1) * _WORD_BYTES
                    self.pointers[at] = self.number_at(at)
            place += 63 * _WORD_BYTES


def _segments(data: bytes) -> tuple[list[_Segment], tuple[int, int]]:
    """Return what is loaded, and where in the file the dynamic section lies: its offset and its size."""
    magic, bits, order = _HEADER.unpack_from(data)
    if (magic, bits, order) != (b"\x7fELF", 2, 1):
        raise ValueError("it is no ELF file of 64 bits in little-endian order")
    (first,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    loaded, dynamic = [], (0, 0)
    for number in range(min(count, _MAX_HEADERS)):
        kind, flags, offset, start, _, nbytes, _, _ = _PROGRAM.unpack_from(data, first + number * size)
        if kind == _LOADED:
            loaded.append(_Segment(start, start + nbytes, offset, bool(flags & 1)))
        elif kind == _DYNAMIC:
            dynamic = offset, nbytes
    return loaded, dynamic
