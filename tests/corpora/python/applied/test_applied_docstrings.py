"""Docstrings that decorators, templates and assignments make are read from the source."""

import time
from pathlib import Path

import pytest

from tests import SLOWNESS
from tests.corpora.python.test_python_package import package, sections_of, write

SHARED = '''
_shared = {"head": "Return the first rows."}
_shared["tail"] = """
    Return the last rows of the %(klass)s.

    Parameters
    ----------
    n : int
    """
_template = "Add up a {klass}." + " It is {speed}."
params = dict(klass="Frame", speed="fast")
'''


def text_of(folder: Path, code: str, name: str = "pkg.f") -> str:
    """Return the text of a unit of the package whose `__init__.py` is `code`."""
    write(folder, {"pkg/__init__.py": code, "pkg/_texts.py": SHARED})
    sections = sections_of(package(folder / "pkg"))
    return sections[name].text if name in sections else ""


@pytest.mark.parametrize(
    ("decorators", "docstring", "expected"),
    [
        ('@Appender("More.", " ")', "Some.", "Some. More."),
        ('@Appender(_shared["head"], join="\\n\\n")', "Some.", "Some.\n\nReturn the first rows."),
        (
            '@Substitution(klass="Frame")\n@Appender(_shared["tail"] % {"klass": "Series"})',
            "",
            "of the Series",
        ),
        (
            '@Substitution(klass="Frame")\n@Appender(_shared["tail"])',
            "",
            "Return the last rows of the Frame.",
        ),
        ('@Substitution("Frame", "fast")', "A %s, %s, 100%%.", "A Frame, fast, 100%."),
        ("@doc(_template, **params)", "", "Add up a"),
        ('@doc(_template, klass="Series", speed="slow")', "", "Add up a Series. It is slow."),
        ("@doc(source)", "", "From the source."),
        ("@copy_docstring(source)", "", "From the source."),
        ("@functools.wraps(source)", "", "From the source."),
        ("@_docstring.copy(source)", "", "From the source."),
        ("@inherit_doc_from(source)", "", "From the source."),
        ("@_doc_wrapper(source)", "", "From the source."),
        ('@set_doc(_template.format(klass="Table", speed="ok"))', "", "Add up a Table. It is ok."),
        ("@docstring.interpd", "Draw %(kind)s lines.", "Draw dashed lines."),
        ("@substituted", "By %(author)s.", "By Jason."),
        ("@interpd", "Draw %(unknown)s lines, 100 %.", "Draw  lines, 100 %."),
    ],
)
def test_well_known_decorators_are_applied(
    tmp_path: Path, decorators: str, docstring: str, expected: str
) -> None:
    code = "from ._texts import _shared, _template, params\n"
    code += 'interpd.register(kind="dashed")\nsubstituted = Substitution(author="Jason")\n'
    code += 'def source():\n    """From the source."""\n'
    body = f'\n    """{docstring}"""' if docstring else " ..."
    code += f"{decorators}\ndef f(x):{body}\n"
    assert expected in text_of(tmp_path, code)


@pytest.mark.parametrize(
    "definition",
    [
        'def deco(fn):\n    fn.__doc__ = f"Call {fn.__name__} with care."\n    return fn\n',
        "def deco(fn):\n    @wraps(fn)\n    def wrapper(*a):\n        return fn(*a)\n    name = fn.__name__\n"
        '    wrapper.__doc__ = "Call " + name + " with care."\n    return wrapper\n',
        "def deco(fn):\n    fn.__doc__ = _doc_for(fn)\n    return fn\n"
        'def _doc_for(fn):\n    text = "Call {} with care."\n    return text.format(fn.__name__)\n',
        'def deco(fn):\n    if fn.__doc__:\n        fn.__doc__ = "no"\n    else:\n'
        '        fn.__doc__ = "Call %s with care." % fn.__name__\n    return fn\n',
        "def deco(fn):\n    bound = getattr(Other, fn.__name__)\n    fn.__doc__ = bound.__doc__\n"
        "    return fn\n"
        'class Other:\n    def f(self):\n        """Call f with care."""\n',
    ],
)
def test_decorators_of_the_package_are_followed(tmp_path: Path, definition: str) -> None:
    assert text_of(tmp_path, f"{definition}@deco\ndef f(): ...\n") == "Call f with care."


