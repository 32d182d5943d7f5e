import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.outside.file_text import decode_text

TEXT = "größe = 'naïve'  # déjà vu\r\n"


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_decides_and_is_left_out(mark: bytes, encoding: str) -> None:
    assert decode_text(mark + TEXT.encode(encoding)) == (TEXT, encoding)


@pytest.mark.parametrize(
    ("head", "encoding", "name"),
    [
        ("# -*- coding: latin-1 -*-\n", "latin-1", "iso8859-1"),
        ("#!/usr/bin/python\n# vim: set fileencoding=koi8-r :\nЖ = 1\n", "koi8-r", "koi8-r"),
        ("# coding: shift_jis\n# 日本語のコメント\n", "shift_jis", "shift_jis"),
        ('<?xml version="1.0" encoding="ISO-8859-15"?>\n<a>é€</a>', "iso8859-15", "iso8859-15"),
        ("<html>\n\n<head>\n<meta charset=gbk>\n中文", "gbk", "gbk"),
    ],
)
def test_a_declared_encoding_is_used(head: str, encoding: str, name: str) -> None:
    text = head + ("é" if name == "iso8859-1" else "")
    assert decode_text(text.encode(encoding)) == (text, name)


@pytest.mark.parametrize("name", ["unicode_escape", "punycode", "zip", "no-such-thing", "rot13", "utf-7"])
def test_an_encoding_that_no_file_is_in_is_not_used(name: str) -> None:
    data = f"# coding: {name}\nx = '\\q é'\n".encode("latin-1")
    assert decode_text(data) == (data.decode("latin-1"), "cp1252")


def test_utf_8_with_a_broken_byte_is_mended() -> None:
    data = TEXT.encode() + b"broken \xff\n"
    assert decode_text(data) == (TEXT + "broken \ufffd\n", "utf-8")


def test_a_few_bytes_beyond_ascii_are_windows_1252() -> None:
    data = "It costs 5 € … naïvely\n".encode("cp1252")
    assert decode_text(data) == ("It costs 5 € … naïvely\n", "cp1252")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"ELF\0\1\2", "binary"),
        (b"\x80\x81\x82" * 100, "not text"),
        (b"caf\xe9 \x01\x02\x03", "not text"),
        (codecs.BOM_UTF16_LE + b"a", "not text"),
        (codecs.BOM_UTF8 + b"\xff\xff", "not text"),
    ],
)
def test_what_is_no_text_is_said_to_be_none(data: bytes, reason: str) -> None:
    assert decode_text(data) == reason


@given(st.binary())
def test_any_bytes_give_text_that_can_be_written_or_a_reason(data: bytes) -> None:
    decoded = decode_text(data)
    if isinstance(decoded, tuple):
        decoded[0].encode()
    else:
        assert decoded in ("binary", "not text")


@given(st.text().filter(lambda text: "\0" not in text and not text.startswith("\ufeff")))
def test_utf_8_is_read_as_it_stands(text: str) -> None:
    lines = text.replace("\r\n", "\0").replace("\r", "\n").replace("\0", "\r\n")
    assert decode_text(text.encode())[1] == "utf-8"
    assert decode_text(text.encode())[0] == lines
