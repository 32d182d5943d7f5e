"""Names that are spelled nearly as one that nothing has."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from indexers.search.lexical_query import Name
from rag.retrieval.questions.misspelled import nearly_named


def test_the_longer_a_name_the_less_an_edit_counts() -> None:
    short, long = nearly_named("concur"), nearly_named("togglelinecomments")
    assert short == [Name("concur", 0.75, 1)]
    assert [(name.weight, name.edits) for name in long] == [(pytest.approx(0.084), 1), (0.833, 2)]


def test_a_name_of_a_few_letters_is_not_misspelled() -> None:
    assert nearly_named("read") == []


@example("aaaaa", 0.0007)
@example("a" * 15, 0.00390625)
@given(st.text("abcdefgh", min_size=5, max_size=40), st.floats(0, 1))
def test_what_is_nearly_named_is_less_sure_than_what_is_named(key: str, sure: float) -> None:
    asked = nearly_named(key, sure)
    assert sum(name.weight for name in asked) <= sure
    assert all(name.weight >= 0 for name in asked)
