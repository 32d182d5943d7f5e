"""Types as ty prints them, read."""

import pytest

from rag.checking.inference.type_display import MAX_DISPLAY_CHARS, elements, parsed_type


@pytest.mark.parametrize(
    ("display", "paths"),
    [
        ("pandas.core.frame.DataFrame | None", ["pandas.core.frame.DataFrame"]),
        ("Path & ~AlwaysFalsy", ["Path"]),
        ("list[dict[str, int | None]]", ["builtins.list"]),
        ("<class 'numpy.ndarray[Any, Any]'> | <module 're'>", ["numpy.ndarray", "re"]),
        ("type[Flask]", ["Flask"]),
        ("DataFrame | Unknown", []),
        ("(x: int) -> DataFrame", []),
        ("bound method Flask.run(port: int | None = None) -> None", []),
        ('Literal["a | b"] | DataFrame', ["builtins.str", "DataFrame"]),
        ("Literal[1] | DataFrame", []),
        ("Self@f", []),
        ("A & B", []),
        ("Unknown & ndarray[Unknown, Unknown] & ~AlwaysFalsy", ["ndarray"]),
        ("Unknown & ~None", []),
        ("x" * (MAX_DISPLAY_CHARS + 1), []),
        ("[" * 3_000, []),
        ("a.<locals of function 'f'>.B", []),
        ("", []),
    ],
)
def test_only_what_is_certain_is_read(display: str, paths: list[str]) -> None:
    assert [one.path for one in parsed_type(display)] == paths


def test_the_elements_of_a_tuple_are_told_apart_within_brackets_and_quotes() -> None:
    assert elements('tuple[dict[str, int], Literal["a, ]"], (x, y) -> int]') == [
        "dict[str, int]",
        'Literal["a, ]"]',
        "(x, y) -> int",
    ]
    assert elements("list[int]") == []
