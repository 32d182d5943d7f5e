"""Tasks for generation from the examples of docstrings, before their references are run."""

import ast
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from corpora.api.model import ApiModel
from rag.evaluation.task import Task
from rag.evaluation.upgrades.candidates import NEW_KINDS
from rag.evaluation.upgrades.docstring_examples import DocExample, examples_in
from rag.evaluation.upgrades.holes import (
    SOLUTION,
    Hole,
    hole_in,
    names_bound,
    names_read,
    statement_of,
    uses_name,
)
from rag.evaluation.upgrades.intents import gives_away
from rag.evaluation.upgrades.printed_tests import printed_tests
from rag.evaluation.upgrades.records import ApiCandidate, TaskDraft

_MAX_TEXT: Final = 50_000  # characters of a docstring that are looked at
_MAX_SHOWN: Final = 1_500  # characters of the code that a task shows
_MAX_PRINTED: Final = 5_000
_MOST_SETUP: Final = 12  # statements
_MOST_FOLLOWING: Final = 4
_ERROR: Final = "Traceback"
# By which a docstring knows modules that it does not import.
_CONVENTIONS: Final = {
    "np": "import numpy as np",
    "pd": "import pandas as pd",
    "pl": "import polars as pl",
    "nw": "import narwhals as nw",
    "xr": "import xarray as xr",
    "nx": "import networkx as nx",
    "plt": "import matplotlib.pyplot as plt",
}


@dataclass(frozen=True, slots=True)
class DraftMaker:
    """Makes tasks of examples.

    Args:
        new: the API of the newer version.
        requirements: what an environment needs to run them.
        python: the version of Python of that environment.
    """

    new: ApiModel
    requirements: tuple[str, ...]
    python: str

    def drafts(self, candidate: ApiCandidate, intent: str) -> Iterator[TaskDraft | str]:
        """Yield a task for each example that uses the API, or why it cannot be one; at least one of both."""
        examples = examples_in(candidate.text[:_MAX_TEXT])
        if not examples:
            yield "its docstring has no example"
            return
        is_used = False
        for number in range(len(examples)):
            node = statement_of(examples[number].source)
            if node is None or not uses_name(node, candidate.own_name):
                continue
            is_used = True
            try:
                yield self._draft(candidate, intent, examples, number)
            except RecursionError:  # an example can be parsed that is too deep to be written again
                yield "its example is too deep"
        if not is_used:
            yield "no example uses it"

    def _draft(
        self, candidate: ApiCandidate, intent: str, examples: Sequence[DocExample], number: int
    ) -> TaskDraft | str:
        example = examples[number]
        node = statement_of(example.source)
        if node is None or any(option.strip("+-") == "SKIP" for option in example.options):
            return "its example is not to be run"
        before = [
            (one, found) for one in examples[:number] if (found := statement_of(one.source)) is not None
        ]
        local = {name for _, found in before if not _is_import(found) for name in names_bound(found)}
        hole = hole_in(node, candidate, local)
        if isinstance(hole, str):
            return hole
        tests = _tests(example, hole, examples[number + 1 :], candidate)
        setup = _setup([found for _, found in before], hole)
        imports = self._imports(candidate, setup, hole)
        if isinstance(tests, str) or isinstance(imports, str):
            return tests if isinstance(tests, str) else str(imports)
        return self._made(candidate, intent, imports, setup, hole, tests)

    def _imports(self, candidate: ApiCandidate, setup: Sequence[ast.stmt], hole: Hole) -> list[str] | str:
        """Return the imports that the code needs, none of which names the API; or why it cannot be shown."""
        if any(uses_name(one, candidate.own_name) and not _is_import(one) for one in setup):
            return "the code before its example uses it as well"
        lines = dict.fromkeys(_import_lines(setup, candidate))
        bound = {name for one in setup for name in names_bound(one)}
        top = candidate.name.partition(".")[0]
        needed = hole.needed | hole.read
        for one in setup:
            needed |= names_read(one)
        for name in sorted(needed - bound):
            if name == top:
                lines[f"import {self._module(candidate.name)}"] = None
            elif line := self._global(candidate, name):
                lines[line] = None
            else:
                return "its example needs a name that it does not define"
        return [*lines]

    def _global(self, candidate: ApiCandidate, name: str) -> str:
        """Return an import of a name that the module of the API has, or that is a convention; or nothing."""
        module = self.new.objects.get(candidate.module)
        path = module.members.get(name, "") if module else ""
        public = self.new.public_name(path) if path else ""
        top = candidate.name.partition(".")[0]
        if not path and f"{top}.{name}" in self.new.names:
            public = f"{top}.{name}"
        if public and public.rpartition(".")[0]:
            holder, _, own = public.rpartition(".")
            return f"from {holder} import {own}" + (f" as {name}" if own != name else "")
        if name in _CONVENTIONS:
            return _CONVENTIONS[name]
        if path in self.new.tops or (path and "." not in path):
            return f"import {path}" + (f" as {name}" if path != name else "")
        holder, _, own = path.rpartition(".")
        is_foreign = holder and holder.partition(".")[0] not in self.new.tops
        return f"from {holder} import {own}" + (f" as {name}" if own != name else "") if is_foreign else ""

    def _module(self, name: str) -> str:
        """Return the longest beginning of a name that is a module."""
        parts = name.split(".")
        for end in range(len(parts) - 1, 0, -1):
            found = self.new.find(".".join(parts[:end]))
            if found and found.object is not None and found.object.kind == "module":
                return ".".join(parts[:end])
        return parts[0]

    def _made(
        self,
        candidate: ApiCandidate,
        intent: str,
        imports: Sequence[str],
        setup: Sequence[ast.stmt],
        hole: Hole,
        tests: Sequence[tuple[str, str | None]],
    ) -> TaskDraft | str:
        body = [ast.unparse(one) for one in setup if not _is_import(one)]
        # A small model takes a function that ends in a comment for finished; it goes on after "return".
        used = "\n".join(f"# {line}" for line in hole.statement.split("\n"))
        head = f"# It is used like this:\n{used}\ndef {SOLUTION}({', '.join(hole.parameters)}):\n    return "
        shown = "\n".join([*imports, *([""] if imports else []), *body, *(["", ""] if body else [""]), head])
        if len(shown) > _MAX_SHOWN:
            return "the code before its example is too long"
        if gives_away_in_code(shown, candidate):
            return "the code that is shown gives the name away"
        library, version = self.new.library, self.new.version
        trivial = [f"{value}\n" for value in ("None", *hole.parameters[:3], "True", "False", "0", "[]")]
        task = Task(
            f"{candidate.kind.replace(' ', '-')}/{candidate.label}",
            f"With {library} {version}: {intent}",
            shown=shown,
            reference=f"{hole.reference}\n",
            before=shown,
            tests=printed_tests(tests),
            entry_point=SOLUTION,
            gold=(candidate.name,),
            libraries=(library,),
            requirements=self.requirements,
            python=self.python,
            group=candidate.kind,
        )
        bare = f"{hole.bare}\n" if hole.bare else ""
        return TaskDraft(task, tuple(trivial), candidate.kind in NEW_KINDS, bare)


