"""Probes: calls that the samples of a task are tried on in place of its tests, and claims about their values.

They come from test cases that a generator wrote, else from the examples that the task shows, else they are
made up from the types of the parameters. The tests of the task are never read.
"""

import ast
import doctest
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from rag.evaluation.selection.syntax import parsed
from rag.evaluation.selection.typed_inputs import typed_calls
from rag.evaluation.task import Task

ProbeOrigin = Literal["written", "examples", "types", "none"]

RESULT = "__result__"
"""Name that a claim has for the value of its call."""
_EACH = 5  # first test cases taken from each text, as in the published code of Chen et al. 2022
_MOST_CALLS = 500  # as many as 100 texts give
_MOST_CALLS_READ = 200
_MOST_CALL_CHARS = 2_000
_MOST_CLOSINGS = 50
_ASSERT = re.compile(r"\bassert\b")
_NEXT_STATEMENT = re.compile(r"\n(?=\S)")
_NESTED = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda)


@dataclass(frozen=True, slots=True)
class Probe:
    """A call of the task's function.

    Args:
        call: its source, such as `f([1, 2])`.
        claims: expressions about its value, such as `__result__ == 3`, and how often each was written.
    """

    call: str
    claims: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Probes:
    """The calls for one task, and their origin."""

    origin: ProbeOrigin
    calls: Sequence[Probe]


def find_probes(task: Task, programs: Sequence[str], written: Sequence[str] = ()) -> Probes:
    """Return the calls to try the samples of `task` on.

    Args:
        task: a task; without an `entry_point` there is nothing to call.
        programs: sources of its samples; calls from types use the signature of the first that has one.
        written: texts of a generator that was asked for test cases; see `request_for_tests`.
    """
    if not task.entry_point or task.language != "python":
        return Probes("none", ())
    if calls := written_probes(task.entry_point, written):
        return Probes("written", calls)
    if calls := example_probes(task.entry_point, f"{task.intent}\n{task.shown}"):
        return Probes("examples", calls)
    if made := typed_calls(task.entry_point, programs):
        return Probes("types", [Probe(call, {}) for call in made])
    return Probes("none", ())


def request_for_tests(task: Task) -> str:
    """Return a prompt that a model continues with test cases of a Python function (Chen et al. 2022)."""
    return f"{task.shown}    pass\n\n# check the correctness of {task.entry_point}\nassert "


def written_probes(function: str, texts: Sequence[str]) -> list[Probe]:
    """Return the assertions about `function` in texts that each continue `assert `.

    >>> written_probes("f", ["f(1) == 2 assert f( 1 ) == 3 assert f(1) ==", "f(1)==2, 'two'"])
    [Probe(call='f(1)', claims={'__result__ == 2': 2, '__result__ == 3': 1})]
    """
    found: dict[str, Counter[str]] = {}
    for text in texts:
        pairs = (pair for part in _ASSERT.split(text) if (pair := _call_and_claim(function, part)))
        for _, (call, claim) in zip(range(_EACH), pairs, strict=False):
            found.setdefault(call, Counter())[claim] += 1
    return [Probe(call, dict(claims)) for call, claims in found.items()][:_MOST_CALLS]


def example_probes(function: str, text: str) -> list[Probe]:
    """Return the calls of `function` in `text` with literal arguments, and what doctests claim of them."""
    found: dict[str, dict[str, int]] = {}
    for call in _literal_calls(function, text):
        found.setdefault(call, {})
    try:
        examples = doctest.DocTestParser().get_examples(text)
    except ValueError:  # its indentation is not that of a doctest
        examples = []
    for example in examples:
        # Text that follows without an empty line, such as the end of the docstring, is not part of the value.
        for want in (example.want, example.want.partition("\n")[0]):
            pair = _call_and_claim(function, f"{example.source.strip()} == ({want})")
            if pair and pair[0] in found:
                found[pair[0]] = {pair[1]: 1}
                break
    return [Probe(call, claims) for call, claims in found.items()][:_MOST_CALLS]


def _call_and_claim(function: str, text: str) -> tuple[str, str] | None:
    """Return the first call of `function` in the assertion that `text` begins with, and the claim about it.

    `f(1) == 2, "why"` gives `f(1)` and `__result__ == 2`; None without such a call.
    """
    for part in (text, _NEXT_STATEMENT.split(text.strip(), maxsplit=1)[0]):
        tree = parsed(f"assert {part.strip()}")
        if tree and isinstance(tree.body[0], ast.Assert):
            take = _TakeCall(function)
            try:
                claim = ast.unparse(take.visit(tree.body[0].test))
            except RecursionError:  # the parser accepts deeper code than `unparse`
                return None
            return (ast.unparse(take.call), claim) if take.call else None
    return None


class _TakeCall(ast.NodeTransformer):
    """Replace the first call of a function by `RESULT`, unless it depends on a variable of a loop."""

    def __init__(self, function: str) -> None:
        self.function = function
        self.call: ast.Call | None = None

    def visit(self, node: ast.AST) -> ast.AST:
        if self.call or isinstance(node, _NESTED):
            return node
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == self.function:
            self.call = node
            return ast.Name(RESULT, ast.Load())
        return self.generic_visit(node)


def _literal_calls(function: str, text: str) -> Iterator[str]:
    for match in islice(re.finditer(rf"\b{re.escape(function)}\(", text), _MOST_CALLS_READ):
        rest = text[match.end() : match.end() + _MOST_CALL_CHARS]
        for end in islice(re.finditer(r"\)", rest), _MOST_CLOSINGS):
            tree = parsed(text[match.start() : match.end() + end.end()])
            if tree is None:
                continue
            call = tree.body[0].value if isinstance(tree.body[0], ast.Expr) else None
            if isinstance(call, ast.Call) and _has_literals(call):
                yield ast.unparse(call)
            break


def _has_literals(call: ast.Call) -> bool:
    try:
        for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
            ast.literal_eval(argument)
    except (ValueError, TypeError, RecursionError, MemoryError):
        return False
    return True
