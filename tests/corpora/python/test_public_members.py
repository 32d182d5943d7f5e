"""Each public member is a unit under the names that users write."""

import time
from pathlib import Path

import pytest

from corpora.document import Section
from corpora.python.coverage import coverage_of
from tests import SLOWNESS
from tests.corpora.python.test_python_package import package, sections_of, wheel, write


def units_of(folder: Path, **files: str) -> dict[str, Section]:
    """Return the units of the package `pkg` with these modules, by each of their names."""
    written = {f"pkg/{name.replace('__dot__', '/')}.py": text for name, text in files.items()}
    found = sections_of(package(write(folder, {"pkg/__init__.py": ""} | written) / "pkg"))
    return {alias: one for one in found.values() for alias in (one.name, *one.aliases)}


def test_an_inherited_method_is_one_unit_with_the_names_of_all_classes(tmp_path: Path) -> None:
    units = units_of(
        tmp_path,
        __init__="from ._base import Frame, Column\n",
        _base='class _Data:\n    def fill(self, value):\n        """Replace what is missing."""\n'
        "class Frame(_Data):\n    def extra(self): ...\nclass Column(_Data): ...\n",
    )
    assert units["pkg.Column.fill"] is units["pkg.Frame.fill"]
    assert units["pkg.Frame.fill"].text == "Replace what is missing.\n\nAlso: pkg.Column.fill"
    assert units["pkg.Frame.fill"].name == "pkg.Frame.fill"  # of the larger class


def test_bases_are_followed_across_modules_and_through_diamonds(tmp_path: Path) -> None:
    units = units_of(
        tmp_path,
        a='class A:\n    def m(self):\n        """A."""\n    def n(self):\n        """N."""\n',
        b='from .a import A\nclass B(A):\n    def m(self):\n        """B."""\n',
        c="from . import a\nclass C(a.A): ...\n",
        d="from pkg.b import B\nfrom pkg.c import C\nclass D(B, C): ...\n",
    )
    assert units["pkg.d.D.m"] is units["pkg.b.B.m"]
    assert units["pkg.d.D.n"] is units["pkg.c.C.n"] is units["pkg.a.A.n"]


def test_an_override_without_a_docstring_has_that_of_its_base(tmp_path: Path) -> None:
    units = units_of(
        tmp_path,
        __init__="from ._a import _Base\nclass A(_Base):\n    def m(self, more=1): ...\n",
        _a='class _Base:\n    def m(self):\n        """Do it."""\n',
    )
    assert units["pkg.A.m"].text == "Do it."
    assert units["pkg.A.m"].signature == "m(more=1)"


def test_a_member_without_documentation_shows_its_signature_and_first_comment(tmp_path: Path) -> None:
    units = units_of(
        tmp_path,
        __init__="class A:\n    # Counts from one on.\n    def number(self, start=1): ...\n"
        "    def inside(self):\n        # Works on a copy only.\n        return 1\n"
        "    def other(self):  # noqa\n        # type: ignore\n        return 2\n",
    )
    assert units["pkg.A.number"].text == "number(start=1)\n\nCounts from one on."
    assert units["pkg.A.inside"].text == "inside()\n\nWorks on a copy only."
    assert units["pkg.A.other"].text == "other()"


def test_what_a_call_or_another_name_makes_is_a_unit(tmp_path: Path) -> None:
    units = units_of(
        tmp_path,
        __init__='__all__ = ["load", "loads", "twice", "seed", "Limits"]\n'
        "from ._x import make, real, _random\n"
        "load = make(1)\nloads = real\ntwice = lambda x: x\nseed = _random.seed\n"
        "from ._x import LOW, HIGH\nfrom ._x import Limits\n",
        _x='def make(n): ...\ndef real(x):\n    """Real."""\n'
        'class Random:\n    def seed(self, a):\n        """Start anew."""\n_random = Random()\n'
        "Limits = (LOW, HIGH) = (1, 2)\n",
    )
    assert units["pkg.load"].text == "load = make(1)"
    assert units["pkg.loads"].text.startswith("Real.")
    assert units["pkg.seed"].text == "Start anew."


@pytest.mark.parametrize("accessor", ["CachedAccessor", "lib.Accessor", "accessor_property"])
def test_members_of_an_accessor_are_reached_through_the_class(tmp_path: Path, accessor: str) -> None:
    units = units_of(
        tmp_path,
        __init__=f'from ._s import Strings\nclass Series:\n    str = {accessor}("str", Strings)\n',
        _s='class Strings:\n    """Text."""\n    def contains(self, pat):\n        """Find."""\n',
    )
    assert units["pkg.Series.str"].text.startswith("Text.")
    assert units["pkg.Series.str.contains"].text.startswith("Find.")


