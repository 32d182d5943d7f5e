"""What calls gave that only other versions take, which hides no more what follows."""

from pathlib import Path

import pytest

from corpora.python.api.read import read_python_api
from rag.checking.check import check_code
from rag.checking.inference.ty import has_ty
from tests.installed_libraries import environment_with
from tests.small_corpora import make_wheel

pytestmark = pytest.mark.skipif(not has_ty(), reason="needs ty, of the extra 'check'")

NOW = '''"""Tables."""

from typing import Any


class Column:
    def total(self) -> int:
        return 0


class Table:
    def rows(self) -> int:
        return 0

    def sort(self) -> "Table":
        return self

    def cast(self, kind: type[Any]) -> "Table":
        return self


def read(path: str) -> Table:
    return Table()
'''
BEFORE = '''"""Tables."""

import typing
from typing import Iterable, TypeVar

T = TypeVar("T", bound="Base")
text = str


class Base:
    def shift(self: T) -> T:
        return self


class Column:
    def total(self) -> int:
        return 0

    def mean(self) -> float:
        return 0.0

    def append(self, other) -> "Column":
        return self


class Table(Base):
    def rows(self) -> int:
        return 0

    def sort(self) -> "Table":
        return self

    def append(self, other, deep=False) -> "Table":
        return self

    def columns(self) -> "Iterable[tuple[str, Column]]":
        return []

    def pick(self):
        """Pick.

        Returns
        -------
        Column or Table
        """
        return globals()["x"]


def read(path: str) -> Table:
    return Table()


def load(path):
    return read(path)
'''


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return environment_with(tmp_path_factory.mktemp("tables"), tables=("2.0", {"tables.py": NOW}))


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cache in which the API of the older version is."""
    folder = tmp_path_factory.mktemp("known")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAG_CACHE", str(folder / "cache"))
        read_python_api(str(make_wheel(folder, "tables", "1.0", {"tables.py": BEFORE})))
    return folder / "cache"


def found(text: str, environment: Path) -> list[str]:
    report = check_code(text=f"import tables\n{text}\n", python=str(environment))
    return [f"{one.line} {one.name.removeprefix('tables.')}" for one in report.findings]


APPEND, COLUMNS = "Table.append", "Table.columns"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("t = tables.read('x')\nt = t.append(1)\nt.columns()", [f"3 {APPEND}", f"4 {COLUMNS}"]),
        ("t = tables.read('x').append(1).append(2)\nt.columns()", [f"2 {APPEND}"] * 2 + [f"3 {COLUMNS}"]),
        (
            "t = tables.Table()\nfor n in range(3):\n    t = t.append(n)\nt = t.sort()\nt.columns()",
            [f"4 {APPEND}", f"6 {COLUMNS}"],
        ),
        ("t = tables.load('x')\nt.columns()", ["2 load", f"3 {COLUMNS}"]),
        ("t = tables.read('x').shift()\nt.columns()", ["2 Table.shift", f"3 {COLUMNS}"]),
        ("for n, c in tables.read('x').columns():\n    c.mean()", [f"2 {COLUMNS}", "3 Column.mean"]),
        ("x = tables.read('x').pick()\nx.append(1)", ["2 Table.pick", "3 Column.append"]),
        ("t = tables.read('x').cast(tables.str)\nt.columns()", ["2 str", f"3 {COLUMNS}"]),
        (
            "class Store:\n    def __init__(self):\n        self.t = tables.Table()\n"
            "    def put(self, n):\n        self.t = self.t.append(n)\n        self.t.columns()",
            [f"6 {APPEND}", f"7 {COLUMNS}"],
        ),
        (
            "def f(t):\n    t = t.append(1, deep=True)\n    t.columns()",
            [f"3 {APPEND}", f"4 {COLUMNS}"],
        ),
    ],
)
def test_what_follows_a_call_that_is_gone_is_checked(
    text: str, names: list[str], environment: Path, known: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_CACHE", str(known))
    assert sorted(found(text, environment)) == sorted(names)


@pytest.mark.parametrize(
    "text",
    [
        "t = tables.read('x').append(1)  # rag: ignore\nt.rows()",
        "def f(t):\n    t = t.append(1)\n    t.columns()",
        "x = [1]\nfor n in range(3):\n    x.append(n)\nx.sort()",
    ],
)
def test_nothing_is_made_of_calls_that_may_be_right(
    text: str, environment: Path, known: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_CACHE", str(known))
    assert found(text, environment) == []


def test_what_follows_is_not_known_without_the_other_version(
    environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))
    assert found("t = tables.read('x')\nt = t.append(1)\nt.columns()", environment) == [f"3 {APPEND}"]
