"""The classes that docstrings say functions return."""

import pytest

from corpora.python.api.bodies.documented_returns import documented_returns


@pytest.mark.parametrize(
    ("docstring", "name"),
    [
        ("Make.\n\nReturns\n-------\nG : Graph\n    The graph.\n", "Graph"),
        (
            "Make.\n\n    Returns\n    -------\n    Graph or None\n        It.\n\n    Notes\n    -----\n",
            "Graph",
        ),
        ("Make.\n\nReturns\n-------\n:class:`~shop.Graph`\n", "shop.Graph"),
        ("Make.\n\nReturns\n-------\nout : numpy.ndarray\n", "numpy.ndarray"),
        ("Make.\n\nReturns:\n    Graph: what was made\n", "Graph"),
        ("Make.\n\n:param x: a thing\n:rtype: shop.Graph\n", "shop.Graph"),
        ("Make.\n\nReturns\n-------\nG : Graph\nn : int\n", ""),  # a tuple
        ("Make.\n\nReturns\n-------\nG : NetworkX graph\n", ""),
        ("Make.\n\nReturns\n-------\nout : array\n", ""),
        ("Make.\n\nReturns:\n    The graph: or so\n", ""),
        ("Make.\n\n:rtype: list(Graph)\n", ""),
        ("Make.\n\nReturns\n-------\nout : Tree, or Graph or None\n", ""),
        ("Make.\n\nReturns\n-------\nTree or shop.Graph or None\n    It.\n", "Tree shop.Graph"),
        ("Make.\n\nReturns\n-------\nTree\n%(see_also)s\n{examples}\n", "Tree"),
        ("Make.\n\nReturns\n-------\nTree or list\n    It.\n", ""),
        ("Returns a Graph.", ""),
    ],
)
def test_the_classes_that_are_named_are_found(docstring: str, name: str) -> None:
    assert documented_returns(docstring) == tuple(name.split())


def test_a_long_docstring_takes_no_long() -> None:
    assert documented_returns("\nReturns\n" + " " * 20_000 + "-" * 20_000) == ()
