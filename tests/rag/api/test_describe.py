"""What `rag api show` has to show, as the library returns it."""

from pathlib import Path

import pytest

from corpora.errors import CorpusError
from rag import describe_object, summarize_api
from tests.python_apis import api_of

FILES = {
    "__init__.py": '"""A shop."""\nfrom ._cart import Cart, total\nLIMIT = 3\n',
    "_cart.py": (
        "class Base:\n    def add(self, item): ...\n    def __getattr__(self, name): ...\n"
        'class Cart(Base):\n    """A cart."""\n    def total(self): ...\n    def _hidden(self): ...\n'
        "def total(items): ...\n"
    ),
    "net.py": '"""Orders."""\ndef send(): ...\n',
}


def test_a_library_is_summed_up_by_its_public_modules(tmp_path: Path) -> None:
    found = summarize_api(api_of(tmp_path, FILES))
    shown = [(one.name, one.classes, one.functions, one.values, one.summary) for one in found.modules]
    assert shown == [("shop", 1, 1, 1, "A shop."), ("shop.net", 0, 1, 0, "Orders.")]
    assert (found.library, found.version) == ("shop", "1.0")


def test_a_class_is_described_with_what_it_inherits(tmp_path: Path) -> None:
    found = describe_object(api_of(tmp_path, FILES), "Cart")
    assert (found.name, found.path) == ("shop.Cart", "shop._cart.Cart")
    assert [(one.of, one.names) for one in found.members] == [
        ("shop._cart.Cart", ("total",)),
        ("shop._cart.Base", ("add",)),
    ]
    assert found.why_open == ("shop._cart.Base: it has __getattr__",)
    assert found.names == ("shop.Cart",)


def test_private_members_are_shown_if_asked_for(tmp_path: Path) -> None:
    found = describe_object(api_of(tmp_path, FILES), "Cart", private=True)
    assert "_hidden" in found.members[0].names


def test_a_method_is_described_with_the_class_that_it_comes_from(tmp_path: Path) -> None:
    found = describe_object(api_of(tmp_path, FILES), "shop.Cart.add")
    assert (found.path, found.inherited_from) == ("shop._cart.Base.add", "shop._cart.Base")


def test_a_name_that_is_not_there_is_an_error_with_those_that_are_meant(tmp_path: Path) -> None:
    model = api_of(tmp_path, FILES)
    with pytest.raises(CorpusError, match=r"shop 1\.0 has no shop\.Cart\.totl") as caught:
        describe_object(model, "Cart.totl")
    assert "did you mean shop.Cart.total" in caught.value.fix
    assert "it has __getattr__" in caught.value.why
    with pytest.raises(CorpusError) as caught:
        describe_object(model, "zzz")
    assert caught.value.fix == "leave out the name to see all modules"
