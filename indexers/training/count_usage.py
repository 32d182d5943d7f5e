"""Count how many files of public code use each API, for the prior that comes with the package.

    python -m indexers.training.count_usage [--wheels FOLDER]

The code is that of the packages in packages.txt and of the standard library. What a package uses of itself
does not count, nor does what only one package uses.
"""

import argparse
import ast
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from corpora.document import Document, Listed
from corpora.source_tree.tree import CodeTree
from corpora.spec import CorpusSpec
from corpora.syntax.dotted_name import dotted_name
from corpora.syntax.module_name import module_name
from corpora.syntax.parse_python import parse_python
from corpora.syntax.python_imports import imported_names, resolve_name, star_imports
from indexers.encoders.api_popularity import USAGE_FILE, Usage, root_key
from indexers.training.make_builtin import fetch, sources

_MIN_FILES, _MIN_CORPORA = 3, 2
_ANY = "builtins"  # every file can use it without an import


def count_usage(specs: Iterable[CorpusSpec]) -> dict[str, int]:
    """Return how many Python files use each name, by `usage_key`, and each package, by `root_key`.

    Whose method `x.append` is cannot be known without running the code. It counts for every library that
    the file imports, minus the number that is expected from files that do not import the library.
    """
    files: Counter[str] = Counter()
    importers: Counter[str] = Counter()
    corpora: defaultdict[str, set[str]] = defaultdict(set)
    for spec in specs:
        tree = CodeTree(spec)
        for found in tree.scan():
            document = tree.read(found) if isinstance(found, Listed) and found.path.endswith(".py") else None
            if isinstance(document, Document):
                names, roots = used_names(document)
                files.update(names)
                importers.update(roots)
                for name in names:
                    corpora[name].add(spec.name)
    counts = {name: _without_expected(name, files, importers) for name in files}
    much = {
        name: count
        for name, count in sorted(counts.items())
        if count >= _MIN_FILES and len(corpora[name]) >= _MIN_CORPORA
    }
    return much | {root: importers[root[:-1]] for root in sorted(set(map(root_key, much)))}


def used_names(document: Document) -> tuple[set[str], set[str]]:
    """Return the names that a file uses, by `usage_key`, and the packages that it imports; not its own."""
    tree = parse_python(document.text)
    if tree is None:
        return set(), set()
    path = document.origin.path
    module = module_name(path)
    is_package = path.endswith("__init__.py")
    imports = imported_names(tree, module, is_package=is_package)
    own = module.partition(".")[0]
    used = [*imports.values(), *star_imports(tree, module, is_package=is_package)]
    roots = {name.partition(".")[0] for name in used} - {own}
    names = set(_names(tree, imports, roots | {_ANY}))
    return {name for name in names if not name.startswith((f"{own}.", f"{own}:"))}, roots | {_ANY}


def _names(tree: ast.AST, imports: Mapping[str, str], roots: Iterable[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            full = resolve_name(dotted_name(node), imports)
            if "." in full:
                yield f"{full.partition('.')[0]}.{full.rpartition('.')[2]}"
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id not in imports:
            yield f"{_ANY}.{node.func.id}"
        elif isinstance(node.func, ast.Attribute) and not _is_of_import(node.func, imports):
            yield from (f"{root}:{node.func.attr}" for root in roots)


def _is_of_import(node: ast.Attribute, imports: Mapping[str, str]) -> bool:
    return dotted_name(node).partition(".")[0] in imports


def _without_expected(name: str, files: Counter[str], importers: Counter[str]) -> int:
    root, method, last = name.partition(":")
    if not method or root == _ANY:
        return files[name]
    expected = files[f"{_ANY}:{last}"] / importers[_ANY] * importers[root]
    return max(0, round(files[name] - expected))


def main() -> None:
    """Count, and write the table beside that of the built-in encoder."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--wheels", type=Path, help="folder that keeps the wheels for the next run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        wheels = options.wheels or Path(temporary, "wheels")
        fetch(wheels)
        usage = Usage.of_counts(count_usage(sources(wheels, Path(temporary))))
    usage.save(USAGE_FILE)
    print(f"{len(usage)} names, {USAGE_FILE.stat().st_size / 1024:.0f} KiB")  # noqa: T201  what was made


if __name__ == "__main__":
    main()
