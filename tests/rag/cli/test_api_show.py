"""`rag api show`: a library or one of its objects in a terminal of 80 columns, or as JSON."""

import json
from pathlib import Path

import pytest

from rag.cli.main import main
from tests.small_corpora import make_wheel

SOURCE = (
    "class Base:\n    def add(self, item): ...\n"
    'class Cart(Base, dict):\n    """A cart. It holds things.\n\n'
    '    .. versionadded:: 1.1\n        With a limit.\n    """\n'
    "    def __init__(self, items=(), *, limit: int | None = None, owner: str = 'nobody in particular', "
    "note=''): ...\n"
    "    " + "; ".join(f"value_{number} = {number}" for number in range(60)) + "\n"
    "def strange(x='\\x1b[31m'): ...\n"
)


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the path of a wheel of a small library."""
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))
    return str(
        make_wheel(
            tmp_path, "shop", "1.2", {"shop/__init__.py": SOURCE, "shop/net.py": ("def send(): ...\n")}
        )
    )


def shown(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    """Run `rag api show` and return what it prints."""
    assert main(["api", "show", *arguments]) == code
    captured = capsys.readouterr()
    return captured.err if code else captured.out


def test_the_modules_are_listed_with_counts(wheel: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(capsys, wheel).splitlines()
    assert lines[0].startswith("shop 1.2: 6 public names in 2 modules")
    assert lines[2].split() == ["module", "classes", "functions", "values"]
    assert [line.split() for line in lines[3:]] == [["shop", "2", "1", "0"], ["shop.net", "0", "1", "0"]]


def test_an_object_fits_80_columns(wheel: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, wheel, "Cart")
    assert max(map(len, text.splitlines())) <= 80
    assert text.startswith(
        "shop.Cart  (class, shop 1.2)\n  Cart(\n      items=(),\n      *,\n      limit: int | None = None,"
    )
    for part in (
        "  A cart.\n", "defined:    shop/__init__.py:3\n", "bases:      shop.Base, builtins.dict\n",
        "added:      1.1: With a limit.\n", "60 own members:\n", "1 from shop.Base:\n  add\n",
    ):  # fmt: skip
        assert part in text, part


def test_what_a_package_wrote_cannot_act_on_the_terminal(
    wheel: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "\x1b" not in shown(capsys, wheel, "strange")


def test_json_has_all_that_is_known(wheel: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(shown(capsys, wheel, "Cart.add", "--json"))
    assert (found["name"], found["path"], found["inherited_from"]) == (
        "shop.Cart.add",
        "shop.Base.add",
        "shop.Base",
    )
    assert found["object"]["signatures"][0]["text"] == "(item)"
    library = json.loads(shown(capsys, wheel, "--json"))
    assert [one["name"] for one in library["modules"]] == ["shop", "shop.net"]


def test_a_name_that_is_not_there_is_an_error_of_three_lines(
    wheel: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = shown(capsys, wheel, "Cart.ad", code=1)
    assert text.splitlines() == [
        "error: shop 1.2 has no shop.Cart.ad",
        "  why: shop.Cart has no ad",
        "  fix: did you mean shop.Cart.add?",
    ]
