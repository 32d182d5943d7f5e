"""Identifiers and prose become the same tokens, in every script."""

import re
import time

import pytest
import Stemmer
from hypothesis import given
from hypothesis import strategies as st

from indexers.tokens import query_tokens, query_words, spaced, split_words, tokenize
from tests import SLOWNESS


def test_an_identifier_yields_its_parts_and_itself() -> None:
    assert tokenize("parseHTMLDate") == ["pars", "html", "date", "parsehtmldate"]


def test_case_styles_meet_in_the_same_tokens() -> None:
    assert tokenize("read_csv")[-1] == tokenize("readCsv")[-1] == tokenize("ReadCSV")[-1] == "readcsv"


def test_prose_meets_identifiers_by_its_stems() -> None:
    assert set(tokenize("parsing dates")) <= set(tokenize("parse_date"))


def test_digits_stand_apart_and_stay_attached() -> None:
    assert tokenize("int32") == ["int", "32", "int32"]


def test_a_hash_is_one_word() -> None:
    assert tokenize("using parent 6a1c33f0") == ["use", "parent", "6a1c33f0"]
    assert tokenize("A9F0C3D1E5") == ["a9f0c3d1e5"]
    assert "256" in tokenize("sha256sum") and "64" in tokenize("base64") and "25519" in tokenize("ed25519")


def test_letters_beyond_ascii_are_kept() -> None:
    assert tokenize("größe Ελλάδα привет_мир") == ["größe", "ελλάδα", "привет", "мир", "приветмир"]


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


@given(st.text(st.characters(max_codepoint=127)))
def test_ascii_text_has_the_tokens_that_old_indexes_hold(text: str) -> None:
    stem = Stemmer.Stemmer("english").stemWord
    expected: list[str] = []
    for word in re.findall(r"\w+", text):
        parts = re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+", word)
        if len(word) <= 64:
            expected += [stem(p.lower()) for p in parts if len(p) <= 6 or not p.isdigit()]
            expected += ["".join(parts).lower()] if len(parts) > 1 else []
    assert tokenize(text) == expected


def test_a_run_without_spaces_yields_characters_pairs_and_itself() -> None:
    assert tokenize("読取る") == ["読", "取", "る", "読取", "取る", "読取る"]
    assert query_tokens("読取る") == ["読取", "取る", "読取る"]


def test_scripts_are_split_at_their_borders() -> None:
    assert query_words("使用pandas读取CSV文件") == [("使用",), ("panda",), ("读取",), ("csv",), ("文件",)]
    assert spaced("使用pandas读取") == " 使用 pandas 读取 "


SENTENCES = {
    "Chinese": ("如何使用这个库读取很大的文件并且逐行处理其中的数据", "逐行处理"),
    "Japanese": ("大きなファイルを一行ずつ読み込んで処理する方法を説明します", "読み込ん"),
    "Katakana": ("ガーベジコレクションとメモリリークのデバッグ", "メモリリーク"),
    "Korean": ("파이썬으로 큰 파일을 한 줄씩 읽는 방법을 설명합니다", "파이썬"),
    "Thai": ("วิธีอ่านไฟล์ขนาดใหญ่ทีละบรรทัด", "ไฟล์"),
    "Khmer": ("របៀបអានឯកសារធំ", "ឯកសារ"),
}


@pytest.mark.parametrize(("text", "word"), SENTENCES.values(), ids=SENTENCES)
def test_a_word_inside_of_a_sentence_without_spaces_is_found(text: str, word: str) -> None:
    asked = query_tokens(word)
    found = set(tokenize(text))
    assert set(asked) - {word} <= found
    assert set(query_tokens(word[0])) <= found, "a single character is found, too"
    assert len(set(asked) & found) >= len(word) - 1


def test_a_run_of_any_length_can_be_found() -> None:
    text = "数据" * 500 + "处理"
    assert set(query_tokens("处理")) <= set(tokenize(text))
    assert text not in tokenize(text)


@pytest.mark.parametrize(
    ("spelled", "usual"),
    [
        ("\uff50\uff41\uff4e\uff44\uff41\uff53", "pandas"),
        ("ﾃﾞｰﾀﾍﾞｰｽ", "データベース"),
        ("\uff35\uff34\uff26\uff18", "UTF8"),
        ("cafe\u0301", "café"),
        ("\u1111\u1161\u110b\u1175\u110a\u1165\u11ab", "파이썬"),
        ("か\u3099", "が"),
    ],
)
def test_forms_of_the_same_letters_meet(spelled: str, usual: str) -> None:
    assert tokenize(spelled) == tokenize(usual)
    assert query_tokens(spelled) == query_tokens(usual)


def test_accents_tell_words_apart() -> None:
    assert tokenize("café") != tokenize("cafe")


@given(st.text(st.sampled_from("読取るがアー파이 ab_C2\uff50é\u0301\u3099\u0e38"), max_size=30))
def test_what_a_question_asks_for_is_what_its_own_text_holds(text: str) -> None:
    assert set(query_tokens(text)) <= set(tokenize(text))
    assert all(tokens for word, tokens in split_words(text) if spaced(word) != word)


@pytest.mark.parametrize("character", ["日", "a\u0301\u0327", "\u3099", "\u0e38\u0e48", "ﷺ"])
def test_no_text_takes_long(character: str) -> None:
    text = character * 100_000
    started = time.process_time()
    tokenize("a" + text)
    query_tokens(text)
    assert time.process_time() - started < 3 * SLOWNESS
