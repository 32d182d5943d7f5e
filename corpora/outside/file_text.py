"""Decode the bytes of a file: find their encoding, and whether they are text at all."""

import codecs
import re
from typing import Final

from corpora.document import SkipReason
from corpora.outside.declared_encoding import (
    declared_encodings,
    decode_as,
    larger_encodings,
    python_encoding,
)
from corpora.outside.guessed_encoding import guess_narrow, guess_wide

_BINARY_PROBE_BYTES = 8192  # as git decides it, give or take

# UTF-32 before UTF-16, whose mark is the beginning of that of UTF-32.
_MARKS: Final[dict[bytes, str]] = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}

_TEXT_BYTES = bytes({*b"\t\n\r\f\b\x1a\x1b", *range(0x20, 0x7F), *range(0x80, 0x100)})
_LONE_RETURN = re.compile(r"\r(?!\n)")
_ESCAPES = b"\x1b$"  # how text in ISO-2022 changes to another character set
_ISO_2022 = ("iso2022_jp", "iso2022_kr")


def decode_text(data: bytes, encoding: str = "") -> tuple[str, str] | SkipReason:
    """Return the text of `data` and its encoding, or why it is not text: "binary" or "not text".

    A byte order mark decides and is left out. Then these are tried: `encoding`, UTF-8, what the text
    declares, and a guess. Where UTF-8 has a few broken bytes, they are replaced.

    Line ends stay, except that a carriage return alone becomes a line feed, as in an editor: every reader
    counts the same lines, and every byte stays where it was.

    Args:
        data: the content of a file.
        encoding: what the user or git says that it is in, by any of its names; may be wrong, or empty.
    """
    decoded = _decoded(data, encoding)
    if isinstance(decoded, str):
        return decoded
    text, name = decoded
    return (_LONE_RETURN.sub("\n", text) if "\r" in text else text), name


def is_guessed(data: bytes, found: str, stated: str = "") -> bool:
    """Return whether nothing but the bytes told that `data` is in the encoding `found` by `decode_text`.

    Args:
        data: what was decoded.
        found: the encoding that `decode_text` returned.
        stated: the encoding that `decode_text` was given.
    """
    if found == "utf-8" or data.startswith(tuple(_MARKS)):
        return False
    plain = stated.lower().removesuffix("-bom")
    told = [*declared_encodings(data), python_encoding(plain), *([found] if plain.startswith("utf") else [])]
    return not any(found in larger_encodings(name) for name in told)


def _decoded(data: bytes, encoding: str) -> tuple[str, str] | SkipReason:
    for mark, name in _MARKS.items():
        if data.startswith(mark):
            text = _decode(data[len(mark) :], name)
            return "not text" if text is None else (text, name)
    if encoding and (stated := _decode_as_stated(data, encoding)):
        return stated
    if b"\0" in data[:_BINARY_PROBE_BYTES]:
        return guess_wide(data) or "binary"
    text = _decode(data, "utf-8")
    if text is not None:
        return (_decode_escapes(data) if _ESCAPES in data else None) or (text, "utf-8")
    return _decode_declared(data) or _decode_by_looks(data) or "not text"


def _decode(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _decode_as_stated(data: bytes, encoding: str) -> tuple[str, str] | None:
    """Return `data` in the encoding that git states; `UTF-16LE-BOM` and the like have had their mark."""
    plain = encoding.lower().removesuffix("-bom")
    if plain.replace("-", "").startswith(("utf16", "utf32")):
        plain = plain if plain.endswith(("le", "be")) else f"{plain}-be"  # the Unicode standard's default
        try:
            text = _decode(data, codecs.lookup(plain).name)
        except LookupError:
            return None
        return None if text is None or "\0" in text else (text, codecs.lookup(plain).name)
    name = python_encoding(plain)
    return decode_as(data, name) if name and b"\0" not in data[:_BINARY_PROBE_BYTES] else None


def _decode_escapes(data: bytes) -> tuple[str, str] | None:
    """Return text in ISO-2022, of seven bits a byte, as mails and old sources of Japan and Korea are."""
    for name in _ISO_2022:
        decoded = decode_as(data, name)
        if decoded and "\x1b" not in decoded[0]:
            return decoded
    return None


def _decode_declared(data: bytes) -> tuple[str, str] | None:
    return next((found for name in declared_encodings(data) if (found := decode_as(data, name))), None)


def _decode_by_looks(data: bytes) -> tuple[str, str] | None:
    """Guess the encoding; None if there are control characters, or if it does not read like text."""
    if data.translate(None, _TEXT_BYTES):
        return None
    repaired = data.decode("utf-8", "replace")
    broken = repaired.count("\ufffd")
    if sum(character > "\x7f" for character in repaired) > 2 * broken:
        # UTF-8 with a few broken bytes, rather than an encoding of one or two bytes per character.
        return repaired, "utf-8"
    return guess_narrow(data)
