import stat
import sys
from pathlib import Path
from zipfile import ZipFile, ZipInfo

import pytest

from corpora.document import Document, Listed, Section, Skipped
from corpora.errors import CorpusError
from corpora.python.package import PythonPackage
from corpora.python.source import find_package
from corpora.spec import CorpusSpec, open_corpus

SHAPES = {
    "shapes/__init__.py": '''"""Shapes to draw."""
from ._core import Circle, area as area, _hidden
from .more import *
__version__ = "1"
def quick(x: int = 1, *rest, flag=False) -> int: ...
''',
    "shapes/_core.py": '''
class Circle:
    """A round shape.

    Example:
        Circle(2)
    """
    #: not a docstring
    def __init__(self, radius: float = 1.0) -> None: ...
    def grow(self, by: float, /, *, twice: bool = False) -> "Circle":
        """Make it larger."""
    def _secret(self):
        """Not for users."""
    unit: str = "cm"
    """What it is measured in."""
    class Centre:
        """A point."""
def area(shape):
    """Its size."""
def _hidden():
    """Imported by the package, and private all the same."""
def never_exported():
    """In a private module."""
''',
    "shapes/more.py": '''
__all__ = ["Square"]
class Square:
    def __init__(self, side):
        """A shape with four sides."""
def helper(): pass
''',
    "shapes/tests/test_core.py": 'def test_it():\n    """A test."""\n',
    "shapes/_vendor/six.py": '"""Six."""\n',
}


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def wheel(path: Path, files: dict[str, str]) -> Path:
    with ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def package(location: Path | str, **options: object) -> PythonPackage:
    return PythonPackage(CorpusSpec("api", "package", str(location), **options))  # type: ignore[arg-type]


def read_all(corpus: PythonPackage) -> dict[str, Document | Skipped]:
    return {
        item.path: corpus.read(item) if isinstance(item, Listed) else item for item in list(corpus.scan())
    }


def sections_of(corpus: PythonPackage) -> dict[str, Section]:
    found = [document for document in read_all(corpus).values() if isinstance(document, Document)]
    return {section.name: section for document in found for section in document.sections}


def test_objects_have_the_shortest_name_they_can_be_imported_by(tmp_path: Path) -> None:
    sections = sections_of(package(write(tmp_path, SHAPES) / "shapes"))
    assert set(sections) == {
        "shapes", "shapes.Circle", "shapes.Circle.grow", "shapes.Circle.unit", "shapes.Circle.Centre",
        "shapes.area", "shapes.quick", "shapes.Square", "shapes.more", "shapes.more.helper",
    }  # fmt: skip


def test_a_section_has_signature_text_and_line(tmp_path: Path) -> None:
    sections = sections_of(package(write(tmp_path, SHAPES) / "shapes"))
    assert sections["shapes.Circle"] == Section(
        "shapes.Circle",
        "A round shape.\n\nExample:\n    Circle(2)",
        "L2",
        "class Circle(radius: float = 1.0)",
        ("shapes.Circle.__init__",),
    )
    grow = sections["shapes.Circle.grow"]
    assert grow.signature == "grow(by: float, /, *, twice: bool = False) -> Circle"
    assert sections["shapes.Circle.unit"].signature == "unit: str = 'cm'"


def test_a_class_without_a_docstring_takes_that_of_its_constructor(tmp_path: Path) -> None:
    sections = sections_of(package(write(tmp_path, SHAPES) / "shapes"))
    assert sections["shapes.Square"].text == "A shape with four sides."


def test_an_undocumented_function_of_the_top_level_shows_how_it_is_called(tmp_path: Path) -> None:
    section = sections_of(package(write(tmp_path, SHAPES) / "shapes"))["shapes.quick"]
    assert section.text == section.signature == "quick(x: int = 1, *rest, flag=False) -> int"


def test_tests_and_vendored_modules_are_skipped_and_nothing_is_imported(tmp_path: Path) -> None:
    files = SHAPES | {"shapes/boom.py": 'raise SystemExit("imported")\n'}
    found = read_all(package(write(tmp_path, files) / "shapes"))
    reasons = {path: item.reason for path, item in found.items() if isinstance(item, Skipped)}
    assert reasons == {
        "shapes/_vendor/six.py": "vendored",
        "shapes/boom.py": "empty",
        "shapes/tests/test_core.py": "ignored",
    }
    assert "shapes" not in sys.modules


def test_a_documents_origin_names_library_and_path(tmp_path: Path) -> None:
    corpus = open_corpus(CorpusSpec("api", "package", str(write(tmp_path, SHAPES) / "shapes"), version="3"))
    document = next(corpus.read(item) for item in corpus.scan() if isinstance(item, Listed))
    assert isinstance(document, Document)
    assert document.origin.path == "shapes/__init__.py"
    assert (document.origin.library, document.origin.version, document.origin.kind) == ("shapes", "3", "docs")


