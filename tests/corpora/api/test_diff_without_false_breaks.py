"""What looks like a break in signatures, and is none for those who call."""

from pathlib import Path

import pytest

from tests.corpora.api.test_diff import compared, only


def test_the_parameters_of_a_metaclass_are_not_those_of_its_classes(tmp_path: Path) -> None:
    meta = "class Meta(type):\n    def __init__(cls, name, bases, members): ...\n"
    base = "def with_metaclass(meta, base): return meta('made', (base,), {})\n"
    old = f"{meta}{base}class Kind(with_metaclass(Meta, object)): pass\n"
    new = f"{meta}class Kind:\n    def __init__(self, size=1): ...\n"
    found = compared(tmp_path, old, new)
    assert not [one for one in found.breaking if one.name == "shop.Kind" and one.parameter]


def test_a_name_that_only_one_branch_binds_may_not_have_been_there(tmp_path: Path) -> None:
    old = "import os\nclass Rows:\n    def size(self): ...\n    if os.environ.get('OLD'):\n"
    old += "        def next(self): ...\nif os.environ.get('OLD'):\n    LONG = 1\nSHORT = 1\n"
    found = compared(tmp_path, old, "class Rows:\n    pass\n")
    removed = {one.name: one.is_certain for one in found.changes if one.kind == "removed"}
    assert removed["shop.Rows.size"] is removed["shop.SHORT"] is True
    assert removed["shop.Rows.next"] is removed["shop.LONG"] is False


def test_what_one_overload_demands_others_do_without(tmp_path: Path) -> None:
    old = "def shape(size): ...\n"
    ways = "from typing import overload\n@overload\ndef shape(size: int): ...\n@overload\n"
    new = f"{ways}def shape(size: int, more: int): ...\ndef shape(size, *more): ...\n"
    assert not compared(tmp_path, old, new).breaking
    assert only(
        compared(tmp_path / "plain", old, "def shape(size, more): ...\n"), "parameter added"
    ).is_breaking


def test_the_arguments_of_operators_are_never_given_by_name(tmp_path: Path) -> None:
    source = "class Row:\n    def {0}(self, {1}): return 1\n"
    for name, is_quiet in (("__add__", True), ("__call__", False), ("add", False)):
        for new in ("b", "a, /"):
            found = compared(tmp_path / name / new[:1], source.format(name, "a"), source.format(name, new))
            assert (not found.breaking) is is_quiet, name


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("_sql.null()", "sql.null()", 0),
        ("NO_ARG", "_Mark.NO_ARG", 0),
        ("_shared['size']", "True", 1),
        ("make_table()", "TABLE", 1),
    ],
)
def test_a_default_that_is_made_elsewhere_is_not_changed_for_certain(
    tmp_path: Path, old: str, new: str, changes: int
) -> None:
    made = "_shared = {'size': True}\n"
    found = compared(tmp_path, f"{made}def pay(x={old}): ...\n", f"{made}def pay(x={new}): ...\n")
    assert len(found.changes) == changes
    assert not found.breaking


def test_a_keyword_that_a_base_names_is_still_taken_where_the_base_takes_any(tmp_path: Path) -> None:
    base = "class _Dialect:\n    def __init__(self, serializer=None, **kwargs): exec('')\n"
    old = f"{base}class Lite(_Dialect):\n    def __init__(self, *, serializer=None, **kwargs): exec('')\n"
    new = f"{base}class Lite(_Dialect):\n    def __init__(self, **kwargs): super().__init__(**kwargs)\n"
    assert not compared(tmp_path, old, new).changes
