"""The API of a library: what a name leads to, and what a class inherits."""

from corpora.api.model import ApiModel, ApiObject, Missing
from corpora.api.signature import Parameter, Signature


def model_of(*objects: ApiObject, names: dict[str, str] | None = None) -> ApiModel:
    """Return the model of a library `shop` with these objects and public names."""
    names = names or {}
    best: dict[str, str] = {}
    for name, path in sorted(names.items(), key=lambda one: len(one[0])):
        best.setdefault(path, name)
    return ApiModel("shop", "1.0", ("shop",), {one.path: one for one in objects}, names, best)


def shop() -> ApiModel:
    """Return a library with a class in a private module that inherits its methods."""
    return model_of(
        ApiObject("shop", "module", members={"Cart": "shop._cart.Cart", "_cart": "shop._cart", "os": "os"}),
        ApiObject("shop._cart", "module", members={"Cart": "shop._cart.Cart", "Base": "shop._cart.Base"}),
        ApiObject(
            "shop._cart.Base", "class", members={"add": "shop._cart.Base.add", "_x": "shop._cart.Base._x"}
        ),
        ApiObject(
            "shop._cart.Base.add", "function", (Signature((Parameter("item", "positional or keyword"),)),)
        ),
        ApiObject("shop._cart.Base._x", "attribute"),
        ApiObject(
            "shop._cart.Cart",
            "class",
            bases=("shop._cart.Base", "builtins.dict"),
            members={"total": "shop._cart.Cart.total"},
        ),
        ApiObject("shop._cart.Cart.total", "property", annotation="float"),
        names={"shop": "shop", "shop.Cart": "shop._cart.Cart"},
    )


def test_a_name_leads_through_imports_and_bases_to_where_the_object_is_defined() -> None:
    found = shop().find("shop.Cart.add")
    assert found is not None
    assert (found.path, found.holder, found.through) == (
        "shop._cart.Base.add",
        "shop._cart.Cart",
        "shop._cart.Base",
    )
    assert found.is_inherited
    assert found.object is not None and str(found.object.signatures[0]) == "(item)"


def test_a_class_has_the_members_of_builtin_bases() -> None:
    found = shop().find("shop.Cart.setdefault")
    assert found is not None and found.path == "builtins.dict.setdefault"
    assert found.object is None


def test_a_name_of_another_library_is_found_and_not_followed() -> None:
    assert shop().find("shop.os") is not None
    assert shop().look_up("shop.os.path") == Missing("shop.os.path", "os", "path", is_open=True)


def test_a_missing_name_says_where_it_ends() -> None:
    model = shop()
    assert model.look_up("shop.Cart.remove") == Missing(
        "shop.Cart.remove", "shop._cart.Cart", "remove", False
    )
    assert model.look_up("other.Cart") == Missing("other.Cart", "", "other", False)
    assert model.find("shop.Cart.remove") is None


def test_members_come_in_the_order_in_which_python_asks() -> None:
    members = shop().members_of("shop._cart.Cart")
    assert [*members][:3] == ["total", "add", "_x"]
    assert members["pop"] == "builtins.dict.pop"


def test_public_are_offered_names_and_public_members_of_classes() -> None:
    model = shop()
    for name in ("shop.Cart", "shop.Cart.add", "shop.Cart.total", "shop.Cart.__init__"):
        assert model.is_public(name), name
    for name in ("shop._cart", "shop._cart.Cart", "shop.Cart._x", "shop.Cart.gone", "shop.os"):
        assert not model.is_public(name), name
    assert model.public_name("shop._cart.Cart.total") == "shop.Cart.total"
    assert model.public_name("shop._cart.Base.add") == ""


def test_a_class_is_open_if_a_base_is() -> None:
    closed = ApiObject("shop.A", "class")
    for base, is_open in (
        (ApiObject("shop.B", "class"), False),
        (ApiObject("shop.B", "class", is_open=True), True),
        (ApiObject("shop.B", "class", bases=("",)), True),
        (ApiObject("shop.B", "class", bases=("elsewhere.C",)), True),
        (ApiObject("shop.B", "class", bases=("collections.OrderedDict",)), False),
        (ApiObject("shop.B", "class", bases=("shop.gone.C",)), True),
    ):
        derived = ApiObject("shop.D", "class", bases=("shop.A", "shop.B"))
        assert model_of(closed, base, derived).is_open("shop.D") is is_open, base


def test_the_order_of_bases_is_that_of_python() -> None:
    model = model_of(
        ApiObject("shop.A", "class"),
        ApiObject("shop.B", "class", bases=("shop.A",)),
        ApiObject("shop.C", "class", bases=("shop.A",)),
        ApiObject("shop.D", "class", bases=("shop.B", "shop.C")),
    )
    assert model.order("shop.D") == ("shop.D", "shop.B", "shop.C", "shop.A", "builtins.object")


def test_bases_without_a_consistent_order_and_circles_end() -> None:
    model = model_of(
        ApiObject("shop.A", "class", bases=("shop.B",)),
        ApiObject("shop.B", "class", bases=("shop.A",)),
        ApiObject("shop.C", "class", bases=("shop.C",)),
        ApiObject("shop.D", "class", bases=("shop.E", "shop.F")),
        ApiObject("shop.E", "class"),
        ApiObject("shop.F", "class", bases=("shop.E",)),
    )
    assert set(model.order("shop.A")) == {"shop.A", "shop.B", "builtins.object"}
    assert set(model.order("shop.C")) == {"shop.C", "builtins.object"}
    assert {*model.order("shop.D")} == {"shop.D", "shop.E", "shop.F", "builtins.object"}


def test_a_signature_is_shown_as_it_is_written() -> None:
    parameters = (
        Parameter("a", "positional only"),
        Parameter("b", "positional or keyword", "1", "int"),
        Parameter("c", "keyword only", "None"),
        Parameter("options", "variadic keyword"),
    )
    assert str(Signature(parameters, "str")) == "(a, /, b: int = 1, *, c=None, **options) -> str"
    assert str(Signature((Parameter("a", "positional only"),))) == "(a, /)"
    assert (
        str(Signature((Parameter("a", "variadic positional"), Parameter("b", "keyword only")))) == "(*a, b)"
    )
    assert [one.is_required for one in parameters] == [True, False, False, False]
