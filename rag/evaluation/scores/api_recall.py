"""API recall: the share of the functions called by the reference that the answer calls too.

The recall of function names of DocPrompting (Zhou et al. 2023, arXiv:2207.05987), with their modules.
"""

import ast
import re
from textwrap import dedent
from typing import NamedTuple

from corpora.syntax.dotted_name import dotted_name
from corpora.syntax.parse_python import parse_python
from corpora.syntax.python_imports import imported_names, resolve_name
from rag.evaluation.scores.keywords import KEYWORDS

# In code that does not parse: names before a bracket, except names that are defined there.
_CALL = re.compile(r"(?<!def )(?<!class )\b([A-Za-z_]\w*)\(")


class _Function(NamedTuple):
    """A function that is called; `module` is empty where no import says where it comes from."""

    module: str
    name: str


def api_recall(answer: str, reference: str) -> float | None:
    """Return the share of the functions called in the Python `reference` that `answer` calls too.

    None if the reference calls none. Names have to agree, and modules where imports say both. Builtins and
    methods count; functions that the code defines itself do not.
    """
    asked, given = _called(reference), _called(answer)
    if not asked:
        return None
    return sum(any(_same(one, other) for other in given) for one in asked) / len(asked)


def _same(one: _Function, other: _Function) -> bool:
    modules = {one.module, other.module} - {""}
    return one.name == other.name and len(modules) < 2


def _called(code: str) -> frozenset[_Function]:
    tree = parse_python(dedent(code).strip())
    if tree is None:
        names = frozenset(_CALL.findall(code)) - KEYWORDS["python"]
        return frozenset(_Function("", name) for name in names)
    nodes = list(ast.walk(tree))
    imports = imported_names(tree)
    own = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    own |= {node.name for node in nodes if isinstance(node, ast.ClassDef)}
    calls = (_function(node.func, imports) for node in nodes if isinstance(node, ast.Call))
    return frozenset(call for call in calls if call and (call.module or call.name not in own))


def _function(called: ast.expr, imports: dict[str, str]) -> _Function | None:
    name = dotted_name(called)
    if full_name := resolve_name(name, imports):
        module, _, name = full_name.rpartition(".")
        return _Function(module, name)
    if isinstance(called, ast.Attribute):
        return _Function("", called.attr)
    return _Function("", name) if name else None
