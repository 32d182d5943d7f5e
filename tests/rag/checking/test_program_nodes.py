"""The nodes of a program are those of `ast.walk`, but operators and contexts."""

import ast
from pathlib import Path

from rag.checking.programs.program import CheckedProgram

_MARKS = (ast.expr_context, ast.operator, ast.boolop, ast.unaryop, ast.cmpop)
_UNUSUAL = """
from a import b as c
import d.e
def f(x: int, /, *args: int, y=1, **more) -> str:
    global g
    match x:
        case {"a": 1, **rest} | [1, *others] if y < 2 > 1: return f"{x!r:>{y}}"
        case C(1, z=2) as whole: del whole
        case None: pass
    with open(x) as h, h: yield
    try: lambda k=1: not k
    except* E as error: raise
    return {**more}, {q async for q in x if q}, x[1:2, ...], (w := 1) and -w
"""


def _walked(tree: ast.Module) -> list[ast.AST]:
    return [node for node in ast.walk(tree) if not isinstance(node, _MARKS)]


def test_unusual_syntax_has_all_its_nodes_in_order() -> None:
    program = CheckedProgram("a.py", "a.py", _UNUSUAL, ast.parse(_UNUSUAL))
    assert program.nodes == _walked(program.tree)


def test_a_module_of_python_has_all_its_nodes_in_order() -> None:
    text = Path(ast.__file__).read_text(encoding="utf-8")
    program = CheckedProgram("a.py", "a.py", text, ast.parse(text))
    assert program.nodes == _walked(program.tree)
