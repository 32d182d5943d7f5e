"""The members of the modules and classes of a package, as they are when it runs."""

from pathlib import Path

from tests.python_apis import api_of, object_named


def test_names_are_those_of_imports_assignments_loops_and_blocks(tmp_path: Path) -> None:
    model = api_of(
        tmp_path,
        {
            "__init__.py": (
                "import os\nfrom . import inner as renamed\nfrom .inner import run as go, VALUE\n"
                "for number in (1, 2):\n    pass\nwith open(os.devnull) as handle:\n    pass\n"
                "first, (second, *rest) = 1, (2, 3)\nif (size := 3):\n    pass\n"
                "del number\n"
            ),
            "inner.py": "VALUE = 1\ndef run():\n    global counted\n    counted = 1\n_private = 2\n",
        },
    )
    members = object_named(model, "shop").members
    assert members["os"] == "os"
    assert members["renamed"] == "shop.inner"
    assert members["go"] == "shop.inner.run"
    assert {"handle", "first", "second", "rest", "size", "inner", "VALUE"} <= members.keys()
    assert "number" not in members
    inner = object_named(model, "shop.inner")
    assert {"_private", "counted"} <= inner.members.keys()
    assert inner.maybe == ("counted",)


def test_imports_for_type_checkers_are_no_members(tmp_path: Path) -> None:
    source = (
        "import typing as t\nif t.TYPE_CHECKING:\n"
        "    from collections import OrderedDict\n    def both(): ...\n"
        "else:\n    both = max\n"
    )
    model = api_of(tmp_path, {"__init__.py": source})
    members = object_named(model, "shop").members
    assert "both" in members
    assert "OrderedDict" not in members


def test_a_name_of_one_branch_may_be_there(tmp_path: Path) -> None:
    source = (
        "try:\n    import fastlib\n    HAS = True\nexcept ImportError:\n    HAS = False\n"
        "if HAS:\n    EXTRA = 1\nif __name__ == '__main__':\n    script = 1\n"
    )
    found = object_named(api_of(tmp_path, {"__init__.py": source}), "shop")
    assert {"HAS", "EXTRA", "fastlib"} <= found.members.keys()
    assert found.maybe == ("EXTRA", "fastlib")
    assert "script" not in found.members


def test_branches_of_other_versions_of_python_are_left_out(tmp_path: Path) -> None:
    source = "import sys\nif sys.version_info >= (3, 0):\n    def new(): ...\nelse:\n    def old(): ...\n"
    members = object_named(api_of(tmp_path, {"__init__.py": source}), "shop").members
    assert "new" in members and "old" not in members


def test_star_imports_bring_what_the_other_module_offers(tmp_path: Path) -> None:
    files = {
        "__init__.py": "from .a import *\nfrom .b import *\n",
        "a.py": "__all__ = ['one']\none = 1\ntwo = 2\n",
        "b.py": "from .c import *\n_hidden = 1\n",
        "c.py": "def three(): ...\n",
    }
    found = object_named(api_of(tmp_path, files), "shop")
    assert {"one", "three"} <= found.members.keys()
    assert not {"two", "_hidden"} & found.members.keys()
    assert found.members["three"] == "shop.c.three"
    assert not found.is_open


def test_what_a_package_imports_stands_before_a_submodule_of_that_name(tmp_path: Path) -> None:
    model = api_of(
        tmp_path, {"__init__.py": "from .area import area\n", "area.py": "def area(side): ...\nUNIT = 1\n"}
    )
    assert object_named(model, "shop.area").kind == "function"
    assert model.names["shop.area"] == "shop.area.area"
    assert (
        object_named(model, "shop.area.UNIT").kind == "attribute"
    )  # (as `from shop.area import UNIT` finds it)


