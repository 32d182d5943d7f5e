"""What the samples of a task are tried on when its tests are not to be used: calls, and claims about them.

They come from test cases that a generator wrote, else from the examples in what the task shows, else they are
made up after the types of the parameters. The tests of the task are never looked at.
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

Origin = Literal["written", "examples", "types", "none"]

RESULT = "__result__"
"""What a claim calls the value of its call."""
_EACH = 5  # test cases taken of each text, the first ones: as in the published code of Chen et al. 2022
_MOST_CALLS = 500  # what 100 texts give at most
_MOST_CALLS_READ = 200
_MOST_CALL_CHARS = 2_000
_MOST_CLOSINGS = 50
_ASSERT = re.compile(r"\bassert\b")
_NEXT_STATEMENT = re.compile(r"\n(?=\S)")
_NESTED = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda)


@dataclass(frozen=True, slots=True)
class Trial:
    """A call of the task's function.

    Args:
        call: its source, `f([1, 2])`.
        claims: expressions about its value, `__result__ == 3`, and how often each was written.
    """

    call: str
    claims: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Trials:
    """The calls for one task, and where they come from."""

    origin: Origin
    calls: Sequence[Trial]


def find_trials(task: Task, programs: Sequence[str], written: Sequence[str] = ()) -> Trials:
    """What to try the samples of `task` on.

    Args:
        task: with an `entry_point`, or there is nothing to call.
        programs: sources of its samples; the signature is taken from them where types have to do.
        written: texts of a generator that was asked for test cases, such as `request_for_tests` asks for.
    """
    if not task.entry_point or task.language != "python":
        return Trials("none", ())
    if calls := written_trials(task.entry_point, written):
        return Trials("written", calls)
    if calls := example_trials(task.entry_point, f"{task.intent}\n{task.shown}"):
        return Trials("examples", calls)
    if made := typed_calls(task.entry_point, programs):
        return Trials("types", [Trial(call, {}) for call in made])
    return Trials("none", ())


def request_for_tests(task: Task) -> str:
    """A prompt that a model continues with test cases of a Python function (Chen et al. 2022)."""
    return f"{task.shown}    pass\n\n# check the correctness of {task.entry_point}\nassert "


def written_trials(function: str, texts: Sequence[str]) -> list[Trial]:
    """The assertions about `function` in texts that each continue `assert `.

    >>> written_trials("f", ["f(1) == 2 assert f( 1 ) == 3 assert f(1) ==", "f(1)==2, 'two'"])
    [Trial(call='f(1)', claims={'__result__ == 2': 2, '__result__ == 3': 1})]
    """
    found: dict[str, Counter[str]] = {}
    for text in texts:
        pairs = (pair for part in _ASSERT.split(text) if (pair := _call_and_claim(function, part)))
        for _, (call, claim) in zip(range(_EACH), pairs, strict=False):
            found.setdefault(call, Counter())[claim] += 1
    return [Trial(call, dict(claims)) for call, claims in found.items()][:_MOST_CALLS]


def example_trials(function: str, text: str) -> list[Trial]:
    """The calls of `function` in `text` whose arguments are literals, with the results of doctests."""
    found: dict[str, dict[str, int]] = {}
    for call in _literal_calls(function, text):
        found.setdefault(call, {})
    try:
        examples = doctest.DocTestParser().get_examples(text)
    except ValueError:  # its indentation is not that of doctests
        examples = []
    for example in examples:
        # text that follows without an empty line, such as the end of the docstring, is no part of the value
        for want in (example.want, example.want.partition("\n")[0]):
            pair = _call_and_claim(function, f"{example.source.strip()} == ({want})")
            if pair and pair[0] in found:
                found[pair[0]] = {pair[1]: 1}
                break
    return [Trial(call, claims) for call, claims in found.items()][:_MOST_CALLS]


def _call_and_claim(function: str, text: str) -> tuple[str, str] | None:
    """The first call of `function` in the assertion that `text` begins with, and what it says of it."""
    for part in (text, _NEXT_STATEMENT.split(text.strip(), maxsplit=1)[0]):
        tree = parsed(f"assert {part.strip()}")
        if tree and isinstance(tree.body[0], ast.Assert):
            take = _TakeCall(function)
            try:
                claim = ast.unparse(take.visit(tree.body[0].test))
            except RecursionError:  # the parser goes deeper than this
                return None
            return (ast.unparse(take.call), claim) if take.call else None
    return None


class _TakeCall(ast.NodeTransformer):
    """Put RESULT in place of the first call of a function that does not depend on a variable of a loop."""

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
