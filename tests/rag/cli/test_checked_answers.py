"""`rag generate --check` and `--repair` as their users meet them."""

import json
import sys
from pathlib import Path

import pytest

from rag.cli.main import main
from tests.installed_libraries import KITCHEN, environment_with
from tests.small_corpora import write_tree

Captured = pytest.CaptureFixture[str]

WRONG = "import kitchen\n\nkitchen.serve('soup', tabel=3)"
RIGHT = "import kitchen\n\nkitchen.serve('soup', table=3)"
MODEL = f"""
import sys
asked = sys.stdin.read()
print('''```python\\n{WRONG}\\n```''' if 'Your last answer' not in asked else '''```python\\n{RIGHT}\\n```''')
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    environment_with(root, kitchen=("2.0", KITCHEN))
    write_tree(root, {"src/menu.py": "def soup():\n    '''Serve soup.'''\n", "model.py": MODEL})
    write_tree(root, {"shell.py": "print('```sh\\nls | grep soup;; done\\n```')\n"})
    assert main(["index", str(root / "src"), "--index", str(root / ".rag")]) == 0
    return root


@pytest.fixture
def project(made: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(made)
    monkeypatch.setenv("RAG_CACHE", str(made / "cache"))
    return made


def generate(*options: str, model: str = "model.py") -> int:
    by = ["--generator", f"command:{sys.executable} {model}"]
    return main(["generate", *by, "--python", "environment", "--types", "none", *options, "serve soup"])


def test_what_a_check_finds_stands_below_the_answer_and_fails(project: Path, capsys: Captured) -> None:
    assert generate("--check") == 1
    out, err = capsys.readouterr()
    assert out.strip() == WRONG
    assert "answer:3:23: unknown-parameter\n    'kitchen.serve' has no parameter 'tabel'" in err
    assert "nearest: table" in err and max(map(len, err.splitlines())) <= 80


def test_a_repaired_answer_is_shown_with_what_it_took(project: Path, capsys: Captured) -> None:
    assert generate("--repair", "2") == 0
    out, err = capsys.readouterr()
    assert out.strip() == RIGHT
    assert "no findings" in err and "errors in the 2 answers: 1, 0; shown: the last" in err


def test_json_holds_every_turn_with_its_findings(project: Path, capsys: Captured) -> None:
    assert generate("--repair", "1", "--json") == 0
    check = json.loads(capsys.readouterr().out)["check"]
    assert [len(turn["report"]["findings"]) for turn in check["turns"]] == [1, 0]
    assert [turn["code"].strip() for turn in check["turns"]] == [WRONG, RIGHT]
    assert check["turns"][1]["prompt"] and check["stopped"] == "no errors" and check["chosen"] == 1


def test_an_answer_that_is_no_python_is_told_apart(project: Path, capsys: Captured) -> None:
    assert generate("--repair", "2", model="shell.py") == 2
    assert "the answer is not checked: it is not Python 3" in capsys.readouterr().err


def test_without_these_options_nothing_is_checked(project: Path, capsys: Captured) -> None:
    assert main(["generate", "--generator", "echo", "--json", "serve soup"]) == 0
    assert json.loads(capsys.readouterr().out)["check"] is None
