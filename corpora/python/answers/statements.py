"""The ways in which a function may end, followed through its statements without running them."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from corpora.python.answers.expressions import Expressions
from corpora.python.answers.program import Environment
from corpora.python.answers.values import NOT_KNOWN, Fails, FunctionValue, bound

_MAX_WAYS: Final = 40
_MAX_CALLS: Final = 8  # of functions in functions


@dataclass(frozen=True, slots=True)
class Returned:
    """The function returns a value."""

    value: Any


@dataclass(frozen=True, slots=True)
class Raised:
    """The function raises an exception; its message, empty if it is not known."""

    message: str


@dataclass(frozen=True, slots=True)
class _Goes:
    """The next statement is reached, with these names."""

    names: Environment


End = Returned | Raised
_Way = End | _Goes


class Statements(Expressions):
    """Follows the statements of functions."""

    _calls = 0

    def ends(self, function: FunctionValue, arguments: Sequence[Any]) -> list[End]:
        """Return the ways in which a call may end; none if there are too many of them."""
        parameters = [one.arg for one in (*function.node.args.posonlyargs, *function.node.args.args)]
        if len(parameters) < len(arguments) or self._calls > _MAX_CALLS:
            return []
        names = dict(function.around) | dict.fromkeys(parameters, NOT_KNOWN)
        names |= dict(zip(parameters, arguments, strict=False))
        self._calls += 1
        try:
            ways = self._block(function.node.body, function.module, names)
        finally:
            self._calls -= 1
        if ways is None:
            return []
        return [Returned(None) if isinstance(way, _Goes) else way for way in ways]

    def called(self, function: FunctionValue, arguments: list[Any]) -> Any:
        """Return what a function returns, if it can only return one thing.

        Raises:
            Fails: it can only raise.
        """
        ends = self.ends(function, arguments)
        if not ends:
            return NOT_KNOWN
        returned = [end.value for end in ends if isinstance(end, Returned)]
        if not returned:
            raise Fails(next((end.message for end in ends if isinstance(end, Raised) and end.message), ""))
        return returned[0] if len(ends) == 1 else NOT_KNOWN

    def _block(self, body: Iterable[ast.stmt], module: str, names: Environment) -> list[_Way] | None:
        """Return the ways through statements; None if there are too many."""
        ended: list[_Way] = []
        reached = [names]
        for node in body:
            following: list[Environment] = []
            for here in reached:
                for way in self._step(node, module, here):
                    if isinstance(way, _Goes):
                        following.append(way.names)
                    else:
                        ended.append(way)
            reached = following
            if len(reached) + len(ended) > _MAX_WAYS:
                return None
        return [*ended, *map(_Goes, reached)]

    def _step(self, node: ast.stmt, module: str, names: Environment) -> Iterator[_Way]:
        try:
            yield from self._statement(node, module, names)
        except Fails as error:
            yield Raised(error.message)

    def _statement(self, node: ast.stmt, module: str, names: Environment) -> Iterator[_Way]:
        match node:
            case ast.Return(value=value):
                yield Returned(self.value(value, module, names) if value else None)
            case ast.Raise(exc=raised):
                yield Raised(self._message(raised, module, names))
            case ast.If(test=test, body=body, orelse=orelse):
                truth = self.truth(test, module, names)
                if truth is not False:
                    yield from self._inside(body, module, dict(names))
                if truth is not True:
                    yield from self._inside(orelse, module, dict(names))
            case ast.Try():
                yield from self._tried(node, module, names)
            case ast.With(body=body):
                yield from self._inside(body, module, {**names, **_targets(node)})
            case ast.For(body=body) | ast.While(body=body):
                yield from self._inside(body, module, {**names, **_targets(node)})
                yield _Goes(names)
            case _:
                yield _Goes({**names, **self._bound_by(node, module, names)})

    def _bound_by(self, node: ast.stmt, module: str, names: Environment) -> Environment:
        match node:
            case ast.Assign(targets=targets, value=value):
                found = self.value(value, module, names)
                more: Environment = {}
                for target in targets:
                    more |= bound(target, found)
                return more
            case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is not None:
                return {name: self.value(value, module, names)}
            case ast.AugAssign(target=ast.Name(id=name)):
                return {name: NOT_KNOWN}
            case ast.FunctionDef(name=name):
                return {name: FunctionValue(node, module, dict(names))}
            case ast.Import() | ast.ImportFrom():
                imports = self._program.imports(node, module)
                return {name: self.imported(found) for name, found in imports}
            case ast.Expr(value=value):
                self.value(value, module, names)
        return {}

    def _inside(self, body: Sequence[ast.stmt], module: str, names: Environment) -> Iterator[_Way]:
        ways = self._block(body, module, names)
        # Too many ways: it may return anything, and may go on.
        yield from (Returned(NOT_KNOWN), _Goes(names)) if ways is None else ways

    def _tried(self, node: ast.Try, module: str, names: Environment) -> Iterator[_Way]:
        for way in self._inside(node.body, module, dict(names)):
            if isinstance(way, Raised) and node.handlers:
                for handler in node.handlers:
                    caught = {handler.name: NOT_KNOWN} if handler.name else {}
                    yield from self._inside(handler.body, module, {**names, **caught})
            elif isinstance(way, _Goes):
                yield from self._inside([*node.orelse, *node.finalbody], module, way.names)
            else:
                yield way

    def _message(self, raised: ast.expr | None, module: str, names: Environment) -> str:
        given = raised.args[0] if isinstance(raised, ast.Call) and raised.args else None
        return self.said(given, module, names)


def _targets(node: ast.With | ast.For | ast.While) -> Environment:
    """Return the names that a block binds, whose values are not known."""
    if isinstance(node, ast.For):
        return bound(node.target, NOT_KNOWN)
    found: Environment = {}
    for item in node.items if isinstance(node, ast.With) else ():
        found |= bound(item.optional_vars, NOT_KNOWN) if item.optional_vars else {}
    return found
