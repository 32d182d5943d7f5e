"""Names are cut into words, joined and misspelled as people do it."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.made_questions.name_forms import joined, misspelled, words_of

NAMES = st.from_regex(r"[a-z]{4,12}([A-Z][a-z]{2,8}){0,3}", fullmatch=True)


@given(NAMES, st.integers())
def test_a_misspelled_name_is_another_of_about_the_same_length(name: str, seed: int) -> None:
    typo = misspelled(name, Random(seed))
    assert typo != name and abs(len(typo) - len(name)) <= 1 and typo[:2] == name[:2]


def test_short_names_are_not_misspelled() -> None:
    with pytest.raises(ValueError, match="too short"):
        misspelled("add", Random(1))


@given(st.lists(st.from_regex(r"[a-z]{3,6}", fullmatch=True), min_size=1, max_size=4))
def test_joined_words_are_cut_into_the_same_words(words: list[str]) -> None:
    for style in ("snake_case", "SNAKE_CASE", "camelCase", "CamelCase"):
        assert words_of(joined(words, style)) == words
