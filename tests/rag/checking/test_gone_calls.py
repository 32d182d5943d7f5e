"""Calls of something unknown that only an older version of an imported library takes."""

from pathlib import Path

import pytest

from corpora.library_api import read_api
from rag import check_code
from tests.installed_libraries import environment_with

BEFORE = '''
class Frame:
    """A table."""

    def append(self, row, renumber=False):
        """Add a row."""

    def rename(self, columns, inplace=False):
        """Rename columns."""
'''
AFTER = '''
class Frame:
    """A table."""

    def rename(self, columns):
        """Rename columns."""

    def update(self, other):
        """Take what another has."""
'''


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    old = environment_with(tmp_path / "old", tables=("1.5", {"tables.py": BEFORE}))
    read_api(str(old / "lib" / "python3.12" / "site-packages" / "tables-1.5.dist-info"))
    return environment_with(tmp_path / "new", tables=("2.0", {"tables.py": AFTER}))


def found(environment: Path, body: str, head: str = "import tables") -> list[tuple[str, str, str]]:
    text = f"{head}\ndef change(frame, row, given):\n    {body}\n"
    findings = check_code(text=text, python=str(environment), types=False).findings
    return [(one.rule, one.name, one.history) for one in findings]


def test_a_method_that_is_gone_is_known_by_the_keywords_of_its_call(environment: Path) -> None:
    assert found(environment, "return frame.append(row, renumber=True)") == [
        ("unknown-name", "tables.Frame.append", "tables.Frame.append of 1.5 does")
    ]


def test_a_parameter_that_is_gone_is_known_by_the_other_arguments(environment: Path) -> None:
    assert found(environment, "frame.rename(row, inplace=True)") == [
        ("unknown-parameter", "tables.Frame.rename.inplace", "tables.Frame.rename of 1.5 does")
    ]


@pytest.mark.parametrize(
    "body",
    [
        "frame.append(row)",  # a list has it
        "frame.append(row, **given)",
        "frame.append(row, renumber=True, quickly=True)",  # no version takes that
        "frame.rename(columns=row)",
        "row.update(other=frame)",  # a dict takes any keyword
        "self.append(row, renumber=True)",
        "frame.append(row, renumber=True)  # rag: ignore",
    ],
)
def test_what_something_in_use_may_take_is_left_alone(environment: Path, body: str) -> None:
    assert found(environment, body) == []


def test_a_program_that_does_not_import_the_library_is_left_alone(environment: Path) -> None:
    assert found(environment, "frame.append(row, renumber=True)", head="import json") == []


def test_a_method_of_another_library_in_use_may_be_meant(environment: Path) -> None:
    site = environment / "lib" / "python3.12" / "site-packages"
    other = "class Sheet:\n    def append(self, row, *, renumber):\n        pass\n"
    (site / "sheets.py").write_text(other)
    described = site / "sheets-1.0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: sheets\nVersion: 1.0\n")
    (described / "RECORD").write_text("sheets.py,,\n")
    assert found(environment, "frame.append(row, renumber=True)", head="import sheets, tables") == []
