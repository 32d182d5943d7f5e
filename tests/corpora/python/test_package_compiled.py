import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.document import Section
from corpora.python.applied.added_docstrings import added_docstrings_in
from corpora.python.grown_exports import with_plain_exports
from corpora.syntax.parse_python import parse_python
from tests.corpora.python.test_python_package import package, sections_of, write

COMPILED = {
    "fast/__init__.py": "from ._core import *\nfrom . import _core, _docs\n",
    "fast/__init__.pyi": "from fast._core._c import make as make\nfrom ._kinds import _Op2\nadd: _Op2[int]\n"
    "plus = add\nclass Table:\n    def __init__(self, rows: int) -> None: ...\n"
    "    def rows(self) -> int: ...\n",
    "fast/_kinds.py": "_Op2 = object\n",
    "fast/_kinds.pyi": "class _Op2:\n    def __call__(self, x1: float, x2: float) -> float: ...\n",
    "fast/_core/__init__.py": "from . import _c\nfrom ._c import *\n",
    "fast/_core/_c.pyi": "from typing import overload\n@overload\ndef make(n: int) -> list[int]: ...\n"
    "@overload\ndef make(n: str) -> list[str]: ...\n",
    "fast/_docs.py": '''
common = """n : int
    How many."""
add_newdoc("fast._core._c", "make", """
    make(n,
         *, like=None)

    Make a list.

    %(common)s
    """ + common.replace("int", "whole number"))
add_newdoc("fast._core", "Table", [("size", "How large it is."), ("_secret", "No."), ("flags", text())])
add_newdoc("fast._core", "hidden", "Nobody can import it.")
add_docstr(fast.Table, "A table." "{x}".format(x=1))
def _method(name, doc):
    add_newdoc("fast", "Table", (name, doc.strip()))
_method("sum", "Add up.")
_method(name)
add_docstr(fast.plus, fast.text)
add_newdoc("fast", name, "unknown")
add_newdoc(*everything)
''',
}


def test_docstrings_given_by_a_call_are_those_of_compiled_objects(tmp_path: Path) -> None:
    sections = sections_of(package(write(tmp_path, COMPILED) / "fast"))
    make = sections["fast.make"]
    assert make.signature == "make(n, *, like=None)"
    assert sections["fast.Table.sum"].text == "Add up."
    assert "Make a list." in make.text and make.text.endswith("n : whole number\nHow many.")
    assert sections["fast.Table"].text == "A table.{x}"
    assert sections["fast.Table.size"] == Section("fast.Table.size", "How large it is.", "L12")
    assert {"fast.hidden", "fast._core.hidden", "fast.Table._secret", "fast.Table.flags"}.isdisjoint(sections)


def test_an_object_is_documented_by_the_call_that_names_it(tmp_path: Path) -> None:
    code = "from ._c import _add_docstr\nfrom . import _c\n"
    code += 'det = _add_docstr(_c.linalg_det, r"""det(A) -> Table\n\nCompute the determinant.""")\n'
    sections = sections_of(
        package(write(tmp_path, {"fast/__init__.py": "", "fast/linalg.py": code}) / "fast")
    )
    assert sections["fast.linalg.det"].signature == "det(A)"
    assert "Compute the determinant." in sections["fast.linalg.det"].text


def test_docstrings_of_members_are_not_those_of_functions_of_the_same_name(tmp_path: Path) -> None:
    members = """
def document_member(method, text):
    add_docstr(getattr(fast._core._Base, method), text)
document_member("plus", "See :func:`fast.plus`.")
document_member("make", "See :func:`fast.make`.")
"""
    later = 'add_docstr(fast.plus, "Add two numbers.")\n'
    files = COMPILED | {"fast/_a_members.py": members, "fast/_b_functions.py": later}
    sections = sections_of(package(write(tmp_path, files) / "fast"))
    assert sections["fast.plus"].text == "Add two numbers."
    assert "Make a list." in sections["fast.make"].text


