"""The names that code around a cursor uses, as far as imports and types explain them."""

import pytest

from rag.editing.names_around import enclosing_function, names_around

SHOP = """
from shop.cart import Cart
from .prices import price_of as price
import shop.tax as tax


class Till(Base, Cart):
    def total(self, cart: Cart, rate):
        basket = Cart(limit=3)
        for item in cart.items():
            amount = price(item) + tax.rate(item)  # not log.this
            self.note("a text with a.name in it", amount)
        basket.clear_all()
        rows.group().first_of()
        return ret


def other():
    return far_away(Cart)
"""


def names(text: str, line: int, language: str = "python") -> dict[str, int]:
    return {one.name: one.distance for one in names_around(text, line, language, "shop/till.py")}


def test_names_are_resolved_by_imports_and_types() -> None:
    found = names(SHOP, 15)
    assert {
        "shop.cart.Cart",
        "shop.cart.Cart.items",
        "shop.cart.Cart.clear_all",
        "shop.prices.price_of",
        "shop.tax.rate",
        ".group",
        ".first_of",
    } <= found.keys()


def test_members_of_the_own_class_are_those_of_its_bases() -> None:
    assert {"Base.note", "shop.cart.Cart.note"} <= names(SHOP, 15).keys()


def test_words_in_texts_and_comments_are_no_names() -> None:
    assert not {".name", ".this"} & names(SHOP, 15).keys()


def test_variables_and_builtins_are_not_asked_for() -> None:
    assert not {"item", "amount", "ret", "rate", "self"} & names(SHOP, 15).keys()


def test_the_nearest_names_come_first() -> None:
    found = names(SHOP, 15)
    assert found[".group"] < found["shop.tax.rate"] < found["shop.cart.Cart.items"]


def test_the_head_of_a_long_function_counts_wherever_the_cursor_is() -> None:
    long = SHOP.replace("        return ret\n", "        x = 1\n" * 60 + "        return ret\n")
    assert "shop.cart.Cart" in names(long, 70)
    assert "shop.prices.price_of" in names(long, 70)


def test_code_that_does_not_parse_has_its_names() -> None:
    broken = SHOP.replace("        return ret", "        return price(")
    assert "shop.prices.price_of" in names(broken, 15)
    assert "shop.cart.Cart" in names(broken.replace("rate):", "rate"), 15)


@pytest.mark.parametrize(
    ("language", "code", "expected"),
    [
        (
            "typescript",
            "const till = new Cart(3);\ntill.addItem(price);\nsend(till)\n",
            {"Cart", "Cart.addItem", "send"},
        ),
        ("rust", "let x = store::open(path);\nwrite_all(&x)?;\n", {".open", "write_all"}),
        ("go", "func f(c Cart) {\n\tc.Total()\n\tSend(c)\n}\n", {".Total", "Send"}),
        ("cpp", "auto q = Queue(3);\nq->push(1);\n", {"Queue", "Queue.push"}),
    ],
)
def test_other_languages_have_calls_and_classes(language: str, code: str, expected: set[str]) -> None:
    assert expected <= names(code, 2, language).keys()


@pytest.mark.parametrize(
    ("code", "line", "name"),
    [
        ("def outer():\n    def inner(x):\n        pass\n    y = 1\n", 3, "inner"),
        ("def outer():\n    def inner(x):\n        pass\n    y = 1\n", 4, "outer"),
        ("class A:\n    x = 1\n", 2, ""),
        ("export async function load(a) {\n  return 1\n}\n", 2, "load"),
        ("pub fn parse(s: &str) {\n    todo()\n}\n", 2, "parse"),
        ("func (t *Till) Total() int {\n\treturn 0\n}\n", 2, "Total"),
        ("const load = async (a) => {\n  return 1\n}\n", 2, "load"),
        ("", 1, ""),
    ],
)
def test_the_function_around_a_line_is_found_by_its_head(code: str, line: int, name: str) -> None:
    assert enclosing_function(code, line) == name
