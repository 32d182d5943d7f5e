"""What the modules of a package answer to those who ask for names that they do not have."""

import ast
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path

import griffe

from corpora.outside.files import read_outside
from corpora.python.answers.module_getattr import Answers, module_answers
from corpora.python.answers.program import ProgramSource
from corpora.spec import MAX_FILE_BYTES
from corpora.syntax.parse_python import parse_python


class ModuleAnswers:
    """Finds what the `__getattr__` of the modules of a package answers.

    Args:
        modules: all modules of the package.
        members: returns the names that a module has, with `ANY_NAME` if it may have more.
    """

    def __init__(
        self, modules: Iterable[griffe.Module], members: Callable[[griffe.Module], frozenset[str]]
    ) -> None:
        self._members_of = members
        self._modules = {module.path: module for module in modules}
        self._program = ProgramSource(lru_cache(maxsize=256)(self._parse), self._members, self._is_package)
        self._known: dict[str, Answers] = {}
        self._grows: dict[str, bool] = {}

    def of(self, module: griffe.Module) -> Answers:
        """Return what a module answers."""
        known = self._known.get(module.path)
        if known is None:
            self._known[module.path] = Answers()  # (what asks for itself is open)
            has_one = "__getattr__" in module.members
            known = module_answers(module.path, self._program) if has_one else Answers()
            self._known[module.path] = known
        return known

    def grows_exports(self, path: str) -> bool:
        """Return whether the code of a module adds to its `__all__` what cannot be read from it.

        numpy does so: `__all__.extend(core.__all__)`, and a function that appends the names of a module.
        """
        if path not in self._grows:
            tree = self._program.parse(path)
            self._grows[path] = tree is not None and _grows(tree)
        return self._grows[path]

    def _parse(self, path: str) -> ast.Module | None:
        module = self._modules.get(path)
        if module is None or not isinstance(module.filepath, Path) or module.filepath.suffix != ".py":
            return None
        try:
            return parse_python(read_outside(module.filepath, max_bytes=MAX_FILE_BYTES))
        except OSError:
            return None

    def _members(self, path: str) -> frozenset[str] | None:
        module = self._modules.get(path)
        return None if module is None else self._members_of(module)

    def _is_package(self, path: str) -> bool:
        module = self._modules.get(path)
        return module is not None and module.is_init_module


def _grows(tree: ast.Module) -> bool:
    """Return whether code changes `__all__` by a method, or in a function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and _is_all(node.value):
            return True
        if isinstance(node, ast.FunctionDef) and any(map(_is_all, ast.walk(node))):
            return True
    return False


def _is_all(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "__all__"
