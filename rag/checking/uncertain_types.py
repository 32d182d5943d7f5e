"""Types that a type checker tells, and that may be others all the same when the program runs.

After `frame.columns = ["a"]`, of a `frame` that is not known, it takes `frame.columns` for a list, but a
property may make an index of it. `[0] * size` is an array if `size` is one, though arrays count as numbers.
What numpy's functions and operators give is an array in its stubs, but `np.log(frame)` is a data frame.
"""

import ast
from collections import defaultdict
from collections.abc import Container, Mapping
from functools import cached_property
from typing import Final

from rag.checking.history import name_history
from rag.checking.libraries import Libraries
from rag.checking.programs.program import CheckedProgram
from rag.checking.subclasses import subclass_has

_TAKES_OVER: Final = ("__array_ufunc__", "__array_priority__")
"""Members of classes whose objects decide themselves what functions and operators of arrays give for them."""

_MAX_CLASSES: Final = 200


class UncertainTypes:
    """Tells of which expressions of a program the inferred type is not certain.

    Args:
        program: the program.
        known: the expressions that have an inferred type.
    """

    def __init__(self, program: CheckedProgram, known: Container[ast.expr]) -> None:
        self._program, self._known = program, known

    def has(self, node: ast.expr) -> bool:
        """Return whether the type of an expression, or of what its name is bound to, is not certain."""
        if isinstance(node, ast.Name):
            return any(map(self._is_uncertain, self._assigned.get(node.id, ())))
        return self._is_uncertain(node)

    def _is_uncertain(self, value: ast.expr) -> bool:
        match value:
            case ast.Attribute():
                return value.attr in self._program.names_set or self._is_converted(value)
            case ast.BinOp(op=ast.Mult(), left=left, right=right):
                is_repeated = any(isinstance(one, ast.List | ast.Tuple) for one in (left, right))
                return is_repeated and not any(isinstance(one, ast.Constant) for one in (left, right))
        return False

    def _is_converted(self, value: ast.Attribute) -> bool:
        """Return whether an attribute is set of something unknown, which may make anything of it."""
        holders = self._set.get(value.attr, ())
        held = value.value
        is_known = held in self._known or (isinstance(held, ast.Name) and held.id in {"self", "cls"})
        return not is_known and ast.dump(held) in holders

    @cached_property
    def _set(self) -> Mapping[str, set[str]]:
        """Return of what each attribute is set in the program, by the names of the attributes."""
        found: dict[str, set[str]] = defaultdict(set)
        for node in self._program.of_type(ast.Attribute):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                held = ast.dump(node.value)
                found[node.attr].add(held)
        return found

    @cached_property
    def _assigned(self) -> Mapping[str, list[ast.expr]]:
        """Return what each name is assigned, besides what cannot be uncertain."""
        found: dict[str, list[ast.expr]] = defaultdict(list)
        for name in self._program.names_stored:
            match self._program.parents.get(name):
                case ast.Assign(value=ast.Attribute() | ast.BinOp() as value):
                    found[name.id].append(value)
        return found


def another_array_has(libraries: Libraries, holder: str, name: str) -> bool:
    """Return whether a class of another library has a member and may stand in, as a data frame for an array.

    A member that another version of the class itself has is what the program means.

    Args:
        libraries: those that were read count.
        holder: path of the class of arrays, or of their numbers, which lacks the member.
        name: of the member.
    """
    has_mark = any(mark in libraries.members(holder) for mark in _TAKES_OVER)
    if not has_mark or name_history(libraries, holder, name):
        return False
    own = libraries.owner(holder.partition(".")[0])
    classes = {
        path.rpartition(".")[0]: None
        for library in list(libraries.read.values())
        if library is not own
        for mark in _TAKES_OVER
        for path in library.named(mark)
    }
    return any(
        not libraries.member(path, name).absent or subclass_has(libraries, path, name)
        for path in list(classes)[:_MAX_CLASSES]
    )