def test_arguments_of_a_decorator_are_followed(tmp_path: Path) -> None:
    code = 'def about(what, how="well"):\n    def inner(fn):\n        fn.__doc__ = f"Do {what} {how}."\n'
    code += '        return fn\n    return inner\n@about("it", how="fast")\ndef f(): ...\n'
    assert text_of(tmp_path, code) == "Do it fast."


@pytest.mark.parametrize(
    "assignment",
    [
        "f.__doc__ = g.__doc__",
        'f.__doc__ = g.__doc__.replace("x", "x")',
        'f.__doc__ = """\n    Do %(what)s.\n""" % {"what": "it"}',
        'f.__doc__ = _templates["f"].format(what="it")',
        'f.__doc__ = inspect.cleandoc("\\n    Do it.\\n    ")',
        'if g.__doc__:\n    f.__doc__ = " ".join(["Do", "it."])',
    ],
)
def test_docstrings_that_are_assigned_are_those_of_the_object(tmp_path: Path, assignment: str) -> None:
    code = 'def g():\n    """Do it."""\ndef f(): ...\n_templates = {"f": "Do {what}."}\n'
    assert text_of(tmp_path, f"{code}{assignment}\n") == "Do it."


def test_methods_properties_and_classes_are_documented_alike(tmp_path: Path) -> None:
    code = 'from ._texts import _template\nclass Base:\n    def m(self):\n        """Base."""\n'
    code += '    n = property(get, doc="The number of rows.")\n'
    code += "    width = _field('width', \"How wide it is in pixels.\")\n"
    code += "class A(Base):\n    __doc__ = _template.format(klass='A', speed='new')\n"
    code += "    @doc(Base.m)\n    def m(self): ...\n"
    code += "    def k(self): ...\n    k.__doc__ = Base.m.__doc__ + 'K.'\n"
    assert text_of(tmp_path, code, "pkg.A") == "Add up a A. It is new."
    assert text_of(tmp_path, code, "pkg.A.m") == "Base."
    assert text_of(tmp_path, code, "pkg.A.k") == "Base.K."
    assert text_of(tmp_path, code, "pkg.Base.n").startswith("The number of rows.")
    assert text_of(tmp_path, code, "pkg.Base.width").startswith("How wide it is in pixels.")


HOSTILE = {
    "a circle": "a = b + 'x'\nb = a + 'y'\nf.__doc__ = a\n",
    "doubling": "a0 = 'xxxxxxxx'\n"
    + "".join(f"a{n + 1} = a{n} + a{n} + 'y'\n" for n in range(60))
    + "f.__doc__ = a60\n",
    "replacing": "a = 'x' * 3 + 'xxxxxxxxxx'\n"
    + "".join("a = a.replace('x', 'xxxxxxxxxx')\n" for _ in range(30))
    + "f.__doc__ = a\n",
    "a wide format": "f.__doc__ = '{:>999999999}'.format('x')\n",
    "a wide percent": "f.__doc__ = '%999999999s' % 'x'\n",
    "nested calls": "f.__doc__ = " + "dedent(" * 200 + "'x'" + ")" * 200 + "\n",
    "decorators that call each other": "@a\ndef f(): ...\na = b()\nb = a()\n",
    "a decorator of itself": "@d\ndef d(fn):\n    fn.__doc__ = d(fn)\n    return fn\nf.__doc__ = d.__doc__\n",
    "broken templates": "f.__doc__ = '{' .format(1) + '%(' % {} + '{0.__class__}'.format(f)\n",
}


@pytest.mark.parametrize("code", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_text_grows_or_goes_on_without_end(tmp_path: Path, code: str) -> None:
    start = time.process_time()
    text = text_of(tmp_path, f"def f(): ...\n{code}")
    assert len(text) <= 201_000
    assert time.process_time() - start < 10 * SLOWNESS


def test_nothing_of_the_package_is_run(tmp_path: Path) -> None:
    code = "import os\ndef f(): ...\nf.__doc__ = os.mkdir('made') or 'Documented.'\n"
    code += "@os.mkdir('made')\ndef g(): ...\n"
    assert text_of(tmp_path, code) == "Documented."
    assert not list(tmp_path.rglob("made")) and not Path("made").exists()
