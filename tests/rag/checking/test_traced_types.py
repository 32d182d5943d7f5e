"""Objects whose types no type checker knows, but that bodies, annotations and docstrings tell."""

from pathlib import Path

import pytest

from rag.checking.check import check_code
from rag.checking.inference.ty import has_ty
from tests.installed_libraries import environment_with

pytestmark = pytest.mark.skipif(not has_ty(), reason="needs ty, of the extra 'check'")

FARM = {
    "farm/__init__.py": '''"""Farm."""

from farm.barns import Barn
from hay import Bale


def own(name):
    barn = Barn(name)
    return barn


def rent(name):
    """Rent a barn.

    Returns
    -------
    barn : Barn
        The barn.
    """
    return _found(name)


def bought(name):
    """Buy one.

    Returns:
        farm.barns.Barn: the barn.
    """
    return _found(name)


def several(name):
    """Buy more.

    Returns
    -------
    barn : Barn
        The barn.
    price : float
    """
    return _found(name)


def bale() -> "Bale | None":
    return _found("bale")


def every() -> "list[Barn]":
    return []


def _found(name):
    return globals()[name]
''',
    "farm/barns.py": '''"""Barns."""

from hay import Bale


class Door:
    def open(self, wide=False):
        pass


class Barn:
    def __init__(self, name, roof=None):
        self.door = Door()
        self.roof = roof
        self.either = Door()
        self._stock = None

    def replace(self, other):
        self.either = other

    @property
    def entry(self):
        return self.door

    @property
    def stock(self):
        if self._stock is None:
            self._stock = Bale()
        return self._stock

    def __enter__(self):
        return self

    def __exit__(self, *given):
        pass
''',
}
HAY = {"hay.py": '"""Hay."""\n\n\nclass Bale:\n    def lift(self, high=1):\n        pass\n'}
PROGRAM = """
import json
import farm

barn = farm.own("red")
barn.sell()  # wrong
barn.door.shut()  # wrong
barn.entry.open(widely=True)  # wrong
barn.stock.drop()  # wrong
barn.roof.drop()
barn.either.drop()
farm.rent("red").entry.shut()  # wrong
farm.bought("red").sell()  # wrong
farm.several("red").sell()
farm.bale().lift(higher=2)  # wrong

with farm.rent("blue") as rented:
    rented.sell()  # wrong

def chosen(name=None):
    if name is None:
        return None
    return farm.own(name) or farm.rent(name)

other = chosen("green")
other.sell()  # wrong
print(f"{other.entry.shut()}")  # wrong

def _sold(one, two, *, three=None):
    one.sell()  # wrong
    two.sell()
    three.sell()  # wrong

_sold(farm.own("red"), farm.own("red"), three=farm.own("red"))
_sold(farm.rent("red"), other_farm())

def shared(one):
    one.sell()

shared(farm.own("red"))

def _handed(one):
    one.sell()

_handed(farm.own("red"))
print(_handed)

def _starred(one, two):
    one.sell()
    two.sell()

_starred(*[farm.own("red"), farm.own("red")])

def _several(one, /, *two, three, **four):
    one.sell()
    two[0].sell()
    four["four"].sell()

_several(farm.own("red"), farm.own("red"), three=1, four=farm.own("red"))

def _any(*one, two, **three):
    one[0].sell()
    two.sell()  # wrong
    three["three"].sell()

_any(3, two=farm.own("red"), three=farm.own("red"))

def last():
    barns = farm.every()
    return barns[-1]

last().sell()  # wrong

def sort(thing):
    if isinstance(thing, farm.Barn):
        thing.replace(older=1)  # wrong
        thing.sell()

class Village:
    def __init__(self, other):
        self.barn = last()
        self.other = other
        self.two = last()
        self.two = other

    def go(self):
        self.barn.sell()  # wrong
        self.other.sell()
        self.two.sell()

def guess(barn):
    barn.sell()

def again():
    one = farm.own("a")
    one = one.entry
    one.sell()
    two = farm.own("a")
    two = json.loads("1")
    two.sell()
    if isinstance(one, str):
        one.burn()
"""


def test_objects_are_followed_through_what_gives_and_holds_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))
    environment = environment_with(tmp_path, farm=("1.0", FARM), hay=("1.0", HAY))
    report = check_code(text=PROGRAM, python=str(environment))
    wrong = [number for number, line in enumerate(PROGRAM.splitlines(), 1) if line.endswith("# wrong")]
    assert [one.line for one in report.findings] == wrong, report.findings
