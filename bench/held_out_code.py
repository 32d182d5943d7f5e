"""Lines and function bodies that are taken out of a repository's files, to be written anew by a model."""

import ast
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from corpora.syntax.parse_python import parse_python
from rag.editing.context import Cursor

_MIN_CHARS: Final = 12  # of a line: shorter ones, `else:` and brackets, say nothing of its repository
_BODY_LINES: Final = range(3, 16)
_QUERY_LINES: Final = 12

_Cut = tuple[int, int, int]
"""The first line of code, its last line, and the column at which it begins in the first one, from 0."""


@dataclass(frozen=True)
class Held:
    """Code that was taken out of a file.

    Attributes:
        repository: its folder.
        path: of the file, below the folder.
        kind: `line` or `body`.
        line: where the gap is, 1-based.
        column: likewise.
        text: of the file without the code.
        code: that was taken out.
    """

    repository: Path
    path: str
    kind: str
    line: int
    column: int
    text: str
    code: str

    @property
    def key(self) -> str:
        """Return a name for it."""
        return f"{self.repository.name}/{self.path}:{self.line}:{self.kind}"

    @property
    def cursor(self) -> Cursor:
        """Return the place of the gap."""
        return Cursor(self.repository / self.path, self.text, self.line, self.column)

    @property
    def query(self) -> str:
        """Return the code before the gap, as a query."""
        before = self.text.split("\n")[: self.line]
        return "\n".join([line for line in before if line.strip()][-_QUERY_LINES:])


def held_out(repository: Path, kind: str, number: int, seed: int) -> list[Held]:
    """Draw lines or bodies of a repository, each from another function."""
    found: list[tuple[Path, list[_Cut]]] = []
    for path in sorted(repository.rglob("*.py")):
        below = path.relative_to(repository)
        if any(part.startswith(".") or part in {"tests", "test", "testing"} for part in below.parts):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        tree = parse_python(text)
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                cut = _lines if kind == "line" else _bodies
                if places := [*cut(node, text.split("\n"))]:
                    found.append((path, places))
    chosen = random.Random(f"{seed}{repository.name}{kind}").sample(found, min(number, len(found)))
    held: list[Held] = []
    for path, places in chosen:
        first = f"{repository.name}/{path.relative_to(repository).as_posix()}:{places[0][0]}:{kind}"
        held.append(_taken_out(repository, path, kind, random.Random(f"{seed}{first}").choice(places)))
    return held


def _taken_out(repository: Path, path: Path, kind: str, cut: _Cut) -> Held:
    first, last, column = cut
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    code = "\n".join([lines[first - 1][column:], *lines[first:last]])
    text = "\n".join([*lines[: first - 1], lines[first - 1][:column], *lines[last:]])
    return Held(repository, path.relative_to(repository).as_posix(), kind, first, column + 1, text, code)


def _body_start(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the number of the first statement that is no docstring."""
    return 1 if ast.get_docstring(node, clean=False) is not None else 0


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef, lines: list[str]) -> Iterator[_Cut]:
    """Yield the lines of a function that say something."""
    inside = {
        line
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
        for line in range(part.lineno + 1, (part.end_lineno or part.lineno) + 1)
    }
    body = node.body[_body_start(node) :]
    for number in range(body[0].lineno, (node.end_lineno or 0) + 1) if body else ():
        code = lines[number - 1].strip()
        if len(code) >= _MIN_CHARS and not code.startswith(("#", '"', "'")) and number not in inside:
            yield number, number, len(lines[number - 1]) - len(lines[number - 1].lstrip())


def _bodies(node: ast.FunctionDef | ast.AsyncFunctionDef, _: list[str]) -> Iterator[_Cut]:
    """Yield the body of a function, without what documents it."""
    body = node.body[_body_start(node) :]
    if not body:
        return
    first, last = body[0].lineno, node.end_lineno or body[-1].lineno
    if last - first + 1 in _BODY_LINES and body[0].lineno != node.lineno:
        yield first, last, body[0].col_offset


def drawn(repositories: Sequence[Path], numbers: dict[str, int], seed: int) -> list[Held]:
    """Return everything that is held out, so mixed that the first ones are a fair sample."""
    found: list[Held] = []
    for kind, number in numbers.items():
        shares = [number // len(repositories)] * len(repositories)
        for place in range(number % len(repositories)):
            shares[place] += 1
        for repository, share in zip(repositories, shares, strict=True):
            found += held_out(repository, kind, share, seed)
    random.Random(seed).shuffle(found)
    return found
