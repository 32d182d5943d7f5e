"""Strings that end an answer, wherever its pieces are split."""

from hypothesis import given
from hypothesis import strategies as st

from rag.generators.stop_strings import before_stop, before_stop_in_stream

STOPS = st.lists(st.text("ab", max_size=3), max_size=3)


@given(st.text("abc"), STOPS)
def test_a_text_ends_before_its_first_stop(text: str, stop: list[str]) -> None:
    cut = before_stop(text, stop)
    assert text.startswith(cut) and not any(one and one in cut for one in stop)
    assert cut == text or any(one and text[len(cut) :].startswith(one) for one in stop)


@given(st.lists(st.text("abc", max_size=4), max_size=6), st.text("ab", min_size=1, max_size=3))
def test_pieces_end_where_their_whole_text_does(pieces: list[str], stop: str) -> None:
    assert "".join(before_stop_in_stream(pieces, [stop])) == before_stop("".join(pieces), [stop])


@given(st.lists(st.text("abc", max_size=4), max_size=6), STOPS)
def test_nothing_is_lost_without_a_stop_and_no_stop_passes(pieces: list[str], stop: list[str]) -> None:
    came, whole = "".join(before_stop_in_stream(pieces, stop)), "".join(pieces)
    assert whole.startswith(came) and not any(one and one in came for one in stop)
    assert came == whole or any(one and one in whole for one in stop)
