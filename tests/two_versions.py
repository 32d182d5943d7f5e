"""A small library in two versions, as wheels in the cache, where an exact version is looked for first."""

from pathlib import Path

from tests.small_corpora import make_wheel

RANGE = "shop==1.0..2.0"

OLD = '''"""A shop."""

import warnings


class Basket:
    """Things to buy."""

    def append(self, item, copy=False):
        """Append an item to the end of a basket, returning a new basket."""
        warnings.warn("Basket.append is deprecated. Use shop.combine instead.", FutureWarning)
        return Basket()

    def total(self, currency="EUR", rounded=True):
        """Sum the prices of all items."""
        return 0

    def empty(self):
        """Take everything out."""


def combine(baskets):
    """Join several baskets into one."""


def read_prices(path, bad_lines=True, sep=","):
    """Read prices from a file."""


def clock():
    """Tell the time of day."""
'''

NEW = '''"""A shop."""


class Basket:
    """Things to buy."""

    def total(self, *, currency="USD", rounded=True):
        """Sum the prices of all items."""
        return 0

    def empty(self):
        """Take everything out."""


def combine(baskets):
    """Join several baskets into one."""


def read_prices(path, sep=",", encoding="utf-8"):
    """Read prices from a file."""


def clock():
    """Tell the time of day."""


def weigh(item):
    """Return the weight of an item."""
'''


def two_versions(cache: Path, old: str = OLD, new: str = NEW) -> None:
    """Put wheels of `shop` 1.0 and 2.0 into the cache, which is at `cache`."""
    make_wheel(cache / "wheels", "shop", "1.0", {"shop/__init__.py": old})
    make_wheel(cache / "wheels", "shop", "2.0", {"shop/__init__.py": new})
