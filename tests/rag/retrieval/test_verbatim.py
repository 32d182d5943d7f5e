"""What of a question stands in a text word for word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.retrieval.ranking.verbatim import VerbatimQuestion

PASTED = "Error: cannot open /etc/app.toml: permission denied"


@pytest.mark.parametrize(
    "code",
    [
        'return fmt.Errorf("cannot open %s: permission denied", path)',
        "throw new Error(`cannot open ${path}: permission denied`)",
        'raise OSError(f"cannot open {path!r}: permission denied")',
        'puts "cannot open #{path}: permission denied"',
        'panic!("cannot open {}: permission denied", path)',
        'raise OSError(\n    "cannot open %s: "\n    "permission denied" % path)',
        'throw new IOException("cannot open " +\n        "%s: permission denied");',
    ],
)
def test_a_message_is_found_through_the_placeholders_of_every_language(code: str) -> None:
    found = VerbatimQuestion(PASTED).in_text(code)
    assert found.made == pytest.approx(4 / 8)
    assert found.is_made


def test_a_message_among_many_values_is_found_as_surely_as_alone() -> None:
    line = (
        "[11:20:47.019][192.168.1.23:50412] tls: handshake with the proxy failed, no trust (code 48, alert 7)"
    )
    found = VerbatimQuestion(line).in_text(
        'log.warn(f"handshake with the proxy failed, no trust ({reason})")'
    )
    assert found.made == pytest.approx(1 - 2 ** (-4 / 3))  # five words, without "with" and "the"
    assert VerbatimQuestion(line).in_text('log.warn(f"with the {reason}")').made == pytest.approx(2 / 21)


def test_what_compares_a_message_does_not_make_it() -> None:
    found = VerbatimQuestion(PASTED).in_text('assert "cannot open file: permission denied" in str(error)')
    assert not found.is_made


def test_a_literal_of_which_little_is_asked_makes_no_message() -> None:
    assert VerbatimQuestion(PASTED).in_text('log("cannot open the door of the house")').made == 0


def test_the_longest_row_of_words_is_found_across_lines_and_comment_signs() -> None:
    text = "//! Tracks changes to determine if something needs to be\n//! recompiled."
    assert VerbatimQuestion("something needs to be recompiled").in_text(text).run == 1
    assert VerbatimQuestion("how something needs to change").in_text(text).run == pytest.approx(3 / 5)


def test_one_word_is_no_row_and_two_are_a_matter_of_phrases() -> None:
    assert VerbatimQuestion("parse a date string").in_text("# the date string").run == 0
    assert VerbatimQuestion("recompiled").in_text("recompiled") == (0, 0, False)


@given(st.text(max_size=200), st.text(max_size=200))
def test_shares_stay_between_nothing_and_all(question: str, text: str) -> None:
    found = VerbatimQuestion(question).in_text(text)
    assert 0 <= found.run <= 1 and 0 <= found.made <= 1
