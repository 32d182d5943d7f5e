"""Programs whose calls are followed through a library: `**kwargs`, `super()`, results without types."""

from pathlib import Path

import pytest

from rag.checking.check import check_code
from rag.checking.inference.ty import has_ty
from tests.installed_libraries import environment_with

pytestmark = pytest.mark.skipif(not has_ty(), reason="needs ty, of the extra 'check'")

GARDEN = {
    "garden.py": '''"""Plant."""

from seeds import Furrow, sow


class Row(Furrow):
    def __init__(self, name="", **kwargs):
        super().__init__(**kwargs)


def rows(bed, **kwargs):
    return sow(bed, **kwargs)


def anything(**kwargs):
    return kwargs


class Bed:
    def water(self, litres=1):
        return self

    def dig(self, deep=False):
        pass

    @classmethod
    def new(cls):
        bed = cls()
        return bed

    def older(self):
        """Return the bed.

        .. deprecated:: 1.0
        """


def deprecate_kwarg(name):
    def mark(f):
        return f
    return mark


@deprecate_kwarg("rake")
def tidy(tool=None):
    pass


def dug():
    return Bed.new() if input() else None


class Proxy:
    def __new__(cls):
        return Bed()


def unknown(bed):
    return bed
''',
}
SEEDS = {
    "seeds.py": (
        '"""Seeds."""\n\n\ndef sow(bed, *, depth=1):\n    pass\n\n\n'
        "class Furrow:\n    def __init__(self, length=1):\n        pass\n"
    )
}
PROGRAM = """
import json
from garden import Bed, Proxy, Row, anything, dug, rows, tidy, unknown

rows(1, depth=2)
rows(1, deep=2)  # wrong
anything(deep=2)
Row("peas", length=2)
Row("peas", width=2)  # wrong
tidy(rake=1)
tidy(hoe=1)  # wrong
bed = dug()
bed.water(2).dig(deep=True)
bed.water(gallons=2)  # wrong
bed.dog()  # wrong
bed.sow()
bed.tool
Proxy().dig()
unknown(bed).dog()

class MyBed(Bed):
    def water(self, litres=1, warm=False):
        self.water(1, warm=True)
        self.dig(deep=True)
        self.dig(wide=True)  # wrong
        self.plough()
        super().older()
        super().water(1)
        super().water(2, warm=True)  # wrong
        return super().drain()  # wrong

class Other(MyBed):
    def rest(self):
        super().dig(wide=True)

class Encoder(json.JSONEncoder):
    def default(self, o):
        super().defaults(o)  # wrong
        return super().default(o)

def later(bed):
    bed.dog()
    other = dug()
    other = bed
    other.dog()
"""


def test_only_calls_that_surely_fail_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_CACHE", str(tmp_path / "cache"))
    environment = environment_with(tmp_path, garden=("1.0", GARDEN), seeds=("1.0", SEEDS))
    report = check_code(text=PROGRAM, python=str(environment))
    wrong = [number for number, line in enumerate(PROGRAM.splitlines(), 1) if line.endswith("# wrong")]
    assert [one.line for one in report.findings] == wrong, report.findings
    assert [one.name for one in report.findings] == [
        "garden.rows.deep", "garden.Row.width", "garden.tidy.hoe", "garden.Bed.water.gallons",
        "garden.Bed.dog", "garden.Bed.dig.wide", "garden.Bed.water.warm", "garden.Bed.drain",
        "json.JSONEncoder.defaults",
    ]  # fmt: skip
