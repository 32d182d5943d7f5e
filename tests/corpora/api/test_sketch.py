"""Sketches tell how alike two bodies are."""

from hypothesis import given
from hypothesis import strategies as st

from corpora.api.sketch import likeness, sketch_of


def test_like_bodies_have_like_sketches() -> None:
    one = [f"token{number}" for number in range(100)]
    other = [f"token{number}" for number in range(20, 120)]
    far = [f"other{number}" for number in range(100)]
    assert likeness(sketch_of(one), sketch_of(reversed(one))) == 1.0
    assert likeness(sketch_of(one), sketch_of(other)) > likeness(sketch_of(one), sketch_of(far))
    assert likeness(sketch_of(one), ()) == likeness((), ()) == 0.0


@given(st.sets(st.text(st.characters(exclude_categories=["Cs"]))))
def test_a_sketch_is_sixteen_small_numbers_or_none(tokens: set[str]) -> None:
    sketch = sketch_of(tokens)
    assert len(sketch) == (16 if tokens else 0)
    assert all(0 <= number <= 65535 for number in sketch)
