"""Find private keys in a text: PEM, OpenSSH, PGP and PuTTY, as files or in literals of a program."""

import re
from collections.abc import Iterator
from typing import Final

from corpora.redaction.token_formats import Span

_KIND: Final = "private-key"
_MAX_KEY_CHARS: Final = 20_000

_BEGIN = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----")
_END = re.compile(r"-----END (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----")
_BODY = re.compile(r"[A-Za-z0-9+/]{40}")  # PEM has 64 on a line; code that only searches for keys has none
# The lines of a key whose END line is missing: base64, perhaps in literals.
_BODY_LINE = re.compile(r"(?:\\n|[ \t\"'`+*#,/]{0,20}\n)[ \t*#/\"'`]{0,20}[A-Za-z0-9+/]{40,100}={0,2}")
_PUTTY = re.compile(
    r"^Private-Lines: \d{1,3}[ \t]*\r?\n((?:[ \t]*[A-Za-z0-9+/]{4,80}={0,2}[ \t]*(?:\r?\n|\Z)){1,200}+)",
    re.MULTILINE,
)
# `    "MIIE...\n" +`: what may come before a line of a key in a literal, and after the literal.
_OPENING = re.compile(r"\s*+(?:[*#/]++ *+)?[\"'`]?")
_AFTER_LITERAL: Final = " \t\n\r\f\v\x1c\x1d\x1e\x1f\x85\u2028\u2029,+;\\"


def find_private_keys(text: str) -> Iterator[list[Span]]:
    """Yield the private keys in `text`, each as the spans of its lines."""
    if "PRIVATE KEY" in text:
        yield from _pem_keys(text)
    if "Private-Lines:" in text:
        for match in _PUTTY.finditer(text):
            yield list(_lines(text, *match.span(1)))


def _pem_keys(text: str) -> Iterator[list[Span]]:
    end = 0
    while begin := _BEGIN.search(text, end):
        limit = begin.end() + _MAX_KEY_CHARS
        closing = _END.search(text, begin.end(), limit)
        other = _BEGIN.search(text, begin.end(), closing.start() if closing else limit)
        end = begin.end()
        if closing and not other:
            if _BODY.search(text, end, closing.start()):
                yield list(_lines(text, begin.start(), closing.end()))
                end = closing.end()
        elif (stop := _unclosed(text, end)) > end:
            yield list(_lines(text, begin.start(), stop))
            end = stop


def _unclosed(text: str, start: int) -> int:
    """Return where the base64 of a key without END line ends."""
    end = start
    while end < start + _MAX_KEY_CHARS and (line := _BODY_LINE.match(text, end)):
        end = line.end()
    return end


def _lines(text: str, start: int, end: int) -> Iterator[Span]:
    for line in text[start:end].splitlines(keepends=True):
        opening = _OPENING.match(line)
        assert opening  # (the expression matches an empty string, too)
        inside = line[opening.end() :].rstrip(_AFTER_LITERAL)
        if inside.endswith(("'", '"', "`")):
            inside = inside[:-1]
        if inside := inside.removesuffix("\\n"):
            begin = start + opening.end()
            yield Span(begin, begin + len(inside), _KIND)
        start += len(line)
