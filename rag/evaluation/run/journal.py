"""Records in a file, one line of JSON each. After a kill, every line but the last is complete."""

import json
import os
from collections.abc import Callable, Hashable, Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Generic, TypeVar

from corpora.errors import RagError, reason_of
from corpora.outside.files import read_outside
from rag.evaluation.typed_record import read_record

_KEPT = "free disk space or make the folder writable, then run the same command again: it resumes"


def no_room(path: Path, error: OSError) -> RagError:
    """Return the error for a file of a run that cannot be written; it says that nothing is lost."""
    return RagError(f"{path} cannot be written", why=os.strerror(error.errno or 0), fix=_KEPT)


_Record = TypeVar("_Record")

_MAX_BYTES = 2_000_000_000


class Journal(Generic[_Record]):
    """Frozen records by their keys, kept in the file at `path`.

    Args:
        path: the file, which is made with the first record.
        record_type: the frozen dataclass of its records; see `read_record`.
        key: returns the key of a record; a later record replaces an earlier one with the same key.

    Raises:
        RagError: a line other than the last is damaged, or the file cannot be read.
    """

    def __init__(self, path: Path, record_type: type[_Record], key: Callable[[_Record], Hashable]) -> None:
        self._path, self._key = path, key
        self._records: dict[Hashable, _Record] = {}
        data = _records_in(path)
        try:
            whole = data.rfind(b"\n") + 1
            if whole < len(data):  # the process was killed while writing: this record is made again
                os.truncate(path, whole)
        except OSError as error:
            raise no_room(path, error) from error
        for number, line in enumerate(data[:whole].splitlines(), start=1):
            try:
                record = read_record(record_type, json.loads(line))
            except (ValueError, RecursionError) as error:
                raise RagError(
                    f"line {number} of {path} is damaged",
                    why=str(error),
                    fix="delete this line and run the same command again, or use another folder",
                ) from error
            self._records[key(record)] = record

    def __contains__(self, key: Hashable) -> bool:
        return key in self._records

    def __getitem__(self, key: Hashable) -> _Record:
        return self._records[key]

    def __iter__(self) -> Iterator[_Record]:
        return iter(self._records.values())

    def __len__(self) -> int:
        return len(self._records)

    def get(self, key: Hashable) -> _Record | None:
        """Return the record of `key`, or None."""
        return self._records.get(key)

    def add(self, record: _Record) -> None:
        """Keep a record; once this returns, a kill of the process does not lose it.

        Raises:
            RagError: it cannot be written.
        """
        # ASCII, since the text of a model may hold surrogates, which UTF-8 cannot encode.
        line = json.dumps(asdict(record)).encode() + b"\n"  # type: ignore[call-overload]
        before = self._path.stat().st_size if self._path.exists() else 0
        try:
            with self._path.open("ab") as file:
                file.write(line)
        except OSError as error:
            with suppress(OSError):  # else the next record would follow a part of this one
                os.truncate(self._path, before)
            raise no_room(self._path, error) from error
        self._records[self._key(record)] = record


def _records_in(path: Path) -> bytes:
    """Return the content of the file, empty without one. A link is not followed: it is written to later."""
    try:
        return read_outside(path, max_bytes=_MAX_BYTES, follow_links=False)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise RagError(
            f"{path} cannot be read as part of a run",
            why=reason_of(error),
            fix="remove it and run the same command again, or use another folder",
        ) from error
