"""The nearest real name to one that does not exist."""

from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Final

_LEAST_LIKE: Final = 0.7
_MAX_NAMES: Final = 3_000
_MAX_CHARS: Final = 100


def nearest_name(wanted: str, names: Iterable[str]) -> str:
    """Return the name that is most like `wanted`, of those alike enough; empty if there is none.

    A private name is only offered for a private one.
    """
    best, most = "", _LEAST_LIKE
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(wanted[:_MAX_CHARS].lower())
    for name in sorted(names)[:_MAX_NAMES]:
        if name == wanted or len(name) > _MAX_CHARS or (name.startswith("_") and not wanted.startswith("_")):
            continue
        matcher.set_seq1(name.lower())
        if (
            matcher.real_quick_ratio() > most
            and matcher.quick_ratio() > most
            and (like := matcher.ratio()) > most
        ):
            best, most = name, like
    return best
