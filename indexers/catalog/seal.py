"""The checksums of the catalog, in a file beside it: they stand for the database as it rests between writes.

A checksum of a file cannot stand in it, so those of the catalog are the seal. Whoever writes breaks it first
and puts a new one when all that was written has come from SQLite's log into the file. A seal that is not
there says nothing: a writer was killed, or a reader kept the log in use.
"""

import json
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zlib import crc32

from corpora.outside.files import open_outside, read_outside
from indexers.search.layout import Layout

_BLOCK: Final = 1 << 20  # bytes that share a checksum: a small change costs no look at a large catalog
_MAX_SEAL: Final = 10_000_000  # bytes; one of a catalog of a terabyte
_LOG_HEADER, _FRAME_HEADER = 32, 24  # https://www.sqlite.org/fileformat2.html#walformat


@dataclass(frozen=True, slots=True)
class Sealed:
    """What the catalog of a generation was: its bytes, and the CRC-32 of each block of them."""

    generation: int
    size: int
    blocks: tuple[int, ...]


class Seal:
    """The seal of the database at `catalog`."""

    def __init__(self, catalog: Path) -> None:
        self._catalog = catalog
        layout = Layout(catalog.parent)
        self._file, self._part = layout.seal, layout.unfinished_seal
        self._known: Sealed | None = None
        self._changed: set[int] = set()

    def read(self) -> Sealed | None:
        """The seal, None if there is none. Raises `ValueError` for a file that is no seal."""
        try:
            facts = json.loads(read_outside(self._file, max_bytes=_MAX_SEAL, follow_links=False))
            sealed = Sealed(facts["generation"], facts["size"], tuple(facts["blocks"]))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ValueError(f"{self._file.name} is no list of checksums") from error
        if not {type(number) for number in (sealed.generation, sealed.size, *sealed.blocks)} <= {int}:
            raise ValueError(f"{self._file.name} is no list of checksums")
        return sealed

    def break_(self) -> None:
        """Take the seal away: the database is about to change."""
        try:
            self._known = self.read()
        except (ValueError, OSError):
            self._known = None
        self._changed.clear()
        self._file.unlink(missing_ok=True)

    def note_changes(self) -> None:
        """Remember which blocks SQLite's log is about to change."""
        with suppress(FileNotFoundError), self._log.open("rb") as log:
            header = log.read(_LOG_HEADER)
            if len(header) < _LOG_HEADER:
                return
            (page_size,) = struct.unpack(">I", header[8:12])
            position = _LOG_HEADER
            # Frames of an earlier round may follow: to look at more blocks than changed does no harm.
            while len(frame := log.read(_FRAME_HEADER)) == _FRAME_HEADER:
                (page,) = struct.unpack(">I", frame[:4])
                self._changed.add((page - 1) * page_size // _BLOCK)
                position += _FRAME_HEADER + page_size
                log.seek(position)

    def renew(self, generation: int) -> None:
        """Seal the database as it is; its log is empty."""
        if self._file.exists() or (self._log.exists() and self._log.stat().st_size):
            return
        size = self._catalog.stat().st_size
        same = self._known.blocks[: self._known.size // _BLOCK] if self._known else ()
        blocks = tuple(self._sums(size, {n: crc for n, crc in enumerate(same) if n not in self._changed}))
        facts = {"generation": generation, "size": size, "blocks": blocks}
        try:
            self._part.unlink(missing_ok=True)
            self._part.write_text(json.dumps(facts), encoding="utf-8")
            self._part.replace(self._file)
        except OSError:  # no room: the database is as good without
            with suppress(OSError):
                self._part.unlink(missing_ok=True)

    def problem(self, generation: int, *, max_bytes: int | None = None) -> str:
        """How the database differs from its seal, if it is of `generation`; empty if it does not.

        A database of more than `max_bytes` is only asked for its size.
        """
        for _ in range(3):
            sealed = self.read()
            if sealed is None or sealed.generation != generation:
                return ""
            found = self._difference(sealed, max_bytes)
            if not found or self.read() == sealed:
                return found
        return ""  # it is being written again and again

    def _difference(self, sealed: Sealed, max_bytes: int | None) -> str:
        size = self._catalog.stat().st_size
        if size != sealed.size:
            return f"{self._catalog.name} has {size} bytes of {sealed.size}"
        if max_bytes is not None and size > max_bytes:
            return ""
        if tuple(self._sums(size, {})) != sealed.blocks:
            return f"{self._catalog.name} is not what was written: its checksum differs"
        return ""

    def _sums(self, size: int, known: dict[int, int]) -> Iterator[int]:
        """The checksum of each block, read unless it is known."""
        with open_outside(self._catalog, follow_links=False) as file:
            for number in range(-(-size // _BLOCK)):
                if number in known:
                    yield known[number]
                    continue
                file.seek(number * _BLOCK)
                yield crc32(file.read(_BLOCK))

    @property
    def _log(self) -> Path:
        return self._catalog.with_name(f"{self._catalog.name}-wal")