def test_operators_count_where_they_are_documented(tmp_path: Path) -> None:
    units = units_of(
        tmp_path,
        __init__='class A:\n    def __getitem__(self, key):\n        """Select rows."""\n'
        '    def __len__(self): ...\n    def __init__(self):\n        """Make it."""\n',
    )
    assert units["pkg.A.__getitem__"].text == "Select rows."
    assert units["pkg.A.__len__"] is units["pkg.A.__init__"] is units["pkg.A"]


def test_data_without_documentation_is_told_of_by_its_class_or_module(tmp_path: Path) -> None:
    units = units_of(
        tmp_path,
        __init__='__all__ = ["LIMIT", "Colour", "Point"]\nfrom collections import namedtuple\nLIMIT = 3\n'
        "class Colour(Enum):\n    RED = 1\n    #: of the sky\n    BLUE = 2\n"
        'Point = namedtuple("Point", "x y")\nclass Pair(namedtuple("Pair", ["one", "two"])): ...\n',
    )
    assert units["pkg.LIMIT"].name == "pkg" and "- LIMIT = 3" in units["pkg.LIMIT"].text
    assert units["pkg.Colour.RED"].name == "pkg.Colour" and "- RED = 1" in units["pkg.Colour"].text
    assert units["pkg.Colour.BLUE"].text == "of the sky"
    assert units["pkg.Point.y"].name == "pkg.Point" and units["pkg.Pair.two"].name == "pkg.Pair"


def test_classes_in_a_call_that_makes_a_base_are_bases(tmp_path: Path) -> None:
    units = units_of(
        tmp_path,
        __init__='class Query:\n    def filter(self):\n        """Filter."""\nclass Base:\n    pass\n'
        "class Meta(type):\n    def of_type(cls): ...\n"
        "class Manager(Base.from_queryset(Query)): ...\nclass Mixed(with_metaclass(Meta, Query)): ...\n",
    )
    assert units["pkg.Manager.filter"] is units["pkg.Mixed.filter"] is units["pkg.Query.filter"]
    assert "pkg.Mixed.of_type" not in units


def test_members_that_a_class_delegates_are_its_members(tmp_path: Path) -> None:
    units = units_of(
        tmp_path,
        __init__='class Array:\n    _fields = ["year", "month"]\n    _all = _fields + ["day"]\n'
        '    def year(self):\n        """The year."""\n    def day(self):\n        """The day."""\n'
        '@delegate_names(delegate=Array, accessors=[*Array._all, "none"], typ="property")\n'
        "class Dates: ...\n",
    )
    assert units["pkg.Dates.year"] is units["pkg.Array.year"]
    assert units["pkg.Dates.day"] is units["pkg.Array.day"]


def test_aliases_that_a_decorator_defines_are_names(tmp_path: Path) -> None:
    units = units_of(
        tmp_path,
        __init__='@_api.define_aliases({"color": ["c", "colour"], "width": ["w"]})\nclass Line:\n'
        '    def set_color(self, color):\n        """Set it."""\n'
        '    def get_color(self):\n        """Get it."""\n',
    )
    assert units["pkg.Line.set_c"] is units["pkg.Line.set_colour"] is units["pkg.Line.set_color"]
    assert units["pkg.Line.get_c"] is units["pkg.Line.get_color"]
    assert units["pkg.Line.get_c"].name == "pkg.Line.get_color"  # (its own name, though longer)
    assert "pkg.Line.set_w" not in units


def test_names_that_nothing_defines_are_reported_with_the_reason(tmp_path: Path) -> None:
    files = {
        "pkg/__init__.py": '__all__ = ["gone", "lost", "here"]\nfrom ._fast import lost\n'
        'def here():\n    """H."""\n'
        "from .missing import Base\nclass A(Base): ...\nfrom os import path\n",
        "pkg/broken.py": "def (",
    }
    write(tmp_path, files)
    covered = coverage_of(str(tmp_path / "pkg"))
    reasons = dict(covered.unreachable)
    assert "no source" in reasons["pkg.gone"] and "pkg._fast.lost" in reasons["pkg.lost"]
    assert "pkg.missing.Base" in reasons["pkg.A"]
    assert "SyntaxError" in reasons["pkg/broken.py"]
    assert covered.bare == ("pkg", "pkg.A", "pkg.lost") and covered.documented == 1


