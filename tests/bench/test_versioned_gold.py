"""Tests of the rules by which a reference solution tells what it uses of a library."""

from bench.versioned_gold import GoldApi, UnitNames, gold_of
from rag.evaluation.task import Task

UNITS = (
    "shop.Cart", "shop.Cart.add_item", "shop.Cart.total", "shop.Order.total", "shop.Order", "shop.open_cart",
    "shop.tax", "shop.tax.tax", "shop.Cart.items", "shop.Receipt.print_slip",
)  # fmt: skip
NAMES = UnitNames(frozenset({"shop"}), {name: name for name in UNITS} | {"shop.core.Cart": "shop.Cart"})


def used(before: str, answer: str) -> list[tuple[tuple[str, ...], str]]:
    """Return the names and the rule of each object that an answer uses."""
    gold = gold_of(Task("t", "do it", before=before, reference=answer, after="\n"), NAMES)
    return [(one.names, one.rule) for one in gold]


def test_a_name_counts_by_what_the_imports_make_of_it() -> None:
    assert used("import shop as s\n", "s.open_cart()") == [(("shop.open_cart",), "named")]
    assert used("from shop.core import Cart\n", "x = Cart") == [(("shop.Cart",), "named")]
    assert used("import os\n", "os.getcwd()") == []


def test_a_call_that_the_task_begins_counts_for_the_answer_that_finishes_it() -> None:
    assert used("import shop\nshop.open_cart(size=1,\n", "name='a')") == [(("shop.open_cart",), "named")]
    assert used("import shop\nshop.open_cart()\nshop.", "Cart()") == [(("shop.Cart",), "named")]


def test_a_method_counts_where_its_class_is_annotated_or_constructed() -> None:
    annotated = "import shop\ndef f(cart: shop.Cart) -> shop.Order:\n    return "
    assert used(annotated, "cart.total()") == [(("shop.Cart.total",), "typed")]
    constructed = "from shop import Order\norder = Order()\n"
    assert used(constructed, "order.total()") == [(("shop.Order.total",), "typed")]


def test_an_attribute_without_a_unit_counts_as_its_class() -> None:
    assert used("import shop\ndef f(cart: shop.Cart):\n    return ", "cart.owner") == [
        (("shop.Cart",), "typed")
    ]


def test_a_member_of_something_unknown_counts_if_few_have_its_name() -> None:
    assert used("def f(x):\n    return ", "x.print_slip()") == [(("shop.Receipt.print_slip",), "rare")]
    assert used("def f(x):\n    return ", "x.items()") == []  # any dictionary has it
    assert used("import numpy as np\ny = np.zeros(3)\n", "y.sum().print_slip()") == [
        (("shop.Receipt.print_slip",), "rare")
    ]


def test_of_a_chain_the_last_member_counts() -> None:
    chain = used("import shop\ndef f(cart: shop.Cart):\n    return ", "cart.owner.print_slip()")
    assert chain == [(("shop.Receipt.print_slip",), "rare")]


def test_a_function_in_a_module_of_its_name_is_either() -> None:
    assert used("import shop\n", "shop.tax(1)") == [(("shop.tax", "shop.tax.tax"), "named")]


def test_a_name_of_the_library_without_a_unit_is_missing() -> None:
    task = Task("t", "do it", before="import shop\n", reference="shop.gone()", after="\n")
    assert gold_of(task, NAMES) == [GoldApi(("shop.gone",), "named", is_missing=True)]
    broken = Task("t", "do it", before="import shop\n", reference="shop.gone(", after="\n")
    assert gold_of(broken, NAMES) == []
