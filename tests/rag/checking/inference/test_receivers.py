"""Copies of programs in which a type checker reveals types."""

import ast

import pytest

from rag.checking.inference.receivers import receivers, revealing_copy
from rag.checking.programs.program import CheckedProgram, parsed_program


def program(text: str) -> CheckedProgram:
    parsed = parsed_program("a.py", "a.py", text)
    assert isinstance(parsed, CheckedProgram)
    return parsed


def copy(text: str) -> str:
    one = program(text)
    places = receivers(one)
    return revealing_copy(one, {number: () for number in range(len(places))}, places)


@pytest.mark.parametrize(
    ("text", "revealed"),
    [
        ("x.f().g", "reveal_type((x, 1)); reveal_type((x.f(), 0))[0].g"),
        ("self.a.b", "reveal_type((self.a, 0)); reveal_type((self, 1)); self.a.b"),
        ("x['k'].f", "reveal_type((x['k'], 0)); x['k'].f"),
        ("x[i].f", "reveal_type((x[i], 0))[0].f"),
        ("if x.a and x.b: x.c",
         "if (reveal_type((x, 0)) and (x.a and (reveal_type((x, 1)) and (x.b)))): reveal_type((x, 2)); x.c"),
        ("y = x.a if z else x.b",
         "y = (reveal_type((x, 0)) and (x.a)) if z else (reveal_type((x, 1)) and (x.b))"),
        ("[a.b for a in c.d]", "reveal_type((c, 1)); [(reveal_type((a, 0)) and (a.b)) for a in c.d]"),
        ("lambda q: q.r", "lambda q: (reveal_type((q, 0)) and (q.r))"),
        ("if (m := f()) == m.x: pass", "if (m := f()) == reveal_type((m, 0))[0].x: pass"),
        ("f'{x.f().g!r:>{e.f}}'",
         "reveal_type((x, 1)); reveal_type((e, 2)); f'{reveal_type((x.f(), 0))[0].g!r:>{e.f}}'"),
        ("@x.setter\ndef f(): ...", "@x.setter\ndef f(): ..."),
        ("@x.on('a')\ndef f(): ...", "@reveal_type((x, 0))[0].on('a')\ndef f(): ..."),
    ],
)  # fmt: skip
def test_what_tests_narrow_is_asked_for_before_what_is_evaluated_with_it(text: str, revealed: str) -> None:
    assert copy(text) == revealed


def test_columns_of_lines_with_other_letters_are_met() -> None:
    assert copy("é = 'ü'; x().f") == "é = 'ü'; reveal_type((x(), 0))[0].f"


@pytest.mark.parametrize(
    "text",
    [
        "import os\nos.path.join",  # an import explains it
        "def f(x: a.B) -> c.D: ...",
        "super().f",
        "class A(b.C): ...",
        "'text'.upper()",
        "x.y = 1",
    ],
)
def test_what_needs_no_type_is_left_alone(text: str) -> None:
    assert copy(text) == text


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
def test_a_copy_is_a_program_with_the_same_lines(text: str) -> None:
    revealed = copy(text)
    ast.parse(revealed)
    assert revealed.count("\n") == text.count("\n") and "reveal_type" in revealed