def test_every_module_has_the_stamp_of_the_whole_package(tmp_path: Path) -> None:
    corpus = package(write(tmp_path, SHAPES) / "shapes")
    before = {item.stamp for item in corpus.scan() if isinstance(item, Listed)}
    write(tmp_path, {"shapes/more.py": "__all__ = []\n"})
    after = {item.stamp for item in corpus.scan() if isinstance(item, Listed)}
    assert len(before) == len(after) == 1 and before != after


def test_a_changed_package_is_read_again(tmp_path: Path) -> None:
    corpus = package(write(tmp_path, SHAPES) / "shapes")
    assert "shapes.Triangle" not in sections_of(corpus)
    write(tmp_path, {"shapes/more.py": 'class Triangle:\n    """Three sides."""\n'})
    assert sections_of(corpus)["shapes.Triangle"].text == "Three sides."


def test_another_process_reads_what_this_one_listed(tmp_path: Path) -> None:
    location = write(tmp_path, SHAPES) / "shapes"
    listed = [item for item in package(location).scan() if isinstance(item, Listed)]
    assert isinstance(package(location).read(listed[0]), Document)


def test_a_module_with_wrong_syntax_spoils_only_itself(tmp_path: Path) -> None:
    found = read_all(package(write(tmp_path, SHAPES | {"shapes/bad.py": "def f(:\n"}) / "shapes"))
    bad = found["shapes/bad.py"]
    assert isinstance(bad, Skipped) and bad.reason == "malformed" and "SyntaxError" in bad.detail
    assert isinstance(found["shapes/_core.py"], Document)


@pytest.mark.parametrize("text", ["def f(:\n", "x = " + "(" * 5000, "\0"])
def test_a_package_that_cannot_be_parsed_is_skipped(tmp_path: Path, text: str) -> None:
    (found,) = read_all(package(write(tmp_path, {"pkg/__init__.py": text}) / "pkg")).values()
    assert isinstance(found, Skipped) and found.reason == "malformed"


def test_a_compiled_module_is_read_from_its_stub(tmp_path: Path) -> None:
    stub = "from typing import overload\n@overload\ndef f(x: int) -> int: ...\n"
    stub += "@overload\ndef f(x: str) -> str: ...\n"
    files = {
        "pkg/__init__.py": "from .fast import g as g\n",
        "pkg/fast.pyi": stub + 'def g(x: int) -> int:\n    """Go."""\n',
    }
    sections = sections_of(package(write(tmp_path, files) / "pkg"))
    assert sections["pkg.g"] == Section("pkg.g", "Go.", "L6", "g(x: int) -> int", ("pkg.fast.g",))


def test_a_stub_beside_a_module_does_not_hide_its_docstrings(tmp_path: Path) -> None:
    files = {
        "pkg/__init__.py": "",
        "pkg/poly.py": 'def val(x, c):\n    """Evaluate."""\n',
        "pkg/poly.pyi": "from typing import Final\nval: Final[object] = ...\n",
    }
    section = sections_of(package(write(tmp_path, files) / "pkg"))["pkg.poly.val"]
    assert (section.text, section.signature) == ("Evaluate.", "val(x, c)")


def test_annotated_parameters_show_their_type_and_their_doc(tmp_path: Path) -> None:
    text = 'def run(port: Annotated[int, Doc("Where to listen.")] = 80):\n    """Serve."""\n'
    section = sections_of(package(write(tmp_path, {"pkg/__init__.py": text}) / "pkg"))["pkg.run"]
    assert section.signature == "run(port: int = 80)"
    assert section.text == "Serve.\n\nport:\n  Where to listen."


def test_a_computed_all_counts_as_none(tmp_path: Path) -> None:
    files = {
        "pkg/__init__.py": "from ._a import f\n__all__ = [n for n in dir()]\n",
        "pkg/_a.py": 'def f():\n    """F."""\n',
    }
    assert set(sections_of(package(write(tmp_path, files) / "pkg"))) == {"pkg", "pkg.f"}


def test_an_import_circle_ends(tmp_path: Path) -> None:
    files = {
        "pkg/__init__.py": "from .a import x, f\n",
        "pkg/a.py": 'from .b import x\ndef f():\n    """F."""\n',
        "pkg/b.py": "from .a import x\n",
    }
    assert set(sections_of(package(write(tmp_path, files) / "pkg"))) == {"pkg", "pkg.f"}


def test_a_folder_of_packages_and_a_namespace_package_are_read(tmp_path: Path) -> None:
    files = {"src/one/__init__.py": '"""One."""', "src/two/__init__.py": '"""Two."""'}
    assert set(sections_of(package(write(tmp_path, files) / "src"))) == {"one", "two"}
    write(tmp_path, {"space/part.py": '"""A part of a namespace."""'})
    assert set(sections_of(package(tmp_path / "space"))) == {"space.part"}


