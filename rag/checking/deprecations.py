"""What a library calls deprecated as a whole."""

import re
from typing import Final

from corpora.api.model import ApiObject

# "It is now deprecated to pass the instance by keyword": one way to use it, not all of it.
_IN_PART: Final = re.compile(
    r"deprecated to |^[^.]{0,40}\bpassing\b|\b(?:argument|parameter|keyword|option)s?\b[^.]{0,60} deprecated",
    re.IGNORECASE,
)


def is_deprecated(found: ApiObject) -> bool:
    """Return whether a function or class is deprecated, in whichever way it is used."""
    is_meant = bool(found.deprecated) and found.kind in {"function", "class"}
    return is_meant and not _IN_PART.search(found.deprecated)
