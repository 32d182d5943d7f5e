"""Find the names of other packages that a Python file uses, by the keys that uses are counted under."""

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from corpora.document import Document
from corpora.syntax.dotted_name import dotted_name
from corpora.syntax.module_name import module_name
from corpora.syntax.parse_python import parse_python
from corpora.syntax.python_imports import imported_names, resolve_name, star_imports

ANY_FILE: Final = "builtins"
"""The package whose names every file can use without an import."""


class UsingFile:
    """A parsed Python file.

    Attributes:
        tree: its syntax tree.
        roots: the packages that it imports, and `ANY_FILE`; not its own.
    """

    def __init__(self, tree: ast.Module, path: str) -> None:
        module = module_name(path)
        is_package = path.endswith("__init__.py")
        self.tree = tree
        self._imports = imported_names(tree, module, is_package=is_package)
        self._own = module.partition(".")[0]
        used = [*self._imports.values(), *star_imports(tree, module, is_package=is_package)]
        self.roots = ({name.partition(".")[0] for name in used} - {self._own}) | {ANY_FILE}

    @classmethod
    def of_document(cls, document: Document) -> "UsingFile | None":
        """Parse a document; None if it is no Python."""
        tree = parse_python(document.text)
        return None if tree is None else cls(tree, document.origin.path)

    def names_in(self, nodes: Iterable[ast.AST]) -> set[str]:
        """Return the names that nodes use, by `usage_key`, but those of the file's own package.

        Whose method `x.append` is cannot be known without running the code. It counts for every package that
        the file imports (see `without_expected`).
        """
        names = {name for node in nodes for name in self._names(node)}
        return {name for name in names if not name.startswith((f"{self._own}.", f"{self._own}:"))}

    def _names(self, within: ast.AST) -> Iterator[str]:
        for node in ast.walk(within):
            if isinstance(node, ast.Attribute | ast.Name):
                full = resolve_name(dotted_name(node), self._imports)
                if "." in full:
                    yield f"{full.partition('.')[0]}.{full.rpartition('.')[2]}"
            if not isinstance(node, ast.Call):
                continue
            if isinstance(node.func, ast.Name) and node.func.id not in self._imports:
                yield f"{ANY_FILE}.{node.func.id}"
            elif isinstance(node.func, ast.Attribute) and not self._is_of_import(node.func):
                yield from (f"{root}:{node.func.attr}" for root in self.roots)

    def _is_of_import(self, node: ast.Attribute) -> bool:
        return dotted_name(node).partition(".")[0] in self._imports


def without_expected(name: str, files: Mapping[str, int], importers: Mapping[str, int]) -> int:
    """Return how many files use a name, less those that would use a method of that name anyway.

    Args:
        name: the name, by `usage_key`.
        files: how many files use each name.
        importers: how many files import each package.

    >>> files = {"builtins:get": 60, "pandas:get": 8}
    >>> without_expected("pandas:get", files, {"builtins": 100, "pandas": 10})
    2
    """
    root, method, last = name.partition(":")
    if not method or root == ANY_FILE:
        return files[name]
    expected = files.get(f"{ANY_FILE}:{last}", 0) / importers[ANY_FILE] * importers[root]
    return max(0, round(files[name] - expected))


class UseCounter:
    """Counts the files and the corpora that use each name, and the files that import each package."""

    def __init__(self) -> None:
        self.files: Counter[str] = Counter()
        self.importers: Counter[str] = Counter()
        self._corpora: dict[str, set[str]] = {}

    def add(self, file: UsingFile, corpus: str) -> None:
        """Count a file of a corpus."""
        names = file.names_in([file.tree])
        self.files.update(names)
        self.importers.update(file.roots)
        for name in names:
            self._corpora.setdefault(name, set()).add(corpus)

    def lift(self, name: str) -> float:
        """Return how much more often files that import its package use a method than all files do.

        >>> counter = UseCounter()
        >>> counter.files.update({"builtins:groupby": 10, "pandas:groupby": 9})
        >>> counter.importers.update({"builtins": 100, "pandas": 15})
        >>> round(counter.lift("pandas:groupby"), 9)
        6.0
        """
        root, _, last = name.partition(":")
        usual = self.files[f"{ANY_FILE}:{last}"] / self.importers[ANY_FILE]
        return self.files[name] / self.importers[root] / usual

    def counts(self, *, min_files: int, min_corpora: int) -> dict[str, int]:
        """Return in how many files each name is used that at least so many files and corpora use."""
        found = {name: without_expected(name, self.files, self.importers) for name in sorted(self.files)}
        return {
            name: count
            for name, count in found.items()
            if count >= min_files and len(self._corpora[name]) >= min_corpora
        }
