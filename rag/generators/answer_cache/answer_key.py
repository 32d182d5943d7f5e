"""The key of an answer: a hash of everything that decides it, which tells nothing of what it was made of."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from corpora.outside.files import regular_status
from corpora.redaction.credentials import HIDDEN, without_credentials
from rag.generators.completion import Generator, Sampling

KEY_FORM: Final = 1
"""To be raised when requests are written in another way, so that a model may answer otherwise."""

_BYTES: Final = "\0sha256"


class KeyedGenerator(Generator, Protocol):
    """A generator that says what decides its answers, so that they can be kept."""

    @property
    def cache_key(self) -> Mapping[str, Any]:
        """Everything that decides an answer beside the prompt and the `sampling`.

        Of the prompt, its messages, its query and its passages are looked at already.
        The values are plain: text, numbers, truth values, bytes, None, lists, mappings and dataclasses of
        these. They are hashed, not kept; a credential does not belong among them all the same.
        """


def why_not_kept(generator: Generator) -> str:
    """Return why the answers of a generator cannot be kept; empty if they can."""
    try:
        key = getattr(generator, "cache_key", None)
    except OSError:  # the file of its model is gone, which it will say itself
        key = {}
    if not isinstance(key, Mapping):
        return "it does not say what decides its answers: it has no cache_key"
    if not isinstance(getattr(generator, "sampling", None), Sampling):
        return "it has no sampling with a seed, so that two answers to one prompt could not be told apart"
    return ""


def answer_key(generator: Generator, protocol: str, asked: Mapping[str, Any]) -> str:
    """Return the key of what is asked of a generator: 64 hexadecimal digits.

    Args:
        generator: one whose answers can be kept.
        protocol: how it is asked.
        asked: all that it is given.

    Raises:
        TypeError: something in `asked` or in the `cache_key` is no plain value.
        ValueError: it is a number that JSON does not have.
    """
    deciding = {
        "form": KEY_FORM,
        "generator": getattr(generator, "cache_key", None),
        "sampling": getattr(generator, "sampling", None),
        "protocol": protocol,
        "asked": asked,
    }
    text = json.dumps(_plain(deciding), sort_keys=True, allow_nan=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def deciding_fields(generator: Any, *, but: Iterable[str] = ()) -> dict[str, Any]:
    """Return the fields of a dataclass for a `cache_key`: not `sampling`, private ones and those in `but`.

    A field that is added later thus counts until somebody says that it decides nothing.
    """
    left_out = {"sampling", *but}
    names = (one.name for one in fields(generator) if one.name not in left_out)
    return {name: getattr(generator, name) for name in names if not name.startswith("_")}


def address_without_login(url: str) -> str:
    """Return the address of a server as part of a `cache_key`: the same one, whoever asks there."""
    return without_credentials(url).replace(f"{HIDDEN}@", "")


def file_state(path: Path) -> dict[str, Any]:
    """Return what tells whether a file is still the same: its whole path, its size, and when it changed.

    Raises:
        OSError: there is no such file.
    """
    whole = path.resolve(strict=True)
    status = regular_status(whole)
    return {"path": str(whole), "bytes": status.st_size, "changed": status.st_mtime_ns}


def folder_state(folder: Path) -> list[dict[str, Any]]:
    """Return the state of each file in a folder, such as that of a model.

    Raises:
        OSError: there is no such folder.
    """
    return states_of_named_files(sorted(map(str, folder.iterdir())))


def states_of_named_files(names: Iterable[str]) -> list[dict[str, Any]]:
    """Return the state of each of `names` that is that of a file; others are words of a command."""
    states = []
    for name in names:
        with suppress(OSError, ValueError):  # too long for a path, or with a NUL
            states.append(file_state(Path(name)))
    return states


def _plain(value: Any) -> Any:
    """Return a value as JSON has it; what differs stays different."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, bytes):
        return {_BYTES: hashlib.sha256(value).hexdigest()}
    if isinstance(value, Path):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    raise TypeError(f"a {type(value).__name__} cannot be part of a key")
