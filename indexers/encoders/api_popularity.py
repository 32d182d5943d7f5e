"""The popularity of an API in public code: an API that is used more is more likely the one that is wanted.

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

# The number of files with a use from which on its share is 1.
_MUCH_USED: Final = 1000

UNKNOWN_SHARE: Final = 0.35
"""The share of names in no counted library: the middle of the shares of names that are used."""

# The weight of the use of a package in the share of each of its names, beside the use of the name itself.
_PACKAGE: Final = 0.2
# Names whose shares are cached, since questions meet the same ones again: at most about 2 MB.
_CACHED: Final = 16_384

_BUILT_IN: Final = "builtins"
_HARDLY_USED: Final = 0.2
_BUILTIN_TYPES: Final = frozenset(
    {"bytearray", "bytes", "dict", "float", "frozenset", "int", "list", "object", "set", "str", "tuple"}
)
_ENTRY: Final = np.dtype([("key", "<u8"), ("share", "u1")])


class Usage:
    """Shares of use, 0 to 1, by qualified name; `entries` are sorted by the hash of a name."""

    def __init__(self, entries: NDArray[np.void]) -> None:
        self._keys, self._shares = entries["key"], entries["share"]
        self._cached = BulkCache(self._look_up, _CACHED)

    @classmethod
    def of_counts(cls, counts: Mapping[str, int]) -> "Usage":
        """Make the table from the number of files that use each name or import each package.

        The keys of `counts` are those of `usage_key` and `root_key`.
        """
        counts = dict.fromkeys(map(root_key, counts), 0) | dict(counts)
        shares = {name: min(1.0, log1p(count) / log1p(_MUCH_USED)) for name, count in counts.items()}
        entries = [(_hash(name), round(255 * share)) for name, share in shares.items()]
        return cls(np.sort(np.array(entries, dtype=_ENTRY), order="key"))

    @classmethod
    def load(cls, path: Path = USAGE_FILE) -> "Usage":
        """Read a table that `save` wrote. Raises `IndexDamaged` for anything else."""
        try:
            entries = np.load(path, allow_pickle=False)
            if entries.dtype != _ENTRY or entries.ndim != 1:
                raise ValueError(f"it holds {entries.dtype} instead of names and shares")
        except (OSError, ValueError, EOFError) as error:
            raise IndexDamaged(
                f"the usage counts at {path} cannot be read", why=str(error), fix="reinstall docprompting"
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
        """Return how much each qualified name (`numpy.sum`, `pandas.DataFrame.groupby`) is used, 0 to 1.

        The use of its package counts too. The share is `UNKNOWN_SHARE` for names in packages that were not
        counted, for single names that are no functions of Python, and for the empty name.
        """
        return self._cached(set(symbols))

    def package_shares(self, packages: Collection[str]) -> dict[str, float]:
        """Return how much each package or module is imported, 0 to 1; the empty name is what needs no import.

        Those that were not counted have the share of what is hardly used.
        """
        keys = [_hash(f"{package or _BUILT_IN}.") for package in packages]
        found = self._find(np.fromiter(keys, np.uint64, len(keys)))
        shares = (share if share >= 0 else _HARDLY_USED for share in found)
        return dict(zip(packages, shares, strict=True))

    def _look_up(self, symbols: Collection[str]) -> dict[str, float]:
        keys = {symbol: usage_key(symbol) for symbol in symbols}
        names = {name for key in keys.values() for name in (key, root_key(key))}
        # One search for all: ranking asks for two hundred at a time.
        found = dict(
            zip(names, self._find(np.fromiter(map(_hash, names), np.uint64, len(names))), strict=True)
        )

        def share(symbol: str, key: str) -> float:
            own, package = (found[key], found[root_key(key)]) if key else (-1.0, -1.0)
            # A single name need not be one of Python's: options of commands are names too.
            if package < 0 or ("." not in symbol and own < 0):
                return UNKNOWN_SHARE
            return (1 - _PACKAGE) * max(own, 0.0) + _PACKAGE * package

        return {symbol: share(symbol, key) for symbol, key in keys.items()}

    def _find(self, keys: NDArray[np.uint64]) -> list[float]:
        """Return the share of each key, -1 for keys that are not in the table."""
        if not len(self._keys):
            return [-1.0] * len(keys)
        places = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        shares = np.where(self._keys[places] == keys, self._shares[places] / 255, -1.0)
        found: list[float] = shares.tolist()
        return found


@lru_cache(maxsize=_CACHED)
def usage_key(symbol: str) -> str:
    """Return the key that uses of `symbol` are counted under: the first and last part of its name.

    Methods have other keys than functions, as code does not say whose method it calls.

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
    """Return the counts that come with the package; they are read once."""
    return Usage.load()


def root_key(key: str) -> str:
    """Return the key that uses of the package of a `usage_key` are counted under.

    >>> root_key("numpy.zeros"), root_key("pandas:groupby")
    ('numpy.', 'pandas.')
    """
    return key.replace(":", ".").partition(".")[0] + "."


def _hash(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")
