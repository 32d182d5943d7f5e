"""Members and docstrings that code gives to classes when they are made are read from the source."""

import time
from pathlib import Path

import pytest

from corpora.document import Section
from tests import SLOWNESS
from tests.corpora.python.test_python_package import package, sections_of, write


def units_of(folder: Path, files: dict[str, str]) -> dict[str, Section]:
    """Return the units of a package by all their names."""
    write(folder, {f"pkg/{name}": text for name, text in files.items()})
    sections = sections_of(package(folder / "pkg")).values()
    return {name: section for section in sections for name in (*section.aliases, section.name)}


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (
            "class Meta(type):\n    def __new__(mcs, name, bases, attrs):\n"
            "        attrs['declared'] = {}\n        return super().__new__(mcs, name, bases, attrs)\n"
            "class Form(metaclass=Meta):\n    '''A form.'''\nclass Small(Form):\n    '''A small one.'''\n",
            "pkg.Small.declared",
        ),
        (
            "class Base(type):\n    def __new__(mcs, name, bases, attrs):\n"
            "        made = super().__new__(mcs, name, bases, attrs)\n"
            "        if 'media' not in attrs:\n            made.media = property(str)\n        return made\n"
            "class Meta(Base):\n    pass\nclass Form(metaclass=Meta):\n    '''A form.'''\n",
            "pkg.Form.media",
        ),
        (
            "class Meta(type):\n    def _prepare(cls):\n        cls.add_to_class('DoesNotExist', Exception)\n"
            "class Model(metaclass=Meta):\n    '''A model.'''\n",
            "pkg.Model.DoesNotExist",
        ),
        (
            "def constructible(*args, path=None):\n    def decorate(klass):\n"
            "        def deconstruct(self):\n            '''Return the arguments.'''\n"
            "        klass.deconstruct = deconstruct\n        return klass\n    return decorate\n"
            "@constructible(path='pkg.A')\nclass A:\n    '''An A.'''\n",
            "pkg.A.deconstruct",
        ),
        (
            "def with_fields(cls):\n    for name in ('red', 'blue'):\n"
            "        setattr(cls, f'is_{name}', name)\n"
            "    return cls\n@with_fields\nclass Colour:\n    '''A colour.'''\n",
            "pkg.Colour.is_blue",
        ),
        (
            "class Lookups:\n    '''Knows lookups.'''\n    @classmethod\n    def register(cls, one):\n"
            "        '''Register one.'''\n        cls.class_lookups = {}\n"
            "class Field(Lookups):\n    '''A field.'''\n",
            "pkg.Field.class_lookups",
        ),
        (
            "class A:\n    '''An A.'''\ndef size(self):\n    '''Return the size.'''\nA.size = size\n",
            "pkg.A.size",
        ),
        (
            "class A:\n    '''An A.'''\ndef f(self):\n    '''Call it.'''\n"
            "for name in ['start', 'stop']:\n    setattr(A, name, f)\n",
            "pkg.A.stop",
        ),
        (
            "def make(name):\n    def get():\n        '''Get it.'''\n    return get\n"
            "for name in ['first', 'second']:\n    globals()[f'get_{name}'] = make(name)\n",
            "pkg.get_second",
        ),
    ],
)
def test_a_member_that_code_gives_to_a_class_has_a_unit(tmp_path: Path, code: str, name: str) -> None:
    assert name in units_of(tmp_path, {"__init__.py": code})


def test_a_decorator_that_exports_gives_names_to_the_module(tmp_path: Path) -> None:
    code = (
        "import sys\nclass Backend:\n    '''A backend.'''\n    @staticmethod\n    def export(cls):\n"
        "        for name in ['show', 'draw']:\n"
        "            setattr(sys.modules[cls.__module__], name, getattr(cls, name))\n        return cls\n"
        "    def show():\n        '''Show all figures.'''\n    def draw():\n        '''Draw.'''\n"
        "class BackendTk(Backend):\n    '''A backend.'''\n"
    )
    use = "from pkg import {0}\n@{0}.export\nclass _Own({0}):\n    pass\n"
    files = {"__init__.py": code, "a.py": use.format("Backend"), "b.py": use.format("BackendTk")}
    units = units_of(tmp_path, files)
    assert units["pkg.a.show"] is units["pkg.b.show"] is units["pkg.Backend.show"]


DESCRIPTOR = '''
TEXT = "Ask for metadata of ``{method}``.\\n\\n"
METHODS = ["fit", "score"]
class Request:
    def __init__(self, name, keys):
        self.name = name
        self.keys = keys
    def __get__(self, instance, owner):
        def func(**kwargs):
            """Replaced below."""
        doc = TEXT.format(method=self.name)
        doc += "Returns the object."
        func.__doc__ = doc
        return func
class Base:
    """A base."""
    def __init_subclass__(cls):
        for method in METHODS:
            name = f"set_{method}_request"
            if hasattr(cls, method):
                setattr(cls, name, Request(method, sorted(cls.keys)))
class Model(Base):
    """A model."""
'''


def test_a_method_made_by_a_descriptor_has_the_docstring_that_this_puts_together(tmp_path: Path) -> None:
    units = units_of(tmp_path, {"__init__.py": DESCRIPTOR})
    assert (
        "Ask for metadata of ``score``.\n\nReturns the object." in units["pkg.Model.set_score_request"].text
    )


