"""Which receivers need their types in full: those of which something could be found.

A type checker prints `DataFrame`, of which there may be several, and has to be asked again for the full name.
Most of what a program does is right for each class of the name, so that it needs no answer.
"""

import ast
import sys
from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

from corpora.api.model import ApiObject
from rag.checking.argument_rules import argument_problems
from rag.checking.history import name_history
from rag.checking.libraries import Libraries
from rag.checking.programs.program import CheckedProgram

_MAX_NAMESAKES: Final = 8
IsSuspicious = Callable[[CheckedProgram, ast.expr, Sequence[str]], bool]
"""Whether anything could be found of a receiver, by the names of the classes that it may have."""


def suspicion(programs: Sequence[CheckedProgram], libraries: Libraries) -> IsSuspicious:
    """Return a function that tells whether the full names of a receiver's classes could matter.

    What the type checker itself reports at its place matters in any case; that is not asked here.
    """
    classes = (node for program in programs for node in program.of_type(ast.ClassDef))
    own = {node.name for node in classes if isinstance(node, ast.ClassDef)}

    def is_suspicious(program: CheckedProgram, node: ast.expr, names: Sequence[str]) -> bool:
        read = program.parents[node]
        if not isinstance(read, ast.Attribute):
            return True
        holder = program.parents[read]
        call = holder if isinstance(holder, ast.Call) and holder.func is read else None
        for name in names:
            paths = libraries.classes_named(name)
            if not paths and name not in own and name not in _names_of_python():
                return True  # of a library that was not read yet
            if len(paths) > _MAX_NAMESAKES:
                return True
            places = {path: libraries.member(path, read.attr) for path in paths}
            having = [place.object for place in places.values() if not place.absent]
            if any(_may_be_wrong(found, call) for found in having):
                return True
            # The type checker knows the name; where no class has it, only another version tells more.
            if not having and any(
                name_history(libraries, path, read.attr)
                or (call is not None and libraries.items.has_only_items(path))
                for path in paths
            ):
                return True
        return False

    return is_suspicious


def _may_be_wrong(found: ApiObject | None, call: ast.Call | None) -> bool:
    if found is None:
        return False
    return bool(found.deprecated) or (call is not None and bool(argument_problems(call, found.signatures)))


@cache
def _names_of_python() -> frozenset[str]:
    """Return the names of the classes of Python, as far as this program has loaded them."""
    found: set[str] = set()
    for module, loaded in list(sys.modules.items()):
        if module.partition(".")[0] in sys.stdlib_module_names:
            found |= {name for name, value in list(vars(loaded).items()) if isinstance(value, type)}
    return frozenset(found)
