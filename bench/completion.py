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

import json
import os
import subprocess
import sys
import tempfile
import threading
from argparse import Namespace
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.arguments import argument_parser
from bench.asked_model import add_model_options, asked_model, each_at_once
from bench.held_out_code import Held, drawn
from bench.intervals import Answer, interval, paired
from indexers.index import Index
from rag.editing.complete import family_of, fitted
from rag.editing.completion_prompt import make_completion_prompt
from rag.editing.context import editor_context
from rag.evaluation.run.journal import Journal
from rag.generators.completion import Generator, continue_text
from rag.prompting.infill.prompt import InfillPrompt, Snippet, make_infill_prompt
from rag.tokens.open_counter import open_token_counter

WAYS: Final = ("file", "ours", "semble", "oracle")
_MAX_ANSWER: Final = {"line": 48, "body": 192}  # tokens
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


@dataclass(frozen=True, slots=True)
class Filled:
    """How a gap was filled.

    Args:
        key: of what was held out.
        kind: of it.
        way: what the prompt held.
        exact: whether the text is the code that was taken out.
        similarity: of the text to that code; see `edit_similarity`.
        tokens: of the prompt, by the model's own count.
        text: what the model wrote; it is not needed for a report.
    """

    key: str
    kind: str
    way: str
    exact: bool
    similarity: float
    tokens: int | None = None
    text: str = ""


_MEASURES: Final[dict[str, Callable[[Filled], float]]] = {
    "exact match": lambda one: float(one.exact),
    "edit similarity": lambda one: one.similarity,
}


class Asker:
    """Makes the prompts of all ways, and asks the model."""

    def __init__(
        self, model: Generator, tokens: int, snippets: dict[str, list[Snippet]], count: Callable[[str], int]
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

    def answer(self, held: Held, way: str) -> Filled:
        """Return what the model writes into a gap."""
        prompt = self.prompt(held, way)
        stop = (*prompt.stop, "\n") if held.kind == "line" else prompt.stop
        said = continue_text(self._model, prompt.text, stop)
        text, code = _tidy(_cut(fitted(said.text, prompt.gap, stop), held)), _tidy(held.code)
        similarity = round(edit_similarity(text, code), 4)
        return Filled(held.key, held.kind, way, text == code, similarity, said.prompt_tokens, text)


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


def report(kept: Iterable[Filled]) -> None:
    """Print the scores of all gaps that were filled in all ways, with 95 % intervals."""
    by_key: dict[str, dict[str, Filled]] = defaultdict(dict)
    for one in kept:
        by_key[one.key][one.way] = one
    ways = [way for way in WAYS if any(way in filled for filled in by_key.values())]
    for kind in ("line", "body"):
        whole = [
            filled
            for filled in by_key.values()
            if all(way in filled for way in ways) and filled[ways[0]].kind == kind
        ]
        if not whole:
            continue
        print(f"{kind}: {len(whole)} gaps")
        for name, measure in _MEASURES.items():
            scores = {
                way: [Answer(one[way].key, measure(one[way]), one[way].key.split("/")[0]) for one in whole]
                for way in ways
            }
            for way in ways:
                shown = interval(scores[way])
                gain = paired(scores[ways[0]], scores[way])
                over = gain.difference
                margin = f"{over.mean:+.3f} [{over.low:+.3f}, {over.high:+.3f}], p = {gain.p:.2f}"
                print(f"  {name:16}{way:8}{shown}   over {ways[0]}: {margin}")
        sizes = {way: sum(one[way].tokens or 0 for one in whole) / len(whole) for way in ways}
        print("  tokens of a prompt: " + ", ".join(f"{way} {size:.0f}" for way, size in sizes.items()))


def ask(options: Namespace, kept: Journal[Filled]) -> None:
    """Ask what is left to ask, and keep what came."""
    held = drawn(
        [one.resolve() for one in options.repositories],
        {"line": options.lines, "body": options.bodies},
        options.seed,
    )[: options.limit or None]
    ways = [way for way in WAYS if way != "semble" or options.semble]
    snippets = semble_snippets(options.semble, options.semble_model, held) if options.semble else {}
    count = open_token_counter(f"gguf:{options.model}")
    askers = {
        kind: Asker(asked_model(options, most, continues=True), options.tokens, snippets, count)
        for kind, most in _MAX_ANSWER.items()
    }
    lock = threading.Lock()

    def about(one: Held) -> None:
        for way in ways:
            if (one.key, way) not in kept:
                filled = askers[one.kind].answer(one, way)
                with lock:
                    kept.add(filled)

    each_at_once(held, about, options.at_once)


def main() -> int:
    """Ask, and print the scores."""
    parser = argument_parser(__doc__)
    parser.add_argument("repositories", type=Path, nargs="*")
    add_model_options(parser)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--lines", type=int, default=200)
    parser.add_argument("--bodies", type=int, default=100)
    parser.add_argument("--tokens", type=int, default=1024)
    parser.add_argument("--seed", type=int, default=17)
    parser.add_argument("--semble", default="", help="Python of an environment with semble")
    parser.add_argument("--semble-model", default="", help="its model")
    options = parser.parse_args()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    kept = Journal(options.out, Filled, lambda one: (one.key, one.way))
    if options.model:
        ask(options, kept)
    report(kept)
    return 0


if __name__ == "__main__":
    sys.exit(main())
