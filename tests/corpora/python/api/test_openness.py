"""A class or module is closed only if the source shows all of its members."""

from pathlib import Path

import pytest

from tests.python_apis import api_of, object_named

OPEN_CLASSES = {
    "it has __getattr__": "class Cart:\n    def __getattr__(self, name): ...\n",
    "it has __getattribute__": "class Cart:\n    def __getattribute__(self, name): ...\n",
    "setattr of any name": (
        "class Cart:\n    def __init__(self, **k):\n        for n in k:\n            setattr(self, n, 1)\n"
    ),
    "the dictionary is updated": (
        "class Cart:\n    def __init__(self, **k):\n        self.__dict__.update(k)\n"
    ),
    "the dictionary is assigned to": "class Cart:\n    def __init__(self, k):\n        self.__dict__ = k\n",
    "a key of the dictionary": "class Cart:\n    def put(self, n):\n        self.__dict__[n] = 1\n",
    "vars": "class Cart:\n    def put(self, n):\n        vars(self)[n] = 1\n",
    "names in the class body": "class Cart:\n    for n in 'ab':\n        locals()[n] = 1\n",
    "an unknown decorator": "from elsewhere import fill\n@fill\nclass Cart: ...\n",
    "a decorator that adds": (
        "def fill(c):\n    setattr(c, make(), 1)\n    return c\n@fill\nclass Cart: ...\n"
    ),
    "a decorator that gives it away": (
        "from elsewhere import fill\n"
        "def mark(c):\n    c.x = 1\n    fill(c)\n    return c\n@mark\nclass Cart: ...\n"
    ),
    "a decorator that adds to its dictionary": (
        "def mark(c):\n    c.x = 1\n    vars(c)[make()] = 1\n    return c\n@mark\nclass Cart: ...\n"
    ),
    "an unknown metaclass": "from elsewhere import Meta\nclass Cart(metaclass=Meta): ...\n",
    "a metaclass with members": (
        "class Meta(type):\n    def find(cls): ...\nclass Cart(metaclass=Meta): ...\n"
    ),
    "an unknown base": "from elsewhere import Base\nclass Cart(Base): ...\n",
    "a base that is made": "Base = make()\nclass Cart(Base): ...\n",
    "two branches": "if make():\n    class Cart: ...\nelse:\n    class Cart:\n        x = 1\n",
    "patched in a loop": "class Cart: ...\nfor n in names():\n    setattr(Cart, n, 1)\n",
    "a named tuple that a call makes": (
        "from collections import namedtuple\nCart = namedtuple('Cart', 'a b')\n"
    ),
    "a base that is a named tuple": (
        "from collections import namedtuple\nclass Cart(namedtuple('Cart', 'a b')): ...\n"
    ),
    "a base is open": "class Base:\n    def __getattr__(self, n): ...\nclass Cart(Base): ...\n",
    "a base adds to its heirs": (
        "class Base:\n    def __init_subclass__(cls):\n"
        "        setattr(cls, make(), 1)\nclass Cart(Base): ...\n"
    ),
}

CLOSED_CLASSES = {
    "nothing": "class Cart: ...\n",
    "a dataclass": (
        "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass Cart:\n    x: int = 1\n"
    ),
    "an abstract class": "import abc\nclass Cart(metaclass=abc.ABCMeta): ...\n",
    "an enumeration": "import enum\nclass Cart(enum.Enum):\n    A = 1\n",
    "an exception": "class Cart(ValueError): ...\n",
    "a metaclass that adds nothing": (
        "class Meta(type):\n    def __call__(cls):\n"
        "        return super().__call__()\nclass Cart(metaclass=Meta): ...\n"
    ),
    "a decorator that names what it adds": (
        "ALL = set()\ndef named(c):\n    return c.__name__\n"
        "def mark(c):\n    c.label = named(c)\n    ALL.add(c)\n    return c\n@mark\nclass Cart: ...\n"
    ),
    "a decorator that adds nothing": "def mark(c):\n    return c\n@mark\nclass Cart: ...\n",
    "setattr of known names": "class Cart:\n    def __init__(self):\n        setattr(self, 'x', 1)\n",
    "setattr of another": "class Cart:\n    def put(self, other, n):\n        setattr(other, n, 1)\n",
    "state that is restored": (
        "class Cart:\n    def __setstate__(self, s):\n        self.__dict__.update(s)\n"
    ),
    "bases of Python": (
        "from typing import Generic, TypeVar\nT = TypeVar('T')\nclass Cart(dict, Generic[T]): ...\n"
    ),
}

