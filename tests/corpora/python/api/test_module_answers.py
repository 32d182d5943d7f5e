"""What modules answer, pass on and delete is part of their API."""

from pathlib import Path

from corpora.api.model import ApiModel, ApiObject
from corpora.python.api.read import read_python_api
from tests.small_corpora import write_tree


def api(folder: Path, files: dict[str, str]) -> ApiModel:
    """Return the API of a package `shop`."""
    return read_python_api(str(write_tree(folder / "shop", files)))


def module(model: ApiModel, path: str) -> ApiObject:
    """Return a module of a model."""
    return model.objects[path]


def test_a_module_whose_getattr_only_knows_a_table_is_not_open(tmp_path: Path) -> None:
    text = (
        "from importlib import import_module\n"
        "_HOMES = {'Cart': 'shop.cart'}\n"
        "def __getattr__(name):\n"
        "    if name in _HOMES:\n"
        "        return getattr(import_module(_HOMES[name]), name)\n"
        "    raise AttributeError(name)\n"
    )
    found = api(tmp_path, {"__init__.py": text, "cart.py": "class Cart: pass\n"})
    assert not module(found, "shop").is_open
    assert module(found, "shop").members["Cart"] == "shop.cart.Cart"


def test_names_that_a_module_refuses_are_no_members_and_kept_with_the_reason(tmp_path: Path) -> None:
    text = (
        "A = 1\n_GONE = {'pay': 'use A'}\n"
        "def __getattr__(name):\n"
        "    if name in _GONE:\n"
        "        raise AttributeError(f'{name} is gone: {_GONE[name]}')\n"
        "    raise AttributeError(name)\n"
    )
    for _ in range(2):  # read, and from the cache
        found = module(api(tmp_path, {"__init__.py": text}), "shop")
        assert found.refused == {"pay": "pay is gone: use A"}
        assert "pay" not in found.members


def test_a_getattr_that_passes_on_a_module_of_unknown_names_is_open(tmp_path: Path) -> None:
    found = api(
        tmp_path,
        {
            "__init__.py": "from shop import real\ndef __getattr__(name): return getattr(real, name)\n",
            "real.py": "from compiled import *\n",
        },
    )
    assert module(found, "shop").is_open


def test_names_that_a_function_adds_to_all_are_passed_on_by_a_star(tmp_path: Path) -> None:
    found = api(
        tmp_path,
        {
            "__init__.py": "from shop.core import *\n__all__ = ['x']\n__all__.extend(core.__all__)\nx = 1\n",
            "core.py": (
                "from shop import money\nfrom shop.money import *\n__all__ = ['y']\ny = 2\n"
                "def extend_all(module):\n    __all__.append(module.__all__)\nextend_all(money)\n"
            ),
            "money.py": "__all__ = ['pay']\ndef pay(): pass\ndef tax(): pass\n",
        },
    )
    assert found.names["shop.pay"] == "shop.money.pay"
    assert "shop.tax" not in found.names


def test_what_a_block_binds_and_deletes_is_no_member(tmp_path: Path) -> None:
    text = "A = 1\nif A:\n    line = 2\n    kept = line\n    del line\n"
    assert {"kept"} <= module(api(tmp_path, {"__init__.py": text}), "shop").members.keys() - {"line"}
    assert "line" not in module(api(tmp_path, {"__init__.py": text}), "shop").members
