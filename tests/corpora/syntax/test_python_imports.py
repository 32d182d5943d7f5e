"""What imported names stand for: one table of cases, and Python's own answer as the oracle."""

import ast
from importlib.util import resolve_name as python_resolves

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.syntax.python_imports import (
    imported_names,
    imported_names_in_lines,
    resolve_name,
    star_imports,
)

ABSOLUTE = [
    ("import json", {"json": "json"}),
    ("import a, b as c", {"a": "a", "c": "b"}),
    ("import a.b.c", {"a": "a"}),
    ("import a.b as c", {"c": "a.b"}),
    ("from a import b", {"b": "a.b"}),
    ("from a.b import c as d, e", {"d": "a.b.c", "e": "a.b.e"}),
    ("from a import (\n    b,\n    c as d,\n)", {"b": "a.b", "d": "a.c"}),
    ("def f():\n    import numpy as np", {"np": "numpy"}),
    ("class C:\n    from a import b", {"b": "a.b"}),
    ("try:\n    import ujson as json\nexcept ImportError:\n    import json", {"json": "json"}),
    ("if True:\n    from a import x\nelse:\n    from b import x", {"x": "b.x"}),
    ("import x\ndef f():\n    from y import x", {"x": "y.x"}),
    ("from a import *", {}),
    ("from __future__ import annotations", {"annotations": "__future__.annotations"}),
    ("x = 1\nx.y()", {}),
]
# Of the module `shop.cart.views`, then of the package `shop.cart` in its `__init__.py`.
RELATIVE = [
    ("from . import models", "shop.cart.models", "shop.cart.models"),
    ("from . import m as models", "shop.cart.m", "shop.cart.m"),
    ("from .db import models", "shop.cart.db.models", "shop.cart.db.models"),
    ("from .. import models", "shop.models", "shop.models"),
    ("from ..db.sql import models", "shop.db.sql.models", "shop.db.sql.models"),
    ("from ... import models", "models", "models"),
    ("from ...db import models", "db.models", "db.models"),
    ("from ......db import models", "db.models", "db.models"),
]


@pytest.mark.parametrize(("code", "names"), ABSOLUTE)
def test_a_local_name_stands_for_what_its_import_names(code: str, names: dict[str, str]) -> None:
    assert imported_names(ast.parse(code)) == names
    assert imported_names(ast.parse(code), "shop.cart.views") == names


@pytest.mark.parametrize(("code", "in_module", "in_package"), RELATIVE)
def test_dots_lead_up_from_the_module_or_the_package_that_holds_the_code(
    code: str, in_module: str, in_package: str
) -> None:
    tree = ast.parse(code)
    assert list(imported_names(tree, "shop.cart.views").values()) == [in_module]
    assert list(imported_names(tree, "shop.cart", is_package=True).values()) == [in_package]


@pytest.mark.parametrize(
    ("code", "expected"),
    [("from . import z", "z"), ("from .y import z", "y.z"), ("from ...x.y import z", "x.y.z")],
)
def test_dots_are_dropped_where_the_module_is_not_known(code: str, expected: str) -> None:
    assert imported_names(ast.parse(code)) == imported_names_in_lines(code) == {"z": expected}
    assert imported_names(ast.parse(code), is_package=True) == {"z": expected}


PARTS = st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=1, max_size=4)


@given(module=PARTS, is_package=st.booleans(), level=st.integers(1, 5), target=PARTS | st.just([]))
def test_relative_imports_mean_what_python_makes_of_them(
    module: list[str], is_package: bool, level: int, target: list[str]
) -> None:
    dots = "." * level + ".".join(target)
    tree = ast.parse(f"from {dots} import name")
    found = imported_names(tree, ".".join(module), is_package=is_package)["name"]
    package = ".".join(module if is_package else module[:-1])
    try:
        expected = python_resolves(dots, package)
    except ImportError:  # above the top, or of a module in no package
        expected = ".".join(target)
    assert found == (f"{expected}.name" if expected else "name")


def test_everything_of_a_module_is_imported_by_a_star() -> None:
    tree = ast.parse("from os.path import *\ntry:\n    from .models import *\nexcept ImportError:\n    pass")
    assert star_imports(tree, "shop.views") == ["os.path", "shop.models"]
    assert star_imports(ast.parse("from os import path")) == []


@pytest.mark.parametrize(
    ("code", "names"), [case for case in ABSOLUTE if "\n" not in case[0] and case[0] != "import a, b as c"]
)
def test_lines_are_read_as_statements_are(code: str, names: dict[str, str]) -> None:
    assert imported_names_in_lines(f"{code}\nthis is (no Python") == names


def test_the_first_line_of_an_import_that_was_cut_off_is_read() -> None:
    code = "from billing import (send, Client as C,\n    other\nimport numpy as np  # arrays\nsend(x"
    assert imported_names_in_lines(code) == {
        "send": "billing.send",
        "C": "billing.Client",
        "np": "numpy",
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [("np.linalg.norm", "numpy.linalg.norm"), ("np", "numpy"), ("other.np", ""), ("n", ""), ("", "")],
)
def test_a_name_is_resolved_by_its_first_part(name: str, expected: str) -> None:
    assert resolve_name(name, {"np": "numpy"}) == expected
