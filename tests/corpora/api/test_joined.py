"""Several libraries as one model."""

from corpora.api.joined import joined_models
from corpora.api.model import ApiModel, ApiObject


def model_named(library: str, *objects: ApiObject) -> ApiModel:
    """Return the model of a library with these objects, all of them public by their paths."""
    names = {one.path: one.path for one in objects}
    return ApiModel(library, "1", (library,), {one.path: one for one in objects}, names, names)


def test_a_class_inherits_from_one_of_another_library_by_the_name_that_it_imports() -> None:
    base = model_named(
        "tools",
        ApiObject("tools", "module", members={"Base": "tools._base.Base"}),
        ApiObject("tools._base", "module", members={"Base": "tools._base.Base"}),
        ApiObject("tools._base.Base", "class", members={"run": "tools._base.Base.run"}),
        ApiObject("tools._base.Base.run", "function"),
    )
    shop = model_named(
        "shop",
        ApiObject("shop", "module", members={"Cart": "shop.Cart", "Base": "tools.Base"}),
        ApiObject("shop.Cart", "class", bases=("tools.Base",)),
    )
    assert shop.find("shop.Cart.run") is None
    assert shop.is_open("shop.Cart")
    joined = joined_models([shop, base])
    found = joined.find("shop.Cart.run")
    assert found is not None and (found.path, found.through) == ("tools._base.Base.run", "tools._base.Base")
    assert not joined.is_open("shop.Cart")
    assert joined.find("shop.Base.run") is not None
    assert joined.find("tools.Base") is not None
    assert (joined.library, joined.tops) == ("shop", ("shop", "tools"))
    assert joined.is_public("shop.Cart.run")
    assert {"shop.Cart", "tools._base.Base"} <= {*joined.objects}
    assert len(joined.objects) == 6