def test_a_wheel_gives_library_and_version(tmp_path: Path) -> None:
    metadata = {
        "shapes_kit-2.1.dist-info/METADATA": "Metadata-Version: 2.1\nName: shapes-kit\nVersion: 2.1\n"
    }
    corpus = package(wheel(tmp_path / "shapes_kit-2.1-py3-none-any.whl", SHAPES | metadata))
    document = read_all(corpus)["shapes/_core.py"]
    assert isinstance(document, Document)
    assert (document.origin.library, document.origin.version) == ("shapes-kit", "2.1")
    assert "shapes.Circle" in sections_of(corpus)


def test_a_wheel_unpacks_nothing_outside_its_folder(tmp_path: Path) -> None:
    path = wheel(
        tmp_path / "evil-1-py3-none-any.whl",
        {"pkg/__init__.py": "", "../up.py": "", "/abs.py": "", "a/../../b.py": ""},
    )
    with ZipFile(path, "a") as archive:
        link = ZipInfo("pkg/link.py")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    source = find_package(str(path))
    assert source.tops == ("pkg",)
    assert sorted(file.name for file in source.root.rglob("*") if file.is_file()) == ["__init__.py"]


def test_a_wheel_that_grows_beyond_measure_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("corpora.python.source._MAX_WHEEL_BYTES", 1000)
    with pytest.raises(CorpusError, match="more than 1000 bytes"):
        find_package(str(wheel(tmp_path / "big-1-py3-none-any.whl", {"pkg/__init__.py": "#" * 2000})))


def test_what_cannot_be_opened_says_what_why_and_how_to_mend_it(tmp_path: Path) -> None:
    (tmp_path / "no-1-py3-none-any.whl").write_bytes(b"no zip")
    for location, what in (
        (str(tmp_path / "no-1-py3-none-any.whl"), "cannot read the wheel"),
        (str(tmp_path / "nothing"), "no package at"),
        ("no-such-distribution", "no installed distribution"),
    ):
        with pytest.raises(CorpusError, match=what) as caught:
            list(package(location).scan())
        assert caught.value.why and caught.value.fix


def test_an_installed_distribution_is_found_by_its_name_or_its_import_name() -> None:
    by_name, by_import = find_package("beautifulsoup4"), find_package("bs4")
    assert by_name == by_import
    assert (by_name.library, by_name.tops) == ("beautifulsoup4", ("bs4",))


def test_the_names_of_a_real_package_are_those_its_users_import() -> None:
    sections = sections_of(package("jinja2"))
    assert "class Environment(block_start_string" in sections["jinja2.Environment"].signature
    assert sections["jinja2.Environment.get_template"].signature.startswith("get_template(name: ")
    parts = {part for name in sections for part in name.split(".")}
    assert not {part for part in parts if part.startswith("_") and not part.endswith("__")}


GENERIC = '''
class Box[T]:
    """A box."""
    def get[U](self, default: U) -> T | U:
        """What is in it."""
type Pair[T] = tuple[T, T]
'''


def test_a_module_in_newer_syntax_is_read_by_an_older_python(tmp_path: Path) -> None:
    sections = sections_of(package(write(tmp_path, {"pkg/__init__.py": GENERIC}) / "pkg"))
    assert sections["pkg.Box"].text == "A box."
    assert sections["pkg.Box.get"].signature == "get(default: U) -> T | U"
    assert sections["pkg.Box.get"].anchor == "L4"


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ("# -*- coding: latin-1 -*-\n", "latin-1"),
        ("#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n", "cp1252"),
        ("# coding: koi8-r\n", "koi8-r"),
        ("", "utf-8-sig"),
        ("# coding: utf-8\r\n", "utf-8"),
    ],
)
def test_a_module_is_read_in_the_encoding_that_it_declares(tmp_path: Path, head: str, encoding: str) -> None:
    word = "слово" if encoding == "koi8-r" else "größe"
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").write_bytes(
        f'{head}def f():\n    """Return {word}."""\n'.encode(encoding)
    )
    assert sections_of(package(tmp_path / "pkg"))["pkg.f"].text == f"Return {word}."


def test_old_line_ends_are_line_ends(tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    text = 'class A:\r    # Says so twice over.\r    def f(self): ...\rdef g():\r    """G."""\r'
    (tmp_path / "pkg" / "__init__.py").write_bytes(text.encode())
    sections = sections_of(package(tmp_path / "pkg"))
    assert sections["pkg.A.f"].text == "f()\n\nSays so twice over."
    assert sections["pkg.g"].anchor == "L4"
