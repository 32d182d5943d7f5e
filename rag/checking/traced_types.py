"""The types of expressions that a type checker does not know, but that calls of libraries show.

A name has the type of what it is bound to, a call that of what the called function returns, an attribute that
of what it holds (`corpora.api.calls.returned`). The program's own functions are read, too.
"""

import ast
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final

from rag.checking.argument_rules import argument_for, default_of
from rag.checking.inference.type_inference import InferredType, TypeName
from rag.checking.libraries import Libraries, NamePlace
from rag.checking.programs.program import BINDING, CheckedProgram, names_bound_at

_MAX_STEPS: Final = 8  # from expression to expression
_MAX_BINDINGS: Final = 20  # of one name in the program
_MAX_VALUES: Final = 4  # of one name, or of one function
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_Places = Callable[[ast.expr], Sequence[tuple[NamePlace, str]]]


class TracedTypes:
    """Finds the classes of the values of expressions.

    Args:
        program: the program.
        libraries: that it may use.
        types: of expressions that the type checker knows.
        places: returns where a name or an attribute leads, with the path of the class that it is asked of,
            once for each type; none if any of it is not known.
    """

    def __init__(
        self,
        program: CheckedProgram,
        libraries: Libraries,
        types: Mapping[ast.expr, InferredType],
        places: _Places,
    ) -> None:
        self._program, self._libraries, self._types, self._places = program, libraries, types, places
        self._known: dict[ast.expr, InferredType] = {}
        self._steps = 0

    def of(self, node: ast.expr) -> InferredType:
        """Return what an expression may be, besides None; empty if that is not known."""
        if known := self._types.get(node):
            return known
        if node not in self._known:
            self._known[node] = ()  # (what leads back to itself is not known)
            if self._steps < _MAX_STEPS:
                self._steps += 1
                self._known[node] = self._found(node)
                self._steps -= 1
        return self._known[node]

    def _found(self, node: ast.expr) -> InferredType:
        match node:
            case ast.Name():
                return self._bound(node)
            case ast.Call():
                return self._of_own(node) or self._each(node.func, frozenset({"class", "function"}))
            case ast.Attribute(value=ast.Name(id="self")) if node.attr in self._stored:
                return self._together(self._values_set(node))
            case ast.Attribute() if node.attr not in self._program.own_names:
                return self._each(node, frozenset({"property", "attribute"}))
        return self._together(_choices(node))

    def _together(self, values: Sequence[ast.expr]) -> InferredType:
        """Return what one of some values may be, all of which have to be known; None does not count."""
        values = [one for one in values if not (isinstance(one, ast.Constant) and one.value is None)]
        found = [self.of(value) for value in values[: _MAX_VALUES + 1]]
        if len(values) > _MAX_VALUES or not all(found):
            return ()
        return tuple(dict.fromkeys(one for kinds in found for one in kinds))

    def _each(self, node: ast.expr, kinds: frozenset[str]) -> InferredType:
        """Return what a name or attribute gives, called or read, that leads to things of some kinds."""
        found: list[str] = []
        for place, receiver in self._places(node):
            known = None if place.absent else place.object
            is_meant = known is not None and known.kind in kinds
            classes = self._libraries.returned.of(known, receiver) if known is not None and is_meant else ()
            if not classes:
                return ()
            found += classes
        return tuple(TypeName("instance", path) for path in dict.fromkeys(found))

    def _of_own(self, node: ast.Call) -> InferredType:
        """Return what a function of the program gives that is called, without an annotation."""
        match [*self._binding(node.func)] if isinstance(node.func, ast.Name) else []:
            case [ast.FunctionDef(decorator_list=[], returns=None) as function]:
                return self._together(self._values_of(function))
        return ()

    def _values_of(self, function: ast.FunctionDef) -> list[ast.expr]:
        """Return what a function of the program returns; nothing if it is a generator."""
        found: list[ast.expr] = []
        todo: list[ast.AST] = list(function.body)
        while todo:
            node = todo.pop()
            if isinstance(node, ast.Yield | ast.YieldFrom):
                return []
            if isinstance(node, ast.Return) and node.value is not None:
                found.append(node.value)
            if not isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
                todo.extend(ast.iter_child_nodes(node))
        return found

    @cached_property
    def _stored(self) -> dict[str, list[ast.Attribute]]:
        """Return where the program sets or deletes attributes, by their names."""
        found: dict[str, list[ast.Attribute]] = defaultdict(list)
        for node in self._program.of_type(ast.Attribute):
            if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
                found[node.attr].append(node)
        return found

    def _values_set(self, node: ast.Attribute) -> list[ast.expr]:
        """Return what `self.name` is set to in its class; nothing if it may be anything else."""
        found: list[ast.expr] = []
        for stored in self._stored[node.attr]:
            match stored.value, self._program.parents[stored]:
                case ast.Name(id="self"), ast.Assign(targets=[_], value=value) if self._class(
                    stored
                ) is self._class(node):
                    found.append(value)
                case _:
                    return []
        bound = (self._scope(one) for one in self._bindings.get(node.attr, ()))
        is_set_otherwise = node.attr in self._program.names_set or any(
            isinstance(scope, ast.ClassDef) for scope in bound
        )
        return [] if is_set_otherwise or self._class(node) is None else found

    def _scope(self, node: ast.AST) -> ast.AST | None:
        """Return the function or class around a node; None for that of the module."""
        above = (parent for _, parent in self._program.above(node))
        return next((one for one in above if isinstance(one, (*_FUNCTIONS, ast.ClassDef))), None)

    def _class(self, node: ast.AST) -> ast.AST | None:
        above = (parent for _, parent in self._program.above(node))
        return next((one for one in above if isinstance(one, ast.ClassDef)), None)

    @cached_property
    def _bindings(self) -> dict[str, list[ast.AST]]:
        """Return what binds each name of the program."""
        found: dict[str, list[ast.AST]] = defaultdict(list)
        kinds = (ast.Import, ast.ImportFrom, *BINDING)
        for node in (*self._program.of_type(*kinds), *self._program.names_stored):
            for name in names_bound_at(node):
                found[name].append(node)
        return found

    def _functions(self, node: ast.AST) -> list[ast.AST]:
        """Return the functions around a node, the innermost first."""
        return [above for _, above in self._program.above(node) if isinstance(above, _FUNCTIONS)]

    def _binding(self, node: ast.Name) -> list[ast.AST]:
        """Return what binds a name in its function or module; nothing if that may change elsewhere."""
        every = self._bindings.get(node.id, [])
        if len(every) > _MAX_BINDINGS or any(isinstance(one, ast.Global | ast.Nonlocal) for one in every):
            return []
        around = [(binding, self._functions(binding)) for binding in every]
        for scope in self._functions(node):
            if here := [binding for binding, functions in around if functions[:1] == [scope]]:
                return here
        return [binding for binding, functions in around if not functions]

    def _bound(self, node: ast.Name) -> InferredType:
        """Return what a name may be, each of whose bindings is known."""
        binding = self._binding(node)
        found = [kinds for one in binding for kinds in self._of_binding(one)]
        if not 0 < len(found) <= _MAX_VALUES or not all(found):
            return ()
        return tuple(dict.fromkeys(one for kinds in found for one in kinds))

    def _of_binding(self, binding: ast.AST) -> Iterator[InferredType]:
        """Yield what a binding gives a name; an empty type if that is not known, nothing for None."""
        match self._program.parents.get(binding):
            case ast.Assign(targets=[ast.Name()], value=ast.Constant(value=None)):
                return
            case ast.Assign(targets=[ast.Name()], value=value):
                yield self.of(value)
            case ast.NamedExpr(value=value):
                yield self.of(value)
            case ast.arguments() as arguments if isinstance(binding, ast.arg):
                yield self._together(self._passed(binding, arguments))
            case ast.withitem(context_expr=value, optional_vars=ast.Name()):
                yield tuple(self._entered(self.of(value)))
            case _:
                yield ()

    def _passed(self, parameter: ast.arg, arguments: ast.arguments) -> list[ast.expr]:
        """Return all that is passed for a parameter of a private function; nothing if others may call it.

        Only by its name, and in the program itself: what the function is handed to may call it, too.
        """
        match self._program.parents.get(arguments):
            case ast.FunctionDef(decorator_list=[], name=name) as function if _is_private(name):
                calls = self._calls(function)
            case _:
                return []
        is_plain = parameter.annotation is None and parameter in (*arguments.args, *arguments.kwonlyargs)
        if not is_plain or arguments.posonlyargs:
            return []
        place = arguments.args.index(parameter) if parameter in arguments.args else -1
        found = [argument_for(call, parameter.arg, place) for call in calls]
        default = default_of(parameter, arguments)
        values = [default if one is None else one for one in found]
        known = [one for one in values if one is not None]
        return known if len(known) == len(values) else []

    def _calls(self, function: ast.FunctionDef) -> list[ast.Call]:
        """Return the calls of a function by its name; nothing if it is bound or used in another way."""
        if isinstance(self._program.parents.get(function), ast.ClassDef) or (
            self._bindings.get(function.name) != [function] or function.name in self._program.own_names
        ):
            return []
        uses = [
            self._program.parents[node]
            for node in self._program.of_type(ast.Name, ast.Attribute)
            if getattr(node, "id", getattr(node, "attr", "")) == function.name
        ]
        calls = [
            one
            for one in uses
            if isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id == function.name
        ]
        return calls if len(calls) == len(uses) else []

    def _entered(self, kinds: InferredType) -> Iterator[TypeName]:
        """Yield what `with` gives of some objects; nothing if any is not known."""
        for kind in kinds:
            entered = self._libraries.member(kind.path, "__enter__")
            found = entered.object if kind.kind == "instance" and not entered.absent else None
            classes = self._libraries.returned.of(found, kind.path) if found is not None else ()
            if not classes:
                return
            yield from (TypeName("instance", path) for path in classes)


def _is_private(name: str) -> bool:
    """Return whether a name says that nothing else is to use it."""
    return name.startswith("_") and not name.endswith("__")


def _choices(node: ast.expr) -> list[ast.expr]:
    """Return the expressions of which one is the value of another expression: `a` and `b` of `a or b`."""
    match node:
        case ast.IfExp(body=body, orelse=other):
            return [body, other]
        case ast.BoolOp(op=ast.Or(), values=values):
            return values
        case ast.NamedExpr(value=value):
            return [value]
    return []
