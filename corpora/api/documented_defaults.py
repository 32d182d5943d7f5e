"""The defaults that docstrings tell where signatures do not: `dtype : type, default bool` of `dtype=None`."""

import re
from collections.abc import Sequence
from typing import Final

from corpora.api.signature import Signature

_NOT_GIVEN: Final = re.compile(
    r"(?:no_?default|_?(?:un)?set|undefined|missing|no_?arg|no_?value|sentinel)", re.IGNORECASE
)
_WORD: Final = re.compile(r"\bdefault\b[ :=]{0,3}")
_NAME: Final = re.compile(r"\w{1,60}")
_VALUE: Final = re.compile(r"[`'\"]{0,2}([\w.+-]{1,40})[`'\"]{0,2}\.?")
_MAX_LINES: Final = 2_000
_MAX_LINE: Final = 300
_MAX_TOLD: Final = 60


def is_mark(default: str) -> bool:
    """Return whether a default is an object that tells whether the argument was given: `lib.no_default`."""
    return bool(_NOT_GIVEN.search(default))


def documented_defaults(docstring: str, ways: Sequence[Signature]) -> dict[str, str]:
    """Return the defaults of parameters that a docstring tells, where the signature has `None` or a mark.

    Those are read that end the line which names the parameter and its type, as numpydoc has it.

    Args:
        docstring: of a function or class.
        ways: to call it.
    """
    parameters = [one for way in ways for one in way.parameters if one.default is not None]
    left_open = {one.name for one in parameters if one.default == "None" or is_mark(one.default or "")}
    told: dict[str, str] = {}
    for line in docstring.split("\n")[:_MAX_LINES] if left_open else ():
        names, colon, rest = line[:_MAX_LINE].strip().partition(":")
        marks = list(_WORD.finditer(rest)) if colon else []
        value = _VALUE.fullmatch(rest[marks[-1].end() :].strip()) if marks else None
        if value is None or value[1] == "None":
            continue
        for name in names.split(","):
            found = _NAME.fullmatch(name.strip(" *`"))
            if found and found[0] in left_open and len(told) < _MAX_TOLD:
                told.setdefault(found[0], value[1].rstrip("."))
    return told
