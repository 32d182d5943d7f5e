"""Input-output examples as the specification: shown to the model, and run with its answer in the sandbox.

    f(2) == 4                                            an expression that has to be true
    {"check": "f(2) == 4"}                               the same in a file of JSON lines
    {"call": "f(2)", "output": 4}                        a call, and the value that it has to return
    {"function": "f", "input": [2], "output": 4}         the same, with the arguments as JSON

Answers and examples run in the sandbox only, each example by itself, so that each has a verdict.
"""

import ast
import builtins
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from corpora.errors import RagError, reason_of
from corpora.outside.files import read_outside
from corpora.outside.json_documents import parsed_json
from rag.execution import Program, Sandbox, Verdict
from rag.generators.completion import Completion
from rag.prompting.fence import fence
from rag.tasks.task import Material, PromptTask

CHECKS_TEMPLATE: Final = "tasks/checks"
MAX_CHECKS: Final = 200
MAX_CHECK_CHARS: Final = 2_000

_MAX_BYTES: Final = 2_000_000
_SHOWN_CHARS: Final = 200
_SHOWN_FIRST: Final = 3  # checks without which the prompt makes no sense
_SUFFIXES: Final = frozenset({".jsonl", ".json", ".txt", ".ndjson"})
_BUILTINS: Final = frozenset(dir(builtins))


@dataclass(frozen=True, slots=True)
class IoCheck:
    """An expression of Python that has to be true with a right answer.

    Args:
        text: the expression, on one line, such as `f(2) == 4`.
    """

    text: str

    @property
    def tests(self) -> str:
        """Statements that fail, and say what came instead, where the expression is not true."""
        tree = ast.parse(self.text, mode="eval").body
        if not (isinstance(tree, ast.Compare) and isinstance(tree.ops[0], ast.Eq) and len(tree.ops) == 1):
            return f"assert {self.text}, 'it is not true'"
        wanted = ast.unparse(tree.comparators[0])
        said = f"f'it gave {{_given_!r:.{_SHOWN_CHARS}}}'"
        return f"_given_ = ({ast.unparse(tree.left)})\nassert _given_ == ({wanted}), {said}"

    @property
    def called(self) -> tuple[str, ...]:
        """The names of functions and classes that it calls, but for those built in."""
        nodes = ast.walk(ast.parse(self.text, mode="eval"))
        names = [one.func.id for one in nodes if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)]
        return tuple(name for name in names if name not in _BUILTINS)


@dataclass(frozen=True, slots=True)
class TriedAnswer:
    """An answer with the verdict of each example.

    Args:
        completion: the answer.
        verdicts: of the examples, in their order.
    """

    completion: Completion
    verdicts: tuple[Verdict, ...]

    @property
    def passed(self) -> bool:
        """Whether all examples hold with it."""
        return bool(self.verdicts) and all(one.passed for one in self.verdicts)

    @property
    def count(self) -> int:
        """How many of the examples hold with it."""
        return sum(one.passed for one in self.verdicts)


def read_checks(given: Iterable[str]) -> tuple[IoCheck, ...]:
    """Return the examples that are given as expressions, or as files of them.

    Args:
        given: each is an expression such as `f(2) == 4`, or the path of a file with JSON lines (see the
            module) or with an expression on each line.

    Raises:
        RagError: a file cannot be read, or something is no example; the message names the line.
    """
    found: list[IoCheck] = []
    for one in given:
        found += _of_file(Path(one)) if _is_file(one) else [_check(one, "--io")]
        if len(found) > MAX_CHECKS:
            raise _error("there are too many examples", f"they are more than {MAX_CHECKS}")
    if not found:
        raise _error("there are no examples", "none was given, or their file is empty")
    function_of(found)
    return tuple(dict.fromkeys(found))


def function_of(checks: Sequence[IoCheck]) -> str:
    """Return the name of the function that the examples are about: the one that most of them call.

    Raises:
        RagError: they call no function.
    """
    counts = Counter(name for check in checks for name in dict.fromkeys(check.called))
    if not counts:
        raise _error("the examples call no function", "so that nothing says what is to be written")
    return counts.most_common(1)[0][0]


