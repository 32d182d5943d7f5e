"""How the objects of a package are called, as users call them."""

from pathlib import Path

import pytest

from corpora.python.api.signatures import signature_of_call
from tests.python_apis import api_of, calls, object_named

CONSTRUCTORS = {
    "its own": ("class C:\n    def __init__(self, a, *, b=1): ...\n", ["(a, *, b=1)"]),
    "that of a base": ("class B:\n    def __init__(self, a): ...\nclass C(B): ...\n", ["(a)"]),
    "none": ("class C: ...\n", ["()"]),
    "__new__": ("class C:\n    def __new__(cls, a): ...\n", ["(a)"]),
    "__new__ that passes on": (
        "class C:\n    def __new__(cls, *args, **kwargs): ...\n    def __init__(self, a): ...\n",
        ["(a)"],
    ),
    "a dataclass": (
        "from dataclasses import dataclass, field, KW_ONLY\nfrom typing import ClassVar\n"
        "@dataclass\nclass B:\n    a: int\n    n: ClassVar[int] = 0\n"
        "@dataclass\nclass C(B):\n    b: list = field(default_factory=list)\n    c: int = field(init=False)\n"
        "    _: KW_ONLY\n    d: str = 'x'\n",
        ["(a: int, b: list = list(), *, d: str = 'x') -> None"],
    ),
    "a dataclass without a constructor": (
        "from dataclasses import dataclass\n@dataclass(init=False)\nclass C:\n    a: int\n",
        ["()"],
    ),
    "a dataclass with a constructor": (
        (
            "from dataclasses import dataclass\n@dataclass\nclass C:\n    a: int\n"
            "    def __init__(self, x): ...\n"
        ),
        ["(x)"],
    ),
    "attrs": (
        "import attr\n@attr.s\nclass C:\n    a = attr.ib()\n"
        "    _b = attr.ib(default=2)\n    c = attr.ib(init=False)\n"
        "    d: int = 3\n",
        ["(a, b=2) -> None"],
    ),
    "attrs with annotations": (
        (
            "from attrs import define, field\n@define(kw_only=True)\nclass C:\n"
            "    a: int\n    b: int = field(factory=dict)\n"
        ),
        ["(*, a: int, b: int = dict()) -> None"],
    ),
    "pydantic": (
        "from pydantic import BaseModel, Field\nclass B(BaseModel):\n    a: int\n    model_config = {}\n"
        "class C(B):\n    b: str = Field('x', gt=1)\n    _private: int = 1\n    c: int = Field(...)\n",
        ["(*, a: int, b: str = 'x', c: int) -> None"],
    ),
    "pydantic with another name": (
        "from pydantic import BaseModel, Field\nclass C(BaseModel):\n    a: int = Field(alias='b')\n",
        [],
    ),
    "NamedTuple": (
        "from typing import NamedTuple\nclass C(NamedTuple):\n    a: int\n    b: str = ''\n",
        ["(a: int, b: str = '')"],
    ),
    "an enumeration": ("import enum\nclass C(enum.Enum):\n    A = 1\n", []),
    "a metaclass that is called": (
        (
            "class M(type):\n    def __call__(cls, x): ...\nclass C(metaclass=M):\n"
            "    def __init__(self, a): ...\n"
        ),
        [],
    ),
    "a base of another library": ("from elsewhere import B\nclass C(B): ...\n", []),
    "an exception": ("class C(ValueError): ...\n", []),
}


@pytest.mark.parametrize("case", CONSTRUCTORS)
def test_a_class_is_called_as(case: str, tmp_path: Path) -> None:
    source, expected = CONSTRUCTORS[case]
    assert calls(api_of(tmp_path, {"__init__.py": source}), "shop.C") == expected


def test_self_and_cls_are_left_out_and_a_static_method_stays(tmp_path: Path) -> None:
    source = (
        "class C:\n    def a(self, x, /, y=None, *args, z, **kwargs): ...\n"
        "    @classmethod\n    def b(cls, x): ...\n"
        "    @staticmethod\n    def c(x): ...\n    def d(*args): ...\n"
    )
    model = api_of(tmp_path, {"__init__.py": source})
    assert calls(model, "shop.C.a") == ["(x, /, y=None, *args, z, **kwargs)"]
    assert calls(model, "shop.C.b") == ["(x)"]
    assert calls(model, "shop.C.c") == ["(x)"]
    assert calls(model, "shop.C.d") == ["(*args)"]
    assert object_named(model, "shop.C.b").labels == ("classmethod",)


