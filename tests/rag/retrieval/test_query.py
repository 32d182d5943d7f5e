"""Analysis of a question: whether it is a name, and which libraries it is about."""

import pytest

from rag.retrieval.questions.query import libraries_meant, read_query

LIBRARIES = ("git", "git-log", "pandas", "scikit_learn", "pytorch", "beautifulsoup4", "python", "billing-kit")


@pytest.mark.parametrize(
    ("text", "libraries"),
    [
        ("sort a pandas frame", {"pandas"}),
        ("pd.concat two frames", {"pandas"}),
        ("how do I join two DataFrames", {"pandas"}),
        ("append a row to a DataFrame", {"pandas"}),
        ("from sklearn.svm import SVC", {"scikit_learn"}),
        ("scikit-learn pipeline", {"scikit_learn"}),
        ("import torch and pandas", {"pytorch", "pandas"}),
        ("parse html with bs4", {"beautifulsoup4"}),
        ("Billing_Kit invoices", {"billing-kit"}),
        ("scikit learn pipeline", {"scikit_learn"}),
        ("git log of one file", {"git-log"}),
        ("log to git", {"git"}),
        ("reverse a string", set()),
        ("reverse a string in python", set()),
        ("a panda and a torchlight", set()),
        ("", set()),
    ],
)
def test_a_library_is_meant_by_its_name_its_import_or_its_alias(text: str, libraries: set[str]) -> None:
    assert libraries_meant(text, LIBRARIES) == libraries


def test_what_several_libraries_have_names_them_all() -> None:
    assert libraries_meant("sort a DataFrame", ("polars", "pandas", "numpy")) == {"polars", "pandas"}


@pytest.mark.parametrize(
    ("text", "is_name"),
    [
        ("read_csv", True),
        ("os.path.join", True),
        ("main.go", True),
        ("main.go:300", False),
        ("Vec::push", True),
        ("read a csv", False),
        ("größenänderung", True),
        ("検索", True),
        ("使用pandas读取", False),
        ("如何读取很大的文件", False),
    ],
)
def test_a_single_word_is_a_name(text: str, is_name: bool) -> None:
    assert read_query(text).is_name == is_name


def test_the_tokens_of_a_question_leave_out_what_carries_no_topic() -> None:
    assert read_query("how do I sort the list").tokens == ("sort", "list")


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("Vec::push", "std.vec.Vec.push"),
        ("Vec.push()", "Vec.push"),
        ("Queue#drain", "Jobs.Queue.drain"),
        ("App\\Http\\Request", "App.Http.Request"),
        ("$this->items", "Queue.$this.items"),
        ("Queue.#items", "Queue.#items"),
    ],
)
def test_a_name_is_that_of_the_symbol_it_ends_however_its_parts_are_joined(text: str, symbol: str) -> None:
    assert read_query(text).is_name_of(symbol)


@pytest.mark.parametrize(
    ("text", "symbol"), [("Command", "command"), ("push", "Vec.unpush"), ("push items", "push items")]
)
def test_a_name_is_meant_letter_by_letter_and_a_sentence_is_no_name(text: str, symbol: str) -> None:
    assert not read_query(text).is_name_of(symbol)
