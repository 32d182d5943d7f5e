"""Have a model complete held-out lines and function bodies, with and without context from the repository.

    python -m bench.completion REPOSITORY... --model FILE --out FILE.jsonl
        [--lines 200] [--bodies 100] [--tokens 1024] [--seed 17] [--semble PYTHON --semble-model FOLDER]

Each REPOSITORY is a folder of Python that `rag index` has indexed in place. Lines are drawn from functions in
its files, tests left out, all repositories alike; bodies are those of functions of 3 to 15 lines. What is
drawn is taken out of its file, and the model fills the gap by the format of its family, greedily, with a
prompt of so many tokens by its own count, in four ways:

- `file`: of the file alone;
- `ours`: with the context of `editor_context`;
- `semble`: with the first snippets that semble finds for the code before the gap, those of the file left out;
- `oracle`: as `ours`, but the code that was taken out is known to the retrieval (not to the model), as in
  Zhang et al. 2023, "RepoCoder".

Scores are as there: exact match of what is between the gap's ends, without regard to blank space at line
ends, and edit similarity, 1 - Levenshtein / length of the longer text. Answers are appended to FILE.jsonl as
they come; a run that was ended goes on where it was. Without `--model`, what FILE.jsonl holds is scored.
"""

import ast
import json
import os
import random
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.arguments import argument_parser
from bench.intervals import Answer, interval, paired
from corpora.syntax.parse_python import parse_python
from indexers.index import Index
from rag.editing.complete import family_of, fitted
from rag.editing.completion_prompt import make_completion_prompt
from rag.editing.context import Cursor, editor_context
from rag.generators.completion import Sampling, continue_text
from rag.generators.local import LocalModel
from rag.prompting.infill.prompt import InfillPrompt, Snippet, make_infill_prompt

WAYS: Final = ("file", "ours", "semble", "oracle")
_MIN_CHARS: Final = 12  # of a line: shorter ones, `else:` and brackets, say nothing of its repository
_BODY_LINES: Final = range(3, 16)
_MAX_ANSWER: Final = {"line": 48, "body": 192}  # tokens
_QUERY_LINES: Final = 12
_SNIPPETS: Final = 6

_SEMBLE: Final = """
import json, sys
from semble.index import SembleIndex
from semble.types import ContentType
asked = json.load(sys.stdin)
index = SembleIndex.from_path(asked["tree"], content=[ContentType.CODE], model_path=asked["model"])
print(json.dumps([
    [[hit.chunk.file_path, hit.chunk.start_line, hit.chunk.content] for hit in index.search(query, top_k=20)]
    for query in asked["queries"]
]))
"""


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


