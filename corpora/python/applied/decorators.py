"""What decorators do to docstrings: forms that are known by name, and functions of the package that are read.

Read means that their assignments to `__doc__` are followed, as far as their source tells; nothing is run.
"""

import ast
import re
from collections.abc import Sequence
from inspect import cleandoc
from textwrap import dedent

import griffe

from corpora.python.applied.notes import texts_of
from corpora.python.applied.scope import Decorated, EvaluationScope
from corpora.python.applied.text_operations import brace_formatted, percent_formatted
from corpora.python.applied.values import Values
from corpora.syntax.dotted_name import dotted_name

_MAX_STATEMENTS = 200
_MAX_DEPTH = 5  # of functions in functions
_WITHOUT_TEXT = frozenset(
    {
        "property", "staticmethod", "classmethod", "abstractmethod", "overload", "cached_property", "setter",
        "deleter", "getter", "dataclass", "contextmanager", "cache", "lru_cache", "final", "override",
    }
)  # fmt: skip
_COPIES = re.compile(
    r"wraps|update_wrapper|.*copy.*doc.*|.*doc.*copy.*|.*inherit.*doc.*|.*doc.*inherit.*|.*doc.*from.*"
    r"|.*same.*doc.*|.*doc_?wrapper|.*docstring\.copy|.*replace_doc\w*|.*share_doc\w*",
    re.IGNORECASE,
)
_SETS = re.compile(r"(?:set|add|with|give)_?doc(?:s|string)?|docstring|documented(?:_by)?", re.IGNORECASE)
_FILLS = re.compile(r".*interpd|.*doc_?fill\w*|.*fill_?doc\w*", re.IGNORECASE)


class Decorators:
    """Applies decorators to docstrings. `registered` are the texts that `interpd.register(...)` was given."""

    def __init__(self, values: Values, registered: dict[str, str]) -> None:
        self._values = values
        self._registered = registered

    def apply(self, decorators: Sequence[ast.expr], made: Decorated, scope: EvaluationScope) -> None:
        """Change the docstring of what is decorated, from the innermost decorator to the outermost."""
        for decorator in reversed(decorators):
            self._apply(decorator, made, scope, 0)

    def _apply(self, decorator: ast.expr, made: Decorated, scope: EvaluationScope, depth: int) -> None:
        call = decorator if isinstance(decorator, ast.Call) else None
        function = call.func if call else decorator
        name = dotted_name(function)
        last = name.rpartition(".")[2]
        if last in _WITHOUT_TEXT or depth > _MAX_DEPTH:
            return
        if call is None and isinstance(decorator, ast.Name):
            # sub = Substitution(author="Jason"), and then @sub
            stored = texts_of(scope.module).values.get(decorator.id)
            if isinstance(stored, ast.Call):
                self._apply(stored, made, scope, depth + 1)
                return
        text = self._known_form(name, call, made, scope)
        if text is not None:
            made.docstring = text
        else:
            self._follow(function, call, made, scope)

    def _known_form(
        self, name: str, call: ast.Call | None, made: Decorated, scope: EvaluationScope
    ) -> str | None:
        """Return the docstring after a decorator of a well-known form; None for any other."""
        last = name.rpartition(".")[2].lower()
        before = made.docstring
        text = None
        if _FILLS.fullmatch(last):
            text = percent_formatted(cleandoc(before), self._registered) if before else None
        elif call is None or not (call.args or call.keywords):
            pass
        elif last == "substitution":
            named = {key.arg: self._values.text(key.value, scope) for key in call.keywords if key.arg}
            given = named or [self._values.text(argument, scope) for argument in call.args]
            text = percent_formatted(cleandoc(before), given) if before else None
        elif last == "appender":
            text = self._appended(call, made, scope)
        elif last == "doc":
            text = self._put_together(call, made, scope)
        elif call.args and (_COPIES.fullmatch(name) or _COPIES.fullmatch(last)):
            text = before if "inherit" in last and before else self._values.text(call.args[0], scope)
        elif call.args and _SETS.fullmatch(last):
            text = self._values.text(call.args[0], scope)
        return text

    def _appended(self, call: ast.Call, made: Decorated, scope: EvaluationScope) -> str | None:
        """Return the docstring after `@Appender(text, join="")`."""
        text = self._values.text(call.args[0], scope) if call.args else None
        named = {key.arg: key.value for key in call.keywords}
        join = named.get("join") or next(iter(call.args[1:]), None)
        between = self._values.text(join, scope) or ""
        return None if text is None else dedent(between.join([made.docstring or "", text]))

    def _put_together(self, call: ast.Call, made: Decorated, scope: EvaluationScope) -> str | None:
        """Return the docstring after `@doc(template, klass="Series")`: all parts, filled in."""
        parts = [made.docstring] if made.docstring else []
        parts += [text for one in call.args if (text := self._values.text(one, scope))]
        named = {key.arg: self._values.text(key.value, scope) or "" for key in call.keywords if key.arg}
        text = "\n".join(map(cleandoc, parts))
        filled = brace_formatted(text, [], named) if named else text
        return (filled if filled is not None else text) or None

    def _follow(
        self, function: ast.expr, call: ast.Call | None, made: Decorated, scope: EvaluationScope
    ) -> None:
        """Follow what a function of the package does with the docstring of what it decorates."""
        found = self._values.of(function, scope)
        if not isinstance(found, griffe.Function) or not isinstance(found.parent, griffe.Module):
            return
        node = texts_of(found.parent).functions.get(found.name)
        if node is None:
            return
        inner = scope.elsewhere(found.parent)
        if call is None:
            inner.bind(node, [made], {})
            self._run(node.body, made, inner, [])
            return
        named = {key.arg: self._values.of(key.value, scope) for key in call.keywords if key.arg}
        inner.bind(node, [self._values.of(argument, scope) for argument in call.args], named)
        self._run(node.body, made, inner, [made])

    def _run(
        self, body: Sequence[ast.stmt], made: Decorated, scope: EvaluationScope, given: list[Decorated]
    ) -> None:
        """Follow statements. A function in `body` is called with `given`, if there is anything."""
        for statement in body[:_MAX_STATEMENTS]:
            scope.steps[0] += 1
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    scope.local[name] = self._values.of(value, scope)
                case ast.Assign(targets=[ast.Attribute(attr="__doc__", value=holder)], value=value):
                    self._set_docstring(holder, value, made, scope)
                case ast.FunctionDef(name=name, body=inner):
                    scope.local[name] = made
                    if given:
                        scope.bind(statement, given, {})
                        self._run(inner, made, scope, [])
                case ast.If(test=test, body=yes, orelse=no):
                    decided = self._values.of(test, scope)
                    self._run(no if decided in ("", 0) else yes, made, scope, given)
                case ast.With(body=inner) | ast.Try(body=inner):
                    self._run(inner, made, scope, given)

    def _set_docstring(
        self, holder: ast.expr, value: ast.expr, made: Decorated, scope: EvaluationScope
    ) -> None:
        text = self._values.of(value, scope)
        target = self._values.of(holder, scope)
        if not isinstance(text, str):
            return
        if isinstance(target, griffe.Object):
            target.docstring = griffe.Docstring(cleandoc(text), lineno=target.lineno, parent=target)
        elif isinstance(target, Decorated) or target is None:
            made.docstring = text
