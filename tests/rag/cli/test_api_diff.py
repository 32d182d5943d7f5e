"""`rag api diff` and its twin in the library."""

import json
from pathlib import Path

import pytest

import rag
from rag.cli.main import main
from tests.small_corpora import make_wheel, write_tree

OLD = (
    "class Cart:\n    def pay(self, amount, currency='EUR'):\n        return amount\n"
    "    def size(self):\n        return 1\n"
    "def total(items, tax=0.2):\n    return sum(items)\n"
)
NEW = (
    "class Cart:\n    def size(self):\n        return 1\n"
    "def total(items, *, tax=0.25):\n    return sum(items)\n"
    "def refund(amount):\n    return -amount\n"
)


@pytest.fixture
def shops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with two versions of a package, `old` and `new`, that is the working folder."""
    for name, text in (("old", OLD), ("new", NEW)):
        write_tree(tmp_path / name / "shop", {"__init__.py": text})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_changes_are_grouped_with_breaking_ones_first(
    shops: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["api", "diff", "old", "new"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("3 breaking changes, 1 other")
    assert lines.index("Breaking (3)") < lines.index("Other changes (1)")
    assert "    shop.Cart.pay()" in lines
    assert "    shop.total: tax  (0.2 -> 0.25)" not in lines  # (one blank between words)
    assert max(map(len, lines)) <= 80


def test_the_exit_code_tells_a_build_of_breaking_changes(shops: Path) -> None:
    assert main(["api", "diff", "old", "new", "--fail-on", "breaking"]) == 1
    assert main(["api", "diff", "old", "old", "--fail-on", "breaking"]) == 0
    assert main(["api", "diff", "old", "new", "--name", "shop.refund", "--fail-on", "breaking"]) == 0
    assert main(["api", "diff", "old", "new", "--name", "shop.refund", "--fail-on", "any"]) == 1


def test_json_has_all_that_is_known(shops: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["api", "diff", "old", "new", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["breaking"] == 3
    assert found["counts"]["removed"] == 1
    (removed,) = [change for change in found["changes"] if change["kind"] == "removed"]
    assert removed["name"] == "shop.Cart.pay"
    assert removed["old"] == "(amount, currency='EUR')"
    assert (removed["file"], removed["line"]) == ("shop/__init__.py", 2)


def test_markdown_of_a_hostile_docstring_is_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = "# Big [click](http://evil.example) <script>alert(1)</script> `a` \\x1b[31m| *b*"
    text = f'def pay():\n    """Pay.\n\n    .. deprecated:: 1.5\n        {said}\n    """\n'
    write_tree(tmp_path / "old" / "shop", {"__init__.py": f"{text}A = 1\n"})
    write_tree(tmp_path / "new" / "shop", {"__init__.py": "A = 1\n"})
    monkeypatch.chdir(tmp_path)
    main(["api", "diff", "old", "new", "--markdown"])
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "<script" not in shown.replace("\\<script", "")
    assert "\\[click\\](http\\://" in shown
    main(["api", "diff", "old", "new"])
    assert "\x1b" not in capsys.readouterr().out


def test_only_breaking_changes_are_shown_where_that_is_asked(
    shops: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["api", "diff", "old", "new", "--breaking"])
    assert "Other changes" not in capsys.readouterr().out


def test_a_name_that_did_not_change_is_met_with_the_one_that_may_be_meant(
    shops: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["api", "diff", "old", "new", "--name", "shop.Crt"]) == 0
    assert "did you mean shop.Cart?" in capsys.readouterr().err


def test_one_argument_is_an_error_that_says_how_to_name_two(
    shops: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["api", "diff", "old"]) == 1
    assert "fix: give two versions" in capsys.readouterr().err


def test_wheels_are_compared_with_their_versions(tmp_path: Path) -> None:
    old = make_wheel(tmp_path, "shop", "1.0", {"shop/__init__.py": OLD})
    new = make_wheel(tmp_path, "shop", "2.0", {"shop/__init__.py": NEW})
    found = rag.diff_apis(str(old), str(new))
    assert (found.library, found.old, found.new) == ("shop", "1.0", "2.0")
    assert [change.name for change in found.breaking] == ["shop.Cart.pay", "shop.total", "shop.total"]


def test_models_that_are_read_already_are_compared_as_they_are(shops: Path) -> None:
    models = [rag.read_api(f"./{name}") for name in ("old", "new")]
    assert rag.diff_apis(*models) == rag.diff_apis("./old", "./new")
