"""Names that are meant by others."""

from corpora.api.near_names import near_api_names, whole_name
from tests.corpora.api.test_model import shop


def test_what_is_before_a_name_may_be_left_out() -> None:
    model = shop()
    assert whole_name(model, "Cart.add") == "shop.Cart.add"
    assert whole_name(model, "Cart") == "shop.Cart"
    assert whole_name(model, "shop.Cart.add") == "shop.Cart.add"
    assert whole_name(model, "Cart.remove") == "shop.Cart.remove"
    assert whole_name(model, "other") == "other"


def test_a_member_that_is_misspelled_is_found_in_its_class() -> None:
    model = shop()
    assert near_api_names(model, "shop.Cart.totl")[0] == "shop.Cart.total"
    assert near_api_names(model, "shop.Crat")[0] == "shop.Cart"
    assert near_api_names(model, "shop.Cart.zzzzz") == []
    assert near_api_names(model, "shop.Cart.add") == []


def test_a_member_of_another_class_is_found() -> None:
    assert near_api_names(shop(), "shop.total") == ["shop.Cart.total"]
