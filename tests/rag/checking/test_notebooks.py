"""Notebooks that use a small library, checked against it."""

import json
from pathlib import Path

import pytest

from rag.checking.check import check_code
from rag.checking.finding import CheckReport
from rag.checking.programs.notebook import notebook_program
from rag.checking.programs.program import CheckedProgram
from rag.cli.rendering.sarif import findings_as_sarif
from rag.rendering.findings import findings_as_annotations, findings_as_text
from tests.installed_libraries import KITCHEN, environment_with

BROKEN = "kitchen.roast(3)"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return environment_with(tmp_path_factory.mktemp("kitchen"), kitchen=("2.0", KITCHEN))


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


def notebook(*cells: str, kernel: str = "python3") -> str:
    """Return a notebook; a cell that begins with `#` and a space is a text."""
    made = [
        {
            "cell_type": "markdown" if cell.startswith("# ") else "code",
            "source": cell.splitlines(keepends=True),
        }
        for cell in cells
    ]
    return json.dumps({"nbformat": 4, "metadata": {"kernelspec": {"name": kernel}}, "cells": made})


def check(folder: Path, environment: Path, *cells: str) -> CheckReport:
    path = folder / "lab.ipynb"
    path.write_text(notebook(*cells), encoding="utf-8")
    return check_code([path], python=str(environment))


def places(report: CheckReport) -> list[tuple[int, int, int, str]]:
    return [(one.cell, one.line, one.column, one.name) for one in report.findings]


def test_a_finding_names_the_cell_and_the_line_in_it(tmp_path: Path, environment: Path) -> None:
    report = check(tmp_path, environment, "# Cooking", "import kitchen\n", f"x = 1\n\n{BROKEN}\n")
    assert places(report) == [(3, 3, 9, "kitchen.roast")]
    assert report.files == 1


def test_commands_of_ipython_are_no_errors(tmp_path: Path, environment: Path) -> None:
    commands = "%matplotlib inline\n!pip install \\\n  kitchen\nfiles = !ls\nkitchen?\n?files\n%time x = 1\n"
    report = check(
        tmp_path, environment,
        "import kitchen\nif True:\n    !ls\n" + commands + BROKEN,
        "%%bash\nls -l | grep kitchen.roast",
        f"%%time\n{BROKEN}",
        "for name in files.fields():\n    pass",
    )  # fmt: skip
    assert places(report) == [(1, 11, 9, "kitchen.roast"), (3, 2, 9, "kitchen.roast")]
    assert report.unchecked == ()


def test_a_percent_sign_in_python_is_no_command(tmp_path: Path, environment: Path) -> None:
    cell = f"import kitchen\ns = '''\n%d\n!ls\n''' \\\n% 3\n{BROKEN}"
    assert places(check(tmp_path, environment, cell)) == [(1, 7, 9, "kitchen.roast")]


def test_a_cell_that_is_no_python_is_told_and_the_others_are_checked(
    tmp_path: Path, environment: Path
) -> None:
    report = check(tmp_path, environment, "import kitchen", "print(", BROKEN)
    assert places(report) == [(3, 1, 9, "kitchen.roast")]
    assert [one.reason for one in report.unchecked] == ["cell 2 is not Python 3, or nested too deep"]


def test_a_missing_package_is_found_in_its_cell(tmp_path: Path, environment: Path) -> None:
    assert places(check(tmp_path, environment, "", "x = 1\nimport bathroom")) == [(2, 2, 1, "bathroom")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[1, 2", "no JSON"),
        ("{}", "JSON without the cells of a notebook"),
        (notebook("x <- 1", kernel="ir"), "its code is in ir, not in Python"),
    ],
)
def test_what_is_no_notebook_of_python_is_refused_in_words(text: str, reason: str) -> None:
    program, left_out = notebook_program("lab.ipynb", "lab.ipynb", text)
    assert isinstance(program, str)
    assert program.startswith(reason)
    assert left_out == []


def test_a_notebook_without_code_is_a_program_without_code() -> None:
    program, left_out = notebook_program("lab.ipynb", "lab.ipynb", notebook("# Title", "", "%%html\n<p>"))
    assert isinstance(program, CheckedProgram)
    assert program.tree.body == []
    assert left_out == []


def test_notebooks_in_a_folder_are_checked_but_no_checkpoints(tmp_path: Path, environment: Path) -> None:
    for place in ("lab.ipynb", ".ipynb_checkpoints/lab-checkpoint.ipynb"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_text(notebook(f"import kitchen\n{BROKEN}"), encoding="utf-8")
    report = check_code([tmp_path], python=str(environment))
    assert [Path(one.path).name for one in report.findings] == ["lab.ipynb"]


def test_every_form_of_the_report_names_the_cell(tmp_path: Path, environment: Path) -> None:
    report = check(tmp_path, environment, "import kitchen", f"\n{BROKEN}")
    assert "lab.ipynb:cell 2:2:9: unknown-name" in findings_as_text(report)
    assert "::cell 2, line 2: " in findings_as_annotations(report)
    assert ",line=" not in findings_as_annotations(report)  # it would be one of the file
    result = json.loads(findings_as_sarif(report))["runs"][0]["results"][0]
    assert result["message"]["text"].startswith("cell 2, line 2: ")
    assert "region" not in result["locations"][0]["physicalLocation"]