def semble_snippets(interpreter: str, model: str, held: Sequence[Held]) -> dict[str, list[Snippet]]:
    """Return the first snippets of semble for each gap, without the lines of the file itself."""
    found: dict[str, list[Snippet]] = {}
    for repository in dict.fromkeys(one.repository for one in held):
        asked = [one for one in held if one.repository == repository]
        request = {"tree": str(repository), "model": model, "queries": [one.query for one in asked]}
        with tempfile.TemporaryDirectory() as cache:
            done = subprocess.run(
                [interpreter, "-c", _SEMBLE],
                env={**os.environ, "SEMBLE_CACHE_LOCATION": cache, "HF_HUB_OFFLINE": "1"},
                input=json.dumps(request),
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
        for one, hits in zip(asked, json.loads(done.stdout), strict=True):
            others = [(path, content) for path, _, content in hits if not path.endswith(one.path)]
            found[one.key] = [Snippet(content, path) for path, content in others[:_SNIPPETS]]
    return found


class Asker:
    """Makes the prompts of all ways, and asks the model."""

    def __init__(
        self, model: LocalModel, tokens: int, snippets: dict[str, list[Snippet]], count: Callable[[str], int]
    ) -> None:
        self._model, self._tokens, self._snippets, self._count = model, tokens, snippets, count
        self._indexes: dict[Path, Index] = {}

    def prompt(self, held: Held, way: str) -> InfillPrompt:
        """Return the prompt for a gap."""
        family = family_of(self._model)
        limits: dict[str, Any] = {"max_tokens": self._tokens, "count_tokens": self._count}
        if held.repository not in self._indexes:
            self._indexes[held.repository] = Index.open(held.repository / ".rag")
        draft = held.code if way == "oracle" else ""
        context = editor_context(self._indexes[held.repository], held.cursor, draft=draft)
        if way in ("ours", "oracle"):
            return make_completion_prompt(context, family, **limits)
        snippets = self._snippets[held.key] if way == "semble" else []
        return make_infill_prompt(context.gap, snippets, model_format=family, **limits)

    def answer(self, held: Held, way: str) -> dict[str, Any]:
        """Return what the model writes into a gap, and what it was given."""
        prompt = self.prompt(held, way)
        stop = (*prompt.stop, "\n") if held.kind == "line" else prompt.stop
        said = continue_text(self._model, prompt.text, stop)
        return {
            "key": held.key,
            "kind": held.kind,
            "way": way,
            "code": held.code,
            "said": _cut(fitted(said.text, prompt.gap, stop), held),
            "tokens": said.prompt_tokens,
            "snippets": [one.path for one in prompt.snippets],
        }


def _cut(text: str, held: Held) -> str:
    """Return an answer up to the end of the line, or of the body."""
    if held.kind == "line":
        return text.split("\n", maxsplit=1)[0]
    indent = held.column - 1
    lines = text.split("\n")
    for number, line in enumerate(lines[1:], start=1):
        if line.strip() and len(line) - len(line.lstrip()) < indent:
            return "\n".join(lines[:number])
    return text


def edit_similarity(first: str, second: str) -> float:
    """Return 1 - Levenshtein distance / length of the longer text.

    >>> edit_similarity("kitten", "sitting")
    0.5714285714285714
    """
    if not first or not second:
        return float(first == second)
    row = list(range(len(second) + 1))
    for number, char in enumerate(first, start=1):
        before, row[0] = row[0], number
        for place, other in enumerate(second, start=1):
            before, row[place] = (
                row[place],
                min(row[place] + 1, row[place - 1] + 1, before + (char != other)),
            )
    return 1 - row[-1] / max(len(first), len(second))


def _tidy(code: str) -> str:
    return "\n".join(line.rstrip() for line in code.strip().split("\n"))


def report(rows: Sequence[dict[str, Any]]) -> None:
    """Print the scores of all gaps that were answered in all ways, with 95 % intervals."""
    by_key: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for row in rows:
        by_key[row["key"]][row["way"]] = row
    ways = [way for way in WAYS if any(way in answers for answers in by_key.values())]
    for kind in ("line", "body"):
        whole = [
            answers
            for answers in by_key.values()
            if all(way in answers for way in ways) and answers[ways[0]]["kind"] == kind
        ]
        if not whole:
            continue
        print(f"{kind}: {len(whole)} gaps")
        measures: dict[str, Callable[[dict[str, Any]], float]] = {
            "exact match": lambda row: float(_tidy(row["said"]) == _tidy(row["code"])),
            "edit similarity": lambda row: edit_similarity(_tidy(row["said"]), _tidy(row["code"])),
        }
        for name, measure in measures.items():
            scores = {
                way: [Answer(a[way]["key"], measure(a[way]), a[way]["key"].split("/")[0]) for a in whole]
                for way in ways
            }
            for way in ways:
                shown = interval(scores[way])
                gain = paired(scores[ways[0]], scores[way])
                print(f"  {name:16}{way:8}{shown}   over {ways[0]}: {gain}")
        sizes = {way: sum(a[way]["tokens"] or 0 for a in whole) / len(whole) for way in ways}
        print("  tokens of a prompt: " + ", ".join(f"{way} {size:.0f}" for way, size in sizes.items()))


def main() -> int:
    """Ask, and print the scores."""
    parser = argument_parser(__doc__)
    parser.add_argument("repositories", type=Path, nargs="*")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--lines", type=int, default=200)
    parser.add_argument("--bodies", type=int, default=100)
    parser.add_argument("--tokens", type=int, default=1024)
    parser.add_argument("--seed", type=int, default=17)
    parser.add_argument("--semble", default="", help="Python of an environment with semble")
    parser.add_argument("--semble-model", default="", help="its model")
    options = parser.parse_args()
    rows = [json.loads(line) for line in options.out.read_text().splitlines()] if options.out.exists() else []
    if options.model:
        repositories = [one.resolve() for one in options.repositories]
        held = drawn(repositories, {"line": options.lines, "body": options.bodies}, options.seed)
        ways = [way for way in WAYS if way != "semble" or options.semble]
        snippets = semble_snippets(options.semble, options.semble_model, held) if options.semble else {}
        models = {
            kind: LocalModel(options.model, Sampling(temperature=0.0, max_tokens=most))
            for kind, most in _MAX_ANSWER.items()
        }
        askers = {
            kind: Asker(model, options.tokens, snippets, model.count_tokens) for kind, model in models.items()
        }
        done = {(row["key"], row["way"]) for row in rows}
        with options.out.open("a") as out:
            for one in held:
                for way in ways:
                    if (one.key, way) not in done:
                        row = askers[one.kind].answer(one, way)
                        rows.append(row)
                        out.write(json.dumps(row) + "\n")
                        out.flush()
    report(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
