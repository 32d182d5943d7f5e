"""Tell which files are nearly the same, by their sets of lines.

Candidates come from MinHash signatures cut into bands (Broder 1997, "On the resemblance and containment of
documents"; Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", section 3.4), and are then compared.
"""

import re
from hashlib import blake2b

from indexers.catalog.schema import BAND_COLUMNS

# Two files with this share of common lines are found with a probability of 1 - (1 - 0.9^6)^4 = 0.95.
SIMILARITY = 0.9
BANDS, _ROWS_PER_BAND = len(BAND_COLUMNS), 6
_SEED = 1

_WORDS = re.compile(r"[^\W\d]\w*")


def line_set(text: str) -> frozenset[str]:
    """Return the distinct lines of `text`, without indentation and without blank lines."""
    lines = {line.strip() for line in text.split("\n")}
    return frozenset(lines - {""})


def bands(text: str) -> tuple[int, ...]:
    """Return the number of distinct lines of `text`, then its bands; texts that share one may be alike.

    A band is a hash of `_ROWS_PER_BAND` values of the MinHash signature. Two texts have the same value in a
    row with the probability of their similarity s, so they share a band with 1 - (1 - s^6)^4.
    """
    from rensa import RMinHash

    lines = sorted(line_set(text))
    signature = RMinHash(num_perm=BANDS * _ROWS_PER_BAND, seed=_SEED)
    signature.update(lines)
    values = signature.digest()
    return (len(lines), *(_hash(band, values) for band in range(BANDS)))


def _hash(band: int, values: list[int]) -> int:
    rows = values[band * _ROWS_PER_BAND : (band + 1) * _ROWS_PER_BAND]
    # The number of the band is hashed too: equal values in different bands mean nothing.
    digest = blake2b(repr((band, rows)).encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") >> 1


def may_resemble(lines: int, others: int) -> bool:
    """Return whether two sets of so many lines can be similar enough."""
    return min(lines, others) >= SIMILARITY * max(lines, others)


def stands_for(text: str, other: str) -> bool:
    """Return whether a reader who looks for `other` is as well served by `text`.

    That is so if their lines are nearly the same (Jaccard similarity) and no word of `other` is missing in
    `text`: they differ in a year, a number or an order, as copies of a licence header do.
    """
    if text == other:
        return True
    mine, others = line_set(text), line_set(other)
    if len(mine & others) < SIMILARITY * len(mine | others):
        return False
    return set(_WORDS.findall("\n".join(others - mine))) <= set(_WORDS.findall(text))
