"""Fetch many packages with few calls of a program that takes a second to start."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple


class Pin(NamedTuple):
    """A package at a version.

    Attributes:
        name: of the package; for Python, normalized (PEP 503).
        version: its exact version.
        hashes: those that its archive may have (`corpora.dependencies.archive_hashes`); none for any.
    """

    name: str
    version: str
    hashes: tuple[str, ...] = ()


_SIZE: Final = 32
_SMALLEST: Final = 4  # below that, one at a time costs no more
_MOST_FAILED: Final = 2  # batches in a row of which nothing came: a registry that does not answer


def fetch_batches(pins: Sequence[Pin], fetch: Callable[[Sequence[Pin]], bool]) -> Iterator[int]:
    """Fetch packages in batches; yield after each batch how many have been asked for so far.

    One package that cannot be had fails all that are asked for with it, so the halves of such a batch are
    asked for again. What is still missing at the end is left to be fetched, and reported, one by one.

    Args:
        pins: the packages.
        fetch: fetches some of them at once; returns whether that went well.
    """
    failed = 0
    for start in range(0, len(pins), _SIZE):
        batch = pins[start : start + _SIZE]
        failed = 0 if _fetch_halves(batch, fetch) else failed + 1
        yield start + len(batch)
        if failed == _MOST_FAILED:
            return


def _fetch_halves(pins: Sequence[Pin], fetch: Callable[[Sequence[Pin]], bool]) -> bool:
    """Fetch packages, or halves of them; return whether any call went well."""
    if fetch(pins):
        return True
    if len(pins) < 2 * _SMALLEST:
        return False
    middle = len(pins) // 2
    halves = [_fetch_halves(half, fetch) for half in (pins[:middle], pins[middle:])]
    return any(halves)
