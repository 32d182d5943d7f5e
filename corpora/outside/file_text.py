"""Decode the bytes of a file: find their encoding, and whether they are text at all."""

import codecs
import re
from typing import Final

from corpora.document import SkipReason

_BINARY_PROBE_BYTES = 8192  # as git decides it, give or take

# UTF-32 before UTF-16, whose mark is the beginning of that of UTF-32.
_MARKS: Final[dict[bytes, str]] = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}

# `# -*- coding: latin-1 -*-` (PEP 263), `<?xml encoding="..."`, `<meta charset=...>`, `@charset "..."`.
_DECLARED = re.compile(
    rb"""^[ \t\f]*\#[^\r\n]*?coding[:=][ \t]*([-\w.]+)
      | ^<\?xml[^>]*?encoding=["']([-\w.]+)
      | <meta[^>]+charset=["']?([-\w.]+)
      | ^@charset[ ]["']([-\w.]+)""",
    re.VERBOSE | re.MULTILINE | re.IGNORECASE,
)
# Families of encodings that files are written in. Python also knows `punycode`, `unicode_escape` and others,
# in which no file is written and which would turn its text into another.
_CHARSETS = (
    "ascii",
    "big5",
    "cp",
    "euc",
    "gb",
    "hz",
    "iso",
    "johab",
    "koi8",
    "kz1048",
    "mac",
    "shift",
    "tis",
)

_TEXT_BYTES = bytes({*b"\t\n\r\f\b\x1a\x1b", *range(0x20, 0x7F), *range(0x80, 0x100)})
_HIGH_BYTES = bytes(range(0x80, 0x100))
_MAX_HIGH_SHARE = 0.3


def decode_text(data: bytes) -> tuple[str, str] | SkipReason:
    """Return the text of `data` and its encoding, or why it is not text: "binary" or "not text".

    A byte order mark decides and is left out. Then UTF-8 is tried, then what the first lines declare. Then,
    if the bytes look like text, UTF-8 with its broken bytes replaced, or Windows-1252. Line ends stay.
    """
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            text = _decode(data[len(mark) :], encoding)
            return "not text" if text is None else (text, encoding)
    if b"\0" in data[:_BINARY_PROBE_BYTES]:
        return "binary"
    text = _decode(data, "utf-8")
    if text is not None:
        return text, "utf-8"
    return _decode_declared(data) or _decode_by_looks(data) or "not text"


def _decode(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _decode_declared(data: bytes) -> tuple[str, str] | None:
    # PEP 263 declares an encoding in the first two lines, `<meta charset>` in the first 1,024 bytes.
    two_lines = b"\n".join(data[:1024].split(b"\n", 2)[:2])
    found = _DECLARED.search(two_lines) or (
        _DECLARED.search(data[:1024]) if data.lstrip()[:1] == b"<" else None
    )
    if not found:
        return None
    try:
        encoding = codecs.lookup(found[found.lastindex or 0].decode("ascii")).name
    except LookupError:
        return None
    text = _decode(data, encoding) if encoding.startswith(_CHARSETS) else None
    return None if text is None else (text, encoding)


def _decode_by_looks(data: bytes) -> tuple[str, str] | None:
    """Guess the encoding; None if there are control characters or too many bytes beyond ASCII for text."""
    if data.translate(None, _TEXT_BYTES):
        return None
    repaired = data.decode("utf-8", "replace")
    broken = repaired.count("\ufffd")
    if sum(character > "\x7f" for character in repaired) > 2 * broken:
        # UTF-8 with a few broken bytes, rather than an encoding of one byte per character.
        return repaired, "utf-8"
    high = len(data) - len(data.translate(None, _HIGH_BYTES))
    text = _decode(data, "cp1252") if high <= _MAX_HIGH_SHARE * len(data) else None
    return None if text is None else (text, "cp1252")
