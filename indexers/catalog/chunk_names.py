r"""How the names of a chunk are stored: in a few bytes, beside its symbol.

Names that stand together share their first parts, and mostly those of the symbol of the chunk. So each is
stored as a sign of its role, the number of parts that it shares with the name before (the symbol, for the
first), and the rest:

    symbol Color: Color, Color.RED, Color.GREEN        "1\n1RED\n1GREEN"
    symbol Queue.push: Queue.push                      "2"
    symbol Shop: declares Shop.open                    "~1open"
"""

from collections.abc import Iterable
from itertools import takewhile
from typing import Final

from corpora.syntax.names.role import MAX_NAME_CHARS, NameRole
from indexers.chunking.chunk import MAX_NAMES_OF_CHUNK, Chunk, ChunkName

_SIGNS: Final[dict[NameRole, str]] = {"defines": "", "declares": "~", "re-exports": "^"}
_ROLES: Final[dict[str, NameRole]] = {"~": "declares", "^": "re-exports"}
_MOST_SHARED: Final = 9
_SEPARATOR: Final = "\n"  # no name has one: white space in names is collapsed


def pack_names(names: tuple[ChunkName, ...], symbol: str) -> str:
    """Return the names of a chunk as text for the catalog."""
    if not names:
        return ""
    before = symbol.split(".")
    if names == ((symbol, "defines"),) and len(before) <= _MOST_SHARED:  # as of most chunks
        return str(len(before))
    stored = []
    for name, role in names:
        parts = name.split(".")
        pairs = zip(before, parts, strict=False)
        shared = min(sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs)), _MOST_SHARED)
        stored.append(f"{_SIGNS[role]}{shared}{'.'.join(parts[shared:])}")
        before = parts
    return _SEPARATOR.join(stored)


def packed_names(chunks: Iterable[Chunk]) -> tuple[str, ...]:
    """Return the names of each chunk as text for the catalog."""
    return tuple(pack_names(chunk.names, chunk.symbol) for chunk in chunks)


def unpack_names(text: str, symbol: str) -> tuple[ChunkName, ...]:
    """Return the names that `pack_names` stored. Raises `ValueError` for what it cannot have stored."""
    if not text:
        return ()
    before = symbol.split(".")
    if text == str(len(before)) and len(before) <= _MOST_SHARED and 0 < len(symbol) <= MAX_NAME_CHARS:
        return (ChunkName(symbol, "defines"),)  # as of most chunks
    names: list[ChunkName] = []
    for entry in text.split(_SEPARATOR, MAX_NAMES_OF_CHUNK):
        role = _ROLES.get(entry[:1], "defines")
        at = 0 if role == "defines" else 1
        digit, rest = entry[at : at + 1], entry[at + 1 :]
        if not ("0" <= digit <= "9") or int(digit) > len(before):
            raise ValueError("its names cannot be read")
        parts = before[: int(digit)] + (rest.split(".") if rest else [])
        name = ".".join(parts)
        if not name or len(name) > MAX_NAME_CHARS or len(names) == MAX_NAMES_OF_CHUNK:
            raise ValueError("its names are too many or too long")
        names.append(ChunkName(name, role))
        before = parts
    return tuple(names)