def test_the_implementation_counts_in_a_module_and_overloads_in_a_stub(tmp_path: Path) -> None:
    source = (
        "from typing import overload\n@overload\ndef f(a: int) -> int: ...\n"
        "@overload\ndef f(a: str) -> str: ...\n"
    )
    model = api_of(tmp_path, {"__init__.py": f"{source}def f(a, b=1): ...\n", "declared.pyi": source})
    assert calls(model, "shop.f") == ["(a, b=1)"]
    assert calls(model, "shop.declared.f") == ["(a: int) -> int", "(a: str) -> str"]


def test_definitions_in_several_branches_are_alternatives(tmp_path: Path) -> None:
    source = "if make():\n    def f(a): ...\nelse:\n    def f(a, b): ...\n"
    assert calls(api_of(tmp_path, {"__init__.py": source}), "shop.f") == ["(a)", "(a, b)"]


def test_the_last_of_two_plain_definitions_counts(tmp_path: Path) -> None:
    assert calls(api_of(tmp_path, {"__init__.py": "def f(a): ...\ndef f(b): ...\n"}), "shop.f") == ["(b)"]


def test_a_decorator_that_keeps_the_signature_is_seen_through(tmp_path: Path) -> None:
    source = (
        "import functools\nfrom elsewhere import strange\n"
        "def logged(f):\n    @functools.wraps(f)\n    def inner(*args, **kwargs): ...\n    return inner\n"
        "def marked(text):\n    def mark(f):\n        return f\n    return mark\n"
        "def odd(f):\n    def inner(x): ...\n    return inner\n"
        "@logged\ndef a(x): ...\n@marked('t')\ndef b(x): ...\n"
        "@functools.lru_cache(maxsize=1)\ndef c(x): ...\n"
        "@odd\ndef d(x, y): ...\n@strange\ndef e(x, y): ...\n"
    )
    model = api_of(tmp_path, {"__init__.py": source})
    for name in ("a", "b", "c"):
        assert calls(model, f"shop.{name}") == ["(x)"], name
    for name in ("d", "e"):
        assert calls(model, f"shop.{name}") == [], name
        assert [str(way) for way in object_named(model, f"shop.{name}").written] == ["(x, y)"]
    assert object_named(model, "shop.e").decorators == ("elsewhere.strange",)


def test_a_decorator_may_take_old_names_of_parameters(tmp_path: Path) -> None:
    source = (
        "from functools import wraps\n"
        "def deprecate_kwarg(old):\n    def make(f):\n        return wraps(f)(f)\n    return make\n"
        "@deprecate_kwarg('old')\ndef f(new): ...\n"
    )
    assert "takes more keywords" in object_named(api_of(tmp_path, {"__init__.py": source}), "shop.f").labels


def test_properties_are_not_called(tmp_path: Path) -> None:
    source = (
        "from functools import cached_property\nclass C:\n    @property\n    def a(self) -> int: ...\n"
        "    @a.setter\n    def a(self, value): ...\n    @cached_property\n"
        "    def b(self) -> str: ...\n    c: int = 1\n"
    )
    model = api_of(tmp_path, {"__init__.py": source})
    for name, annotation in (("a", "int"), ("b", "str")):
        found = object_named(model, f"shop.C.{name}")
        assert (found.kind, found.annotation, found.signatures) == ("property", annotation, ()), name
    value = object_named(model, "shop.C.c")
    assert (value.kind, value.annotation, value.value) == ("attribute", "int", "1")


