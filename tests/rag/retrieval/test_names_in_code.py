"""Tests of what the code in a question tells of the names that it asks for."""

from pathlib import Path
from time import process_time

from hypothesis import given
from hypothesis import strategies as st

from corpora.spec import CorpusSpec
from indexers.index import Index
from rag.retrieval.questions.asked_names import AskedName
from rag.retrieval.questions.names_in_code import (
    at_hand,
    names_defined,
    names_made_up,
    unfinished_call,
    unfinished_member,
    unused_imports,
)
from rag.retrieval.questions.query import read_query
from rag.retrieval.retrieve import retrieve
from rag.retrieval.wrapped_names import with_wrapped_names
from tests.small_corpora import write_tree

BEGUN = """Cross-validate with these parameters and keep the models.

import lightgbm as lgb
def cross_validate(params):
    result = lgb.cv(
        params=dict(params, seed=(1)),  # not closed (
        folds="(",
"""


def test_a_call_that_the_code_ends_in_is_asked_for_by_its_full_name() -> None:
    assert unfinished_call(BEGUN) == "lightgbm.cv"
    assert read_query(BEGUN).names[0] == AskedName("lightgbm.cv")


def test_a_call_above_the_end_of_a_question_is_not_what_it_asks_for() -> None:
    text = f"{BEGUN}\nThat prints a warning about early stopping, which I do not want to see again."
    assert AskedName("lightgbm.cv") not in read_query(text).names


def test_headers_conditions_and_closed_calls_are_no_calls_to_finish() -> None:
    for code in ("def load(path: str,", "class Shop(", "if (", "x = load(path)", "x = [", "", ")(", "(" * 50):
        assert unfinished_call(code) == "", code


def test_a_name_that_the_code_of_a_question_defines_is_not_certain() -> None:
    text = "Write a function that rounds all numbers of an array.\n\ndef custom_round(arr):\n    return np."
    assert AskedName("custom_round", is_certain=False) in read_query(text).names
    assert names_made_up(text) == {"custom_round"}


def test_variables_and_parameters_of_code_are_names_that_it_made_up() -> None:
    code = (
        "import shop as s\nN_ROWS, total = 5, 0\nfor first_row in rows():\n    pass\n"
        "def pay(cart: s.Cart, *, by_card: bool = True):\n    with open(x) as bill:\n        a.paid = 1\n"
    )
    assert names_defined(code) == {"N_ROWS", "total", "first_row", "pay", "cart", "by_card", "bill"}
    assert AskedName("N_ROWS", is_certain=False) in read_query(f"Sum up the rows.\n{code}").names


def test_what_code_imports_is_asked_for_in_full_and_of_its_own_package() -> None:
    text = "Weigh the cart.\nfrom shop.carts import Cart\nimport numpy as np\nn = Cart(np.array_like(x))"
    names = read_query(text).names
    assert AskedName("shop.carts.Cart", is_certain=False, package="shop") in names
    assert AskedName("np.array_like", package="numpy") in names


def test_a_name_that_is_imported_from_another_library_finds_nothing_of_this_one(tmp_path: Path) -> None:
    files = {
        "__init__.py": 'class Axes:\n    """Cut n trees with axes."""\n'
        'def chop(n):\n    """Chop a tree down."""\n'
    }
    spec = CorpusSpec("wood", "package", str(write_tree(tmp_path / "wood", files)))
    code = "\nfrom {} import Axes\ndef fell(n) -> Axes:\n    return n, "
    with Index.build(tmp_path / "index", [spec]) as index:
        hits = [
            retrieve(index, f"Chop down n trees.{code.format(package)}", 2) for package in ("wood", "plots")
        ]
    shares = [{hit.chunk.symbol: dict(hit.shares) for hit in some}["wood.Axes"] for some in hits]
    assert "name maybe" in shares[0]
    assert "name maybe" not in shares[1]


def test_members_of_what_the_code_ends_in_come_first(tmp_path: Path) -> None:
    files = {
        "__init__.py": "from .carts import Cart, weigh\n",
        "carts.py": 'def weigh(cart):\n    """Weigh all that is in a cart."""\n'
        'class Cart:\n    """What is bought."""\n'
        '    def weight(self):\n        """Weigh all that is in a cart."""\n',
    }
    spec = CorpusSpec("shop", "package", str(write_tree(tmp_path / "shop", files)))
    text = "Weigh what is in the cart.\nimport shop\ndef scales(cart: shop.Cart):\n    return {}."
    with Index.build(tmp_path / "index", [spec]) as index:
        first = [retrieve(index, text.format(holder), 1)[0].chunk.symbol for holder in ("shop", "cart")]
    assert first == ["shop.weigh", "shop.Cart.weight"]
    assert unfinished_member("import a\nfrom shop.carts.") == "shop.carts"
    assert unfinished_member("from shop.carts import") == "shop.carts"
    assert unfinished_member("from shop import Cart\ncart = Cart(1)\ncart.") == "shop.Cart"
    assert unfinished_member("x = 1.") == unfinished_member("return (a).") == ""


