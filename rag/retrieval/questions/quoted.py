"""Find what a question means literally: text between double quotes."""

import re
from typing import Final

QUOTED_SHARE: Final = "quoted"
"""Name of the share of a hit that holds what is quoted."""

_QUOTED: Final = re.compile(r"(?<![\w=(\[\\])[\"\u201c]([^\"\u201c\u201d\n]{2,200})[\"\u201d](?![\w\"])")
_CODE: Final = re.compile(r"[=;{}\[\]]|\w\([^)]")  # what stands around strings that are part of code
_MAX_QUOTED: Final = 4
_FEW_WORDS: Final = 8  # of a question in which one quoted word may be meant literally


def quoted_in(text: str) -> tuple[str, ...]:
    """Return what stands between double quotes, at most four texts.

    In a long line, which may be a message with a name in quotes, a single word is not meant literally. Nor
    are the strings of a line of code.

    >>> quoted_in('where is "connection reset by peer" retried')
    ('connection reset by peer',)
    >>> quoted_in('Error: cannot load the module "calendar" from the list of plug-ins of this app')
    ()
    """
    if "\n" in text.strip() or _CODE.search(_QUOTED.sub(" ", text)):
        return ()
    found = [quoted.strip() for quoted in _QUOTED.findall(text)]
    is_short = len(text.split()) <= _FEW_WORDS
    return tuple(dict.fromkeys(one for one in found if one and (is_short or " " in one)))[:_MAX_QUOTED]


def literal_fit(quoted: str, text: str) -> float:
    """Return 1 if `text` holds `quoted` as it is, 0.9 if only letters differ in case, else 0."""
    if quoted in text:
        return 1.0
    return 0.9 if quoted.lower() in text.lower() else 0.0
