"""What subclasses add to a class: of an object that is declared as `ast.expr`, `attr` may be asked."""

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final

from rag.checking.inference.type_display import BUILTIN_CLASSES
from rag.checking.libraries import Libraries
from rag.checking.programs.program import CheckedProgram

_MAX_CLASSES: Final = 5_000


class OwnSubclasses:
    """What the classes of programs have that inherit from a class of some name; read when it is asked for.

    Args:
        programs: whose classes count.
    """

    def __init__(self, programs: Sequence[CheckedProgram]) -> None:
        self._programs = programs

    def has(self, base: str, name: str) -> bool:
        """Return whether a class that inherits from one with the name `base` has a member `name`."""
        return name in self._members.get(base, ())

    @cached_property
    def _members(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        bases: dict[str, set[str]] = defaultdict(set)
        for program in self._programs:
            for node in program.of_type(ast.ClassDef):
                if isinstance(node, ast.ClassDef) and node.bases:
                    found[node.name].update(_members(node))
                    bases[node.name].update(filter(None, map(_last_name, node.bases)))
        inherited: dict[str, set[str]] = defaultdict(set)
        for name in bases:
            for base in _above(name, bases):
                inherited[base] |= found[name]
        return dict(inherited)


def subclass_has(libraries: Libraries, path: str, name: str) -> bool:
    """Return whether a class of the same library inherits from the one at `path` and has a member `name`."""
    library = libraries.owner(path.partition(".")[0])
    if library is None or library.model is None:
        return False
    holders = [one[: -len(name) - 1] for one in library.model.objects if one.endswith(f".{name}")]
    return any(path in libraries.order(holder) for holder in holders[:_MAX_CLASSES])


def python_has(holder: str, name: str) -> bool:
    """Return whether a module or class of the standard library may have a name, as far as this Python tells.

    Nothing is imported for that: of a module that this program does not use, nothing is known.
    """
    module, _, rest = holder.partition(".")
    found: object = sys.modules.get(module)
    for part in rest.split(".") if rest else ():
        module = f"{module}.{part}"
        found = sys.modules.get(module, getattr(found, part, None))
    if isinstance(found, type):
        # (What has the members of a protocol may have more, and so may an object of a subclass.)
        return getattr(found, "_is_protocol", False) or _python_subclass_has(found, name)
    return found is None or hasattr(found, name)


def _python_subclass_has(found: type, name: str) -> bool:
    """Return whether a class of Python, or one of its subclasses in Python, has or computes a member."""
    if hasattr(found, "__getattr__") or _python_class_has(found, name):
        return True
    if found.__name__ in BUILTIN_CLASSES:  # (a text is a text)
        return False
    todo, seen = [found], {found}
    while todo and len(seen) < _MAX_CLASSES:
        children: list[type] = type.__subclasses__(todo.pop())
        below = [each for each in children if each not in seen and _is_of_python(each)]
        if any(_python_class_has(each, name) for each in below):
            return True
        seen.update(below)
        todo += below
    return False


def _python_class_has(one: type, name: str) -> bool:
    """Return whether a class has a member, or its `__init__` names what may be one."""
    listed = (getattr(one, where, ()) for where in ("__match_args__", "__slots__", "__annotations__"))
    made_by = getattr(getattr(one, "__init__", None), "__code__", None)
    return (
        hasattr(one, name)
        or any(name in names for names in listed)
        or name in getattr(made_by, "co_names", ())
    )


def _is_of_python(one: type) -> bool:
    return str(getattr(one, "__module__", "")).partition(".")[0] in sys.stdlib_module_names


def _above(name: str, bases: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    todo = [*bases[name]]
    while todo:
        base = todo.pop()
        if base not in found:
            found.add(base)
            todo += bases.get(base, ())
    return found


def _members(node: ast.ClassDef) -> Iterator[str]:
    for one in ast.walk(node):
        match one:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name


def _last_name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=value):
            return _last_name(value)
    return ""
