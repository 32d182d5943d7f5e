"""The context of a file stays as it was sent while the cursor moves, for a model to read on from there."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rag.editing.context import ContextPart
from rag.serving.openai.steady import SteadyContexts
from rag.tokens.estimate import estimate_tokens


def part(name: str, text: str = "", path: str = "shop.py") -> ContextPart:
    return ContextPart("definition", path, 1, name, text or f"def {name}(): ...", "")


PRICE, BASKET, PAY = part("price"), part("basket"), part("pay")


def test_what_is_new_comes_behind_what_was_sent() -> None:
    """Nothing is said twice, and nothing is taken back, so that all of the first context need not be read."""
    contexts = SteadyContexts()
    assert contexts.following("a.py", [PRICE, BASKET], 100) == (PRICE, BASKET)
    assert contexts.following("a.py", [PAY, PRICE], 100) == (PRICE, BASKET, PAY)
    assert contexts.following("a.py", [BASKET], 100) == (PRICE, BASKET, PAY)
    assert contexts.following("b.py", [BASKET], 100) == (BASKET,)


def test_a_definition_that_was_changed_is_not_sent_beside_its_old_state() -> None:
    contexts = SteadyContexts()
    contexts.following("a.py", [PRICE, BASKET], 100)
    changed = part("price", "def price(currency): ...")
    assert contexts.following("a.py", [changed, BASKET], 100) == (changed, BASKET)


def test_overloads_of_one_name_stay() -> None:
    contexts = SteadyContexts()
    both = [PRICE, part("price", "def price(text): ...")]
    assert contexts.following("a.py", both, 100) == contexts.following("a.py", both, 100) == tuple(both)
    assert contexts.following("a.py", [*both, PAY], 100) == (*both, PAY)


names = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=6)


@given(st.lists(st.tuples(st.sampled_from(["a.py", "b.py"]), names), max_size=12), st.integers(0, 60))
def test_all_that_is_wanted_is_sent_once_and_within_bounds(asked: list[Any], budget: int) -> None:
    contexts = SteadyContexts()
    for file, wanted in asked:
        parts = [part(name) for name in wanted]
        sent = contexts.following(file, parts, budget)
        assert set(parts) <= set(sent) and len(set(sent)) == len(sent)
        assert sent == tuple(parts) or sum(estimate_tokens(one.text) for one in sent) <= budget


def test_only_the_last_files_are_remembered() -> None:
    contexts = SteadyContexts()
    for number in range(100):
        contexts.following(number, [PRICE], 100)
    assert contexts.following(0, [PAY], 100) == (PAY,)
    assert contexts.following(99, [PAY], 100) == (PRICE, PAY)
