"""Tell whether a question asks who exports a name, rather than who defines it."""

import re
from typing import Final

_MAX_CHARS: Final = 300
_EXPORTS: Final = re.compile(
    r"\bre-?export(?:s|ed|ing)?\b|\bexport(?:s|ed)\b|\bpublic (?:api|interface)\b", re.I
)


def asks_for_exports(text: str) -> bool:
    """Return whether the first words of a question ask for the module that offers a name.

    >>> asks_for_exports("where is MainMenu exported"), asks_for_exports("export the scene as PNG")
    (True, False)
    """
    return bool(_EXPORTS.search(text[:_MAX_CHARS]))