def test_lazy_modules_have_what_their_tables_tell(tmp_path: Path) -> None:
    source = (
        "_HOMES = {'Cart': 'shop.cart', 'Item': ('.cart', 'Item')}\n"
        "__all__ = ['Cart', 'Item', 'other']\n"
        "def __getattr__(name): ...\n"
    )
    model = api_of(tmp_path, {"__init__.py": source, "cart.py": "class Cart: ...\nclass Item: ...\n"})
    found = object_named(model, "shop")
    assert found.members["Cart"] == "shop.cart.Cart"
    assert found.members["Item"] == "shop.cart.Item"
    assert "other" in found.members
    assert found.is_open and found.why_open == "it has __getattr__"


def test_instances_have_what_methods_and_slots_give_them(tmp_path: Path) -> None:
    source = (
        "class Base:\n    def size(self): ...\n"
        "class Cart(Base):\n    __slots__ = ('weight',)\n    limit: int\n    rate = 1\n"
        "    def __init__(self):\n        self.items, self.total = [], 0\n        self.size = 1\n"
        "    def fill(self):\n        self._filled = True\n        setattr(self, 'named', 1)\n"
    )
    model = api_of(tmp_path, {"__init__.py": source})
    members = object_named(model, "shop.Cart").members
    assert {"items", "total", "_filled", "named", "weight", "limit", "rate"} <= members.keys()
    for name in ("items", "total", "_filled", "limit"):
        assert "instance attribute" in object_named(model, f"shop.Cart.{name}").labels, name
    for name in ("rate", "weight"):
        assert "instance attribute" not in object_named(model, f"shop.Cart.{name}").labels, name
    found = model.find("shop.Cart.size")
    assert found is not None and found.path == "shop.Base.size"


def test_a_function_under_another_name_is_one_object(tmp_path: Path) -> None:
    source = (
        "def total(items): ...\nsum_of = total\nclass Cart:\n    def add(self, item): ...\n    put = add\n"
    )
    model = api_of(tmp_path, {"__init__.py": source})
    assert object_named(model, "shop").members["sum_of"] == "shop.total"
    assert object_named(model, "shop.Cart").members["put"] == "shop.Cart.add"


def test_bases_are_found_through_imports(tmp_path: Path) -> None:
    files = {
        "__init__.py": "from .cart import Cart\n",
        "cart.py": (
            "from .compat import Mapping\nfrom ._base import Base\n"
            "class Cart(Base[int], Mapping, dict): ...\n"
        ),
        "compat.py": "from collections.abc import Mapping\n",
        "_base.py": (
            "from typing import Generic, TypeVar\nT = TypeVar('T')\n"
            "class Base(Generic[T]):\n    def add(self): ...\n"
        ),
    }
    model = api_of(tmp_path, files)
    assert object_named(model, "shop.Cart").bases == (
        "shop._base.Base", "collections.abc.Mapping", "builtins.dict",
    )  # fmt: skip
    found = model.find("shop.Cart.add")
    assert found is not None and found.path == "shop._base.Base.add"
    assert model.find("shop.Cart.setdefault") is not None


def test_modules_in_a_folder_without_an_init_are_read(tmp_path: Path) -> None:
    files = {
        "__init__.py": "from .core.app import App\n",
        "core/app.py": "class App:\n    def run(self): ...\n",
    }
    model = api_of(tmp_path, files)
    assert object_named(model, "shop.App.run").path == "shop.core.app.App.run"


def test_a_module_has_what_another_one_assigns_to_it(tmp_path: Path) -> None:
    files = {"types.py": "class A: ...\n", "more.py": "from . import types\ntypes.DEFAULT = types.A()\n"}
    assert "DEFAULT" in object_named(api_of(tmp_path, files), "shop.types").members


def test_tests_are_left_out(tmp_path: Path) -> None:
    model = api_of(tmp_path, {"cart.py": "class Cart: ...\n", "tests/test_cart.py": "def test(): ...\n"})
    assert not any("tests" in path for path in model.objects)
