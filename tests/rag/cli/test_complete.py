"""`rag complete` in a small project."""

import io
import json
import sys
from pathlib import Path

import pytest

from indexers.index import Index
from rag.cli.main import main
from tests.small_corpora import write_tree

Captured = pytest.CaptureFixture[str]
FILES = {
    "shop.py": "def price_of(item):\n    return item.price\n",
    "till.py": "from shop import price_of\n\n\ndef total(items):\n    return price_of(items)\n",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_tree(tmp_path, FILES)
    monkeypatch.chdir(tmp_path)
    Index.build(".rag", ["."]).close()
    return tmp_path


def model(answer: str) -> list[str]:
    program = f"import sys; sys.stdin.read(); print({answer!r}, end='')"
    return ["--generator", f"command:{sys.executable} -c {json.dumps(program)}"]


def test_the_code_of_the_model_is_printed(project: Path, capsys: Captured) -> None:
    assert main(["complete", "till.py:5:12", "--format", "qwen2.5-coder", *model("sum(items)")]) == 0
    printed = capsys.readouterr()
    assert printed.out == "sum(items)\n"
    assert "format qwen2.5-coder" in printed.err


def test_the_prompt_can_be_seen_without_a_model(project: Path, capsys: Captured) -> None:
    assert main(["complete", "till.py:5", "--prompt", "--format", "starcoder2"]) == 0
    shown = capsys.readouterr().out
    assert "<file_sep>shop.py\ndef price_of(item):" in shown
    assert shown.endswith("return price_of(items)<fim_suffix>\n<fim_middle>\n")


def test_the_context_is_listed_with_the_reason_for_each_part(project: Path, capsys: Captured) -> None:
    assert main(["complete", "till.py:5", "--context"]) == 0
    assert capsys.readouterr().out.splitlines() == ["definition  shop.py:1  shop.price_of"]
    assert main(["complete", "till.py:5", "--context", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["parts"][0]["path"] == "shop.py"


def test_text_that_is_not_saved_comes_from_standard_input(
    project: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("from shop import price_of\nx = price_of("))
    assert main(["complete", "new.py:2", "--stdin", "--prompt", "--format", "plain"]) == 0
    assert capsys.readouterr().out.endswith("x = price_of(\n")


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("till.py", "is no place in a file"),
        ("till.py:x", "is no place in a file"),
        ("nothing.py:1", "cannot read nothing.py"),
        ("till.py:99", "there is no line 99"),
        ("till.py:0", "there is no line 0"),
    ],
)
def test_a_place_that_does_not_exist_is_an_error(
    project: Path, capsys: Captured, place: str, said: str
) -> None:
    assert main(["complete", place, "--prompt", "--format", "plain"]) == 1
    assert said in capsys.readouterr().err


def test_an_answer_without_code_is_an_error(project: Path, capsys: Captured) -> None:
    assert main(["complete", "till.py:5", "--format", "plain", *model("  ")]) == 1
    assert "gave no code" in capsys.readouterr().err
