import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from corpora.python.docstrings import SPHINX_FIELDS, readable_docstring
from tests.corpora.python.test_python_package import package, sections_of, write

SPHINX = """Send a request.

:param url: where to,
    with a scheme
:param int tries: how often
:type url: str
:returns: the answer
:rtype: Response
:raises ValueError: for no URL

Usage::

  >>> send("x")
  1
:meta private:"""


def test_the_fields_of_sphinx_are_put_together() -> None:
    assert readable_docstring(SPHINX) == (
        "Send a request.\n\nParameters:\n  url (str): where to,\n    with a scheme\n"
        "  tries (int): how often\n\n"
        "Returns:\n  Response: the answer\n\nRaises:\n  ValueError: for no URL\n\n"
        'Usage::\n\n  >>> send("x")\n  1\n:meta private:'
    )


def test_other_styles_stay_as_they_are() -> None:
    google = "Sum.\n\nArgs:\n    x (int): A number.\n\nExample:\n    >>> f(\n    ...   1)\n    2"
    numpy = "Sum.\n\nParameters\n----------\nx : int\n    A number.\n\nSee Also\n--------\ng : other"
    assert (readable_docstring(google), readable_docstring(numpy)) == (google, numpy)


def test_a_type_told_twice_and_a_type_alone_are_kept() -> None:
    text = readable_docstring(":param int x: one\n:type x: float\n:type y: str\n:rtype: a\n:rtype: b")
    assert [word in text for word in ("int", "float", "y (str)", "a", "b")] == [True] * 5


def test_a_directive_of_deprecation_reads_as_a_sentence() -> None:
    text = readable_docstring("Old.\n\n.. deprecated:: 1.2\n   Use new.\n\n.. deprecated::\n")
    assert text == "Old.\n\nDeprecated since version 1.2:\n   Use new.\n\nDeprecated:"


def test_what_a_decorator_says_is_told_once() -> None:
    assert readable_docstring("Old.", "Use new.") == "Deprecated: Use new.\n\nOld."
    assert readable_docstring("Old. Use\nnew.", "Use new.") == "Old. Use\nnew."


_LINES = st.lists(
    st.sampled_from(
        [
            *(f":{name} x: text of {name}" for name in sorted(SPHINX_FIELDS)),
            ":param int y: z",
            ":return:",
            "",
            "  more",
        ]
    )
    | st.text(st.sampled_from(":param type xy\t.`é"), max_size=25),
    max_size=14,
)


@given(_LINES)
def test_every_word_of_a_docstring_is_kept(lines: list[str]) -> None:
    docstring = "\n".join(lines)
    words = set(re.findall(r"\w+", docstring)) - SPHINX_FIELDS - {"deprecated"}
    assert words <= set(re.findall(r"\w+", readable_docstring(docstring)))


def test_a_hostile_line_takes_no_time() -> None:
    for line in (":param" + " " * 500_000, ":param " + "a:" * 250_000, ":a" * 300_000):
        assert readable_docstring(f"x\n{line}y\n:param x: y").startswith("x\n")


def test_deprecated_objects_say_so_first(tmp_path: Path) -> None:
    text = '''"""A module."""
@deprecated("Use g.", category=None)
def f():
    """F."""
@warnings.deprecated
def plain(): ...
@deprecated("0.2", alternative="new", pending=True)
class Old:
    """O."""
    @typing_extensions.deprecated("Use better.")
    def method(self): ...
def warned(x):
    """W."""
    warnings.warn(f"warned({x}) is deprecated, use g", DeprecationWarning, stacklevel=2)
class Warned:
    def __init__(self):
        """Make it."""
        warnings.warn("Warned is deprecated", category=FutureWarning)
def sometimes(x):
    """S."""
    if x:
        warnings.warn("x is deprecated", DeprecationWarning)
'''
    sections = sections_of(package(write(tmp_path, {"pkg/__init__.py": text}) / "pkg"))
    assert {name: section.text for name, section in sections.items()} == {
        "pkg": "A module.",
        "pkg.f": "Deprecated: Use g.\n\nF.",
        "pkg.plain": "Deprecated: see its module",
        "pkg.Old": "Deprecated: 0.2; alternative: new\n\nO.",
        "pkg.Old.method": "Deprecated: Use better.",
        "pkg.warned": "Deprecated: warned() is deprecated, use g\n\nW.",
        "pkg.Warned": "Deprecated: Warned is deprecated\n\nMake it.",
        "pkg.sometimes": "S.",
    }


def test_a_class_has_its_docstring_and_that_of_its_constructor(tmp_path: Path) -> None:
    text = 'class A:\n    """A."""\n    def __init__(self, x):\n'
    text += '        """Make it.\n\n        Args:\n            x: What.\n        """\n'
    section = sections_of(package(write(tmp_path, {"pkg/__init__.py": text}) / "pkg"))["pkg.A"]
    assert section.text == "A.\n\nMake it.\n\nArgs:\n    x: What."