def gives_away_in_code(shown: str, candidate: ApiCandidate) -> bool:
    """Return whether code that a task shows names the API, or the parameter that is new."""
    words = "".join(char if char.isalnum() or char == "_" else " " for char in shown).split()
    if candidate.own_name in words or (candidate.parameter and candidate.parameter in words):
        return True
    comment = " ".join(word.replace("_", " ") for word in words)
    return "_" in candidate.own_name and gives_away(comment, candidate.own_name)


def signature_of_draft(task: Task) -> str:
    """Return a hash by which two tasks of the same example are known."""
    text = "\0".join([task.reference, task.shown, task.tests])
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _import_lines(setup: Sequence[ast.stmt], candidate: ApiCandidate) -> Iterator[str]:
    """Yield the imports of the examples, without names that are the API."""
    for node in setup:
        if isinstance(node, ast.ImportFrom):
            kept = [one for one in node.names if one.name != candidate.own_name]
            if kept:
                yield ast.unparse(ast.ImportFrom(node.module, kept, node.level))
        elif isinstance(node, ast.Import):
            yield ast.unparse(node)


def _setup(before: Sequence[ast.stmt], hole: Hole) -> list[ast.stmt]:
    """Return the statements above an example that it needs: those that bind or change what it reads."""
    needed = {*hole.needed, *hole.read}
    kept: list[ast.stmt] = []
    for node in reversed(before):
        bound = names_bound(node)
        read = names_read(node)
        # `shelf[0] = 1`, `shelf.append(9)`, but no expression that only shows something
        is_change = not bound and not _only_shows(node) and bool(read & needed)
        if bound & needed or is_change:
            kept.append(node)
            needed |= read
    return kept[::-1][-_MOST_SETUP:]


def _only_shows(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and not isinstance(node.value, ast.Call)


def _tests(
    example: DocExample, hole: Hole, following: Sequence[DocExample], candidate: ApiCandidate
) -> list[tuple[str, str | None]] | str:
    """Return the statements that test an answer, with what they print; or why there are none."""
    if example.printed.startswith(_ERROR):
        return "its example shows an error"
    tests: list[tuple[str, str | None]] = [(hole.statement, example.printed or None)]
    known = {*hole.bound, *hole.needed}
    if not example.printed:
        for more in following[:_MOST_FOLLOWING]:
            node = statement_of(more.source)
            if node is None or more.block != example.block or uses_name(node, candidate.own_name):
                break
            if more.printed.startswith(_ERROR) or not names_read(node) <= known:
                break
            known |= names_bound(node)
            tests.append((ast.unparse(node), more.printed or None))
            if more.printed:
                break
    printed = [want for _, want in tests if want]
    if not printed:
        return "its example prints nothing"
    if all(want.strip() == "..." for want in printed):
        return "what its example prints is left out"
    if sum(map(len, printed)) > _MAX_PRINTED:
        return "its example prints too much"
    return tests
