"""A program as far as it can be followed without running it: its modules and what their names stand for."""

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

ANY_NAME: Final = "*"
"""Among the members of a module that may have others, too."""

_MAX_DEPTH: Final = 20  # of blocks in blocks


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import names: a member of a module, or with an empty `name` the module itself."""

    module: str
    name: str = ""


Binding = ast.expr | ast.FunctionDef | Imported


@dataclass(slots=True)
class ProgramSource:
    """The modules of a package.

    Attributes:
        parse: returns the source of a module by its dotted path, parsed; None if it has none.
        members: returns the names that a module has, with `ANY_NAME` if it may have more; None if there is no
            such module in the program.
        is_package: returns whether a module is the `__init__` of a folder.
    """

    parse: Callable[[str], ast.Module | None]
    members: Callable[[str], frozenset[str] | None]
    is_package: Callable[[str], bool]
    _bound: dict[str, dict[str, Binding]] = field(default_factory=dict)

    def binding(self, module: str, name: str) -> Binding | None:
        """Return what the statements of a module bind a name to, the last of them; None if none does."""
        known = self._bound.get(module)
        if known is None:
            tree = self.parse(module)
            found = self.bindings(tree.body, module, 0) if tree is not None else ()
            known = self._bound[module] = dict(found)
        return known.get(name)

    def bindings(self, body: Sequence[ast.stmt], module: str, depth: int) -> Iterator[tuple[str, Binding]]:
        """Yield the names that statements bind, those in blocks too."""
        for node in body if depth < _MAX_DEPTH else ():
            match node:
                case ast.FunctionDef(name=name):
                    yield name, node
                case ast.ClassDef(name=name):
                    yield name, Imported(module, name)
                case ast.Assign(targets=targets, value=value):
                    yield from ((target.id, value) for target in targets if isinstance(target, ast.Name))
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                    yield name, value
                case ast.Import() | ast.ImportFrom():
                    yield from self.imports(node, module)
                case ast.If() | ast.Try() | ast.With() | ast.For() | ast.While():
                    for part in ("body", "handlers", "orelse", "finalbody"):
                        for inner in getattr(node, part, ()):
                            block = inner.body if isinstance(inner, ast.ExceptHandler) else [inner]
                            yield from self.bindings(block, module, depth + 1)

    def imports(self, node: ast.Import | ast.ImportFrom, module: str) -> Iterator[tuple[str, Imported]]:
        """Yield the names that an import binds."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                yield alias.asname or top, Imported(alias.name if alias.asname else top)
            return
        base = self.absolute(module, node.module or "", node.level)
        for alias in node.names:
            yield alias.asname or alias.name, Imported(base, alias.name)

    def absolute(self, module: str, named: str, level: int) -> str:
        """Return the path of a module as an import in another one means it."""
        if not level:
            return named
        package = module if self.is_package(module) else module.rpartition(".")[0]
        for _ in range(level - 1):
            package = package.rpartition(".")[0]
        return f"{package}.{named}" if named else package


Environment = dict[str, Any]
