"""The values of expressions that docstrings are made of, told from the source alone: nothing of it is run.

There are strings, numbers, tuples, lists, dictionaries, and objects of the package by reference. Everything
else is None: not known.
"""

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import griffe

from corpora.python.applied.loops import compared, comprehended, joined
from corpora.python.applied.notes import texts_of
from corpora.python.applied.scope import Decorated, EvaluationScope
from corpora.python.applied.text_operations import (
    MAX_CHARS,
    brace_formatted,
    called,
    percent_formatted,
    shown,
)
from corpora.syntax.dotted_name import dotted_name

_MAX_DEPTH: Final = 40
_MAX_STEPS: Final = 5_000  # for one docstring
_MAX_ITEMS: Final = 1_000
_AS_THEY_ARE = frozenset(
    {
        "cast", "dict", "list", "tuple", "set", "frozenset", "sorted", "staticmethod", "classmethod",
        "partial", "property",
    }
)  # fmt: skip


class Values:
    """Evaluates expressions.

    Args:
        find: returns the object of the package at a path, or None.
        docstring_of: returns the docstring of an object, after its decorators.
    """

    def __init__(
        self,
        find: Callable[[str], griffe.Object | None],
        docstring_of: Callable[[griffe.Object], str],
    ) -> None:
        self._find = find
        self._docstring_of = docstring_of
        self.tables: dict[str, Callable[[griffe.Class], str]] = {}
        """What is known of functions that describe a class, by their names."""

    def of(self, node: ast.expr | None, scope: EvaluationScope, depth: int = 0) -> object:
        """Return the value of an expression; None if it is not known."""
        scope.steps[0] += 1
        reader = self._readers.get(type(node))
        if node is None or reader is None or depth > _MAX_DEPTH or scope.steps[0] > _MAX_STEPS:
            return None
        return reader(self, node, scope, depth + 1)

    def text(self, node: ast.expr | None, scope: EvaluationScope) -> str | None:
        """Return the value of an expression if it is a string; that of an object is its docstring."""
        value = self.of(node, scope)
        if isinstance(value, griffe.Object):
            return self._docstring_of(value) or None
        return value if isinstance(value, str) else None

    def _constant(self, node: ast.Constant, scope: EvaluationScope, depth: int) -> object:
        return node.value if isinstance(node.value, str | int | float) else None

    def _name(self, node: ast.Name, scope: EvaluationScope, depth: int) -> object:
        if node.id in scope.local:
            return scope.local[node.id]
        return self._named(scope, scope.qualifier, node.id, depth)

    def _named(self, scope: EvaluationScope, qualifier: str, name: str, depth: int) -> object:
        """Return what a name means in a class or module: a value that is assigned, or an object."""
        values = texts_of(scope.module).values
        for prefix in dict.fromkeys((qualifier, "")):
            if (expression := values.get(f"{prefix}{name}")) is not None:
                value = self.of(expression, scope.elsewhere(scope.module, prefix), depth)
                if value is not None:
                    return value
        for prefix in dict.fromkeys((qualifier, "")):
            found = self._at(f"{scope.module.path}.{prefix}{name}", scope, depth)
            if found is not None:
                return found
        member = scope.module.members.get(name)
        return self._at(member.target_path, scope, depth) if isinstance(member, griffe.Alias) else None

    def _at(self, path: str, scope: EvaluationScope, depth: int) -> object:
        """Return the value of a variable at a path, or the object there."""
        found = self._find(path)
        if not isinstance(found, griffe.Attribute) or found.module.path == found.path:
            return found
        inner = found.path.removeprefix(f"{found.module.path}.")
        if found.module.path == scope.module.path and depth > _MAX_DEPTH // 2:
            return None
        expression = texts_of(found.module).values.get(inner)
        if expression is None:
            return found
        qualifier = f"{inner.rpartition('.')[0]}." if "." in inner else ""
        value = self.of(expression, scope.elsewhere(found.module, qualifier), depth + 1)
        return found if value is None else value

    def _attribute(self, node: ast.Attribute, scope: EvaluationScope, depth: int) -> object:
        holder = self.of(node.value, scope, depth)
        return self._member(holder, node.attr, scope, depth)

    def _member(self, holder: object, name: str, scope: EvaluationScope, depth: int) -> object:
        if isinstance(holder, Decorated):
            return {"__doc__": holder.docstring, "__name__": holder.name, "__qualname__": holder.name}.get(
                name
            )
        if isinstance(holder, Mapping):  # the attributes of an instance
            return holder.get(name)
        if not isinstance(holder, griffe.Object):
            return None
        if name == "__doc__":
            return self._docstring_of(holder)
        if name in ("__name__", "__qualname__"):
            return holder.name
        return self._at(f"{holder.path}.{name}", scope, depth)

    def _subscript(self, node: ast.Subscript, scope: EvaluationScope, depth: int) -> object:
        key = self.of(node.slice, scope, depth)
        if isinstance(key, str) and (stored := self._stored(dotted_name(node.value), key, scope, depth)):
            return stored
        holder = self.of(node.value, scope, depth)
        if isinstance(holder, Mapping):
            return holder.get(key) if isinstance(key, str | int) else None
        if isinstance(holder, list | tuple) and isinstance(key, int) and -len(holder) <= key < len(holder):
            return holder[key]
        return None

    def _stored(self, name: str, key: str, scope: EvaluationScope, depth: int) -> object:
        """Return what a statement `name[key] = ...` stores, here or where the name is imported from."""
        modules = [scope.module]
        member = scope.module.members.get(name)
        if isinstance(member, griffe.Alias):
            origin = self._find(member.target_path)
            modules += [origin.module] if origin is not None else []
        for module in modules:
            if (expression := texts_of(module).items.get((name, key))) is not None:
                return self.of(expression, scope.elsewhere(module), depth)
        return None

    def _operation(self, node: ast.BinOp, scope: EvaluationScope, depth: int) -> object:
        left, right = (self.of(side, scope, depth) for side in (node.left, node.right))
        if isinstance(node.op, ast.Mod):
            return percent_formatted(left, right) if isinstance(left, str) else None
        if isinstance(node.op, ast.BitOr) and isinstance(left, Mapping) and isinstance(right, Mapping):
            return {**left, **right}
        if isinstance(left, list | tuple) and isinstance(right, list | tuple):
            return joined(node.op, left, right) if len(left) + len(right) <= _MAX_ITEMS else None
        if not isinstance(node.op, ast.Add):
            return None
        # Of a sum, the part that is known says more than nothing.
        texts = [side for side in (left, right) if isinstance(side, str)]
        return "".join(texts) if texts and sum(map(len, texts)) <= MAX_CHARS else None

    def _joined(self, node: ast.JoinedStr, scope: EvaluationScope, depth: int) -> str | None:
        texts = [
            shown(self.of(part.value if isinstance(part, ast.FormattedValue) else part, scope, depth))
            for part in node.values[:_MAX_ITEMS]
        ]
        return "".join(texts) if sum(map(len, texts)) <= MAX_CHARS else None

    def _sequence(
        self, node: ast.Tuple | ast.List | ast.Set, scope: EvaluationScope, depth: int
    ) -> list[object]:
        values: list[object] = []
        for element in node.elts[:_MAX_ITEMS]:
            if isinstance(element, ast.Starred):
                inner = self.of(element.value, scope, depth)
                values += inner if isinstance(inner, list | tuple) else []
            else:
                values.append(self.of(element, scope, depth))
        return values[:_MAX_ITEMS]

    def _dictionary(self, node: ast.Dict, scope: EvaluationScope, depth: int) -> dict[object, object]:
        values: dict[object, object] = {}
        for key, value in list(zip(node.keys, node.values, strict=True))[:_MAX_ITEMS]:
            found = self.of(value, scope, depth)
            known = self.of(key, scope, depth)
            if key is None and isinstance(found, Mapping):  # {**more}
                values |= found
            elif isinstance(known, str | int):
                values[known] = found
        return values

    def _choice(self, node: ast.IfExp, scope: EvaluationScope, depth: int) -> object:
        chosen = self.of(node.body, scope, depth)
        return chosen if chosen is not None else self.of(node.orelse, scope, depth)

    def _either(self, node: ast.BoolOp, scope: EvaluationScope, depth: int) -> object:
        values = [self.of(value, scope, depth) for value in node.values]
        if isinstance(node.op, ast.Or):
            return next((value for value in values if value), values[-1])
        return next((value for value in values if value in ("", 0)), values[-1])

    def _call(self, node: ast.Call, scope: EvaluationScope, depth: int) -> object:
        arguments = self._sequence(ast.List(node.args), scope, depth)
        named = {key.arg: self.of(key.value, scope, depth) for key in node.keywords[:_MAX_ITEMS] if key.arg}
        name = dotted_name(node.func).rpartition(".")[2]
        first = arguments[0] if arguments else None
        if isinstance(node.func, ast.Attribute):
            name = node.func.attr
            holder = self.of(node.func.value, scope, depth)
            if isinstance(holder, str):
                if name in ("format", "format_map"):
                    given = first if isinstance(first, Mapping) else named
                    return brace_formatted(holder, arguments, {str(key): one for key, one in given.items()})
                return called(name, holder, arguments)
        if name == "getattr" and len(arguments) > 1 and isinstance(attribute := arguments[1], str):
            found = self._member(first, attribute, scope, depth)
            return found if found is not None else (arguments[2] if len(arguments) > 2 else None)
        if name in self.tables and isinstance(first, griffe.Class):
            return self.tables[name](first)
        if name in _AS_THEY_ARE:
            return named if name == "dict" and named else (arguments[-1] if name == "cast" else first)
        if isinstance(first, griffe.Object | Decorated) and name == "getdoc":
            first = self._member(first, "__doc__", scope, depth)
        known = called(name, first, arguments[1:]) if isinstance(first, str) else None
        return known if known is not None else self._returned(node.func, arguments, named, scope, depth)

    def _returned(
        self,
        function: ast.expr,
        arguments: list[object],
        named: dict[str, object],
        scope: EvaluationScope,
        depth: int,
    ) -> object:
        """Return what a function of the package returns, where assignments and a `return` tell."""
        found = self.of(function, scope, depth)
        if not isinstance(found, griffe.Function) or not isinstance(found.parent, griffe.Module):
            return None
        node = texts_of(found.parent).functions.get(found.name)
        if node is None:
            return None
        inner = scope.elsewhere(found.parent)
        inner.bind(node, arguments, named)
        return self._run(node.body, inner, depth)

    def _run(self, body: Sequence[ast.stmt], scope: EvaluationScope, depth: int) -> object:
        for statement in body[:_MAX_ITEMS]:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    scope.local[name] = self.of(value, scope, depth)
                case ast.Return(value=value):
                    return self.of(value, scope, depth)
                case ast.If(test=test, body=yes, orelse=no):
                    decided = self.of(test, scope, depth)
                    found = self._run(no if decided in ("", 0) else yes, scope, depth + 1)
                    if found is not None:
                        return found
        return None

    def _comparison(self, node: ast.Compare, scope: EvaluationScope, depth: int) -> bool | None:
        if len(node.ops) != 1:
            return None
        left, right = (self.of(side, scope, depth) for side in (node.left, node.comparators[0]))
        return compared(left, node.ops[0], right)

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp, scope: EvaluationScope, depth: int
    ) -> list[object] | None:
        return comprehended(node, scope, lambda inner, place: self.of(inner, place, depth))

    _readers: dict[type, Callable[..., object]] = {  # noqa: RUF012 (a table of methods)
        ast.Constant: _constant,
        ast.Name: _name,
        ast.Attribute: _attribute,
        ast.Subscript: _subscript,
        ast.BinOp: _operation,
        ast.JoinedStr: _joined,
        ast.Tuple: _sequence,
        ast.List: _sequence,
        ast.Set: _sequence,
        ast.Dict: _dictionary,
        ast.IfExp: _choice,
        ast.BoolOp: _either,
        ast.Call: _call,
        ast.Compare: _comparison,
        ast.ListComp: _comprehension,
        ast.SetComp: _comprehension,
        ast.GeneratorExp: _comprehension,
    }
