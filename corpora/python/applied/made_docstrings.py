"""The docstring of what a call makes: by a function that returns an inner function, or by a descriptor.

def field(name):                         class RequestMethod:
    def get(self): ...                       def __get__(self, instance, owner):
    get.__doc__ = f"The {name}."                 def func(**kw): ...
    return get                                   func.__doc__ = TEXT.format(method=self.name)
"""

import ast
from collections.abc import Sequence
from inspect import cleandoc

import griffe

from corpora.python.applied.loops import bind_item, items_of
from corpora.python.applied.notes import note_of, texts_of
from corpora.python.applied.scope import EvaluationScope
from corpora.python.applied.text_operations import MAX_CHARS
from corpora.python.applied.values import Values

_MAX_STATEMENTS = 200
_MAX_DEPTH = 10


def docstring_of_made(value: ast.expr, values: Values, scope: EvaluationScope) -> str:
    """Return the docstring of what a call makes, as far as the source tells; else an empty string."""
    if not isinstance(value, ast.Call):
        return ""
    found = values.of(value.func, scope)
    if not isinstance(found, griffe.Function | griffe.Class):
        return ""
    given = [values.of(argument, scope) for argument in value.args]
    named = {key.arg: values.of(key.value, scope) for key in value.keywords if key.arg}
    inner = scope.elsewhere(found.module)
    if isinstance(found, griffe.Class):
        methods = note_of(found, "instances")
        text = _text_of_instance(methods, given, named, values, inner) if isinstance(methods, dict) else None
        return cleandoc(text or "").strip()
    makers = texts_of(found.parent).factories if isinstance(found.parent, griffe.Module) else {}
    function = makers.get(found.name)
    if function is None:
        return ""
    inner.bind(function, given, named)
    return cleandoc(_text_set(function.body, values, inner, 0) or "").strip()


def _text_of_instance(
    methods: dict[str, ast.FunctionDef],
    given: list[object],
    named: dict[str, object],
    values: Values,
    scope: EvaluationScope,
) -> str | None:
    """Return the docstring of what an instance is as an attribute, or that which it gives to itself."""
    attributes: dict[object, object] = {}
    if (init := methods.get("__init__")) is not None:
        scope.bind(init, [attributes, *given], named)
        _text_set(init.body, values, scope, 0)
    own = attributes.get("__doc__")
    text = own if isinstance(own, str) else None
    if (getter := methods.get("__get__")) is not None:
        inner = scope.elsewhere(scope.module)
        inner.bind(getter, [attributes], {})
        text = _text_set(getter.body, values, inner, 0) or text
    return text


def _text_set(body: Sequence[ast.stmt], values: Values, scope: EvaluationScope, depth: int) -> str | None:
    """Return what is assigned to `__doc__`, or the docstring of the inner function that is returned."""
    functions: dict[str, str] = {}
    text: str | None = None
    for statement in body[:_MAX_STATEMENTS] if depth < _MAX_DEPTH else ():
        scope.steps[0] += 1
        match statement:
            case ast.FunctionDef(name=name):
                functions[name] = ast.get_docstring(statement) or ""
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id=holder), attr="__doc__")], value=value):
                if isinstance(scope.local.get(holder), dict):
                    _assign(statement, values, scope)
                else:
                    text = values.text(value, scope) or text
            case ast.Assign() | ast.AugAssign():
                _assign(statement, values, scope)
            case ast.For(body=inner):
                for item in items_of(statement.iter, scope, values.of):
                    bind_item(statement.target, item, scope)
                    text = _text_set(inner, values, scope, depth + 1) or text
            case ast.If(test=test, body=yes, orelse=no):
                decided = values.of(test, scope)
                text = _text_set(no if decided in ("", 0) else yes, values, scope, depth + 1) or text
            case ast.Return(value=ast.Name(id=name)) if not text:
                return functions.get(name)
    return text


def _assign(statement: ast.Assign | ast.AugAssign, values: Values, scope: EvaluationScope) -> None:
    """Carry out `name = value`, `name += value` and, of an instance, `self.name = value`."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            scope.local[name] = values.of(value, scope)
        case ast.AugAssign(target=ast.Name(id=name), op=ast.Add(), value=value):
            parts = scope.local.get(name), values.of(value, scope)
            joined = "".join(part for part in parts if isinstance(part, str))
            scope.local[name] = joined if len(joined) <= MAX_CHARS else None
        case ast.Assign(targets=[ast.Attribute(value=ast.Name(id=holder), attr=name)], value=value):
            instance = scope.local.get(holder)
            if isinstance(instance, dict):
                instance[name] = values.of(value, scope)
