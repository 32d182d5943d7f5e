"""Find the string literals in code, in any language: by their quotes, on one line."""

import re
from collections.abc import Iterator
from typing import Final

_MAX_CHARS: Final = 400  # a longer literal is data, of which nobody pastes all
# A quote in a comment (`don't`) begins something that is no literal: that adds a few words to the field and
# harms nothing.
_LITERAL: Final = re.compile(
    rf'"((?:[^"\\\n]|\\.){{3,{_MAX_CHARS}}}+)"'
    rf"|'((?:[^'\\\n]|\\.){{3,{_MAX_CHARS}}}+)'"
    rf"|`((?:[^`\\\n]|\\.){{3,{_MAX_CHARS}}}+)`"
)


def literals_in(code: str) -> Iterator[str]:
    """Yield the content of each string literal of three characters or more.

    >>> list(literals_in('raise ValueError(f"no field {name!r}") from None'))
    ['no field {name!r}']
    """
    for found in _LITERAL.finditer(code):
        yield found[found.lastindex or 0]
