"""Regular expressions: what they match, what is wrong with them, and that none of them hangs."""

import re
import sys
from time import process_time

import pytest

from corpora.errors import RagError
from indexers.search.expression import Expression, TextTooLong

TEXT = "def open_file(path):\n\treturn 42  # größte Datei\n"


@pytest.mark.parametrize(
    ("pattern", "is_found"),
    [
        (r"open_\w+\(", True),
        (r"^return", False),
        (r"^\treturn", True),
        (r"path\):$", True),
        (r"(?i)OPEN", True),
        ("OPEN", False),
        ("größ[tT]e", True),
        ("gr..te", True),
        (r"path\):\n\treturn", True),
        (r"file.*return", False),
        (r"(?s)file.*return", True),
        ("(?P<name>open)", True),
        ("", True),
    ],
)
def test_an_expression_matches_in_lines(pattern: str, is_found: bool) -> None:
    assert Expression(pattern).matches(TEXT.encode()) is is_found


@pytest.mark.parametrize(
    ("pattern", "why", "fix"),
    [
        ("x(foo", "missing ), at character 2: x >>> (foo", "close all brackets"),
        ("foo)", "unexpected )", "close all brackets"),
        ("[a-", "missing ]", "close all brackets"),
        ("a**b", "bad repetition operator **, at character 2: a >>> **b", "put \\ before"),
        ("foo(?=bar)", "invalid perl operator (?=, at character 4: foo >>> (?=bar)", "without look-around"),
        (r"(a)\1", r"invalid escape sequence \1, at character 4: (a) >>> \1", "without references"),
        ("((a{99}){99}){99}", "invalid repetition size", "put \\ before"),
        ("(?:a?){999}" * 3, "too large", "repeat fewer times"),
        ("a\nb", "line feed", r"\n"),
        ("\ud800", "no valid text", "UTF-8"),
    ],
)
def test_what_is_wrong_with_an_expression_is_said_with_its_place(pattern: str, why: str, fix: str) -> None:
    with pytest.raises(RagError) as caught:
        Expression(pattern)
    assert why in caught.value.why
    assert fix in caught.value.fix


def test_without_re2_only_expressions_are_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "re2", None)  # as where it could not be compiled
    with pytest.raises(RagError, match="need the package google-re2") as caught:
        Expression("a+")
    assert "musl" in caught.value.fix


def test_an_expression_that_is_too_long_is_refused() -> None:
    with pytest.raises(RagError, match="501 characters"):
        Expression("x" * 501)


@pytest.mark.parametrize(
    "pattern", ["(x+x+)+y", "(x|xx)+$z", "(x?){500}y", r"(?:\w+\s?)*!", "(.*)(.*)(.*)(.*)(.*)[^x]y"]
)
def test_no_expression_hangs(pattern: str) -> None:
    before = process_time()
    Expression(pattern).matches(b"x" * 20_000)
    assert process_time() - before < 2


def test_a_text_that_would_take_too_long_is_refused() -> None:
    with pytest.raises(TextTooLong):
        Expression("(?:x?){900}y").matches(b"x" * 1_000_000)
    assert [*Expression("(?:x?){900}y").spans("x" * 1_000_000)] == []


@pytest.mark.parametrize(
    "pattern", [r"^b$", r"\bb\b", r"a|^b", r"[$^]|^b", r"\$|\Ab\z", r"^*b", r"\Bb|\Qb\E", r"(?:^|\n)b{1}$"]
)
def test_a_text_without_a_part_that_matches_is_known(pattern: str) -> None:
    assert Expression(pattern).may_match_part(b"abc")
    assert Expression(pattern).matches(b"b") or r"\B" in pattern


def test_edges_do_not_count_for_a_part_and_all_else_does() -> None:
    assert not Expression("^d$").may_match_part(b"abc")
    assert not Expression("[^abc]").may_match_part(b"abc")
    assert not Expression(r"\^b").may_match_part(b"abc")
    assert not Expression(r"[]^]b").may_match_part(b"abc")


def test_spans_are_those_of_characters() -> None:
    expression = Expression(r"\w+e\b")
    assert [TEXT[start:end] for start, end in expression.spans(TEXT)] == [
        found[0] for found in re.finditer(r"(?a)\w+e\b", TEXT)
    ]


def test_what_is_marked_takes_moments_only() -> None:
    before = process_time()
    assert len([*Expression("x|(?:y?){700}z").spans("x" * 4_000)]) < 4_000
    assert process_time() - before < 1
