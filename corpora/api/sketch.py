"""Sketches of code: a few numbers that tell how alike two bodies are, whatever they are called.

It is MinHash with one permutation: a token falls into one of sixteen places by its hash, and each place
keeps its smallest hash. The share of places that agree estimates the share of tokens that two bodies share.
"""

from collections.abc import Iterable
from typing import Final
from zlib import crc32

PLACES: Final = 16
EMPTY: Final = 0
"""In a place that no token fell into."""

_PLACE_BITS: Final = 4
_VALUE_MASK: Final = 0xFFFF


def sketch_of(tokens: Iterable[str]) -> tuple[int, ...]:
    """Return the sketch of a set of tokens: sixteen numbers below 65,536; nothing for no tokens."""
    smallest = [_VALUE_MASK + 1] * PLACES
    is_empty = True
    for token in tokens:
        is_empty = False
        value = crc32(token.encode("utf-8", "surrogatepass"))
        place, rest = value & (PLACES - 1), value >> _PLACE_BITS & _VALUE_MASK
        smallest[place] = min(smallest[place], rest)
    return () if is_empty else tuple(EMPTY if value > _VALUE_MASK else value for value in smallest)


def likeness(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """Return the estimated share of tokens that two sketches have in common, 0 to 1; 0 without a sketch."""
    if len(one) != len(other):
        return 0.0
    pairs = [pair for pair in zip(one, other, strict=True) if pair != (EMPTY, EMPTY)]
    return sum(left == right for left, right in pairs) / len(pairs) if pairs else 0.0