OPEN_MODULES = {
    "it has __getattr__": "def __getattr__(name): ...\n",
    "globals": "for n in 'ab':\n    globals()[n] = 1\n",
    "globals are updated": "globals().update(make())\n",
    "a function adds to globals": "def fill(n):\n    globals()[n] = 1\n",
    "the module is replaced": "import sys\nsys.modules[__name__] = make()\n",
    "code is executed": "exec(make())\n",
    "all names of another library": "from elsewhere import *\n",
    "all names of an open module": "from .inner import *\n",
}


@pytest.mark.parametrize("case", OPEN_CLASSES)
def test_a_class_is_open(case: str, tmp_path: Path) -> None:
    model = api_of(tmp_path, {"__init__.py": OPEN_CLASSES[case]})
    assert model.is_open("shop.Cart")


@pytest.mark.parametrize("case", CLOSED_CLASSES)
def test_a_class_is_closed(case: str, tmp_path: Path) -> None:
    model = api_of(tmp_path, {"__init__.py": CLOSED_CLASSES[case]})
    assert not model.is_open("shop.Cart"), object_named(model, "shop.Cart").why_open


@pytest.mark.parametrize("case", OPEN_MODULES)
def test_a_module_is_open(case: str, tmp_path: Path) -> None:
    inner = "def __getattr__(name): ...\n"
    model = api_of(tmp_path, {"__init__.py": OPEN_MODULES[case], "inner.py": inner})
    assert object_named(model, "shop").is_open
    assert object_named(model, "shop").why_open


def test_a_compiled_module_is_open_and_its_stub_tells_what_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "_fast.cpython-311-x86_64-linux-gnu.so").write_bytes(b"\x7fELF")
    files = {
        "__init__.py": "from ._fast import Cart, add\n",
        "_fast.pyi": "class Cart: ...\ndef add(a: int) -> int: ...\n",
    }
    model = api_of(tmp_path, files)
    assert model.is_open("shop._fast") and model.is_open("shop.Cart")
    assert [str(way) for way in object_named(model, "shop.add").signatures] == ["(a: int) -> int"]


def test_a_name_from_compiled_code_that_nothing_declares_has_no_object(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "_fast.cpython-311-x86_64-linux-gnu.so").write_bytes(b"\x7fELF")
    model = api_of(tmp_path, {"__init__.py": "from ._fast import add\n"})
    found = model.find("shop.add")
    assert found is not None and found.object is None
    assert model.is_open("shop._fast")


def test_the_stub_of_a_package_tells_of_what_its_code_takes_from_compiled_code(tmp_path: Path) -> None:
    files = {
        "__init__.py": "from ._core import sine, Array\ndef own(a): ...\n",
        "__init__.pyi": (
            "class _Call:\n    def __call__(self, x: float, /, *, out: None = None) -> float: ...\n"
            "sine: _Call\nclass _Base:\n    def sum(self) -> int: ...\nclass Array(_Base):\n    size: int\n"
            "def own(a: int) -> int: ...\n"
        ),
        "_core.pyi": "",
    }
    model = api_of(tmp_path, files)
    found = object_named(model, "shop.sine")
    assert [str(way) for way in found.signatures] == ["(x: float, /, *, out: None = None) -> float"]
    assert model.find("shop.Array.sum") is not None
    assert [str(way) for way in object_named(model, "shop.own").signatures] == ["(a)"]


def test_a_module_that_has_another_object_of_a_name_tells_nothing_of_compiled_code(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "_fast.cpython-311-x86_64-linux-gnu.so").write_bytes(b"\x7fELF")
    files = {
        "__init__.py": "from .tables import add\n",
        "tables.py": "from ._fast import add\n",
        "tables.pyi": "def add(a: int, dtype: type) -> int: ...\n",
        "letters.py": "from ._fast import add as join\ndef add(text): ...\n",
        "letters.pyi": "def add(text: str) -> str: ...\n",
    }
    model = api_of(tmp_path, files)
    found = model.find("shop.add")
    assert found is not None and found.object is not None
    assert [str(way) for way in found.object.signatures] == ["(a: int, dtype: type) -> int"]