def test_objects_that_only_a_stub_declares_are_documented_by_their_signature(tmp_path: Path) -> None:
    files = {name: text for name, text in COMPILED.items() if name != "fast/_docs.py"}
    sections = sections_of(package(write(tmp_path, files) / "fast"))
    assert sections["fast.make"].signature == "make(n: int) -> list[int]; make(n: str) -> list[str]"
    assert sections["fast.add"].text == "add(x1: float, x2: float) -> float"
    assert sections["fast.plus"].text == "plus = add"
    assert sections["fast.Table"].text == "class Table(rows: int)\n- rows() -> int"


def test_what_is_imported_by_star_is_documented_beside_a_stub(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        {
            "pkg/__init__.py": "from . import core\nfrom .core import *\n__all__ = ['show']\n"
            "def show(): ...\nif True:\n    __all__.extend(\n        core.__all__\n    )\n",
            "pkg/__init__.pyi": "from typing import overload\n__all__: list[str]\n"
            "@overload\ndef make(n: int) -> int: ...\n@overload\ndef make(n: str) -> str: ...\n"
            "def round_(a: int): ...\nclass Array:\n    size: int\n",
            "pkg/core/__init__.py": "from . import shapes\nfrom .shapes import *\n"
            "from ._compiled import Array, make\n"
            "__all__ = ['make']\n__all__.append('Array')\n__all__ += shapes.__all__\n",
            "pkg/core/shapes.py": "__all__ = ['round_', 'some']\n"
            'def round_(a):\n    """Round it."""\ndef some(a):\n    """Tell whether some are true."""\n'
            'def other():\n    """Do not import me by a star."""\n',
        },
    )
    sections = sections_of(package(folder / "pkg")).values()
    units = {name: one for one in sections for name in (one.name, *one.aliases)}
    assert units["pkg.round_"].text.startswith("Round it.")
    assert units["pkg.round_"] is units["pkg.core.round_"]
    assert units["pkg.some"].text.startswith("Tell whether")
    assert "size" in units["pkg.Array"].text  # which only the stub shows
    assert units["pkg.make"].signature.startswith("make(n: int) -> int")
    assert "pkg.other" not in units


def test_what_a_function_adds_to_the_exports_of_a_module_has_its_public_name(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        {
            "pkg/__init__.py": "from . import core\nfrom .core import *\n__all__ = ['core']\n"
            "__all__ += core.__all__\n",
            "pkg/core/__init__.py": "from . import shapes\n__all__ = []\n"
            "def extend_all(module):\n    for a in getattr(module, '__all__'):\n        __all__.append(a)\n"
            "from .shapes import *\nextend_all(shapes)\n",
            "pkg/core/shapes.py": '__all__ = ["total"]\ndef total(a):\n    """Add it up."""\n',
        },
    )
    assert sections_of(package(folder / "pkg"))["pkg.total"].text.startswith("Add it up.")


def test_exports_that_only_running_code_tells_hide_nothing_from_who_takes_them_up(tmp_path: Path) -> None:
    takes_up = "from .{0} import *\nfrom . import {0}\n__all__ = {0}.__all__\n"
    files = {
        "pkg/__init__.py": takes_up.format("_wrapped"),
        "pkg/_wrapped.py": takes_up.format("_api") + "for name in __all__:\n    vars()[name] = wrap(name)\n",
        "pkg/_api.py": "from ._sums import *\n__all__ = [s for s in dir() if not s.startswith('_')]\n",
        "pkg/_sums.py": '__all__ = ["add"]\ndef add(a):\n    """A."""\ndef own(a):\n    """O."""\n',
    }
    assert set(sections_of(package(write(tmp_path, files) / "pkg"))) == {"pkg", "pkg.add"}


def test_the_exports_of_a_module_stay_where_its_stub_only_says_that_there_are_some(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        {
            "pkg/__init__.py": "from .core import *\nfrom . import core\n__all__ = ['core']\n"
            "__all__ += core.__all__\n",
            "pkg/__init__.pyi": "from pkg.core import make as make\n__all__: list[str]\n",
            "pkg/core.py": "from ._compiled import make\n__all__ = ['make']\n",
            "pkg/core.pyi": "__all__: list[str]\ndef make(n: int) -> int: ...\n",
        },
    )
    assert sections_of(package(folder / "pkg"))["pkg.make"].signature == "make(n: int) -> int"


