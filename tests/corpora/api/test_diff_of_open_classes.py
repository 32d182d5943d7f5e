"""What may still be there, since a class may have members that its source does not show."""

from pathlib import Path

from corpora.api.diff import diff
from corpora.api.model import ApiModel, ApiObject
from tests.corpora.api.test_diff import compared, only


def test_a_member_that_a_loop_may_give_a_class_is_not_gone_for_certain(tmp_path: Path) -> None:
    base = "class _Base:\n    def __getattr__(self, name): return 1\nclass Rows(_Base):\n"
    loop = "\nfor one in make():\n    setattr(Rows, one.name, one)\n"
    old, new = (f"{base}    {name} = 1\n" for name in ("UNION", "SIZE"))
    assert only(compared(tmp_path / "plain", old, new), "removed").is_certain
    change = only(compared(tmp_path, old, f"{new}{loop}"), "removed")
    assert (change.name, change.is_certain) == ("shop.Rows.UNION", False)


def test_a_member_that_a_compiled_class_may_inherit_from_python_is_not_gone_for_certain() -> None:
    def rows(*members: str) -> ApiModel:
        named = {"keys": "shop.Rows.keys", "shape": "shop.Rows.shape"}
        held = {name: named[name] for name in members}
        objects = {
            "shop": ApiObject("shop", "module", members={"Rows": "shop.Rows"}),
            "shop.Rows": ApiObject(
                "shop.Rows",
                "class",
                members=held,
                is_open=True,
                why_open="it is compiled",
                labels=("compiled",),
            ),
            **{path: ApiObject(path, "function") for path in held.values()},
        }
        names = {"shop": "shop", "shop.Rows": "shop.Rows"}
        return ApiModel("shop", "1", ("shop",), objects, names, {path: name for name, path in names.items()})

    found = diff(rows("keys", "shape"), rows())
    assert {one.name: one.is_certain for one in found.changes} == {
        "shop.Rows.keys": False,
        "shop.Rows.shape": True,
    }
