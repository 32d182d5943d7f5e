"""The API models that are kept in the cache: one file each, of which an object is read when it is asked for.

A file begins with a line that names its format and the hash of the rest. Then come a line of JSON (the
library, and the sizes of the parts), the paths of all objects, the lengths of their records, the public names
with the numbers of what they stand for, and the records, each a line of JSON.
"""

import json
import os
import sys
from array import array
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import fields
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from corpora.api.model import ApiModel, ApiObject
from corpora.api.record_json import object_from_json, object_to_json
from corpora.errors import CorpusError
from corpora.network.cache import cache_folder
from corpora.outside.files import read_outside
from corpora.outside.json_documents import parsed_json

FORMAT: Final = f"9.{len(fields(ApiObject))}"
"""Of the files; one of another format is read anew from its source.

It ends with the number of fields of a record: of two changes to the records that were made side by side, each
raises the first number to the same one.
"""

_MAGIC: Final = b"docprompting api "
_DIGEST_BYTES: Final = 16
_MAX_BYTES: Final = 200_000_000
_MAX_HEADER: Final = 100_000
_MAX_KEPT: Final = 200  # models, as many as a large environment uses; that of pandas takes 9 MB
_MAX_KEYS: Final = 500
_SUFFIX: Final = ".api"
_KEY_SUFFIX: Final = ".key"


class KeptObjects(Mapping[str, ApiObject]):
    """The objects of a file by their paths, each read when it is first asked for."""

    def __init__(self, paths: list[str], lengths: "array[int]", data: memoryview, file: str) -> None:
        self._data = data
        self._file = file
        self._places: dict[str, tuple[int, int]] = {}
        self._read: dict[str, ApiObject] = {}
        start = 0
        for path, length in zip(paths, lengths, strict=True):
            self._places[path] = start, start + length
            start += length
        if start != len(data):
            raise ValueError("the records do not end where the file does")

    def __getitem__(self, path: str) -> ApiObject:
        """Return the object at `path`; raise `CorpusError` for a record that we have not written."""
        known = self._read.get(path)
        if known is None:
            start, end = self._places[path]
            try:
                known = object_from_json(path, parsed_json(bytes(self._data[start:end])))
            except ValueError as error:
                raise CorpusError(
                    f"the kept API of a library is damaged, at {path}",
                    why=str(error),
                    fix=f"remove the file {self._file}",
                ) from error
            self._read[path] = known
        return known

    def __contains__(self, path: object) -> bool:
        """Return whether there is an object at `path`; it is not read."""
        return path in self._places

    def __iter__(self) -> Iterator[str]:
        """Yield the paths."""
        return iter(self._places)

    def __len__(self) -> int:
        """Return the number of objects."""
        return len(self._places)


def kept_model(key: str, read: Callable[[], ApiModel]) -> ApiModel:
    """Return the model that is kept under `key`, or what `read` returns, which is then kept.

    Args:
        key: names all that the model depends on: the content of the package, and the program that reads it.
        read: reads the package, which may take half a minute.
    """
    if (known := known_model(key)) is not None:
        return known
    model = read()
    with suppress(OSError, ValueError, CorpusError):  # nowhere to keep it: only slower
        _write(_file(key), to_bytes(model))
    return model


def key_for(place: str) -> str:
    """Return the key that `remember_key` was given for the state of some files; empty if none is known."""
    with suppress(OSError, ValueError, CorpusError):  # there is no cache
        return read_outside(_file(place).with_suffix(_KEY_SUFFIX), max_bytes=_MAX_HEADER).decode()
    return ""


def remember_key(place: str, key: str) -> None:
    """Keep the key of a model, so that files in a state that was seen before need not be read for it.

    Args:
        place: names the files with what changes when one of them does.
        key: of `kept_model`.
    """
    with suppress(OSError, ValueError, CorpusError):
        file = _file(place).with_suffix(_KEY_SUFFIX)
        draft = file.with_suffix(f".{os.getpid()}")
        draft.write_text(key, encoding="utf-8")
        draft.replace(file)
        for old in _newest_first(file.parent, _KEY_SUFFIX)[_MAX_KEYS:]:
            old.unlink(missing_ok=True)


def known_model(key: str) -> ApiModel | None:
    """Return the model that is kept under `key`; None if there is none, or its file is damaged."""
    with suppress(OSError, CorpusError):  # there is no cache
        file = _file(key)
        model = model_in(file)
        with suppress(OSError):
            os.utime(file)  # the oldest are removed first
        return model
    return None


