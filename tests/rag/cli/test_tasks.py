"""Tasks beside plain code on the command line: `rag edit`, options of `rag generate` and `rag prompt`."""

import json
import sys
from base64 import b64encode
from pathlib import Path

import pytest

from indexers.index import Index
from rag.cli.main import main
from tests.loopback_endpoint import serving
from tests.rag.tasks.notebooks import code_cell, write_notebook
from tests.sandboxes import ISOLATION
from tests.small_corpora import write_tree

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_tree(tmp_path / "src")
    monkeypatch.chdir(tmp_path)
    Index.build(".rag", ["src"]).close()
    return tmp_path


def model(answer: str) -> list[str]:
    return program(f"print({answer!r}, end='')")


def program(statement: str) -> list[str]:
    lines = f"import os, sys; sys.stdin.read(); {statement}"
    return ["--generator", f"command:{sys.executable} -c {json.dumps(lines)}"]


def test_an_edit_is_shown_as_a_diff_and_written_only_if_asked(project: Path, capsys: Captured) -> None:
    path = project / "src" / "dates.py"
    before = path.read_text()
    answer = model("def add_days(day, count):\n    return day")
    assert main(["edit", "src/dates.py:add_days", "do", "nothing", *answer]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("--- a/src/dates.py\n+++ b/src/dates.py\n@@") and "\n+    return day\n" in shown
    assert path.read_text() == before
    assert main(["edit", "src/dates.py:10", "do nothing", "--apply", *answer]) == 0
    assert "written: src/dates.py" in capsys.readouterr().err
    assert path.read_text().endswith("def add_days(day, count):\n    return day\n")
    assert main(["edit", "src/dates.py:10", "do nothing", "--apply", "--json", *answer]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["diff"] == "" and not json.loads(printed.out)["applied"]
    assert "the model changes nothing in add_days" in printed.err


def test_the_prompt_of_an_edit_needs_no_model(project: Path, capsys: Captured) -> None:
    assert main(["edit", "src/dates.py:add_days", "--prompt", "take hours"]) == 0
    assert "This is add_days" in capsys.readouterr().out
    assert main(["edit", "src/dates.py:hours", "--prompt", "take hours"]) == 1
    assert "function or class of dates.py" in capsys.readouterr().err


def test_an_answer_that_does_not_fit_writes_nothing(project: Path, capsys: Captured) -> None:
    before = (project / "src" / "dates.py").read_text()
    assert main(["edit", "src/dates.py:add_days", "x", "--apply", *model("no")]) == 1
    assert "cannot take the place of add_days" in capsys.readouterr().err
    assert (project / "src" / "dates.py").read_text() == before


def test_a_shell_command_is_printed_without_what_acts_on_a_terminal(project: Path, capsys: Captured) -> None:
    answer = model("```bash\n$ touch gone \x1b[31m| \n```")
    assert main(["generate", "--task", "shell", "make a file", *answer]) == 0
    printed = capsys.readouterr()
    assert printed.out == "touch gone |\n" and "bash would not understand it" in printed.err
    assert not (project / "gone").exists()


def test_a_cell_is_asked_for_with_the_cells_before_it(project: Path, capsys: Captured) -> None:
    write_notebook(project / "a.ipynb", code_cell("import pandas as pd"), code_cell("df = pd.DataFrame()"))
    assert main(["prompt", "--notebook", "a.ipynb:2", "load the data"]) == 0
    shown = capsys.readouterr().out
    assert "import pandas as pd" in shown and "DataFrame" not in shown
    assert main(["generate", "--notebook", "a.ipynb", "plot it", *model("```python\ndf.plot()\n```")]) == 0
    assert capsys.readouterr().out == "df.plot()\n"
    assert main(["prompt", "--notebook", "a.ipynb", "--max-tokens", "150", "plot it", "--json"]) == 0
    assert isinstance(json.loads(capsys.readouterr().out)["omitted"], list)


def test_examples_that_hold_decide_which_answer_is_printed(project: Path, capsys: Captured) -> None:
    answers = program("n = int(os.environ['RAG_SEED']); print('def f(x): return x', '+*'[n > 0], 'x')")
    asked = [
        "generate",
        "--isolation",
        ISOLATION,
        "--io",
        "f(3) == 9",
        "--io",
        "f(2) == 4",
        "square",
        *answers,
    ]
    assert main([*asked, "--samples", "3"]) == 0
    printed = capsys.readouterr()
    assert printed.out == "def f(x): return x * x\n"
    assert "passed: f(3) == 9\npassed: f(2) == 4\n2 of 2 examples hold" in printed.err
    assert main(asked) == 1
    printed = capsys.readouterr()
    assert printed.out == "def f(x): return x + x\n"
    assert "failed: f(3) == 9  (AssertionError: it gave 6)" in printed.err and "1 of 2" in printed.err


def test_a_function_is_continued_behind_its_docstring(project: Path, capsys: Captured) -> None:
    answer = model("    return parse_date(text).year\n\ndef other():")
    asked = ["--task", "docstring", "--signature", "def year(text)", "Year of a date string."]
    assert main(["generate", *asked, "--context", "src/net/download.py", *answer]) == 0
    assert capsys.readouterr().out == (
        'def year(text):\n    """Year of a date string."""\n    return parse_date(text).year\n'
    )
    assert main(["prompt", *asked]) == 0
    assert capsys.readouterr().out.endswith('def year(text):\n    """Year of a date string."""\n\n')


def test_solved_examples_are_shown(project: Path, capsys: Captured) -> None:
    (project / "solved.jsonl").write_text(
        json.dumps({"query": "a day from a string", "code": "parse_date(s, f)"})
    )
    assert main(["prompt", "--examples", "solved.jsonl", "--shots", "1", "a date from a string"]) == 0
    shown = capsys.readouterr().out
    assert "a day from a string" in shown and "Its answer:\n```python\nparse_date(s, f)\n```" in shown


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--task", "shell", "--io", "f(1)"], "--task shell and --io cannot be used so"),
        (["--signature", "def f()"], "--signature cannot be used so"),
        (["--samples", "3"], "--samples cannot be used so"),
        (["--io", "f(1)", "--samples", "101"], "--samples 101 cannot be used so"),
        (["--io", "1"], "call no function"),
        (["--notebook", "no.ipynb"], "cannot read no.ipynb"),
        (["--task", "docstring"], "there is no signature of a function"),
        (["--examples", "no.jsonl"], "cannot read no.jsonl"),
        (["--task", "shell", "--check"], "--check cannot be used so"),
        (["--io", "f(1)", "--repair", "1"], "answers to this task cannot be repaired"),
    ],
)
def test_options_that_do_not_fit_are_errors(
    project: Path, capsys: Captured, given: list[str], said: str
) -> None:
    assert main(["generate", "--generator", "echo", *given, "a date"]) == 1
    assert said in capsys.readouterr().err