@given(text=st.text(alphabet="__all__.extend(append[]) a='\n\\#é", max_size=60))
def test_no_source_loses_lines_by_its_exports(text: str) -> None:
    source = f"__all__ = []\n__all__.extend(['a'])\nx = {text!r}\n{text}"
    plain = with_plain_exports(source)
    assert plain.count("\n") == source.count("\n")
    if parse_python(source) is not None:
        assert parse_python(plain) is not None


def test_a_stub_without_a_module_documents_overloads_and_classes(tmp_path: Path) -> None:
    stub = "from typing import overload\nclass Reader:\n    def read(self, n: int = ...) -> bytes: ...\n"
    stub += "@overload\ndef loads(x: str) -> dict: ...\n@overload\ndef loads(x: bytes) -> dict: ...\n"
    sections = sections_of(package(write(tmp_path, {"pkg/__init__.pyi": stub}) / "pkg"))
    assert sections["pkg.loads"].text == "loads(x: str) -> dict; loads(x: bytes) -> dict"
    assert sections["pkg.Reader"].text == "class Reader\n- read(n: int = ...) -> bytes"


def test_the_module_that_an_object_says_it_belongs_to_names_it(tmp_path: Path) -> None:
    text = '@set_module("pkg")\nclass A:\n    """A."""\n@dispatch(f, module="pkg")\ndef g():\n    """G."""\n'
    text += 'class B:\n    """B."""\n    __module__ = "pkg"\n@set_module("other")\ndef h():\n    """H."""\n'
    files = {"pkg/__init__.py": "", "pkg/_inner.py": text}
    assert set(sections_of(package(write(tmp_path, files) / "pkg"))) == {"pkg", "pkg.A", "pkg.g", "pkg.B"}


def test_a_name_that_a_module_computes_is_the_only_one_below_it(tmp_path: Path) -> None:
    files = {
        "pkg/__init__.py": "from ._core import state, twice\n",
        "pkg/_core/__init__.py": "extend_all(globals())\n",
        "pkg/_core/_a.py": 'def state():\n    """S."""\ndef twice():\n    """One."""\n',
        "pkg/_core/_b.py": 'def twice():\n    """Two."""\n',
    }
    assert set(sections_of(package(write(tmp_path, files) / "pkg"))) == {"pkg", "pkg.state"}


def test_nothing_is_printed_while_a_package_is_read(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = '__all__ = [] + other.__all__ + [f"{x}"]\ndef f(x):\n'
    text += '    """F.\n\n    Args:\n        y: no parameter\n    """\n'
    write(tmp_path, {"pkg/__init__.py": text, "pkg/a.b.py": "", "pkg/bad.py": "def ("})
    assert sections_of(package(tmp_path / "pkg"))
    assert capfd.readouterr() == ("", "")


@given(st.text(st.sampled_from("add_newdoc(\"\n,)[]%+abc'.replace"), max_size=80))
def test_no_module_breaks_the_reading_of_calls(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = write(tmp_path_factory.mktemp("docs"), {"a.py": f"add_newdoc({text})"})
    for doc in added_docstrings_in(folder, "a.py"):
        assert doc.text


@pytest.mark.slow
def test_compiled_objects_of_numpy_have_their_docstrings(tmp_path: Path) -> None:
    # (all of numpy takes three times as long)
    installed = Path(np.__file__).parent
    for folder in ("", "_core", "_typing"):
        (tmp_path / "numpy" / folder).mkdir()
        for file in (installed / folder).glob("*.py*"):
            shutil.copy(file, tmp_path / "numpy" / folder)
    sections = sections_of(package(tmp_path / "numpy"))
    for name in ("numpy.array", "numpy.zeros", "numpy.dtype", "numpy.ndarray.reshape", "numpy.errstate"):
        assert len(sections[name].text) > 300, name
    assert sections["numpy.array"].signature.startswith("array(object, dtype=None, *, copy=True")
    assert sections["numpy.add"].text.startswith("add(x1: ")
