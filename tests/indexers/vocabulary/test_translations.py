"""Words of questions are translated into those of code; the table is checked when it is read."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import IndexDamaged
from indexers.tokens import query_tokens
from indexers.vocabulary.translations import MOST_TRANSLATIONS, Translations, builtin_translations

TABLE = Translations.of_weights(
    {"folder": {"directori": 0.5, "dir": 0.3}, "path": {"dir": 0.3}, "how mani": {"count": 0.8}}
)


def expand(question: str, most: int = 16) -> list[tuple[str, float]]:
    return list(TABLE.expand(query_tokens(question), question, most=most))


def test_a_word_is_translated_with_its_weights() -> None:
    assert expand("remove a folder") == [("directori", 0.5), ("dir", 0.3)]


def test_a_token_that_several_words_mean_has_the_sum_of_their_weights() -> None:
    assert expand("path of a folder") == [("dir", 0.6), ("directori", 0.5)]


def test_neighbouring_words_are_translated_together_stop_words_included() -> None:
    assert expand("how many letters") == [("count", 0.8)]
    assert not expand("many ways how")


def test_what_the_question_says_itself_is_not_added() -> None:
    assert expand("folder or directory") == [("dir", 0.3)]


def test_only_the_heaviest_translations_are_added() -> None:
    assert expand("how many files has the folder", most=1) == [("count", 0.8)]
    assert expand("folder", most=0) == []


def test_only_the_heaviest_translations_of_a_word_are_kept() -> None:
    many = {f"t{number}": 0.1 + number / 100 for number in range(20)}
    kept = Translations.of_weights({"word": many}).of_word("word")
    assert [token for token, _ in kept] == [f"t{number}" for number in range(19, 19 - MOST_TRANSLATIONS, -1)]


@given(st.text(max_size=3000))
def test_no_question_breaks_the_expansion(question: str) -> None:
    found = builtin_translations().expand(query_tokens(question), question)
    assert len(found) <= 16
    assert not {token for token, _ in found} & set(query_tokens(question))


def test_a_very_long_question_is_read_in_part() -> None:
    question = "word " * 100_000 + "folder"
    assert not TABLE.expand(query_tokens(question), question)[2:]


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,9}( [a-z]{1,9})?", fullmatch=True),
        st.dictionaries(st.from_regex(r"[a-z0-9]{1,9}", fullmatch=True), st.floats(0, 5), max_size=9),
        max_size=9,
    )
)
def test_what_is_saved_is_what_is_loaded(weights: dict[str, dict[str, float]]) -> None:
    table = Translations.of_weights(weights)
    with tempfile.TemporaryDirectory() as folder:
        table.save(Path(folder, "table"))
        loaded = Translations.load(Path(folder, "table"))
    assert len(loaded) == len(table)
    assert all(loaded.of_word(word) == table.of_word(word) for word in weights)


@pytest.mark.parametrize("harm", ["missing", "empty", "cut", "altered", "another version", "not text"])
def test_a_damaged_table_is_reported(tmp_path: Path, harm: str) -> None:
    path = tmp_path / "table"
    TABLE.save(path)
    content = path.read_bytes()
    harmed = {
        "empty": b"",
        "cut": content[:-4],
        "altered": content.replace(b" 50", b" 51"),
        "another version": content.replace(b"translations 1", b"translations 2"),
        "not text": b"\xff" + content,
    }
    path.unlink()
    if harm in harmed:
        path.write_bytes(harmed[harm])
    with pytest.raises(IndexDamaged):
        Translations.load(path)


def test_a_table_with_a_valid_hash_and_nonsense_in_it_translates_nothing(tmp_path: Path) -> None:
    path = tmp_path / "table"
    nonsense = {
        "folder": "dir x",
        "wait": "sleep",
        "log": " -1 5",
        "max": "a \u0665",
        "min": "b " + 9000 * "9",
    }
    Translations(nonsense).save(path)
    loaded = Translations.load(path)
    assert not loaded.expand([*nonsense], "")


def test_the_table_of_the_package_knows_what_programmers_abbreviate() -> None:
    for word, token in {"directori": "dir", "messag": "msg", "error": "err", "integ": "int"}.items():
        assert token in dict(builtin_translations().of_word(word))


def test_no_word_of_the_package_is_translated_to_itself() -> None:
    table = builtin_translations()
    assert not [word for word in table if word in dict(table.of_word(word))]
