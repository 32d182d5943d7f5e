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

from corpora.python.applied.notes import note_of, texts_of
from corpora.python.applied.text_operations import MAX_CHARS
from corpora.python.applied.values import EvaluationScope, Values

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
        methods = note_of(found, "descriptor")
        if not isinstance(methods, dict):
            return ""
        attributes: dict[object, object] = {}
        if (init := methods.get("__init__")) is not None:
            inner.bind(init, [attributes, *given], named)
            _note_attributes(init.body, attributes, values, inner)
        function = methods["__get__"]
        inner = scope.elsewhere(found.module)
        inner.bind(function, [attributes], {})
    else:
        makers = texts_of(found.parent).factories if isinstance(found.parent, griffe.Module) else {}
        function = makers.get(found.name)
        if function is None:
            return ""
        inner.bind(function, given, named)
    return cleandoc(_text_set(function.body, values, inner, 0) or "").strip()


def _note_attributes(
    body: Sequence[ast.stmt], attributes: dict[object, object], values: Values, scope: EvaluationScope
) -> None:
    """Note the values of the attributes in `self.name = name`."""
    for statement in body[:_MAX_STATEMENTS]:
        match statement:
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)], value=value):
                attributes[name] = values.of(value, scope)


def _text_set(body: Sequence[ast.stmt], values: Values, scope: EvaluationScope, depth: int) -> str | None:
    """Return what is assigned to `__doc__`, or the docstring of the inner function that is returned."""
    functions: dict[str, str] = {}
    text: str | None = None
    for statement in body[:_MAX_STATEMENTS] if depth < _MAX_DEPTH else ():
        scope.steps[0] += 1
        match statement:
            case ast.FunctionDef(name=name):
                functions[name] = ast.get_docstring(statement) or ""
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                scope.local[name] = values.of(value, scope)
            case ast.AugAssign(target=ast.Name(id=name), op=ast.Add(), value=value):
                parts = scope.local.get(name), values.of(value, scope)
                joined = "".join(part for part in parts if isinstance(part, str))
                scope.local[name] = joined if len(joined) <= MAX_CHARS else None
            case ast.Assign(targets=[ast.Attribute(attr="__doc__")], value=value):
                text = values.text(value, scope) or text
            case ast.If(test=test, body=yes, orelse=no):
                decided = values.of(test, scope)
                text = _text_set(no if decided in ("", 0) else yes, values, scope, depth + 1) or text
            case ast.Return(value=ast.Name(id=name)) if not text and name in functions:
                return functions[name]
    return text
