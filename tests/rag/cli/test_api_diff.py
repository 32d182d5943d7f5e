"""`rag api diff` and its twin in the library."""

import json
from pathlib import Path

import pytest

import rag
from rag.cli.main import main
from tests.corpora.python.api.test_read_api import git
from tests.corpora.python.test_sdist import sdist
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


def test_two_revisions_of_the_repository_here_are_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for tag, text in (("v1.0", OLD), ("v2.0", NEW)):
        write_tree(tmp_path / "shop", {"__init__.py": text})
        if tag == "v1.0":
            git(tmp_path, "init", "-q", "-b", "main")
        else:
            notes = "Version 2.0\n-----------\n\n-   `Cart.pay` was removed, use `total`.\n"
            (tmp_path / "CHANGES.rst").write_text(notes, encoding="utf-8")
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "-q", "-m", tag)
        git(tmp_path, "tag", tag)
    monkeypatch.chdir(tmp_path)
    for versions in (["v1.0", "v2.0"], ["v1.0..main"], [".", "HEAD~1", "HEAD"], [".@v1.0", "."]):
        assert main(["api", "diff", *versions]) == 0
        assert "3 breaking changes, 1 other" in capsys.readouterr().out
    main(["api", "diff", "v1.0", "v2.0", "--notes"])
    assert "was removed, use" in capsys.readouterr().out
    main(["api", "diff", "v1.0", "main", "--notes"])
    captured = capsys.readouterr()
    assert captured.err.startswith("no lines of the release notes are shown: main is no version number")
    assert "was removed" not in captured.out
    assert main(["api", "diff", "v1.0", "v3.0"]) == 1
    assert "cannot read revision 'v3.0'" in capsys.readouterr().err
    assert main(["api", "diff", "nothing", "v3.0"]) == 1
    assert "no installed distribution" in capsys.readouterr().err


@pytest.mark.slow
def test_the_release_notes_of_a_version_are_fetched_with_its_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shelf = tmp_path / "shelf"
    for version, text in (("1.0", OLD), ("2.0", NEW)):
        make_wheel(shelf, "shop", version, {"shop/__init__.py": text})
    notes = "Version 2.0\n-----------\n\n-   `shop.Cart.pay` was removed, since nobody pays.\n"
    boom = "raise SystemExit('run')\n"
    sdist(shelf / "shop-2.0.tar.gz", {"CHANGES.rst": notes, "setup.py": boom}, "shop-2.0")
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    monkeypatch.chdir(tmp_path)
    for arguments in (["shop", "1.0", "2.0", "--notes"], ["--notes", "shop", "1.0", "2.0"]):
        assert main(["api", "diff", *arguments]) == 0
        assert "was removed, since nobody pays" in capsys.readouterr().out
    main(["api", "diff", "shop", "1.0", "2.0"])
    assert "nobody pays" not in capsys.readouterr().out
    assert main(["api", "diff", "shop", "2.0", "1.0", "--notes"]) == 1
    assert "cannot fetch the source distribution of shop 1.0" in capsys.readouterr().err