@pytest.mark.parametrize(
    "code",
    [
        "class wrapper:\n    def __init__(self, name, sub=None):\n"
        "        doc = 'Return the ticks of this Axis.'\n"
        "        for old, new in {'this Axis': f'the {name}', **(sub or {})}.items():\n"
        "            doc = doc.replace(old, new)\n        self.__doc__ = doc\n"
        "    def __set_name__(self, owner, name): ...\n"
        "class A:\n    '''An A.'''\n    get_ticks = wrapper('xaxis')\n",
        "def method(name):\n    def get(self): ...\n    get.__doc__ = f'Return the ticks of the {name}.'\n"
        "    return get\nclass A:\n    '''An A.'''\n    get_ticks = method('xaxis')\n",
    ],
)
def test_an_attribute_made_by_a_call_has_the_docstring_that_this_gives(tmp_path: Path, code: str) -> None:
    assert (
        "Return the ticks of the xaxis." in units_of(tmp_path, {"__init__.py": code})["pkg.A.get_ticks"].text
    )


PROPERTIES = '''
class Artist:
    """Something that is drawn."""
    def __init_subclass__(cls):
        cls._document()
    @classmethod
    def _document(cls):
        cls.set.__doc__ = ("Set properties.\\n\\n" + kwdoc(cls))
    def set(self, **kwargs):
        """Set properties."""
    def set_alpha(self, alpha):
        """
        Set the alpha.

        Parameters
        ----------
        alpha : float or None
        """
@define_aliases({"linewidth": ["lw"]})
class Line(Artist):
    """A line."""
    def set_linewidth(self, w):
        """
        Set the width.

        .. ACCEPTS: float in
           points
        """
@interpd
def plot(**kwargs):
    """Plot lines.

    %(Line:kwdoc)s

    And %(Unknown:kwdoc)s this.
    """
'''


def test_a_table_of_properties_is_put_into_a_docstring(tmp_path: Path) -> None:
    text = units_of(tmp_path, {"__init__.py": PROPERTIES})["pkg.plot"].text
    assert "alpha: float or None" in text and "linewidth or lw: float in points" in text
    assert "And  this." in text


def test_a_method_whose_docstring_depends_on_the_class_has_one_for_each(tmp_path: Path) -> None:
    units = units_of(tmp_path, {"__init__.py": PROPERTIES})
    assert "linewidth" in units["pkg.Line.set"].text
    assert "alpha" in units["pkg.Artist.set"].text and "linewidth" not in units["pkg.Artist.set"].text


def test_a_delegate_that_renames_finds_the_member(tmp_path: Path) -> None:
    code = (
        "class Array:\n    '''Values.'''\n    def _dt_year(self):\n        '''Return the years.'''\n"
        "@delegate_names(delegate=Array, accessors=['year'], accessor_mapping=lambda x: f'_dt_{x}')\n"
        "class Dates:\n    '''Dates.'''\n"
    )
    assert "Return the years." in units_of(tmp_path, {"__init__.py": code})["pkg.Dates.year"].text


def test_loops_and_texts_stay_bounded(tmp_path: Path) -> None:
    names = ", ".join(f"'n{number}'" for number in range(900))
    code = (
        "class A:\n    '''An A.'''\nfor a in [" + names + "]:\n    for b in [" + names + "]:\n"
        "        setattr(A, f'{a}_{b}', f'{a}{b}')\n"
    )
    members = [name for name in units_of(tmp_path, {"__init__.py": code}) if name.startswith("pkg.A.")]
    assert 0 < len(members) <= 201


def test_bases_that_meet_again_and_nested_loops_cost_little(tmp_path: Path) -> None:
    levels = "".join(
        f"class L{at}(L{at - 1}, R{at - 1}): ...\nclass R{at}(L{at - 1}, R{at - 1}): ...\n"
        for at in range(1, 40)
    )
    loops = "".join(f"{'    ' * at}for n{at} in {[*range(90)]}:\n" for at in range(1, 8))
    code = (
        f"def make(name):\n{loops}{'    ' * 8}get = name\n    def get(): ...\n    return get\n"
        f'class L0:\n    def f(self):\n        """Do it."""\nclass R0: ...\n{levels}'
        "class A(L39):\n    '''An A.'''\n    g = make('x')\n"
    )
    start = time.process_time()
    assert "pkg.A" in units_of(tmp_path, {"__init__.py": code})
    assert time.process_time() - start < 10 * SLOWNESS


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("[name for name in Array.names if name not in ('day', 'hour')]", {"year"}),
        ("frozenset(Array.names) - {'day'}", {"year", "hour"}),
        ("{'day'} | {name.lower() for name in ['YEAR']}", {"day", "year"}),
        ("set(Array.names) & {'hour'}", {"hour"}),
        ("[name for name in Array.names if unknown(name)]", set()),
    ],
)
def test_lists_of_names_are_put_together(tmp_path: Path, names: str, expected: set[str]) -> None:
    code = (
        "class Array:\n    '''Values.'''\n    names = ['year', 'day', 'hour']\n    year = day = hour = 1\n"
        f"@delegate_names({names}, Array)\nclass Dates:\n    '''Dates.'''\n"
    )
    members = {name for name in units_of(tmp_path, {"__init__.py": code}) if name.startswith("pkg.Dates.")}
    assert members == {f"pkg.Dates.{name}" for name in expected}


def test_a_function_of_a_loop_has_the_docstring_that_it_is_given(tmp_path: Path) -> None:
    code = (
        "class Group:\n    '''Groups.'''\n    def first(self):\n        '''Return the first row.'''\n"
        "class Sample:\n    '''Samples.'''\nfor name in ['first']:\n    def f(self): ...\n"
        "    f.__doc__ = getattr(Group, name).__doc__\n    setattr(Sample, name, f)\n"
    )
    units = units_of(tmp_path, {"__init__.py": code})
    assert units["pkg.Sample.first"].text.startswith("Return the first row.")
