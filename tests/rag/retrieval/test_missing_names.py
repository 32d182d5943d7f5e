"""The names that error messages say are not there."""

from time import process_time

import pytest

from rag.retrieval.questions.missing_names import missing_names
from rag.retrieval.questions.query import read_query


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("AttributeError: 'DataFrame' object has no attribute 'append'", ("DataFrame.append",)),
        ("AttributeError: type object 'Basket' has no attribute 'make'", ("Basket.make",)),
        ("AttributeError: module 'numpy' has no attribute 'float'. np.float was", ("numpy.float",)),
        ("module `shop.tools` has no attribute `weigh`", ("shop.tools.weigh",)),
        ("ImportError: cannot import name 'weigh' from 'shop.tools' (/a/b.py)", ("shop.tools.weigh",)),
        ("TypeError: Basket.total() got an unexpected keyword argument 'tax'", ("Basket.total.tax",)),
        ("ModuleNotFoundError: No module named 'shop.tools'", ("shop.tools",)),
        ("the basket has no attribute of its own", ()),
        ("append a row to a DataFrame", ()),
    ],
)
def test_an_error_message_names_what_is_missing(text: str, names: tuple[str, ...]) -> None:
    assert missing_names(text) == names


@pytest.mark.parametrize(
    "seed", ["'a' has no attribute ", "a.", "'a", "cannot import name 'a' from ", "a() got an "]
)
def test_a_hostile_question_takes_no_time(seed: str) -> None:
    start = process_time()
    missing_names(seed * 20_000)
    assert process_time() - start < 0.5


def test_what_an_error_lacks_is_asked_for_by_its_whole_name() -> None:
    asked = read_query("AttributeError: module 'networkx' has no attribute 'info'", ["networkx"]).names
    assert (asked[0].name, asked[0].is_certain) == ("networkx.info", True)
    twice = read_query("`pandas.Panel`: cannot import name 'Panel' from 'pandas'").names
    assert [one.name for one in twice].count("pandas.Panel") == 1
    assert read_query("No module named 'pandas'").names == ()
