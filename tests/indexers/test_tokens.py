"""Identifiers and prose become the same tokens."""

from hypothesis import given
from hypothesis import strategies as st

from indexers.tokens import query_tokens, tokenize


def test_an_identifier_yields_its_parts_and_itself() -> None:
    assert tokenize("parseHTMLDate") == ["pars", "html", "date", "parsehtmldate"]


def test_case_styles_meet_in_the_same_tokens() -> None:
    assert tokenize("read_csv")[-1] == tokenize("readCsv")[-1] == tokenize("ReadCSV")[-1] == "readcsv"


def test_prose_meets_identifiers_by_its_stems() -> None:
    assert set(tokenize("parsing dates")) <= set(tokenize("parse_date"))


def test_digits_stand_apart_and_stay_attached() -> None:
    assert tokenize("int32") == ["int", "32", "int32"]


def test_letters_beyond_ascii_are_kept() -> None:
    assert tokenize("größe 日本語") == ["größe", "日本語"]


def test_encoded_data_yields_nothing() -> None:
    assert tokenize("A" * 65 + " 12345678901") == []


def test_stop_words_are_dropped_from_questions_only() -> None:
    assert query_tokens("how to sort a list") == ["sort", "list"]
    assert "for" in tokenize("for x in y")


def test_a_question_of_stop_words_keeps_them() -> None:
    assert query_tokens("what is this") == ["what", "is", "this"]


@given(st.text())
def test_tokens_hold_no_blank_and_no_upper_case_ascii(text: str) -> None:
    for token in tokenize(text):
        assert token and not any(character.isspace() for character in token)
        assert not any("A" <= character <= "Z" for character in token)


@given(st.text(), st.text())
def test_tokens_of_a_text_are_those_of_its_words(left: str, right: str) -> None:
    assert tokenize(f"{left} {right}") == tokenize(left) + tokenize(right)
