"""Measure whether the context of a cursor has the definitions of the names that are used there, and how fast.

    python -m bench.editor_context FOLDER [--index INDEX] [--cursors 100] [--seed 17] [-v]

FOLDER is a repository of Python that INDEX holds. Cursors are drawn at random from lines of functions in
its files, tests left out. For each, the names count that the function around it uses and that the file
imports from another module of the repository: where these are defined is found by Python's own parser,
following what modules re-export. A name is there if a part of the context, or the prompt made of it, comes
from the file that defines it and has its name. A cursor is complete if all are there. Times are of
`editor_context` and of the prompt, warm; run it alone.
"""

import ast
import random
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from bench.arguments import argument_parser
from corpora.syntax.module_name import module_name
from corpora.syntax.parse_python import parse_python
from corpora.syntax.python_imports import imported_names
from indexers.index import Index
from rag.editing.completion_prompt import make_completion_prompt
from rag.editing.context import Cursor, editor_context
from rag.prompting.infill.formats import infill_format

_MAX_HOPS = 5


@dataclass
class Module:
    """A file of the repository, with what it defines at its top and what it imports."""

    path: Path
    text: str
    tree: ast.Module
    defined: frozenset[str]
    imported: dict[str, str]


@dataclass
class Asked:
    """A cursor, and the names around it with the files that define them."""

    module: Module
    line: int
    column: int
    names: dict[str, Path]


def modules_of(folder: Path) -> dict[str, Module]:
    """Return the modules of a repository by their dotted names."""
    found: dict[str, Module] = {}
    for path in sorted(folder.rglob("*.py")):
        below = path.relative_to(folder)
        if any(part.startswith(".") or part in {"tests", "bench", "docs"} for part in below.parts):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        tree = parse_python(text)
        if tree is not None:
            name = module_name(below.as_posix())
            imported = imported_names(tree, name, is_package=path.name == "__init__.py")
            found[name] = Module(path, text, tree, frozenset(_defined(tree)), imported)
    return found


def _defined(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Assign(targets=targets):
                yield from (one.id for one in targets if isinstance(one, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name


def home_of(name: str, modules: dict[str, Module]) -> Path | None:
    """Return the file that defines a dotted name; None if that is not in the repository."""
    for _ in range(_MAX_HOPS):
        holder, _, last = name.rpartition(".")
        module = modules.get(holder)
        if module is None:
            return None
        if last in module.defined:
            return module.path
        name = module.imported.get(last, "")
    return None


def cursors(modules: dict[str, Module], number: int, seed: int) -> list[Asked]:
    """Draw places in functions that use a name of another module of the repository."""
    places: list[Asked] = []
    for module in modules.values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                names: dict[str, Path] = {}
                for part in ast.walk(node):
                    full = module.imported.get(part.id, "") if isinstance(part, ast.Name) else ""
                    home = home_of(full, modules) if full else None
                    if home is not None and home != module.path:
                        names[full.rpartition(".")[2]] = home
                if names:
                    body = node.body[0]
                    for line in range(body.lineno, (node.end_lineno or body.lineno) + 1):
                        places.append(Asked(module, line, 0, names))
    drawn = random.Random(seed).sample(places, min(number, len(places)))
    for one in drawn:
        length = len(one.module.text.split("\n")[one.line - 1])
        one.column = random.Random(f"{seed}{one.module.path}{one.line}").randint(1, length + 1)
    return drawn


def main() -> int:
    """Measure, and print the shares and the times."""
    parser = argument_parser(__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--index", type=Path, default=None)
    parser.add_argument("--cursors", type=int, default=100)
    parser.add_argument("--seed", type=int, default=17)
    parser.add_argument("-v", action="store_true", help="show what is missing")
    options = parser.parse_args()
    index = Index.open(options.index or options.folder / ".rag")
    asked = cursors(modules_of(options.folder), options.cursors, options.seed)
    family = infill_format("qwen2.5-coder")
    there = shown = names = complete = complete_prompts = 0
    times: list[tuple[float, float]] = []
    for one in asked:
        path = one.module.path
        cursor = Cursor(path, one.module.text, one.line, one.column)
        begun = perf_counter()
        context = editor_context(index, cursor)
        gathered = perf_counter()
        prompt = make_completion_prompt(context, family)
        times.append((gathered - begun, perf_counter() - gathered))
        missing = [
            name
            for name, home in one.names.items()
            if not any(
                home.as_posix().endswith(part.path) and _has(part.text, name) for part in context.parts
            )
        ]
        unshown = [
            name
            for name, home in one.names.items()
            if not any(
                home.as_posix().endswith(part.path) and _has(part.text, name) for part in prompt.snippets
            )
        ]
        names += len(one.names)
        there += len(one.names) - len(missing)
        shown += len(one.names) - len(unshown)
        complete += not missing
        complete_prompts += not unshown
        if options.v and missing:
            print(f"{path.relative_to(options.folder)}:{one.line}:{one.column}: {', '.join(missing)}")
    count = len(asked)
    print(f"{count} cursors, {names} names defined in other modules")
    print(f"in the context: {there / names:.3f} of names, all of them for {complete / count:.3f} of cursors")
    whole = complete_prompts / count
    print(f"in the prompt:  {shown / names:.3f} of names, all of them for {whole:.3f} of cursors")
    for label, part in (("context", 0), ("prompt", 1)):
        taken = sorted(1000 * one[part] for one in times)
        print(f"{label}: p50 {median(taken):.0f} ms, p95 {taken[int(0.95 * (count - 1))]:.0f} ms")
    return 0


def _has(text: str, name: str) -> bool:
    return bool(re.search(rf"\b{re.escape(name)}\b", text))


if __name__ == "__main__":
    sys.exit(main())