def checks_task(checks: Sequence[IoCheck]) -> PromptTask:
    """Return the task to write code with which the examples hold."""
    material = tuple(
        Material("checks", (one.text,), 1 / number, f"example {number}")
        for number, one in enumerate(checks[_SHOWN_FIRST:], start=_SHOWN_FIRST + 1)
    )
    first = "\n".join(one.text for one in checks[:_SHOWN_FIRST])
    shown = [Material("checks", (first,), name="examples", is_needed=True), *material]
    return PromptTask(CHECKS_TEMPLATE, ("checks",), _in_one_fence(shown), looked_up=function_of(checks))


def _in_one_fence(shown: Sequence[Material]) -> tuple[Material, ...]:
    """Return material in which each part is fenced by itself."""
    return tuple(
        Material(
            one.field, tuple(fence(form, "python") for form in one.forms), one.value, one.name, one.is_needed
        )
        for one in shown
    )


def try_answer(completion: Completion, checks: Sequence[IoCheck], sandbox: Sandbox) -> TriedAnswer:
    """Run each example with an answer in the sandbox, and return the verdicts."""
    function = function_of(checks)
    programs = (Program(completion.code, check.tests, entry_point=function) for check in checks)
    return TriedAnswer(completion, tuple(sandbox.run(program) for program in programs))


def try_answers(
    ask: Callable[[int], Completion], checks: Sequence[IoCheck], sandbox: Sandbox, samples: int = 1
) -> TriedAnswer:
    """Ask for answers until one passes all examples, and return that, else the one that passes most.

    Args:
        ask: returns the answer with a number, from 0 on.
        checks: the examples.
        sandbox: where answers run.
        samples: how many answers are asked for at most; one that was given before is not run again.

    Raises:
        SandboxError: the sandbox fails.
    """
    best: TriedAnswer | None = None
    seen: set[str] = set()
    for number in range(max(1, samples)):
        completion = ask(number)
        if completion.code.strip() in seen:
            continue
        seen.add(completion.code.strip())
        tried = try_answer(completion, checks, sandbox)
        if best is None or tried.count > best.count:
            best = tried
        if tried.passed:
            break
    assert best is not None
    return best


def _is_file(given: str) -> bool:
    try:  # a file that is not there is to be an error, not the expression `examples.jsonl`
        return Path(given).suffix in _SUFFIXES or (len(given) < MAX_CHECK_CHARS and Path(given).exists())
    except (OSError, ValueError):
        return False


def _of_file(path: Path) -> list[IoCheck]:
    try:
        text = read_outside(path, max_bytes=_MAX_BYTES).decode("utf-8-sig")
    except (OSError, ValueError) as error:
        raise _error(f"cannot read {path}", reason_of(error)) from error
    lines = [(number, line.strip()) for number, line in enumerate(text.split("\n"), start=1)]
    return [_check(*parsed) for parsed in _expressions(path, lines)]


def _expressions(path: Path, lines: Iterable[tuple[int, str]]) -> Iterator[tuple[str, str]]:
    """Yield the expression of each line, and where it stands."""
    for number, line in lines:
        where = f"{path}, line {number}"
        if line.startswith("{"):
            try:
                yield _of_record(parsed_json(line), where), where
            except ValueError as error:
                raise _error(f"{where} is not JSON", str(error)) from error
        elif line and not line.startswith("#"):
            yield line, where


def _of_record(record: Any, where: str) -> str:
    """Return the expression that a JSON object stands for."""
    if isinstance(check := record.get("check"), str):
        return check
    if "output" in record and isinstance(call := record.get("call"), str):
        return f"{call} == {record['output']!r}"
    if "output" in record and isinstance(name := record.get("function"), str):
        given = record.get("input", [])
        if isinstance(given, dict):
            arguments = [f"{key}={value!r}" for key, value in given.items()]
        else:
            arguments = [repr(value) for value in (given if isinstance(given, list) else [given])]
        return f"{name}({', '.join(arguments)}) == {record['output']!r}"
    raise _error(f"{where} is no example", f"it holds: {', '.join(map(str, [*record][:8])) or 'nothing'}")


def _check(text: str, where: str) -> IoCheck:
    """Return an example. Raises `RagError` where it is no expression of Python on one line."""
    text = text.strip()
    try:
        if not text or "\n" in text or len(text) > MAX_CHECK_CHARS:
            raise SyntaxError("it is empty, too long, or of several lines")
        ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _error(f"{where}: {text[:_SHOWN_CHARS]!r} is no expression of Python", str(error)) from error
    return IoCheck(text)


def _error(what: str, why: str) -> RagError:
    return RagError(what, why=why, fix="give examples such as 'f(2) == 4', or a file with one on each line")
