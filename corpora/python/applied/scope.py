"""Where an expression stands, and what the names around it mean."""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import griffe


@dataclass(slots=True)
class Decorated:
    """What a decorator is given or returns: its name, and its docstring, which it may change."""

    name: str
    docstring: str


@dataclass(slots=True)
class EvaluationScope:
    """Where an expression stands: its module, the classes around it (`Outer.`), and local names."""

    module: griffe.Module
    qualifier: str = ""
    local: dict[str, object] = field(default_factory=dict)
    steps: list[int] = field(default_factory=lambda: [0])

    def bind(
        self, function: ast.FunctionDef, arguments: Sequence[object], named: Mapping[str, object]
    ) -> None:
        """Give the parameters of a function their values; those without an argument get their defaults."""
        parameters = [*function.args.posonlyargs, *function.args.args]
        defaults = function.args.defaults
        for parameter, default in zip(parameters[len(parameters) - len(defaults) :], defaults, strict=True):
            self.local[parameter.arg] = default.value if isinstance(default, ast.Constant) else None
        self.local |= {one.arg: value for one, value in zip(parameters, arguments, strict=False)}
        self.local |= named

    def elsewhere(self, module: griffe.Module, qualifier: str = "") -> "EvaluationScope":
        """Return the scope of another place, whose steps are counted together with these."""
        return EvaluationScope(module, qualifier, {}, self.steps)