def test_long_defaults_are_cut(tmp_path: Path) -> None:
    model = api_of(tmp_path, {"__init__.py": f"def f(a='{'x' * 500}'): ...\n"})
    default = object_named(model, "shop.f").signatures[0].parameters[0].default
    assert default is not None and len(default) == 200


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("sqrt(x, /)", ["(x, /)"]),
        (
            "class array(object, dtype=None, *, copy=True) -> array",
            ["(object, dtype=None, *, copy=True) -> array"],
        ),
        ("f(...)", []),
        ("range(start[, stop])", []),
        ("class C", []),
        ("f(): import os", []),
    ],
)
def test_the_call_that_compiled_code_documents_is_parsed(call: str, expected: list[str]) -> None:
    assert [str(way) for way in signature_of_call(call)] == expected


def test_values_that_are_nested_deep_are_left_out(tmp_path: Path) -> None:
    deep = " + ".join(["1"] * 260)
    source = (
        "from dataclasses import dataclass\nimport enum\n"
        f"@dataclass\nclass C:\n    a: int = {deep}\nclass D(metaclass=make({deep})):\n    pass\n"
        f"def f(a={deep}): ...\n"
    )
    model = api_of(tmp_path, {"__init__.py": source})
    assert calls(model, "shop.C")[0].startswith("(a: int = ")
    assert model.is_open("shop.D")
    assert signature_of_call(f"f(a={deep})")
    assert calls(model, "shop.f")[0].startswith("(a=1")


def test_deprecation_notes_and_sketches_are_kept(tmp_path: Path) -> None:
    source = (
        "import warnings\n"
        'def f(a, b=1):\n    """Add things.\n\n    .. versionadded:: 1.2\n\n'
        "    Parameters\n    ----------\n    b : int\n"
        '        A thing.\n\n        .. deprecated:: 2.0\n            Use c.\n    """\n    return a + b * 2\n'
        "def g(x, y=1):\n    return x + y * 2\n"
        "def h():\n    warnings.warn('h is deprecated, use f', DeprecationWarning)\n"
    )
    model = api_of(tmp_path, {"__init__.py": source})
    found = object_named(model, "shop.f")
    assert found.summary == "Add things."
    assert [(note.kind, note.version, note.text, note.about) for note in found.notes] == [
        ("added", "1.2", "", ""),
        ("deprecated", "2.0", "Use c.", "b"),
    ]
    assert found.deprecated == ""  # (only a parameter is)
    assert object_named(model, "shop.h").deprecated == "h is deprecated, use f"
    assert len(found.sketch) == 16
    assert (found.file, found.line) == ("shop/__init__.py", 2)


def test_a_stub_tells_what_a_decorator_hides(tmp_path: Path) -> None:
    source = "from elsewhere import strange\n@strange\ndef f(a, b): ...\n@strange\ndef g(a, b): ...\n"
    stub = "def f(a: int, /, b: int = ...) -> int: ...\ndef g(*args, **kwargs): ...\n"
    model = api_of(tmp_path, {"plots.py": source, "plots.pyi": stub})
    assert calls(model, "shop.plots.f") == ["(a: int, /, b: int = ...) -> int"]
    assert [str(way) for way in object_named(model, "shop.plots.f").written] == ["(a, b)"]
    assert calls(model, "shop.plots.g") == []


def test_decorators_that_calls_make_or_that_pass_all_on_are_seen_through(tmp_path: Path) -> None:
    source = (
        "import functools\n"
        "def fill(texts):\n    def mark(f):\n        return f\n    return mark\n"
        "filled = fill({})\nalso = functools.partial(fill, {})()\n"
        "def passing(f):\n    def inner(*args, **kwargs):\n        return f(*args, **kwargs)\n"
        "    return inner\n"
        "def taking(f):\n    def inner(*args, **kwargs):\n        kwargs.pop('x', 0)\n"
        "        return f(*args, **kwargs)\n    return inner\n"
        "def seeding(f):\n    @functools.wraps(f)\n    def inner(*args, rng=None, **kwargs):\n"
        "        return f(*args, **kwargs)\n    return inner\n"
        "@filled\ndef a(x): ...\n@passing\ndef b(x): ...\n@taking\ndef c(x): ...\n@seeding\ndef d(x): ...\n"
    )
    model = api_of(tmp_path, {"__init__.py": source})
    assert [calls(model, f"shop.{name}") for name in "abcd"] == [["(x)"], ["(x)"], [], ["(x)"]]
    assert "takes more keywords" in object_named(model, "shop.d").labels
