"""Records of JSON and JSON lines, plain or gzip, with errors that name file, line and field."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpora.errors import CorpusError, reason_of
from corpora.outside.archives import ArchiveError
from corpora.outside.json_documents import parsed_json
from rag.evaluation.datasets.bounded_lines import MAX_LINE_BYTES, bounded_lines
from rag.evaluation.typed_record import json_kind

_MARGIN = b" \t\r\n\xef\xbb\xbf"  # white space, and a byte order mark
_MAX_RECORDS = 600_000  # MS MARCO has 510,000 queries
_FORMATS = "use a file of JSON or JSON lines, plain or gzip"


@dataclass(frozen=True, slots=True)
class DatasetRecord:
    """A JSON object in a file of a data set.

    Args:
        fields: its keys and values.
        where: file and line, for error messages.
    """

    fields: dict[str, Any]
    where: str

    def text(self, *names: str, default: str | None = None) -> str:
        """Return the first of the fields `names` that exists; a number as text, null as missing.

        Raises:
            CorpusError: none exists and there is no default, or the field is not text.
        """
        for name in names:
            value = self.fields.get(name)
            if isinstance(value, bool) or not isinstance(value, (str, int, float, type(None))):
                raise self.error(f"the field {name!r} is not text", f"it is {json_kind(value)}")
            if value is not None:
                return str(value)
        if default is None:
            raise self.missing(*names)
        return default

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the field `name` as texts: none if it is missing, one if it is a single text.

        Raises:
            CorpusError: the field is not a list of texts.
        """
        value = self.fields.get(name)
        if value is None:
            return ()
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
            raise self.error(f"the field {name!r} is not a list of texts", f"it is {json_kind(value)}")
        return tuple(values)

    def object(self, name: str) -> "DatasetRecord":
        """Return the field `name`, which is an object or JSON text of one.

        Raises:
            CorpusError: the field is missing, or is not an object.
        """
        value = self.value(name)
        if isinstance(value, str):
            value = self.parsed(value, name)
        if not isinstance(value, dict):
            raise self.error(f"the field {name!r} is not an object", f"it is {json_kind(value)}")
        return DatasetRecord(value, f"{self.where}, {name}")

    def objects(self, name: str) -> list["DatasetRecord"]:
        """Return the field `name`, which is a list of objects or JSON text of one.

        Raises:
            CorpusError: the field is missing, or is not a list of objects.
        """
        value = self.value(name)
        if isinstance(value, str):
            value = self.parsed(value, name)
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise self.error(f"the field {name!r} is not a list of objects", f"it is {json_kind(value)}")
        return [
            DatasetRecord(one, f"{self.where}, {name} {number}") for number, one in enumerate(value, start=1)
        ]

    def value(self, name: str) -> Any:
        """Return the field `name` as it is. Raises `CorpusError` where it is missing or null."""
        if self.fields.get(name) is None:
            raise self.missing(name)
        return self.fields[name]

    def parsed(self, text: str, name: str) -> Any:
        """Parse `text`, the value of the field `name`, as JSON. Raises `CorpusError` where it is not."""
        try:
            return parsed_json(text)
        except ValueError as error:
            raise self.error(f"the field {name!r} is not JSON", str(error)) from error

    def missing(self, *names: str) -> CorpusError:
        """Return the error that none of the fields `names` exists."""
        what = " or ".join(map(repr, names))
        return self.error(f"the field {what} is missing", f"it holds: {', '.join(self.fields) or 'nothing'}")

    def error(self, what: str, why: str) -> CorpusError:
        """Return an error about this record."""
        fix = "correct this record, or name the right format of the data set"
        return CorpusError(f"{self.where}: {what}", why=why, fix=fix)


def read_records(path: Path) -> Iterator[DatasetRecord]:
    """Yield the objects of a file, in their order: of a JSON array, or one per line; blank lines are skipped.

    Raises:
        CorpusError: the file is missing, is not UTF-8, or does not hold JSON objects.
    """
    try:
        yield from _records(path)
    except (OSError, ArchiveError) as error:
        is_there = path.exists() or not isinstance(error, OSError)
        why = reason_of(error)
        fix = _FORMATS if is_there else "name an existing file"
        raise CorpusError(f"{path} cannot be read", why=why, fix=fix) from error


def _records(path: Path) -> Iterator[DatasetRecord]:
    lines = enumerate(bounded_lines(path), start=1)
    for number, data in lines:
        if data.lstrip(_MARGIN).startswith(b"["):
            yield from _elements(path, _decoded(path, _joined(data, lines)))
            return
        where = f"{path}, line {number}"
        if text := _decoded(path, data, where).strip("\ufeff \t\r\n"):
            yield _record(_loaded(text, where), where)
            break
    for number, data in lines:
        if number > _MAX_RECORDS:
            raise ArchiveError(f"it holds more than {_MAX_RECORDS} records")
        where = f"{path}, line {number}"
        if text := _decoded(path, data, where).strip("\ufeff \t\r\n"):
            yield _record(_loaded(text, where), where)


def _joined(first: bytes, lines: Iterator[tuple[int, bytes]]) -> bytes:
    """Join the lines of a JSON array, which together may be as long as one line."""
    whole = bytearray(first)
    for _, line in lines:
        whole += line
        if len(whole) > MAX_LINE_BYTES:
            raise ArchiveError(f"it holds a list of more than {MAX_LINE_BYTES} bytes")
    return bytes(whole)


def _decoded(path: Path, data: bytes, where: str = "") -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        where = where or f"{path}, line {number}"
        raise CorpusError(f"{where} is not UTF-8", why=str(error), fix=_FORMATS) from error


def _elements(path: Path, text: str) -> Iterator[DatasetRecord]:
    elements = _loaded(text.lstrip("\ufeff \t\r\n"), str(path))
    for number, value in enumerate(elements, start=1):
        yield _record(value, f"{path}, element {number}")


def _loaded(text: str, where: str) -> Any:
    try:
        return parsed_json(text)
    except ValueError as error:
        raise CorpusError(f"{where} is not JSON", why=str(error), fix=_FORMATS) from error


def _record(value: Any, where: str) -> DatasetRecord:
    if not isinstance(value, dict):
        raise CorpusError(f"{where} is not an object", why=f"it is {json_kind(value)}", fix=_FORMATS)
    return DatasetRecord(value, where)
