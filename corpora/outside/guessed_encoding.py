"""Guess the encoding of text that declares none and is not UTF-8.

The guess between encodings of one or two bytes a character is that of chardetng, the detector of Firefox,
which is made for this and takes linear time. What it says is believed if the result reads like text.
"""

import codecs
import re
import unicodedata
from typing import Final

from corpora.outside.declared_encoding import decode_as, larger_encodings

_MAX_GUESSED_BYTES: Final = 200_000  # from the first character beyond ASCII
_HIGH_BYTES: Final = bytes(range(0x80, 0x100))
_FIRST_HIGH: Final = re.compile(rb"[\x80-\xff]")
_BEYOND_ASCII: Final = re.compile(r"[^\x00-\x7f]")
# Latin text is mostly ASCII; a text of other letters is mostly not.
_MAX_HIGH_SHARE_OF_LATIN: Final = 0.3
_LATIN: Final = frozenset(
    ["cp850", "cp1252", "cp1250", "cp1254", "cp1257", "cp1258", "mac-roman"]
    + [f"iso8859-{part}" for part in (1, 2, 3, 4, 9, 10, 13, 14, 15, 16)]
)
# A few accents and signs (`5 µm`, `naïve`) are too little to guess from. Among these encodings most letters
# have the same bytes, so that a wrong guess does little harm.
_FEW_BYTES: Final = 20
_OF_FEW_BYTES: Final = frozenset({"cp1250", "cp1254", "iso8859-2", "iso8859-9"})
_HIGH_RUN: Final = re.compile(rb"[\x80-\xff]+")
_ACCENT: Final = re.compile(rb"[\xc0-\xff]")
_ACCENTS_OR_A_SIGN: Final = re.compile(
    rb"[\x85\x91-\x97]*+[\xc0-\xff]{0,2}+[\x85\x91-\x97]*+|[\x80\x99\xa0-\xbf]"  # quotes around a word
)
# Letters of DOS within a word: in Windows-1252 these bytes are quotation marks, which stand around words.
_DOS_LETTER: Final = re.compile(
    rb"(?<=[A-Za-z])(?:[\x81-\x91\x93\x94\xa1-\xa4](?=[A-Za-z\x81-\x8d])|[\x81-\x84\x87-\x8d](?=\s))"
)
_MIN_DOS_SHARE: Final = 0.3
# The names of the Encoding Standard that Python gives to smaller encodings, or not at all.
_PYTHON_NAMES: Final = {
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc-kr": "cp949",
    "euc-jp": "euc_jp",
    "big5": "cp950",
    "windows-874": "cp874",
    "x-mac-cyrillic": "mac-cyrillic",
    "iso-8859-8-i": "iso8859-8",
}
_SAMPLE_CHARS: Final = 4_000
_MAX_WORD_CHARS: Final = 200
_MAX_ODD_SHARE: Final = 0.02  # of characters beyond ASCII that no text has: controls, unassigned, private
_ODD: Final = frozenset({"Cc", "Cn", "Co", "Cs"})

_WIDE_PROBE_BYTES: Final = 8192  # a multiple of 4
_WIDE: Final = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
_MIN_WIDE_CHARS: Final = 4
_MAX_LINE_CHARS: Final = 2_000  # a text has line ends
_MAX_BLOCKS: Final = 8
_WIDE_CONTROLS: Final = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
_IDEOGRAPHS: Final = re.compile("[\u3040-\u9fff\uac00-\ud7a3\U00020000-\U0003ffff]")


def guess_wide(data: bytes) -> tuple[str, str] | None:
    """Return the text of `data`, which holds NUL bytes, if it is UTF-16 or UTF-32 without a mark; else None.

    Almost any bytes are valid UTF-16. So the text must have line ends, no control characters, no characters
    that Unicode does not assign, and letters of few alphabets.
    """
    for encoding in _WIDE:
        width = 4 if encoding.startswith("utf-32") else 2
        if len(data) % width:
            continue
        probe = codecs.getincrementaldecoder(encoding)()
        try:
            if not _reads_like_wide_text(probe.decode(data[:_WIDE_PROBE_BYTES])):
                continue
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _WIDE_CONTROLS.search(text):
            return text, encoding
    return None


def _reads_like_wide_text(sample: str) -> bool:
    if len(sample) < _MIN_WIDE_CHARS or _WIDE_CONTROLS.search(sample):
        return False
    if len(sample) > _MAX_LINE_CHARS and "\n" not in sample and "\r" not in sample:
        return False
    beyond = [character for character in sample if character > "\x7f"]
    if any(unicodedata.category(character) in _ODD for character in beyond):
        return False
    # Numbers that are stored as bytes look like letters of many alphabets, or of no alphabet that has spaces.
    blocks = {ord(character) >> 8 for character in beyond if not _IDEOGRAPHS.match(character)}
    has_ascii = len(beyond) < len(sample) and any(character.isspace() for character in sample)
    return len(blocks) <= _MAX_BLOCKS and (has_ascii or not beyond)


def guess_narrow(data: bytes) -> tuple[str, str] | None:
    """Return the text of `data`, which is not UTF-8, and its encoding; None if it does not read like text."""
    from chardetng_py import detect

    first = _FIRST_HIGH.search(data)
    start = max(first.start() - 100, 0) if first else 0
    label = detect(data[start : start + _MAX_GUESSED_BYTES]).lower()
    encoding = codecs.lookup(_PYTHON_NAMES.get(label, label)).name
    high = len(data) - len(data.translate(None, _HIGH_BYTES))
    if high <= _FEW_BYTES and _is_scattered(data):
        has_accents = _ACCENT.search(data) is not None
        encoding = encoding if has_accents and encoding in _OF_FEW_BYTES else "cp1252"
    if encoding == "cp1252" and len(_DOS_LETTER.findall(data)) > _MIN_DOS_SHARE * high:
        encoding = "cp850"
    if encoding in _LATIN and high > _MAX_HIGH_SHARE_OF_LATIN * len(data):
        return None
    decoded = decode_as(data, encoding) or _repaired(data, encoding)
    if decoded is None and high <= _MAX_HIGH_SHARE_OF_LATIN * len(data):
        decoded = decode_as(data, "cp1252") or decode_as(data, "cp437")  # which has a character for each byte
    return decoded if decoded and _reads_like_text(decoded[0]) else None


def _is_scattered(data: bytes) -> bool:
    """Return whether bytes beyond ASCII stand alone or in pairs, as the accents of Latin words do."""
    return all(_ACCENTS_OR_A_SIGN.fullmatch(run) for run in _HIGH_RUN.findall(data))


def _repaired(data: bytes, encoding: str) -> tuple[str, str] | None:
    """Return the text with its broken characters replaced, if there are few of them."""
    texts = [(data.decode(name, "replace"), name) for name in larger_encodings(encoding)]
    text, name = min(texts, key=lambda found: found[0].count("\ufffd"))
    broken = text.count("\ufffd")
    return (text, name) if broken <= _MAX_ODD_SHARE * len(_BEYOND_ASCII.findall(text)) else None


def _reads_like_text(text: str) -> bool:
    if len(text) > _MAX_WORD_CHARS and not _IDEOGRAPHS.search(text) and len(text.split(maxsplit=1)) < 2:
        return False
    sample = _BEYOND_ASCII.findall(text[: 100 * _SAMPLE_CHARS])[:_SAMPLE_CHARS]
    odd = sum(unicodedata.category(character) in _ODD for character in sample)
    return odd <= _MAX_ODD_SHARE * len(sample)
