"""What the bodies of functions tell of changes that their signatures alone show otherwise."""

from pathlib import Path

import pytest

from tests.corpora.api.test_diff import compared, only


@pytest.mark.parametrize(
    "body", ["raise SystemExit(code)", "_leave(code)", "stack = list(code)\n    return _leave(stack, code)"]
)
def test_a_function_that_raised_before_is_only_annotated_now(tmp_path: Path, body: str) -> None:
    old = f"def leave(code):\n    {body}\n"
    new = f"from typing import NoReturn\ndef leave(code) -> NoReturn:\n    {body}\n"
    assert not compared(tmp_path, old, new).breaking
    works = "def leave(code):\n    for key in sorted(code, reverse=True):\n        print(key)\n    return 1\n"
    change = only(compared(tmp_path / "works", works, new), "no longer callable")
    assert change.detail == "it only raises"


def test_a_parameter_that_kwargs_pass_on_to_a_base_that_names_it_is_still_taken(tmp_path: Path) -> None:
    base = "class _Field:\n    def __init__(self, *, default=None, missing=None): ...\n"
    old = f"{base}class Nested(_Field):\n    def __init__(self, nested, *, default=None, **kwargs):\n"
    old += "        super().__init__(default=default, **kwargs)\n"
    new = f"{base}class Nested(_Field):\n    def __init__(self, nested, **kwargs):\n"
    new += "        super().__init__(**kwargs)\n"
    assert not compared(tmp_path, old, new).changes
    placed = old.replace("nested, *,", "nested,")
    change = only(compared(tmp_path / "place", placed, new), "parameter kind changed")
    assert (change.parameter, change.detail) == ("default", "no longer by position")


def test_a_default_that_the_function_itself_puts_in_place_of_none_may_be_the_same(tmp_path: Path) -> None:
    old = "def pause(info='Press a key'):\n    print(info)\n"
    for name, body in (
        ("if", "    if info is None:\n        info = translated('Press a key')\n"),
        ("or", "    info = info or translated('Press a key')\n"),
        ("choice", "    info = info if info is not None else translated('Press a key')\n"),
    ):
        new = f"def pause(info=None):\n{body}    print(info)\n"
        change = only(compared(tmp_path / name, old, new), "default changed")
        assert (change.is_breaking, change.is_certain) == (True, False)
        assert change.detail == "the function itself replaces None"
    plain = "def pause(info=None):\n    print(info)\n"
    assert only(compared(tmp_path, old, plain), "default changed").is_certain


def test_a_parameter_that_a_star_takes_now_can_no_longer_be_named(tmp_path: Path) -> None:
    old = "def validates(name): ...\n"
    change = only(compared(tmp_path, old, "def validates(*names): ...\n"), "parameter kind changed")
    assert (change.parameter, change.new, change.detail) == ("name", "*names", "no longer by name")
    assert (change.is_breaking, change.is_certain) == (True, True)


def test_private_parameters_are_no_promise(tmp_path: Path) -> None:
    old = "def add(_key, value, _mode=False): ...\n"
    found = compared(tmp_path, old, "def add(key, value): ...\n")
    assert not found.breaking
    assert only(found, "parameter removed").detail == "its name is private"


def test_special_names_of_python_2_are_not_compared(tmp_path: Path) -> None:
    old = "class Cart:\n    def __unicode__(self): return ''\n    def __nonzero__(self): return True\n"
    assert not compared(tmp_path, old, "class Cart:\n    pass\n").changes


def test_a_name_for_type_checkers_that_functions_use_when_they_run_is_set_elsewhere(tmp_path: Path) -> None:
    old = "lambdas = None\ndef make(x): return lambdas.Element(x)\n"
    new = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from shop import lambdas\n"
    makes = "def make(x):\n    return lambdas.Element(x)\n"
    imports = "def make(x):\n    from shop import lambdas\n    return lambdas.Element(x)\n"
    annotates = "def make(x: lambdas.Element):\n    made: lambdas.Element = x\n    return made\n"
    beside = {"__init__.py": "", "lambdas.py": "class Element: ...\n"}

    def is_gone(name: str, body: str) -> bool:
        files = beside | {"made.py": f"{new}{body}"}
        found = compared(tmp_path / name, beside | {"made.py": old}, files)
        return any(one.name == "shop.made.lambdas" for one in found.breaking)

    assert not is_gone("uses", makes)
    assert is_gone("imports", imports)
    assert is_gone("annotates", annotates)
