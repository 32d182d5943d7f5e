"""Ask for names that are spelled nearly as one that nothing has."""

from itertools import accumulate
from typing import Final

from indexers.search.lexical_query import Name
from rag.retrieval.questions.asked_names import ASKED_NAME_CHARS

_LEAST_CHARS: Final = 5  # of a name that may be misspelled
_LONG: Final = 9  # letters from which on two edits are allowed
_EDITED: Final = 1.5  # how much an edit takes from the likeness, as a share of the letters


def nearly_named(key: str, sure: float = 1.0) -> list[Name]:
    """Return what to ask for, so that the scores of a definition sum to how like `key` its name is.

    An edit is a letter that is left out, added, changed, or swapped with the next.

    Args:
        key: the key of the name, as `name_key` makes it.
        sure: how surely it is a name at all, 0 to 1.

    >>> [(name.weight, name.edits) for name in nearly_named("abcdefghij")]
    [(0.15, 1), (0.7, 2)]
    """
    if not _LEAST_CHARS <= len(key) <= ASKED_NAME_CHARS:
        return []
    alike = [
        round(sure * (1 - _EDITED * edits / len(key)), 3) for edits in range(1, 3 if len(key) >= _LONG else 2)
    ]
    # Thousandths, so that the queries of equal weights are alike; not more than was given by rounding up.
    alike = list(accumulate((weight if weight <= sure else 0.0 for weight in alike), min))
    # Whoever asks for one edit finds the name by the query for two as well.
    return [
        Name(key, round(near - further, 3), edits)
        for edits, (near, further) in enumerate(zip(alike, [*alike[1:], 0.0], strict=True), start=1)
    ]
