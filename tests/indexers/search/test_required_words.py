"""The words without which a regular expression matches no text."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from indexers.search.expression import Expression
from indexers.search.required_words import required_words
from indexers.tokens import tokenize


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"return parse_date\(", ["parse_date"]),
        (r"^import \w+ as np$", ["import", "as np"]),
        (r"\(connection\s+reset by peer\)", ["connection reset by peer"]),
        (r"^(class) Foo\b:", ["class Foo"]),
        (r"[ \t]return[ (]+None;", ["return None"]),
        (r"\sfoo\s*\(", ["foo"]),
        (r"(?:, import )+x", ["import"]),
    ],
)
def test_words_between_other_characters_are_required(pattern: str, words: list[str]) -> None:
    assert required_words(pattern) == [tuple(tokenize(one)) for one in words]


@pytest.mark.parametrize(
    "pattern",
    [
        "foo",
        r"open_\w+",
        r"\bfoo\b",  # RE2 finds it in `fooé`, which is one word
        r"\Wfoo\W",
        r" foo\s*bar ",
        "(?i) foo ",
        "(?i: foo )",
        " foo | bar ",
        "( foo )?",
        "( foo )*",
        " foo?",
        "[^a]foo[^b]",
        "éfoo ",
        " foo[[:alpha:]] ",
        " foo{,5} ",
        r"\Q foo \E",
        r"\pL foo ",
        "(",
    ],
)
def test_what_may_be_a_part_of_a_word_is_not_required(pattern: str) -> None:
    assert required_words(pattern) == []


TEXTS = [
    "from os import path\nimport numpy as np\n\n\n"
    "def load_CSV2(file_name, *, sep=','):\n    return np.load(file_name)\n",
    "// Größe, naïve café\nclass HTMLParser : public Parser { int32_t running; };\n",
    "def 使用pandas读取(文件): return 'fooé bar', 12345678, " + "long_" * 20 + ", end",
    "e\u0301tat cafe\u0301 running\u0301 n\u00b2 \ufb01le\n\tif(connections [0]==1){goto out;}\n",
]
PIECES = [
    r"\w+",
    r"\w*",
    r"\s+",
    r"\s*",
    ".",
    ".*",
    r"\b",
    "^",
    "$",
    r"\W",
    "[a-z_]+",
    "(?:x|y)?",
    "[ (]",
    r"\n",
]


@st.composite
def patterns(draw: st.DrawFn) -> str:
    """Draw an expression made of pieces of a text and of other things."""
    text = draw(st.sampled_from(TEXTS))
    parts = []
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text) - 1))
        piece = re.escape(text[start : start + draw(st.integers(1, 16))]).replace("\\\n", r"\n")
        how = draw(
            st.sampled_from(["{}", "{}", "(?:{})?", "(?:{})+", "(?:{}|x)", "(?i:{})", "(?:{}){{1,2}}"])
        )
        parts += [how.format(piece), draw(st.sampled_from(["", *PIECES]))]
    return "".join(parts)


@given(patterns(), st.lists(st.sampled_from(TEXTS), min_size=1, max_size=2))
@example(r"\(file_name\)\n", TEXTS[:1])
@example(r"\bn\b", TEXTS[3:])
def test_every_text_that_matches_has_the_required_words(pattern: str, texts: list[str]) -> None:
    text = "".join(texts)
    if Expression(pattern).matches(text.encode()):
        tokens = f" {' '.join(tokenize(text))} "
        for row in required_words(pattern):
            assert f" {' '.join(row)} " in tokens


@given(st.data())
def test_a_text_that_is_its_own_pattern_has_the_required_words(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(TEXTS))
    start = data.draw(st.integers(0, len(text) - 2))
    end = data.draw(st.integers(start + 1, len(text)))
    pattern = re.escape(text[start:end]).replace("\\\n", r"\n")
    assert Expression(pattern[:400].rstrip("\\")).matches(text.encode())
    tokens = f" {' '.join(tokenize(text))} "
    assert all(f" {' '.join(row)} " in tokens for row in required_words(pattern))
