"""Calls of what classes answer that answer any name."""

from pathlib import Path

import pytest

from rag.checking.check import check_code
from rag.checking.inference.ty import has_ty
from tests.installed_libraries import environment_with

TABLES = {
    "tables.py": '''"""Tables."""

__all__ = ["Anything", "Named", "Table"]


class Base:
    def __getattr__(self, name: str):
        """Answer with a column."""
        if name not in ("a", "b") and name.startswith("c"):
            return self[name]
        return object.__getattribute__(self, name)

    def __getitem__(self, key: str) -> int:
        return 1


class Table(Base):
    def rows(self) -> "Table":
        return self

    def sorted(self):
        return self.rows()


class Anything:
    def __getattr__(self, name):
        return getattr(self.held, name)


class Named(Table):
    def __getattr__(self, name):
        return lambda: self[name]
'''
}
PROGRAM = """
from tables import Anything, Named, Table

table = Table()
table.rows().to_yaml()  # wrong
table.cost
table.sorted().to_toml(deep=True)  # wrong
table.name()
Anything().to_yaml()
Named().to_yaml()

def to_xml(table):
    return table.rows()

Table().to_xml()
print(table.cost.real)
# name
"""


@pytest.mark.skipif(not has_ty(), reason="needs ty, of the extra 'check'")
def test_what_could_only_be_a_column_is_not_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))
    environment = environment_with(tmp_path, tables=("1.0", TABLES))
    report = check_code(text=PROGRAM, python=str(environment))
    wrong = [number for number, line in enumerate(PROGRAM.splitlines(), 1) if line.endswith("# wrong")]
    assert [one.line for one in report.findings] == wrong, report.findings
