"""Change one table of a TOML file that people write; all else stays as it is."""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, Final

_HEADER: Final = re.compile(r"^[ \t]*\[.*$", re.MULTILINE)


def read_toml(text: str) -> dict[str, Any]:
    """Return what a text says. Raises `tomllib.TOMLDecodeError`."""
    return tomllib.loads(text)


def with_table(text: str, keys: Sequence[str], table: Mapping[str, Any]) -> str:
    """Return a text with a table of this path at its end, in place of one that has a header of its own."""
    before = without_table(text, keys).rstrip("\n")
    # Texts and lists of texts are written in TOML as in JSON.
    lines = [f"[{'.'.join(keys)}]", *(f"{name} = {json.dumps(value)}" for name, value in table.items())]
    return (before + "\n\n" if before else "") + "\n".join(lines) + "\n"


def without_table(text: str, keys: Sequence[str]) -> str:
    """Return a text without the table of this path, and without tables within it."""
    name = re.escape(".".join(keys))
    own = re.compile(rf"^[ \t]*\[{name}(\.[^\]]*)?\][ \t]*(#.*)?$", re.MULTILINE)
    while found := own.search(text):
        after = _HEADER.search(text, found.end())
        end = after.start() if after else len(text)
        text = (text[: found.start()].rstrip("\n") + "\n\n" + text[end:]).strip("\n")
        text = f"{text}\n" if text else ""
    return text
