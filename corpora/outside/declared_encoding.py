"""The encoding that a text declares: for Python, for editors, or in the language of the text itself."""

import codecs
import re
from collections.abc import Iterator
from typing import Final

_HEAD_BYTES: Final = 1024
_TAIL_BYTES: Final = 3000
_NAME: Final = rb"([A-Za-z][-\w.:]{1,30})"
# `# -*- coding: latin-1 -*-` (PEP 263, and Ruby) and `/* -*- mode: c; coding: euc-jp -*- */` (Emacs).
_FIRST_LINES: Final = re.compile(
    rb"^[ \t\f]*+\#[^\r\n]{0,200}?coding[:=][ \t]*+"
    + _NAME
    + rb"|-\*-[^\r\n]{0,200}?\bcoding:[ \t]*+"
    + _NAME,
    re.MULTILINE | re.IGNORECASE,
)
# `vim: set fileencoding=koi8-r :`, in the first or last lines.
_VIM: Final = re.compile(rb"\b(?:vim?|ex):[^\r\n]{0,200}?\b(?:fileencoding|fenc)=" + _NAME)
_EMACS_VARIABLES: Final = re.compile(
    rb"Local Variables:.{0,500}?\bcoding:[ \t]*+" + _NAME, re.DOTALL | re.IGNORECASE
)
_HEAD: Final = re.compile(
    b"|".join(
        (
            rb"""^<\?xml[^>]{0,200}?encoding=["']""" + _NAME,
            rb"""^@charset[ ]["']""" + _NAME,
            rb"""^[ \t]*+scriptencoding[ \t]++""" + _NAME,  # Vim script
            rb"""^"Content-Type:[^\r\n]{0,100}?charset=""" + _NAME,  # gettext
            rb"""^[ \t]*+use[ ]encoding[ ]["']""" + _NAME,  # Perl
            rb"""\\usepackage\[([\w-]{2,30})\]\{inputenc\}""",
        )
    ),
    re.MULTILINE | re.IGNORECASE,
)
_META: Final = re.compile(rb"""<meta[^>]{1,200}?charset=["']?""" + _NAME, re.IGNORECASE)
_EMACS_LINE_ENDS: Final = re.compile(r"[-_](?:unix|dos|mac)\Z")

# Families of encodings that files are written in. Python also knows `punycode`, `unicode_escape` and others,
# in which no file is written and which would turn its text into another.
_CHARSETS: Final = (
    "ascii", "big5", "cp", "euc", "gb", "hz", "iso", "johab", "koi8", "kz1048", "mac", "shift", "tis",
)  # fmt: skip
# Other programs' names for encodings that Python knows.
_OTHER_NAMES: Final = {
    "chinese-iso-8bit": "gb18030", "cn-gb": "gb18030", "cn-gb-2312": "gb18030", "x-gbk": "gb18030",
    "cn-big5": "big5", "chinese-big5": "big5", "x-x-big5": "big5",
    "japanese-iso-8bit": "euc-jp", "x-euc-jp": "euc-jp", "japanese-shift-jis": "cp932",
    "x-sjis": "cp932", "windows-31j": "cp932", "iso-2022-7bit": "iso2022_jp_2", "junet": "iso2022_jp",
    "korean-iso-8bit": "cp949", "windows-949": "cp949", "ks_c_5601-1987": "cp949", "x-windows-949": "cp949",
    "cyrillic-koi8": "koi8-r", "cyrillic-iso-8bit": "iso8859-5", "x-cp1251": "cp1251", "x-cp1252": "cp1252",
    "iso-latin-1": "latin-1", "iso-latin-2": "iso8859-2", "latin1": "latin-1", "ansinew": "cp1252",
    "utf8x": "utf-8", "x-mac-roman": "mac-roman",
}  # fmt: skip
# What is written under a name is often in a larger encoding, of the same bytes for the same characters.
_LARGER: Final = {
    "gb2312": ("gb18030",),
    "gbk": ("gb18030",),
    "big5": ("cp950", "big5hkscs"),
    "cp950": ("big5hkscs",),
    "shift_jis": ("cp932", "shift_jis_2004"),
    "cp932": ("shift_jis_2004",),
    "euc_jp": ("euc_jis_2004",),
    "euc_kr": ("cp949",),
    "iso2022_jp": ("iso2022_jp_ext", "iso2022_jp_2004"),
    "iso8859-1": ("cp1252",),
    "iso8859-9": ("cp1254",),
    "koi8-u": ("koi8-r",),
}


def declared_encodings(data: bytes) -> Iterator[str]:
    """Yield the encodings that a text declares, as Python names them, those that count most first."""
    head, tail = data[:_HEAD_BYTES], data[-_TAIL_BYTES:]
    # PEP 263 declares an encoding in the first two lines, `<meta charset>` in the first 1,024 bytes.
    two_lines = b"\n".join(re.split(rb"\r\n?|\n", head, maxsplit=2)[:2])
    found = [_FIRST_LINES.search(two_lines), _VIM.search(head), _VIM.search(tail), _HEAD.search(head)]
    found.append(_EMACS_VARIABLES.search(tail))
    if data.lstrip()[:1] == b"<":
        found.append(_META.search(head))
    for match in found:
        if match and (encoding := python_encoding(match[match.lastindex or 0].decode("ascii", "replace"))):
            yield encoding


def python_encoding(name: str) -> str:
    """Return Python's name of an encoding that files are written in; empty for any other name."""
    plain = _EMACS_LINE_ENDS.sub("", name.strip().lower())
    try:
        found = codecs.lookup(_OTHER_NAMES.get(plain, plain)).name
    except (LookupError, ValueError):
        return ""
    return found if found.startswith(_CHARSETS) else ""


def larger_encodings(encoding: str) -> tuple[str, ...]:
    """Return `encoding` and those that have the same bytes for its characters, and more characters."""
    return (encoding, *_LARGER.get(encoding, ()))


def decode_as(data: bytes, encoding: str) -> tuple[str, str] | None:
    """Return the text of `data` and its encoding: `encoding` or a larger one; None if it is in neither."""
    for name in larger_encodings(encoding):
        try:
            return data.decode(name), name
        except (UnicodeDecodeError, LookupError):
            continue
    return None
