"""How much an API is used in public code: what is wanted more often is more likely what is wanted.

A prior in the sense of Kraaij et al. 2002, "The Importance of Prior Probabilities for Entry Page Search". The
counts come with the package; `indexers.training.count_usage` makes them.
"""

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b
from math import log1p
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from corpora.errors import IndexDamaged
from indexers.bulk_cache import BulkCache

USAGE_FILE: Final = Path(__file__).parent / "builtin" / "usage.npy"

# Files of public code from which on more use says no more.
_MUCH_USED: Final = 1000
# Of what is in no library that the counts know, nothing can be said: the middle of what is used at all.
UNKNOWN: Final = 0.35
# What the use of a package says of each of its names, beside how much that is used itself.
_PACKAGE: Final = 0.2
# Names whose shares are kept, since questions meet the same ones again: at the most some 2 MB.
_REMEMBERED: Final = 16_384

_BUILTIN_TYPES: Final = frozenset(
    {"bytearray", "bytes", "dict", "float", "frozenset", "int", "list", "object", "set", "str", "tuple"}
)
_ENTRY: Final = np.dtype([("key", "<u8"), ("share", "u1")])


class Usage:
    """Shares of use, 0 to 1, by qualified name; `entries` are sorted by the hash of a name."""

    def __init__(self, entries: NDArray[np.void]) -> None:
        self._keys, self._shares = entries["key"], entries["share"]
        self._remembered = BulkCache(self._look_up, _REMEMBERED)

    @classmethod
    def of_counts(cls, counts: Mapping[str, int]) -> "Usage":
        """From how many files use each name (see `usage_key`) and import each package (see `root_key`)."""
        counts = dict.fromkeys(map(root_key, counts), 0) | dict(counts)
        shares = {name: min(1.0, log1p(count) / log1p(_MUCH_USED)) for name, count in counts.items()}
        entries = [(_hash(name), round(255 * share)) for name, share in shares.items()]
        return cls(np.sort(np.array(entries, dtype=_ENTRY), order="key"))

    @classmethod
    def load(cls, path: Path = USAGE_FILE) -> "Usage":
        """Read what `save` wrote. Raises `IndexDamaged` when it is not that."""
        try:
            entries = np.load(path, allow_pickle=False)
            if entries.dtype != _ENTRY or entries.ndim != 1:
                raise ValueError(f"it holds {entries.dtype}, not names and shares")
        except (OSError, ValueError, EOFError) as error:
            raise IndexDamaged(
                f"the counts of use at {path} cannot be read", why=str(error), fix="reinstall docprompting"
            ) from error
        return cls(entries)

    def save(self, path: Path) -> None:
        """Write the table."""
        entries = np.empty(len(self._keys), dtype=_ENTRY)
        entries["key"], entries["share"] = self._keys, self._shares
        np.save(path, entries)

    def __len__(self) -> int:
        return len(self._keys)

    def shares(self, symbols: Iterable[str]) -> dict[str, float]:
        """For each qualified name (`numpy.sum`, `pandas.DataFrame.groupby`) how much it is used, 0 to 1.

        A part is how much its package is used; `UNKNOWN` for packages that were not counted, for names alone
        that are no function of Python's, and for no name.
        """
        return self._remembered(set(symbols))

    def _look_up(self, symbols: Collection[str]) -> dict[str, float]:
        keys = {symbol: usage_key(symbol) for symbol in symbols}
        names = {name for key in keys.values() for name in (key, root_key(key))}
        # One search for all: ranking asks for two hundred at a time.
        found = dict(
            zip(names, self._find(np.fromiter(map(_hash, names), np.uint64, len(names))), strict=True)
        )

        def share(symbol: str, key: str) -> float:
            own, package = (found[key], found[root_key(key)]) if key else (-1.0, -1.0)
            # (a name alone need not be one of Python's: options of commands are names too)
            if package < 0 or ("." not in symbol and own < 0):
                return UNKNOWN
            return (1 - _PACKAGE) * max(own, 0.0) + _PACKAGE * package

        return {symbol: share(symbol, key) for symbol, key in keys.items()}

    def _find(self, keys: NDArray[np.uint64]) -> list[float]:
        """The share of each key, -1 for those that are not there."""
        if not len(self._keys):
            return [-1.0] * len(keys)
        places = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        shares = np.where(self._keys[places] == keys, self._shares[places] / 255, -1.0)
        found: list[float] = shares.tolist()
        return found


def usage_key(symbol: str) -> str:
    """What uses of `symbol` are counted under: first and last part of its name, methods apart.

    >>> usage_key("numpy.core.numeric.zeros"), usage_key("pandas.DataFrame.groupby"), usage_key("str.split")
    ('numpy.zeros', 'pandas:groupby', 'builtins:split')
    """
    root, _, rest = symbol.partition(".")
    middle, _, last = rest.rpartition(".")
    if not rest:
        return f"builtins.{root}" if root else ""
    if root in _BUILTIN_TYPES:
        return f"builtins:{last}"
    is_method = not middle.islower() and any(part[:1].isupper() for part in middle.split("."))
    return f"{root}:{last}" if is_method else f"{root}.{last}"


@lru_cache(maxsize=1)
def builtin_usage() -> Usage:
    """The counts that come with the package; read once."""
    return Usage.load()


def root_key(key: str) -> str:
    """What uses of the package of a `usage_key` are counted under.

    >>> root_key("numpy.zeros"), root_key("pandas:groupby")
    ('numpy.', 'pandas.')
    """
    return key.replace(":", ".").partition(".")[0] + "."


def _hash(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")
