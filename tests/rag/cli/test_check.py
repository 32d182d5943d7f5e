"""`rag check` as its users meet it."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from rag.checking.finding import CHECK_RULES, CheckReport, Finding
from rag.cli.main import main
from rag.cli.rendering.sarif import findings_as_sarif
from rag.rendering.findings import findings_as_annotations, findings_as_text
from tests.installed_libraries import KITCHEN, environment_with

Captured = pytest.CaptureFixture[str]

WRONG = "import kitchen\n\nkitchen.serve('soup', tabel=3)\nkitchen.fry()\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    environment_with(root, kitchen=("2.0", KITCHEN))
    (root / "app.py").write_text(WRONG)
    (root / "fine.py").write_text("import kitchen\n\nkitchen.serve('soup', table=3)\n")
    return root


@pytest.fixture
def project(made: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(made)
    monkeypatch.setenv("RAG_CACHE", str(made / "cache"))
    return made


CHECK = ["check", "--python", "environment", "--types", "none"]


def test_findings_are_printed_with_what_is_real_and_fail(project: Path, capsys: Captured) -> None:
    assert main([*CHECK, "app.py"]) == 1
    assert (
        capsys.readouterr().out
        == """\
app.py:3:23: unknown-parameter
    'kitchen.serve' has no parameter 'tabel'
    kitchen 2.0
    nearest: table
    signature: (dish, *, table=1, with_salt=False)
    defined in: kitchen/__init__.py:8
app.py:4:9: unknown-name
    module 'kitchen' has no attribute 'fry'
    kitchen 2.0
2 findings in 1 file, checked against kitchen 2.0
"""
    )


def test_a_program_without_findings_succeeds(project: Path, capsys: Captured) -> None:
    assert main([*CHECK, "fine.py"]) == 0
    assert capsys.readouterr().out == "no findings in 1 file, checked against kitchen 2.0\n"


def test_a_program_is_read_from_standard_input(
    project: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(WRONG))
    assert main([*CHECK, "-", "--json"]) == 1
    printed = json.loads(capsys.readouterr().out)
    assert [(one["path"], one["line"], one["name"]) for one in printed["findings"]] == [
        ("-", 3, "kitchen.serve.tabel"),
        ("-", 4, "kitchen.fry"),
    ]
    assert printed["libraries"] == [{"name": "kitchen", "version": "2.0"}]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing.py"], "there is nothing at nothing.py"),
        (["app.py", "--python", "nowhere"], "there is no Python environment at nowhere"),
        (["app.py", "--lock", "no.lock"], "no.lock"),
        (["page.ipynb"], "page.ipynb is not checked: no JSON"),
        (["page.ts"], "none of the packages that it imports is installed or locked"),
    ],
)
def test_what_cannot_be_checked_exits_with_two(
    project: Path, capsys: Captured, arguments: list[str], said: str
) -> None:
    (project / "page.ipynb").touch()
    (project / "page.ts").write_text('import { z } from "zod";\n')
    assert main(["check", *arguments]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def f(:\n", "not Python 3"),
        (f"x = 1  # {'y' * 1_000_000}\n", "too large more than 1000000 bytes"),
    ],
)
def test_a_program_that_is_left_out_is_no_success(
    project: Path, capsys: Captured, text: str, said: str
) -> None:
    folder = project / "more"
    folder.mkdir(exist_ok=True)
    (folder / "bad.py").write_text(text)
    assert main([*CHECK, "more"]) == 2
    assert "bad.py is not checked" in (err := capsys.readouterr().err) and said in err


def test_findings_are_bounded_and_that_is_said(project: Path, capsys: Captured) -> None:
    (project / "many.py").write_text("import kitchen\n" + "kitchen.fry()\n" * 2_100)
    assert main([*CHECK, "many.py"]) == 1
    said = capsys.readouterr()
    assert "2000 findings" in said.out and "after 2000 findings" in said.err


def finding(**changes: Any) -> Finding:
    known: dict[str, Any] = {
        "path": "a b,c.py", "line": 3, "column": 5, "end_column": 9, "rule": "unknown-name",
        "severity": "error", "message": "module 'm' has no attribute '100%'",
    }  # fmt: skip
    return Finding(**{**known, **changes})


def test_annotations_cannot_be_broken_out_of() -> None:
    hostile = finding(path="a.py::error::\n::set-env", message="x\n::stop-commands::y\r")
    (line,) = findings_as_annotations(CheckReport((hostile,), 1, 1)).splitlines()
    assert line.startswith("::error file=a.py%3A%3Aerror%3A%3A%0A%3A%3Aset-env,line=3,col=5,")
    assert line.endswith("::x%0A::stop-commands::y%0D")


def test_text_keeps_to_eighty_columns_and_to_its_lines() -> None:
    text = findings_as_text(
        CheckReport((finding(signature="a, " * 500, message="word " * 60, path="x\ny.py"),), 1, 1)
    )
    assert max(map(len, text.splitlines())) <= 80
    assert text.startswith("x\\ny.py:3:5: unknown-name\n")


def test_sarif_has_what_its_schema_requires() -> None:
    log = json.loads(findings_as_sarif(CheckReport((finding(), finding(path="/x/é.py")), 1, 1)))
    assert log["version"] == "2.1.0" and log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(CHECK_RULES)
    for result, uri in zip(run["results"], ("a%20b%2Cc.py", "file:///x/%C3%A9.py"), strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == "unknown-name"
        assert result["level"] in {"none", "note", "warning", "error"}
        assert isinstance(result["message"]["text"], str)
        (place,) = result["locations"]
        assert place["physicalLocation"]["artifactLocation"]["uri"] == uri
        region = place["physicalLocation"]["region"]
        assert region == {"startLine": 3, "startColumn": 5, "endColumn": 9}


def test_names_that_act_on_a_terminal_are_written_out(project: Path, capsys: Captured) -> None:
    (project / "odd.py").write_text("import kitchen\nkitchen.\N{MATHEMATICAL BOLD SMALL A}()\n", "utf-8")
    odd = project / "odd\x1b[31m.py"
    (project / "odd.py").rename(odd)
    assert main([*CHECK, odd.name]) == 1
    out = capsys.readouterr().out
    assert "\x1b" not in out and "odd\\x1b[31m.py:2:9" in out