def test_a_class_that_inherits_from_itself_or_in_no_order_ends(tmp_path: Path) -> None:
    units = units_of(
        tmp_path,
        __init__='class A(B):\n    def m(self):\n        """M."""\nclass B(A): ...\n'
        "class X: ...\nclass Y(X): ...\nclass Z(X, Y): ...\nclass Deep(Z, A): ...\n",
    )
    assert "pkg.Deep.m" in units


def test_many_subclasses_add_no_units(tmp_path: Path) -> None:
    text = 'class E(Exception):\n    """What goes wrong."""\n    def why(self):\n        """Say why."""\n'
    text += "".join(f"class E{n}(E): ...\n" for n in range(300))
    write(tmp_path, {"pkg/__init__.py": text})
    sections = sections_of(package(tmp_path / "pkg"))
    assert [name for name in sections if name.endswith(".why")] == ["pkg.E.why"]
    assert len(sections["pkg.E.why"].aliases) == 300
    assert len(sections["pkg.E.why"].text) < 400


STUBS = {
    "requests-stubs/__init__.pyi": "from .api import get as get\n",
    "requests-stubs/api.pyi": "def get(url: str) -> bytes: ...\n",
    "types_requests-2.dist-info/METADATA": "Metadata-Version: 2.1\nName: types-requests\nVersion: 2\n",
}


def test_stubs_alone_document_the_package_that_they_describe(tmp_path: Path) -> None:
    corpus = package(wheel(tmp_path / "types_requests-2-py3-none-any.whl", STUBS))
    sections = sections_of(corpus)
    assert sections["requests.get"].signature == "get(url: str) -> bytes"
    folder = package(write(tmp_path, STUBS) / "requests-stubs")
    assert sections_of(folder)["requests.get"] == sections["requests.get"]


@pytest.mark.parametrize(
    ("files", "name"),
    [
        (
            {"__init__.py": "from pkg.series import offsets\n", "series/__init__.py": "",
             "series/offsets.py": "class Day:\n    '''A day.'''\n"},
            "pkg.series.offsets.Day",
        ),
        (
            {"__init__.py": "from pkg.lib import scimath as emath\n", "lib/__init__.py": "",
             "lib/scimath.py": "def sqrt(x):\n    '''Return the root.'''\n"},
            "pkg.lib.scimath.sqrt",
        ),
        (
            {"__init__.py": "", "_private.py": "class Router:\n    '''Routes.'''\n    def add(self):\n"
             "        '''Add.'''\n", "utils/__init__.py": "", "utils/routing.py": "from ._own import Own\n",
             "utils/_own.py": "class Own:\n    '''An own.'''\n    def add(self):\n        '''Add.'''\n",
             "a.py": "from pkg.utils._own import Own\n"},
            "pkg.utils.routing.Own.add",
        ),
        (
            {"__init__.py": "", "m.py": "from elsewhere import DAILY\n__all__ = ['DAILY', 'f']\n"
             "def f():\n    '''Do it.'''\n"},
            "pkg.m.DAILY",
        ),
        (
            {"__init__.py": "from pkg._tree import Ball\n__all__ = ['Ball']\n"},
            "pkg.Ball",
        ),
        (
            {"__init__.py": "class Polar: ...\nclass Axes:\n    '''Axes.'''\n    Polar = Polar\n"},
            "pkg.Axes.Polar",
        ),
    ],
)  # fmt: skip
def test_each_name_that_users_write_has_a_unit(tmp_path: Path, files: dict[str, str], name: str) -> None:
    write(tmp_path, {f"pkg/{path}": text for path, text in files.items()})
    sections = sections_of(package(tmp_path / "pkg")).values()
    assert name in {own for section in sections for own in (section.name, *section.aliases)}


def test_what_only_type_checkers_import_is_not_the_name_of_a_class(tmp_path: Path) -> None:
    text = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from pkg._afm import AFM\n"
    write(tmp_path, {"pkg/__init__.py": "", "pkg/_afm.py": 'class AFM:\n    """A font."""\n'})
    write(tmp_path, {"pkg/a.py": text, "pkg/longer.py": "from pkg._afm import AFM\n"})
    assert "pkg.longer.AFM" in sections_of(package(tmp_path / "pkg"))


