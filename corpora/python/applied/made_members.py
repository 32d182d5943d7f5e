"""Members that metaclasses, `__init_subclass__`, class methods and class decorators give to classes."""

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from inspect import cleandoc

import griffe

from corpora.python.applied.class_makers import (
    ADDING_METHODS,
    NAMESPACES,
    ClassMaker,
    documented_member,
    is_module_of,
    maker_in,
    makers_in_decorator,
    named_holder,
)
from corpora.python.applied.loops import bind_item, items_of
from corpora.python.applied.made_docstrings import docstring_of_made
from corpora.python.applied.notes import decorators_of, metaclass_of, note_of, texts_of
from corpora.python.applied.scope import EvaluationScope
from corpora.python.applied.values import Values

_MAX_STATEMENTS = 500  # that are followed for one class
_MAX_ADDED = 200  # members of one class
_MAX_DEPTH = 10

Find = Callable[[griffe.Class, str], griffe.Object | None]


@dataclass(slots=True)
class _Making:
    """A class or module that gets members by statements: what the names in these stand for."""

    holder: griffe.Class | griffe.Module
    maker: ClassMaker
    scope: EvaluationScope
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    statements: int = 0
    added: int = 0


class MadeMembers:
    """Adds members to classes.

    Args:
        values: evaluates expressions.
        member_of: finds a member of a class or of its bases.
        order_of: returns a class and its bases.
    """

    def __init__(
        self, values: Values, member_of: Find, order_of: Callable[[griffe.Class], list[griffe.Class]]
    ) -> None:
        self._values = values
        self._member_of = member_of
        self._order_of = order_of

    def complete(self, cls: griffe.Class) -> None:
        """Add what the methods of a class, its metaclass and its decorators give to it."""
        scope = EvaluationScope(cls.module)
        is_metaclass = any(str(base) == "type" or str(base).endswith("Meta") for base in cls.bases)
        for method in () if is_metaclass else _makers_of(cls).values():
            self._make(cls, maker_in(method, of_metaclass=False), EvaluationScope(cls.module))
        for base in self._order_of(cls):
            for method in _makers_of(base).values():
                self._document(cls, method, base.module)
        if (node := metaclass_of(cls)) is not None:
            self._apply_metaclass(cls, self._values.of(node, scope), 0)
        for decorator in decorators_of(cls):
            self._decorate(cls, decorator, scope)

    def _apply_metaclass(self, cls: griffe.Class, metaclass: object, depth: int) -> None:
        if not isinstance(metaclass, griffe.Class) or depth > _MAX_DEPTH:
            return
        for method in _makers_of(metaclass).values():
            self._make(cls, maker_in(method, of_metaclass=True), EvaluationScope(metaclass.module))
        inherited = EvaluationScope(metaclass.module)
        for base in metaclass.bases:
            if isinstance(base, griffe.ExprName):
                self._apply_metaclass(cls, self._values.of(ast.Name(base.name), inherited), depth + 1)

    def _decorate(self, cls: griffe.Class, decorator: ast.expr, scope: EvaluationScope) -> None:
        call = decorator if isinstance(decorator, ast.Call) else None
        function = call.func if call else decorator
        found = self._values.of(function, scope)
        if found is None and isinstance(function, ast.Attribute):  # inherited: @_BackendTk.export
            holder = self._values.of(function.value, scope)
            found = self._member_of(holder, function.attr) if isinstance(holder, griffe.Class) else None
        if not isinstance(found, griffe.Function):
            return
        place = found.parent
        known = texts_of(place).makers if isinstance(place, griffe.Module) else {}
        known = _makers_of(place) if isinstance(place, griffe.Class) else known
        node = known.get(found.name)
        if node is None:
            return
        for inner_node, maker in makers_in_decorator(node):
            inner = scope.elsewhere(found.module)
            if call is not None and inner_node is not node:
                given = [self._values.of(argument, scope) for argument in call.args]
                named = {one.arg: self._values.of(one.value, scope) for one in call.keywords if one.arg}
                inner.bind(node, given, named)
            self._make(cls, maker, inner)

    def carry_out(self, module: griffe.Module, qualifier: str, statement: ast.stmt) -> None:
        """Carry out a statement outside functions: `setattr(Cls, name, f)`, `globals()[name] = f`."""
        scope = EvaluationScope(module, qualifier)
        name = named_holder(statement)
        if not name:
            inside = self._values.of(ast.Name(qualifier.rstrip(".")), EvaluationScope(module))
            holder = module if not qualifier else inside
        else:
            holder = self._values.of(ast.Name(name), scope)
        if isinstance(holder, griffe.Class) or holder is module:
            self._make(holder, ClassMaker([statement], frozenset({name} - {""})), scope)

    def _make(self, holder: griffe.Class | griffe.Module, maker: ClassMaker, scope: EvaluationScope) -> None:
        scope.local |= dict.fromkeys(maker.holders, holder)
        self._run(maker.body, _Making(holder, maker, scope), 0)

    def _run(self, body: Sequence[ast.stmt], making: _Making, depth: int) -> None:
        for statement in body if depth < _MAX_DEPTH else ():
            making.statements += 1
            if making.statements > _MAX_STATEMENTS or making.added > _MAX_ADDED:
                return
            match statement:
                case ast.For():
                    self._repeat(statement, making, depth)
                case ast.If(body=yes, orelse=no):
                    self._run([*yes, *no], making, depth + 1)
                case ast.With(body=inner) | ast.Try(body=inner):
                    self._run(inner, making, depth + 1)
                case ast.FunctionDef(name=name):
                    making.functions[name] = statement
                case ast.Assign(targets=[target], value=value):
                    self._follow_assignment(target, value, making)
                case ast.Expr(value=ast.Call() as call):
                    self._follow_call(call, making)

    def _follow_assignment(self, target: ast.expr, value: ast.expr, making: _Making) -> None:
        """Follow `cls.name = value`, `namespace["name"] = value`, `globals()[name] = value`."""
        maker, scope = making.maker, making.scope
        match target:
            case ast.Name(id=name) if name not in maker.holders:
                scope.local[name] = self._values.of(value, scope)
            case ast.Attribute(value=ast.Name(id=name), attr="__doc__") if name in making.functions:
                making.texts[name] = self._values.text(value, scope) or ""
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in maker.holders:
                self._add(making, attribute, value)
            case ast.Subscript(value=ast.Name(id=name), slice=key) if name == maker.namespace:
                self._add(making, self._values.of(key, scope), value)
            case ast.Subscript(value=ast.Call(func=ast.Name(id=name), args=[]), slice=key):
                if name in NAMESPACES:
                    self._add(making, self._values.of(key, scope), value)

    def _repeat(self, loop: ast.For, making: _Making, depth: int) -> None:
        """Follow a loop over a list that the source tells; over any other, once."""
        for item in items_of(loop.iter, making.scope, self._values.of) or [None]:
            bind_item(loop.target, item, making.scope)
            self._run(loop.body, making, depth + 1)

    def _follow_call(self, call: ast.Call, making: _Making) -> None:
        """Follow `setattr(cls, name, value)` and `cls.add_to_class(name, value)`."""
        holders = making.maker.holders
        match call:
            case ast.Call(func=ast.Name(id="setattr"), args=[ast.Name(id=holder), name, value]):
                if holder in holders:
                    self._add(making, self._values.of(name, making.scope), value)
            case ast.Call(func=ast.Name(id="setattr"), args=[holder, name, value]):
                if is_module_of(holder, holders):
                    self._add_to_module(making, self._values.of(name, making.scope), value)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=holder), attr=method), args=[name, value]):
                if holder in holders and method in ADDING_METHODS:
                    self._add(making, self._values.of(name, making.scope), value)

    def _add(self, making: _Making, name: object, value: ast.expr) -> None:
        if not isinstance(name, str) or not name.isidentifier() or name.startswith("_"):
            return
        function = making.functions.get(value.id) if isinstance(value, ast.Name) else None
        text = docstring_of_made(value, self._values, making.scope)
        if function is not None:
            text = text or making.texts.get(function.name) or ast.get_docstring(function) or ""
        member = making.holder.members.get(name)
        if member is None:
            making.added += 1
            given = None if isinstance(value, ast.Constant) else self._values.of(value, making.scope)
            if isinstance(given, griffe.Function | griffe.Class) and not text:
                making.holder.members[name] = given
                return
            making.holder.set_member(name, member := _made(name, making.holder.lineno, function))
        if text and isinstance(member, griffe.Object) and not member.docstring:
            member.docstring = griffe.Docstring(text, lineno=member.lineno, parent=member)

    def _document(self, cls: griffe.Class, method: ast.FunctionDef, module: griffe.Module) -> None:
        """Give a class its own `set` where a method says `cls.set.__doc__ = text`."""
        maker = maker_in(method, of_metaclass=False)
        for statement in method.body:
            if (found := documented_member(statement, maker.holders)) is None:
                continue
            name, value = found
            scope = EvaluationScope(module, local=dict.fromkeys(maker.holders, cls))
            text = self._values.text(value, scope)
            known = self._member_of(cls, name)
            if not text or not isinstance(known, griffe.Function):
                continue
            member = cls.members.get(name)
            if not isinstance(member, griffe.Object):
                member = griffe.Function(name, parameters=known.parameters, lineno=cls.lineno)
                cls.set_member(name, member)
            member.docstring = griffe.Docstring(cleandoc(text), lineno=member.lineno, parent=member)

    def _add_to_module(self, making: _Making, name: object, value: ast.expr) -> None:
        """Add a member of the class to its module: `setattr(module, name, getattr(cls, name))`."""
        module = making.holder.module
        if not isinstance(name, str) or not name.isidentifier() or name in module.members:
            return
        making.added += 1
        match value:
            case ast.Call(func=ast.Name(id="getattr"), args=[ast.Name(id=holder), key, *_]):
                key_name = self._values.of(key, making.scope)
                if holder in making.maker.holders and isinstance(key_name, str):
                    cls = making.holder
                    found = self._member_of(cls, key_name) if isinstance(cls, griffe.Class) else None
                    if found is not None:
                        module.members[name] = found
                    return
        module.set_member(name, _made(name, making.holder.lineno, None))


def _makers_of(cls: griffe.Class) -> dict[str, ast.FunctionDef]:
    found = note_of(cls, "makers")
    return found if isinstance(found, dict) else {}


def _made(name: str, line: int | None, function: ast.FunctionDef | None) -> griffe.Object:
    """Return a member that stands on the line of its class."""
    if function is None:
        return griffe.Attribute(name, lineno=line)
    kind = griffe.ParameterKind.positional_or_keyword
    parameters = [griffe.Parameter(one.arg, kind=kind) for one in function.args.args]
    return griffe.Function(name, parameters=griffe.Parameters(*parameters), lineno=line)