def test_an_image_goes_to_the_model_with_the_request(project: Path, capsys: Captured) -> None:
    picture = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
    Path("shot.png").write_bytes(picture)
    said = {"choices": [{"message": {"content": "```python\nx = 1\n```"}, "finish_reason": "stop"}]}
    with serving((200, {}, said)) as server:
        asked = ["--generator", "openai:m", "--base-url", server.url, "--image", "shot.png", "rebuild this"]
        assert main(["generate", *asked]) == 0
    parts = server.sent[0]["messages"][-1]["content"]
    assert [one["type"] for one in parts] == ["image_url", "text"]
    assert parts[0]["image_url"]["url"] == f"data:image/png;base64,{b64encode(picture).decode()}"
    assert "x = 1" in capsys.readouterr().out


def test_an_image_that_is_none_or_that_a_model_cannot_see_is_an_error(
    project: Path, capsys: Captured
) -> None:
    Path("shot.png").write_bytes(b"GIF89a" + b"\0" * 20)
    Path("text.png").write_text("no image")
    assert main(["generate", *model("x = 1"), "--image", "text.png", "rebuild this"]) == 1
    assert "text.png" in capsys.readouterr().err
    assert main(["generate", *model("x = 1"), "--image", "shot.png", "rebuild this"]) == 1
    assert "image" in capsys.readouterr().err
