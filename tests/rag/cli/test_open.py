"""`rag open`: the file of a hit in the user's editor, and nothing else."""

import json
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from corpora.errors import RagError
from rag.cli.last_search import HitPlace, last_places, remember_places
from rag.cli.main import main
from rag.cli.open import editor_command, open_place
from tests.small_corpora import make_wheel, write_tree

Captured = pytest.CaptureFixture[str]
Seen = Callable[[], list[list[str]]]


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Seen:
    """Make an editor that writes down its arguments; return a function that reads them."""
    log = tmp_path / "seen.jsonl"
    program = tmp_path / "edit tool.py"
    program.write_text(f"import json, sys\nprint(json.dumps(sys.argv[1:]), file=open({str(log)!r}, 'a'))\n")
    monkeypatch.setenv("VISUAL", shlex.join([sys.executable, str(program), "--wait"]))
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return lambda: [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


@pytest.mark.parametrize(
    ("editor", "command"),
    [
        ("vim", ["vim", "+7", "/a b.py"]),
        ("/usr/bin/nvim", ["/usr/bin/nvim", "+7", "/a b.py"]),
        ("emacsclient -nw", ["emacsclient", "-nw", "+7", "/a b.py"]),
        ("nano", ["nano", "+7", "/a b.py"]),
        ("code --wait", ["code", "--wait", "--goto", "/a b.py:7"]),
        ("Code.exe", ["Code.exe", "--goto", "/a b.py:7"]),
        ("subl -w", ["subl", "-w", "/a b.py:7"]),
        ("hx", ["hx", "/a b.py:7"]),
        ("pycharm", ["pycharm", "--line", "7", "/a b.py"]),
        ("own-editor", ["own-editor", "/a b.py"]),
    ],
)
def test_each_editor_is_told_the_line_as_it_takes_it(editor: str, command: list[str]) -> None:
    assert editor_command(shlex.split(editor), "/a b.py", 7) == command


def test_the_first_hit_opens_at_once(editor: Seen, tmp_path: Path, capsys: Captured) -> None:
    write_tree(tmp_path / "src")
    assert main(["index", "src"]) == 0
    assert main(["search", "--open", "parse_date"]) == 0
    assert editor() == [["--wait", str(tmp_path / "src" / "dates.py")]]


def test_a_hit_of_the_last_search_in_this_folder_opens(
    editor: Seen, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tree(tmp_path, {"x; touch pwned $(id).py": "x", "b.py": "y"})
    places = [
        HitPlace(name, str(tmp_path / name), str(tmp_path)) for name in ("b.py", "x; touch pwned $(id).py")
    ]
    remember_places(tmp_path, places)
    assert main(["open"]) == 0 and main(["open", "2"]) == 0
    assert editor() == [["--wait", place.file] for place in places]
    assert not (tmp_path / "pwned").exists()
    assert main(["open", "3"]) == 1
    assert "choose a number from 1 to 2" in capsys.readouterr().err
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert main(["open"]) == 1
    assert "no search" in capsys.readouterr().err


def test_what_was_stored_is_for_its_user_alone_and_does_not_grow(editor: Seen, tmp_path: Path) -> None:
    for number in range(50):
        remember_places(tmp_path / str(number), [HitPlace("x")] * 500)
    file = tmp_path / "cache" / "last-searches.json"
    assert file.stat().st_mode & 0o077 == 0 and file.stat().st_size < 500_000
    assert last_places(tmp_path / "0") == [] and len(last_places(tmp_path / "49")) == 100


@pytest.mark.parametrize(
    "stored", ["", "[]", "{", '{"HERE": 1}', '{"HERE": [{"nme": "x"}]}', '{"HERE": [[1]]}', '{"HERE": {}}']
)
def test_a_damaged_store_is_no_search(editor: Seen, tmp_path: Path, stored: str) -> None:
    remember_places(tmp_path, [HitPlace("x")])
    (tmp_path / "cache" / "last-searches.json").write_text(stored.replace("HERE", str(tmp_path)))
    assert last_places(tmp_path) == []
    remember_places(tmp_path, [HitPlace("x")])
    assert last_places(tmp_path) == [HitPlace("x")]


def test_what_left_the_folder_of_its_corpus_is_not_opened(editor: Seen, tmp_path: Path) -> None:
    root = write_tree(tmp_path / "src", {"real.py": "x"})
    (tmp_path / "secret").write_text("s")
    (root / "link.py").symlink_to(tmp_path / "secret")
    os.mkfifo(root / "pipe.py")
    (root / "folder.py").mkdir()
    for file in (
        root / "link.py",
        root / "pipe.py",
        root / "folder.py",
        root / "gone.py",
        tmp_path / "secret",
        Path("/etc/passwd"),
        Path("real.py"),
        Path("-c"),
        Path(f"{root}/../secret"),
        Path(f"{root}/a\0b"),
    ):
        with pytest.raises(RagError, match="is not opened"):
            open_place(HitPlace("x", str(file), str(root)))
    assert editor() == []


@pytest.mark.parametrize(
    "url",
    ["", "file:///etc/passwd", "javascript:alert(1)", "data:text/html,x", "ssh://host/x", "--new-window"],
)
def test_only_pages_with_http_go_to_the_browser(editor: Seen, url: str) -> None:
    with pytest.raises(RagError, match="cannot be opened"):
        open_place(HitPlace("x", url=url))


@pytest.mark.parametrize(
    ("visual", "why"), [("no-such-editor-anywhere", "no program"), ("vim 'x", "split into words")]
)
def test_an_editor_that_cannot_be_started_is_named(
    editor: Seen, tmp_path: Path, visual: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", visual)
    file = write_tree(tmp_path, {"a.py": "x"}) / "a.py"
    with pytest.raises(RagError, match="no editor") as caught:
        open_place(HitPlace("a.py", str(file), str(tmp_path)))
    assert why in caught.value.why and "EDITOR" in caught.value.fix


MODULE = 'def brew(pot):\n    """Brew tea in a pot."""\n'


@pytest.fixture
def module(editor: Seen, tmp_path: Path) -> Path:
    """Index an installed package in an environment beside the project; return its module."""
    site = tmp_path / ".venv" / "lib" / "python3.12" / "site-packages"
    write_tree(
        site,
        {
            "tea/__init__.py": MODULE,
            "tea-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tea\nVersion: 1.0\n",
            "tea-1.0.dist-info/RECORD": "tea/__init__.py,,\n",
        },
    )
    write_tree(tmp_path, {"pyproject.toml": "", ".venv/pyvenv.cfg": "home = /usr/bin\n"})
    assert main(["docs", "add", "pkg:tea"]) == 0
    return site / "tea" / "__init__.py"


def test_a_hit_in_an_installed_package_has_a_path_that_opens(
    editor: Seen, module: Path, tmp_path: Path, capsys: Captured
) -> None:
    capsys.readouterr()
    assert main(["search", "brew tea"]) == 0
    place = capsys.readouterr().out.partition(":")[0]
    assert tmp_path / place == module
    assert main(["search", "--json", "brew tea"]) == 0
    hit = json.loads(capsys.readouterr().out)[0]
    assert (hit["path"], hit["is_stale"]) == ("tea/__init__.py", False)
    assert (hit["root"], hit["absolute_path"]) == (str(module.parents[1]), str(module))
    assert main(["search", "--files", "--path", place, "brew tea"]) == 0
    assert main(["search", "--open", "brew tea"]) == 0
    assert editor() == [["--wait", str(module)]]


def test_a_package_that_has_changed_is_not_opened_and_the_error_says_how_to_see_the_text(
    editor: Seen, module: Path, capsys: Captured
) -> None:
    module.write_text(MODULE.replace("pot", "cup"))
    assert main(["search", "--open", "brew tea"]) == 1
    err = capsys.readouterr().err
    assert "it is not the file of tea 1.0 any more" in err and "rag search --full" in err
    module.unlink()
    assert main(["search", "--open", "brew tea"]) == 1
    assert "cannot be opened\n  why: this text on tea 1.0 was read from an archive" in capsys.readouterr().err
    assert editor() == []


def test_a_hit_in_a_wheel_says_how_to_see_its_text(editor: Seen, tmp_path: Path, capsys: Captured) -> None:
    wheel = make_wheel(tmp_path, "tea", "1.0", {"tea/__init__.py": MODULE})
    assert main(["docs", "add", str(wheel)]) == 0
    assert main(["search", "--open", "brew tea"]) == 1
    out, err = capsys.readouterr()
    assert "tea/__init__.py:1: tea.brew" in out
    assert "text on tea 1.0 was read from an archive" in err and "rag search --full" in err and editor() == []


def test_a_folder_of_the_name_of_a_page_or_package_is_not_taken_for_it(
    editor: Seen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manual = write_tree(tmp_path / "man", {"man1/brew.1": ".TH BREW 1\n.SH NAME\nbrew - make tea\n"})
    monkeypatch.setenv("MANPATH", str(manual))
    write_tree(tmp_path / "brew", {"man1/brew.1": "something else"})
    assert main(["index", "man:brew"]) == 0
    assert main(["search", "--open", "make tea"]) == 0
    assert editor() == [["--wait", str(manual / "man1" / "brew.1")]]


def test_a_description_of_an_api_opens(editor: Seen, tmp_path: Path) -> None:
    paths = {"/pots": {"get": {"summary": "List all pots", "responses": {"200": {"description": "ok"}}}}}
    api = {"openapi": "3.0.0", "info": {"title": "Tea", "version": "1"}, "paths": paths}
    (tmp_path / "tea.json").write_text(json.dumps(api))
    assert main(["docs", "add", "tea.json"]) == 0
    assert main(["search", "--open", "list all pots"]) == 0
    assert editor() == [["--wait", str(tmp_path / "tea.json")]]
