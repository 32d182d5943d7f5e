"""Results as JSON that every parser accepts."""

from json import dumps
from typing import Any

from corpora.errors import IndexDamaged


def json_text(value: Any, *, indent: int | None = 2, ensure_ascii: bool = False) -> str:
    """Return `value` as JSON. Raises `IndexDamaged` for NaN and infinity, which JSON does not have."""
    try:
        return dumps(value, ensure_ascii=ensure_ascii, indent=indent, allow_nan=False)
    except ValueError as error:
        raise IndexDamaged(
            "a result holds a score that is not a number",
            why="a file of the index is damaged, or its encoder failed",
            fix="run: rag verify, and follow its advice; usually that is rag index --repair",
        ) from error