def kept_versions(library: str) -> dict[str, Path]:
    """Return the files of the models that are kept of a library, by version, the one used last first."""
    kept: dict[str, Path] = {}
    with suppress(OSError, CorpusError):  # there is no cache
        for file in _newest_first(cache_folder("api")):
            with suppress(OSError, ValueError), file.open("rb") as opened:
                opened.readline(_MAX_HEADER)
                found, version, *_ = _checked(parsed_json(opened.readline(_MAX_HEADER)))
                if found == library:
                    kept.setdefault(version, file)
    return kept


def model_in(file: Path) -> ApiModel | None:
    """Return the model in a file of `kept_versions`; None if it is gone, damaged or of another format."""
    with suppress(OSError, ValueError, CorpusError):
        return from_bytes(read_outside(file, max_bytes=_MAX_BYTES), str(file))
    return None


def _newest_first(folder: Path, suffix: str = _SUFFIX) -> list[Path]:
    return sorted(folder.glob(f"*{suffix}"), key=lambda one: one.stat().st_mtime_ns, reverse=True)


def _file(key: str) -> Path:
    return cache_folder("api") / f"{blake2b(key.encode(), digest_size=_DIGEST_BYTES).hexdigest()}{_SUFFIX}"


def _write(file: Path, data: bytes) -> None:
    draft = file.with_suffix(f".{os.getpid()}")
    draft.write_bytes(data)
    draft.replace(file)
    for old in _newest_first(file.parent)[_MAX_KEPT:]:
        old.unlink(missing_ok=True)


def to_bytes(model: ApiModel) -> bytes:
    """Return a model as the content of a file."""
    records = [
        json.dumps(object_to_json(one), separators=(",", ":")).encode() for one in model.objects.values()
    ]
    others = sorted({*model.names.values(), *model.best} - model.objects.keys())
    paths = [*model.objects, *others]
    numbers = {path: number for number, path in enumerate(paths)}
    parts = [
        "\n".join(paths).encode(),
        _packed(len(record) for record in records),
        "\n".join(model.names).encode(),
        _packed(numbers[path] for path in model.names.values()),
        "\n".join(model.best.values()).encode(),
        _packed(numbers[path] for path in model.best),
    ]
    header = {
        "library": model.library,
        "version": model.version,
        "tops": list(model.tops),
        "objects": len(records),
        "sizes": [len(part) for part in parts],
    }
    rest = b"".join([json.dumps(header).encode(), b"\n", *parts, *records])
    return b"".join([_MAGIC, FORMAT.encode(), b" ", _digest(rest), b"\n", rest])


def from_bytes(data: bytes, file: str = "") -> ApiModel:
    """Return the model in the content of a file; its objects are read when they are asked for.

    Raises:
        ValueError: it is of another format, cut short, or altered.
    """
    first, _, rest = data.partition(b"\n")
    if first != b"".join([_MAGIC, FORMAT.encode(), b" ", _digest(rest)]):
        raise ValueError("it is no model of this format, or it was altered")
    end = rest.find(b"\n", 0, _MAX_HEADER)
    header = parsed_json(rest[: max(end, 0)])
    library, version, tops, count, sizes = _checked(header)
    view, start = memoryview(rest), end + 1
    parts: list[memoryview] = []
    for size in sizes:
        parts.append(view[start : start + size])
        start += size
    paths = _lines(parts[0])
    lengths, targets, best = (_unpacked(part) for part in (parts[1], parts[3], parts[5]))
    if count != len(lengths) or count > len(paths):
        raise ValueError("there are not as many records as paths")
    objects = KeptObjects(paths[:count], lengths, view[start:], file)
    try:
        names = {name: paths[number] for name, number in zip(_lines(parts[2]), targets, strict=True)}
        shown = {paths[number]: name for name, number in zip(_lines(parts[4]), best, strict=True)}
    except IndexError as error:
        raise ValueError("a name stands for nothing") from error
    return ApiModel(library, version, tops, objects, names, shown)


def _checked(header: Any) -> tuple[str, str, tuple[str, ...], int, list[int]]:
    try:
        library, version, tops = header["library"], header["version"], header["tops"]
        count, sizes = header["objects"], header["sizes"]
        texts_are_texts = all(isinstance(one, str) for one in (library, version, *tops))
        are_sizes = all(isinstance(one, int) and one >= 0 for one in (count, *sizes))
    except (TypeError, KeyError) as error:
        raise ValueError("its header is not as it is written") from error
    if not texts_are_texts or not are_sizes or len(sizes) != len(("paths", "lengths") * 3):
        raise ValueError("its header is not as it is written")
    return library, version, tuple(tops), count, sizes


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=_DIGEST_BYTES).hexdigest().encode()


def _lines(part: memoryview) -> list[str]:
    return str(part, "utf-8").split("\n") if len(part) else []


def _packed(numbers: Any) -> bytes:
    packed = array("I", numbers)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def _unpacked(part: memoryview) -> "array[int]":
    numbers = array("I")
    numbers.frombytes(part)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
