"""The seal: the checksums of the catalog while nobody writes, in a file beside it.

A file cannot hold its own checksum. A writer removes the seal first, and makes a new one once everything it
wrote has been moved from SQLite's log into the file. A missing seal is no sign of damage: a writer was
killed, or a reader kept the log in use.
"""

import json
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zlib import crc32

from corpora.outside.files import read_outside
from indexers.catalog.catalog_file import CatalogFile
from indexers.layout import Layout

_BLOCK: Final = 1 << 20  # bytes per checksum: after a small change, little of a large catalog is read
_MAX_SEAL: Final = 10_000_000  # bytes; enough for a catalog of a terabyte
_LOG_HEADER, _FRAME_HEADER = 32, 24  # https://www.sqlite.org/fileformat2.html#walformat


@dataclass(frozen=True, slots=True)
class Sealed:
    """The size in bytes of the catalog of a generation, and the CRC-32 of each of its blocks."""

    generation: int
    size: int
    blocks: tuple[int, ...]


class Seal:
    """The seal of the database at `catalog`."""

    def __init__(self, catalog: Path) -> None:
        self._catalog = catalog
        layout = Layout(catalog.parent)
        self._file, self._part = layout.seal, layout.unfinished_seal
        self._held: list[CatalogFile] = []
        self._known: Sealed | None = None
        self._changed: set[int] = set()

    def read(self) -> Sealed | None:
        """Return the seal; None if there is none. Raises `ValueError` for a file that is not a seal."""
        try:
            facts = json.loads(read_outside(self._file, max_bytes=_MAX_SEAL, follow_links=False))
            sealed = Sealed(facts["generation"], facts["size"], tuple(facts["blocks"]))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ValueError(f"{self._file.name} is not a list of checksums") from error
        if not {type(number) for number in (sealed.generation, sealed.size, *sealed.blocks)} <= {int}:
            raise ValueError(f"{self._file.name} is not a list of checksums")
        return sealed

    def break_(self) -> None:
        """Remove the seal: the database is about to change."""
        try:
            self._known = self.read()
        except (ValueError, OSError):
            self._known = None
        self._changed.clear()
        self._file.unlink(missing_ok=True)

    def note_changes(self) -> None:
        """Note which blocks the log of SQLite is about to change."""
        with suppress(FileNotFoundError), self._log.open("rb") as log:
            header = log.read(_LOG_HEADER)
            if len(header) < _LOG_HEADER:
                return
            (page_size,) = struct.unpack(">I", header[8:12])
            position = _LOG_HEADER
            # Frames of an earlier use of the log may follow: noting too many blocks does no harm.
            while len(frame := log.read(_FRAME_HEADER)) == _FRAME_HEADER:
                (page,) = struct.unpack(">I", frame[:4])
                self._changed.add((page - 1) * page_size // _BLOCK)
                position += _FRAME_HEADER + page_size
                log.seek(position)

    def renew(self, generation: int) -> None:
        """Seal the database as it is, provided that its log is empty."""
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
        except OSError:  # no room on the disk: the database works without a seal
            with suppress(OSError):
                self._part.unlink(missing_ok=True)

    def problem(self, generation: int, *, max_bytes: int | None = None) -> str:
        """Return how the database differs from its seal; empty if it does not or has no seal of `generation`.

        Of a database of more than `max_bytes`, only the size is checked.
        """
        for _ in range(3):
            sealed = self.read()
            if sealed is None or sealed.generation != generation:
                return ""
            found = self._difference(sealed, max_bytes)
            if not found or self.read() == sealed:
                return found
        return ""  # it is being written all the time

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
        """Yield the checksum of each block; blocks in `known` are not read."""
        file = self._opened()
        for number in range(-(-size // _BLOCK)):
            yield known[number] if number in known else crc32(file.read(number * _BLOCK, _BLOCK))

    def begins_with(self, mark: bytes) -> bool:
        """Return whether the file of the database begins so. Raises `OSError` if it cannot be read."""
        return self._opened().read(0, len(mark)) == mark

    def _opened(self) -> CatalogFile:
        """Return the file that is there now: a rebuild may have put another there."""
        if not self._held or not self._held[-1].is_at(self._catalog):
            self._held.append(CatalogFile(self._catalog))
        return self._held[-1]

    def close(self) -> None:
        """Close what was opened; not before the connection is closed."""
        while self._held:
            self._held.pop().close()

    @property
    def _log(self) -> Path:
        return self._catalog.with_name(f"{self._catalog.name}-wal")
