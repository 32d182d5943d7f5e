"""Python that anybody may have written: a tree or none, a string or none, and never an error or a warning."""

import pytest

from corpora.syntax.parse_python import literal_string, parse_python


@pytest.mark.parametrize("text", ["print 'Python 2'", "{{ template }} x", "a\0b", "(" * 10_000, "def f(:"])
def test_what_is_not_python_has_no_tree(text: str) -> None:
    assert parse_python(text) is None
    assert parse_python(text.encode()) is None


def test_a_sloppy_string_gives_a_tree_and_no_warning() -> None:
    tree = parse_python("x = '\\d'")
    assert tree is not None and len(tree.body) == 1


def test_bytes_are_decoded_as_their_first_line_declares() -> None:
    tree = parse_python("# coding: latin-1\nprix = 'é'\n".encode("latin-1"))
    assert tree is not None and len(tree.body) == 1
    assert parse_python("prix = 'é'\n".encode("latin-1")) is None


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("'a'", "a"),
        ('"""a\nb"""', "a\nb"),
        ("('a'\n 'b')", "ab"),
        (r"r'\d'", r"\d"),
        ("b'a'", ""),
        ("f'a{x}'", ""),
        ("3", ""),
        ("name", ""),
        ("", ""),
        (r"'\N{no such name}'", ""),
        ("(" * 10_000, ""),
        ("'\udcff'", ""),
    ],
)
def test_only_a_literal_has_the_value_of_a_string(literal: str, value: str) -> None:
    assert literal_string(literal) == value
