"""The tables of a `rag.toml`: its TOML is read within bounds, and every key and value is checked.

The table `[generator]` says which model answers, in commands that have one answer:

    [generator]
    name = "openai:gpt-5-mini"    # NAME or NAME:MODEL; a path is relative to the file
    base_url = "http://localhost:8000/v1"
    temperature = 0.2
    max_tokens = 512
    seed = 0
    timeout_seconds = 60
    max_concurrency = 8
    cache = true                  # keep answers on disk

    [generator.prices]            # US dollars for a million tokens
    prompt = 0.25
    completion = 2.0
    cached = 0.025

    [generator.options]           # further arguments of its class
    api = "responses"
"""

import json
import tomllib
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from corpora.errors import ManifestError
from corpora.outside.files import read_outside
from corpora.spec import MAX_FILE_BYTES

_MAX_BYTES: Final = 250_000
_MAX_DOTS: Final = 400  # in one line
_MAX_DEPTH: Final = 10
_LARGE: Final = 10**15


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and "\0" not in value


def _is_amount(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _LARGE


# What a value may be, in the words of the error message, and the check for it.
_TYPES: Final[dict[str, Callable[[object], bool]]] = {
    "a string in quotes, not empty": _is_text,
    "a list of strings": lambda value: isinstance(value, list) and all(map(_is_text, value)),
    "a name in quotes, or a list of names": lambda value: (
        _is_text(value) or (isinstance(value, list) and bool(value) and all(map(_is_text, value)))
    ),
    "a whole number above zero": lambda value: type(value) is int and value > 0,
    f"a whole number above zero, at most {MAX_FILE_BYTES}": lambda value: (
        type(value) is int and 0 < value <= MAX_FILE_BYTES
    ),
    "true or false": lambda value: isinstance(value, bool),
    "a number, zero or more": _is_amount,
    "a whole number": lambda value: type(value) is int and abs(value) <= _LARGE,
    "a table: write its name in brackets, as [index]": lambda value: isinstance(value, dict),
    "a list of tables: write [[corpus]]": lambda value: (
        isinstance(value, list) and all(isinstance(table, dict) for table in value)
    ),
}
TEXT, TEXTS, NAMES, NUMBER, SIZE, FLAG, AMOUNT, WHOLE, _TABLE, _TABLES = _TYPES

_MANIFEST_KEYS: Final = {"index": _TABLE, "corpus": _TABLES, "generator": _TABLE}
_GENERATOR_KEYS: Final = {
    "name": TEXT,
    "base_url": TEXT,
    "temperature": AMOUNT,
    "max_tokens": NUMBER,
    "seed": WHOLE,
    "timeout_seconds": AMOUNT,
    "max_concurrency": NUMBER,
    "cache": FLAG,
    "prices": _TABLE,
    "options": _TABLE,
}
_PRICE_KEYS: Final = {"prompt": AMOUNT, "completion": AMOUNT, "cached": AMOUNT, "cache_written": AMOUNT}


def parsed_manifest(path: Path) -> dict[str, Any]:
    """Read a `rag.toml` and check its tables by their names. Raises `ManifestError` for a mistake in it."""
    content = _read(path)
    check_keys(path, "at the top", content, _MANIFEST_KEYS)
    return content


def _read(path: Path) -> dict[str, Any]:
    try:
        text = read_outside(path, max_bytes=_MAX_BYTES).decode("utf-8")
        if any(line.count(".") > _MAX_DOTS for line in text.split("\n")):
            raise RecursionError  # (the library takes minutes for a key with thousands of parts)
        content = tomllib.loads(text)
        if _depth_exceeds(content, _MAX_DEPTH):
            raise RecursionError
        return content
    except OSError as error:
        why, fix = error.strerror or str(error), "name a rag.toml that exists and can be read"
    except UnicodeDecodeError as error:
        why, fix = f"byte {error.start} is not UTF-8", "save the file as UTF-8"
    except ValueError as error:  # no TOML, or a number of thousands of digits
        why, fix = str(error), "correct the line named above; the format is described at https://toml.io"
    except RecursionError:
        why, fix = "it is nested too deeply", "write tables and values as the documentation shows them"
    raise ManifestError(f"cannot read the manifest {path}", why=why, fix=fix)


def _depth_exceeds(value: object, depth: int) -> bool:
    """Return whether tables or lists are nested more than `depth` deep."""
    level = [value]
    for _ in range(depth):
        level = [
            inner
            for outer in level
            for inner in (
                outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ()
            )
        ]
    return bool(level)


def check_keys(path: Path, where: str, table: dict[str, Any], keys: dict[str, str]) -> None:
    """Check the keys of a table and the types of their values. Raises `ManifestError`, naming the key."""
    for key, value in table.items():
        if key not in keys:
            near = get_close_matches(key, keys, n=1)
            raise ManifestError(
                f"{path}: unknown key {key!r} {where}",
                why=f"known are: {', '.join(keys)}",
                fix=f"did you mean {near[0]!r}?" if near else "remove it",
            )
        if not _TYPES[keys[key]](value):
            raise ManifestError(
                f"{path}: {key!r} {where} is not understood",
                why=f"its value is {value!r}",
                fix=f"it has to be {keys[key]}",
            )


def generator_table(path: Path, content: dict[str, Any]) -> dict[str, Any]:
    """Return the table `[generator]` of the manifest at `path`, checked; empty without one.

    Raises:
        ManifestError: a key or value is wrong, or a necessary one is missing.
    """
    table: dict[str, Any] = content.get("generator", {})
    check_keys(path, "in [generator]", table, _GENERATOR_KEYS)
    prices = table.get("prices", {})
    check_keys(path, "in [generator.prices]", prices, _PRICE_KEYS)
    try:
        json.dumps(table.get("options", {}), allow_nan=False)
    except (TypeError, ValueError) as error:  # a date, or a number that is none
        raise ManifestError(
            f"{path}: a value in [generator.options] is not understood",
            why=str(error),
            fix="use texts, numbers, true, false, lists and tables",
        ) from error
    needed = [(table, "name", "[generator]")] if "generator" in content else []
    needed += [(prices, key, "[generator.prices]") for key in ("prompt", "completion") if "prices" in table]
    for one, key, where in needed:
        if key not in one:
            raise ManifestError(
                f"{path}: {key} is missing in {where}",
                why=f"{where} says nothing without it",
                fix=f"write a line {key} = ... below {where}",
            )
    return table
