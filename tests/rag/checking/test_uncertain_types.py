"""Types that a type checker tells, and that are others when the program runs."""

from pathlib import Path

import pytest

from rag.checking.check import check_code
from rag.checking.inference.ty import has_ty
from tests.installed_libraries import environment_with

pytestmark = pytest.mark.skipif(not has_ty(), reason="needs ty, of the extra 'check'")

GRID = {
    "grid/__init__.py": '''"""Grids."""

import functools
from typing import Any


class Grid:
    __array_priority__ = 0.0

    def __array_ufunc__(self, *args): ...
    def __mul__(self, other: object) -> "Grid":
        return self
    @property
    def shape(self) -> tuple[int, int]:
        return 1, 1
    def any(self) -> bool:
        return True


def log(grid: object) -> Grid:
    return Grid()


def names_seed(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        if "seed" in kwargs:
            kwargs["rng"] = kwargs.pop("seed")
        return function(*args, **kwargs)
    return wrapper


class Dice:
    @names_seed
    def __init__(self, sides: int, *, rng: int = 0) -> None:
        self.sides = sides
'''
}
FRAME = {
    "frames/__init__.py": '''"""Frames."""

from grid import Grid


class Base:
    def __array_ufunc__(self, *args): ...


class Frame(Base):
    def rows(self): ...
    def as_grid(self) -> Grid: ...
'''
}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("grid")
    return environment_with(folder, grid=("2.0", GRID), frames=("1.0", FRAME))


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


def found(text: str, environment: Path) -> list[str]:
    program = f"import frames, grid\n{text}\n"
    return [one.name for one in check_code(text=program, python=str(environment)).findings]


@pytest.mark.parametrize(
    "text",
    [
        "grid.log(frames.Frame()).rows()",
        "logs = grid.log(frames.Frame())\nlogs.rows()",
        "(grid.Grid() * frames.Frame()).rows()",
        "def f(other):\n    return ((1, 2) != other).any()",
        "def f(other):\n    same = other.shape == grid.Grid().shape\n    return same.all()",
        "def f(thing):\n    thing.index = []\n    return thing.index.tolist()",
        "def f(thing):\n    thing.index = []\n    index = thing.index\n    return index.tolist()",
        "def f(size: int):\n    zeros = [0] * size\n    return zeros.mean()",
        "def f(cases: list[list[int]]):\n    for one in cases:\n"
        "        if type(one) is list:\n            pass\n        else:\n            one.shape",
        "grid.Dice(6, seed=1)",
    ],
)
def test_what_may_be_another_type_when_it_runs_is_no_mistake(text: str, environment: Path) -> None:
    assert found(text, environment) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("grid.log(frames.Frame()).columns()", "grid.Grid.columns"),
        ("def f(thing):\n    index = []\n    return index.tolist()", "list.tolist"),
        ("self_made = [0, 1]\nself_made.mean()", "list.mean"),
        ("grid.Dice(6, sed=1)", "grid.Dice.sed"),
    ],
)
def test_what_no_other_type_has_is_found_all_the_same(text: str, name: str, environment: Path) -> None:
    assert found(text, environment) == [name]
