"""The forms in which people write a name they half remember."""

import re
from random import Random
from typing import Final

_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_ROWS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_BESIDE: Final = {
    letter: row[max(at - 1, 0) : at] + row[at + 1 : at + 2] for row in _ROWS for at, letter in enumerate(row)
}
_LEAST_FOR_TYPO: Final = 7


def words_of(name: str) -> list[str]:
    """Return the words of an identifier in lower case.

    >>> words_of("parseHTTPHeader2"), words_of("max_retry_count")
    (['parse', 'http', 'header', '2'], ['max', 'retry', 'count'])
    """
    return [word.lower() for word in _WORDS.findall(name)]


def misspelled(name: str, random: Random) -> str:
    """Return the name with one edit: a letter left out, doubled, swapped, or the one beside it on a keyboard.

    The first two letters stay. Raises ValueError for a name of less than four letters.
    """
    if len(name) < 4:
        raise ValueError(f"{name!r} is too short to misspell")
    for _ in range(50):
        at = random.randrange(2, len(name) - 1)
        if not (name[at].isalpha() and name[at + 1].isalpha()):
            continue
        match random.randrange(4):
            case 0:
                edited = name[:at] + name[at + 1 :]
            case 1:
                edited = name[:at] + name[at] + name[at:]
            case 2:
                edited = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
            case _:
                edited = name[:at] + random.choice(_BESIDE.get(name[at].lower(), "e")) + name[at + 1 :]
        if edited.lower() != name.lower():
            return edited
    return name[:-1]


def can_misspell(name: str) -> bool:
    """Return whether a name is long enough that one wrong letter still says which is meant."""
    return len(name) >= _LEAST_FOR_TYPO


def joined(words: list[str], like: str) -> str:
    """Return words as one identifier, in the style of another.

    >>> joined(["http", "header"], "parseHTTPHeader"), joined(["retry", "count"], "MAX_RETRY_COUNT")
    ('httpHeader', 'RETRY_COUNT')
    """
    if "_" in like:
        text = "_".join(words)
        return text.upper() if like.isupper() else text
    if "-" in like:
        return "-".join(words)
    first = words[0].capitalize() if like[:1].isupper() else words[0]
    return first + "".join(word.capitalize() for word in words[1:])
