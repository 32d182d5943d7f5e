"""Remove secrets from a text before it is stored: keys, tokens, passwords.

They are known by the formats of tokens (`token_formats`), by the names of values (`rules`), by where they
stand in a URL, a command or a file of a known kind (`places`), and as private keys (`private_keys`).
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
    """Return `text` with each secret replaced by `[REDACTED:<kind>]`, and the number of secrets.

    No line is added or removed: each line of a private key is replaced by itself, and the key counts once.

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
    """Yield the secrets that are no private keys, but for the marks of an earlier pass."""
    folded = text.replace("\u0130", "i").lower()  # the only character whose lower case is longer
    for span in (*find_tokens(text), *find_in_places(text, folded), *_named(text, folded)):
        if "[REDACTED:" not in text[span.start - 10 : span.end]:
            yield span


def _repeated(text: str, spans: list[Span]) -> Iterator[Span]:
    """Yield further occurrences of the same secrets, such as arguments, which have no telling name."""
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