def test_at_hand_are_modules_without_a_use_and_the_classes_of_parameters() -> None:
    code = (
        "import os\nimport numpy as np\nimport shop\ndef pay(cart: shop.Cart) -> np.array:\n    os.sync()\n"
    )
    assert at_hand(f"Pay for the import of shops.\n{code}") == {"numpy", "shop", "shop.Cart"}


@given(st.text(st.sampled_from("import as from x, y.(:)=\n#'\"def "), max_size=80))
def test_no_code_breaks_the_search_for_its_names(code: str) -> None:
    assert all(map(str.isidentifier, names_defined(code)))
    assert unfinished_member(code) == unfinished_member(code.rstrip())
    at_hand(code)


@given(st.text(st.sampled_from("([{}])\n'\"#def class a.b,="), max_size=60))
def test_no_code_breaks_the_search_for_its_last_call(code: str) -> None:
    name = unfinished_call(code)
    assert not name or all(part.isidentifier() for part in name.split("."))


def test_long_code_is_searched_in_little_time() -> None:
    start = process_time()
    for code in ("a(" * 20_000, "(" * 40_000, "x" * 40_000 + "(", '"""' * 20_000, "[a." * 20_000):
        unfinished_call(code)
    for code in (
        "def f(" * 9_000,
        "a, " * 9_000,
        "for a, " * 9_000,
        "import a\n" * 9_000,
        "a.b" * 9_000 + ".",
    ):
        names_defined(code), unfinished_member(code), at_hand(code)
    assert process_time() - start < 1


def test_a_made_up_name_finds_the_api_that_it_ends_with(tmp_path: Path) -> None:
    plots = ("pairplot", "pointplot", "regplot", "residplot", "rugplot")
    code = "\n\n".join(f'def {name}(data):\n    """Draw a figure of a table."""' for name in plots)
    write_tree(tmp_path, {"plots/__init__.py": code})
    with Index.build(tmp_path / "index", [CorpusSpec("plots", "package", str(tmp_path / "plots"))]) as index:
        question = "Write a custom_point_plot function that draws a figure of a table"
        query = with_wrapped_names(index, read_query(question))
        assert AskedName("point_plot", is_certain=False) in query.names
        assert retrieve(index, question, k=1)[0].chunk.symbol == "plots.pointplot"


def test_a_name_that_something_defines_is_looked_for_as_it_is(tmp_path: Path) -> None:
    write_tree(
        tmp_path / "src", {"a.py": "def custom_sort(x):\n    return x\n\n\ndef sort(x):\n    return x\n"}
    )
    with Index.build(tmp_path / "index", [tmp_path / "src"]) as index:
        query = read_query("where is custom_sort called with a list")
        assert with_wrapped_names(index, query) == query


IMPORTED = """Weigh all that is in the basket from the shop.

from typing import Optional
from shop.scales import weigh, weigh as heft, Basket
import os
def total(basket: Basket) -> Optional[int]:
    # weigh it
    return """


def test_an_import_that_the_code_does_not_use_yet_is_asked_for() -> None:
    assert unused_imports(IMPORTED) == ("shop.scales.weigh",)
    assert read_query(IMPORTED).names[0] == AskedName("shop.scales.weigh")
    assert [one.name for one in read_query(IMPORTED).names].count("shop.scales.weigh") == 1
    assert unused_imports(IMPORTED + "weigh(heft(basket))") == ()
    assert unused_imports("where do parcels come from and who may import them") == ()


@given(code=st.text(alphabet="from import a.b,()\n#'\"as ", max_size=200))
def test_no_code_breaks_the_look_at_its_imports(code: str) -> None:
    assert len(unused_imports(code)) <= 3


def test_many_imports_take_no_time() -> None:
    start = process_time()
    unused_imports("from a import b\n" * 100_000)
    unused_imports("from " * 100_000 + "import x")
    assert process_time() - start < 0.5
