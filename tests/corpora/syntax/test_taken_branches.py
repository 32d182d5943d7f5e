import ast
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.syntax.taken_branches import taken_branches

NEXT = (sys.version_info.major, sys.version_info.minor + 1)
THIS = tuple(sys.version_info[:2])


def docstrings(source: str) -> list[str]:
    """Return the docstrings of the functions that are left."""
    tree = ast.parse(taken_branches(source))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return [ast.get_docstring(node) or "" for node in functions]


def branches(condition: str) -> str:
    function = 'def f():\n        """{}"""\n'
    return f"import sys, os\nif {condition}:\n    {function.format('yes')}else:\n    {function.format('no')}"


@pytest.mark.parametrize(
    ("condition", "taken"),
    [
        (f"sys.version_info >= {THIS}", ["yes"]),
        (f"sys.version_info >= {NEXT}", ["no"]),
        (f"sys.version_info < {NEXT}", ["yes"]),
        (f"sys.version_info[:2] == {THIS}", ["yes"]),
        ("sys.version_info[0] == 2", ["no"]),
        ("sys.version_info.major >= 3", ["yes"]),
        ("(3, 0) <= sys.version_info", ["yes"]),
        (f"not sys.version_info >= {NEXT}", ["yes"]),
        (f"sys.version_info >= {NEXT} and fast", ["no"]),
        ("sys.version_info >= (3,) or fast", ["yes"]),
        ("sys.hexversion < 0x03000000", ["no"]),
        (f"sys.platform == {sys.platform!r}", ["yes"]),
        ("sys.platform.startswith('no-such')", ["no"]),
        ("sys.platform in ('no', 'such')", ["no"]),
        ("os.name == 'no-such'", ["no"]),
        ("platform.python_implementation() == 'PyPy'", ["no"]),
        ("not TYPE_CHECKING", ["yes"]),
        ("TYPE_CHECKING", ["yes", "no"]),
        ("fast", ["yes", "no"]),
        ("sys.version_info >= fast", ["yes", "no"]),
        ("sys.version_info >= '3'", ["yes", "no"]),
    ],
)
def test_the_branch_that_this_python_takes_is_left(condition: str, taken: list[str]) -> None:
    assert docstrings(branches(condition)) == taken


@pytest.mark.parametrize(
    ("condition", "python", "taken"),
    [
        ("sys.version_info >= (3, 9)", "3.8.20", ["no"]),
        ("sys.version_info >= (3, 9)", "3.9", ["yes"]),
        ("sys.version_info >= (3, 99, 2)", "3.99.1", ["no"]),
        ("sys.version_info[:2] == (3, 99)", "3.99.1", ["yes"]),
        ("sys.version_info.minor > 90", "3.99.1", ["yes"]),
        ("sys.hexversion >= 0x03630000", "3.99.0", ["yes"]),
    ],
)
def test_another_version_of_python_takes_its_own_branches(
    condition: str, python: str, taken: list[str]
) -> None:
    tree = ast.parse(taken_branches(branches(condition), python))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert [ast.get_docstring(node) for node in functions] == taken


def test_names_of_conditions_are_followed() -> None:
    source = f"NEW = sys.version_info >= {NEXT}\n" + branches("NEW")
    assert docstrings(source) == ["no"]


def test_of_a_chain_one_branch_is_left_and_lines_stay() -> None:
    source = (
        f"if sys.version_info >= {NEXT}:\n    @decorated\n    def f():\n        '''new'''\n"
        f"elif sys.version_info >= {THIS}:\n    def f():\n        '''this'''\n"
        "else:\n    def f():\n        '''old'''\ndef g():\n    '''after'''\n"
    )
    assert docstrings(source) == ["after", "this"]
    assert taken_branches(source).count("\n") == source.count("\n")


def test_branches_in_classes_are_taken_too() -> None:
    inner = branches("sys.version_info < (3,)").replace("\n", "\n    ")
    assert docstrings(f"class A:\n    {inner}\n") == ["no"]


def test_a_fallback_is_left_out_where_the_standard_library_has_the_module() -> None:
    source = 'try:\n    from json import loads\nexcept ImportError:\n    def loads():\n        """own"""\n'
    assert docstrings(source) == []
    assert docstrings(source.replace("json", "no_such_package")) == ["own"]


def test_a_compiled_twin_does_not_hide_the_function_in_python() -> None:
    source = 'def push():\n    """Push."""\ntry:\n    from _heap import push\nexcept ImportError:\n    pass\n'
    assert docstrings(source) == ["Push."]
    assert "import push" not in taken_branches(source)


@given(st.text(st.sampled_from("if sys.version_info>=(3,)[]:\n elsetry"), max_size=60))
def test_any_text_keeps_its_lines(text: str) -> None:
    assert taken_branches(text).count("\n") == text.count("\n")