def test_members_are_known_by_each_name_of_their_class(tmp_path: Path) -> None:
    units = units_of(
        tmp_path,
        __init__="from ._core import Column\n",
        schema="from ._core import Column\nfrom ._core import LOW\n__all__ = ['LOW']\n",
        _core='LOW = 1\nclass Column:\n    limit = 3\n    def label(self):\n        """Name it."""\n'
        '    class Inner:\n        """In it."""\n        def run(self):\n            """Run it."""\n',
        use="from .schema import Column, LOW\nmine = Column(LOW)\n",
    )
    for place in ("pkg", "pkg.schema", "pkg.use"):
        assert units[f"{place}.Column.label"].name == "pkg.Column.label", place
        assert units[f"{place}.Column.limit"].name == "pkg.Column"
        assert units[f"{place}.Column.Inner.run"].name == "pkg.Column.Inner.run"
    assert "pkg.schema.Column" not in units["pkg.Column.label"].text
    assert units["pkg.use.LOW"] is units["pkg.schema.LOW"]


def test_of_many_names_of_a_class_those_that_are_there_for_users_come_first(tmp_path: Path) -> None:
    use = "from ._core import Column\nmine = Column()\n"
    units = units_of(
        tmp_path,
        _core='class Column:\n    def label(self):\n        """Name it."""\n',
        long_name_of_a_module="from ._core import Column\n",
        **{f"m{number}": use for number in range(9)},
    )
    assert units["pkg.long_name_of_a_module.Column.label"].name == "pkg.m0.Column.label"
    assert "pkg.m8.Column.label" not in units and "pkg.m8.Column" in units


def test_a_folder_without_init_counts_where_the_package_imports_from_it(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        {
            "pkg/__init__.py": "from .app import App\n",
            "pkg/app.py": "from .sansio.deep.base import Base\nimport pkg.plain.one\nclass App(Base): ...\n",
            "pkg/sansio/deep/base.py": 'class Base:\n    def route(self):\n        """Decorate a view."""\n',
            "pkg/plain/one.py": 'def one():\n    """Return one."""\n',
            "pkg/scripts/tool.py": 'from . import other\ndef tool():\n    """Run me."""\n',
            "pkg/scripts/other.py": 'def other():\n    """Run me, too."""\n',
        },
    )
    sections = sections_of(package(folder / "pkg"))
    assert sections["pkg.App.route"].text.startswith("Decorate a view.")
    assert "pkg.plain.one.one" in sections
    assert not any("scripts" in name for name in sections)


def test_a_module_without_a_docstring_tells_what_it_has(tmp_path: Path) -> None:
    units = units_of(tmp_path, signals="def send(): ...\n", empty="")
    assert units["pkg.signals"].text == "module pkg.signals\n\nIt has: send"
    assert units["pkg.signals"].is_bare and "pkg.empty" not in units


def test_attributes_that_a_constructor_unpacks_are_members(tmp_path: Path) -> None:
    code = "class Field:\n    def __init__(self, low, high):\n        self.low, self.high = low, high\n"
    assert units_of(tmp_path, __init__=code)["pkg.Field.high"].name == "pkg.Field"


@pytest.mark.parametrize(("file", "is_read"), [("client.py", True), ("test_client.py", False)])
def test_a_folder_called_test_is_read_unless_it_holds_tests(tmp_path: Path, file: str, is_read: bool) -> None:
    code = 'class Client:\n    """Ask the application."""\n'
    files = {"pkg/__init__.py": "", "pkg/test/__init__.py": "", f"pkg/test/{file}": code}
    names = sections_of(package(write(tmp_path, files) / "pkg"))
    assert any(name.endswith(".Client") for name in names) is is_read


HOSTILE = {
    "copies": "".join(f"@copy_doc(f{n + 1})\ndef f{n}(): ...\n" for n in range(1500)),
    "wide": "class B:\n" + "".join(f" def m{n}(s):0\n" for n in range(500))
    + "".join(f"class A{n}(B):0\n" for n in range(500)),
    "deep": "class A0:\n def f(s):'F.'\n" + "".join(f"class A{n}(A{n - 1}):0\n" for n in range(1, 1100)),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("code", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_package_made_to_be_large_in_few_bytes_is_read_within_bounds(tmp_path: Path, code: str) -> None:
    start = time.process_time()
    assert units_of(tmp_path, __init__=code)
    assert time.process_time() - start < 30 * SLOWNESS


def test_what_a_class_has_from_python_itself_is_told_by_its_unit(tmp_path: Path) -> None:
    code = 'class Bunch(dict):\n    def pop(self, key):\n        """Take it out."""\n'
    code += "class Wrong(ValueError): ...\n"
    units = units_of(tmp_path, __init__=code)
    assert units["pkg.Bunch.setdefault"] is units["pkg.Bunch"]
    assert units["pkg.Bunch.pop"].text == "Take it out."
    assert units["pkg.Wrong.with_traceback"] is units["pkg.Wrong"]
