"""Copies of programs in which a type checker reveals types."""

import ast

import pytest

from rag.checking.program import CheckedProgram, parsed_program
from rag.checking.receivers import receivers, revealing_copies


def program(text: str) -> CheckedProgram:
    parsed = parsed_program("a.py", "a.py", text)
    assert isinstance(parsed, CheckedProgram)
    return parsed


def copies(text: str) -> list[str]:
    one = program(text)
    places = receivers(one)
    return revealing_copies(one, {number: () for number in range(len(places))}, places)


def test_each_receiver_is_revealed_with_its_number() -> None:
    assert copies("x.f().g") == ["reveal_type((reveal_type((x, 1))[0].f(), 0))[0].g"]


def test_places_within_places_are_revealed_in_copies_of_their_own() -> None:
    assert copies("self.a.b") == ["reveal_type((self, 1))[0].a.b", "reveal_type((self.a, 0))[0].b"]


def test_columns_of_lines_with_other_letters_are_met() -> None:
    assert copies("é = 'ü'; x.f") == ["é = 'ü'; reveal_type((x, 0))[0].f"]


@pytest.mark.parametrize(
    "text",
    [
        "import os\nos.path.join",  # an import explains it
        "def f(x: a.B) -> c.D: ...",
        "super().f",
        "f'{x.y}'",
        "class A(b.C): ...",
        "'text'.upper()",
        "x.y = 1",
    ],
)
def test_what_needs_no_type_is_left_alone(text: str) -> None:
    assert copies(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "a = (\n    x.f(1)\n    .g(y.h)\n    .i\n)",
        "with x.f() as y, z.g(): y.h",
        "[a.b for a in c.d if a.e(lambda q: q.r)]",
        "async def f():\n    (await x).y; return (yield).z",
        "x[1].y[2].z\n(x or y).z\nx.y @ z.w\n-x.y\nx.y.z = 1\ndel x.y.z",
        "@app.route('/')\ndef f(): ...\n",
        "print(f'{a.b}', f'{c.d!r:>{e.f}}', g.h)",
    ],
)
def test_copies_are_programs_with_the_same_lines(text: str) -> None:
    for copy in copies(text):
        ast.parse(copy)
        assert copy.count("\n") == text.count("\n")
