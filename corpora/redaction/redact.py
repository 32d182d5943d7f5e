"""Remove secrets from a text before it is stored: keys, tokens, passwords.

`token_formats` knows tokens by their shape, `rules` values by the name they are assigned to, `places` values
by their position in commands and known kinds of files, and `private_keys` private keys.
"""

from collections.abc import Iterator
from typing import Final

from corpora.redaction.places import find_in_places
from corpora.redaction.private_keys import find_private_keys
from corpora.redaction.rules import WORDS, find_named
from corpora.redaction.token_formats import Span, find_tokens

_MIN_REPEATED_CHARS: Final = 8
_MAX_REPEATED: Final = 100


def redact(text: str) -> tuple[str, int]:
    """Replace each secret in `text` by `[REDACTED:<kind>]`; return the text and the number of secrets.

    No line is added or removed, so that line numbers stay true: a private key is replaced line by line.

    >>> redact('password = "c0rrect-h0rse"')
    ('password = "[REDACTED:secret-keyword]"', 1)
    """
    keys = list(find_private_keys(text))
    pieces = [piece for key in keys for piece in key]
    others = list(_others(text))
    found = sorted({*pieces, *others, *_repeated(text, others)}, key=lambda span: (span.start, -span.end))
    if not found:
        return text, 0
    parts, end, count = [], 0, len(keys) - len(pieces)
    for span in found:
        if span.start >= end:
            parts += [text[end : span.start], f"[REDACTED:{span.kind}]"]
            count += 1
        end = max(end, span.end)
    return "".join((*parts, text[end:])), count


def _others(text: str) -> Iterator[Span]:
    """Yield all secrets but private keys, and skip the replacements of an earlier pass."""
    # U+0130 is the one character that is longer in lower case, and offsets in both texts must be the same.
    folded = text.replace("\u0130", "i").lower()
    for span in (*find_tokens(text), *find_in_places(text, folded), *_named(text, folded)):
        if "[REDACTED:" not in text[span.start - 10 : span.end]:
            yield span


def _repeated(text: str, spans: list[Span]) -> Iterator[Span]:
    """Yield further occurrences of the same passwords: a positional argument has no name to know it by."""
    values = {text[span.start : span.end]: span.kind for span in spans}
    for value, kind in list(values.items())[:_MAX_REPEATED]:
        if len(value) >= _MIN_REPEATED_CHARS:
            found = text.find(value)
            while found >= 0:
                yield Span(found, found + len(value), kind)
                found = text.find(value, found + len(value))


def _named(text: str, folded: str) -> Iterator[Span]:
    for word in WORDS:
        yield from find_named(text, folded, word)
