"""Examples that a task shows, which anyone who was given the task could run."""

import ast
import doctest
import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from rag.evaluation.task import Case, Task

EXAMPLE: Final = "example"
"""Name of the file in tracebacks."""

_QUOTES: Final = re.compile(r'"""|\'\'\'')
_PROMPT: Final = re.compile(r"^([^\S\n]*+>>>)(?=\S)", re.MULTILINE)  # doctest insists on a space
_ASSERT: Final = re.compile(r"^[^\S\n]*+(assert\b.+)$", re.MULTILINE)

# Runs after the program, in its namespace, on any Python that the sandbox has. It checks as doctest does, but
# takes examples as people mean them: "21" equals '21', and a comparison without a result has to be true.
_CHECK: Final = """
def _is_as_shown(source, want, got):
    import ast, doctest
    if not want:
        return not ("==" in source and got.strip() == "False")
    if doctest.OutputChecker().check_output(want, got, doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE):
        return True
    try:
        return ast.literal_eval(want.strip()) == ast.literal_eval(got.strip())
    except Exception:
        return False

def _check_examples(examples):
    import contextlib, io, linecache, traceback
    for source, want, raises in examples:
        linecache.cache["example"] = (len(source), None, source.splitlines(True), "example")
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                exec(compile(source, "example", "single"), globals())
        except Exception as error:
            last_line = traceback.format_exception_only(type(error), error)[-1]
            if last_line == raises:
                continue
            raise
        got = printed.getvalue()
        if raises or not _is_as_shown(source, want, got):
            expected = raises or want or "True"
            raise AssertionError(f"{source.strip()} gave {got.strip()}, expected {expected.strip()}")
"""


class Example(NamedTuple):
    """A statement, the output that it has to print, and the exception that it has to raise, or empty."""

    source: str
    want: str
    raises: str


def shown_examples(task: Task) -> list[Example]:
    """Return the examples in the intent of `task` and in the code that it shows, without repeats.

    These are Python sessions (`>>>`) and lines that are an assertion. Where the task has an entry point that
    no example names, they are about something else, and none is returned.
    """
    found: dict[Example, None] = {}
    for text in (task.intent, *_docstrings(task.shown), _comments(task.shown)):
        found |= dict.fromkeys(_sessions(text))
        found |= dict.fromkeys(Example(line + "\n", "", "") for line in _assertions(text))
    if task.entry_point and not any(task.entry_point in example.source for example in found):
        return []
    return list(found)


def example_tests(examples: Sequence[Example]) -> str:
    """Return the source of statements that raise if one of `examples` does not hold."""
    return f"{_CHECK}\n_check_examples({[tuple(example) for example in examples]!r})\n"


def shown_cases(task: Task) -> list[Case]:
    """Return the cases of `task` whose input and, below it, output stand in its intent, line by line."""
    lines = [line.strip() for line in task.intent.splitlines()]

    def place(text: str, start: int) -> int:
        """Return the line after `text`, searched from the line `start` on; -1 if it is not there."""
        wanted = [line.strip() for line in text.strip().splitlines()]
        places = range(start, len(lines) - len(wanted) + 1)
        at = next((number for number in places if lines[number : number + len(wanted)] == wanted), -1)
        return at + len(wanted) if wanted and at >= 0 else -1

    found = []
    for case in task.cases:
        end = place(case.stdin, 0)
        if end >= 0 and place(case.stdout, end) >= 0:
            found.append(case)
    return found


def _docstrings(code: str) -> Iterator[str]:
    try:
        tree = ast.parse(code)
    except (
        SyntaxError,
        ValueError,
        RecursionError,
        MemoryError,
    ):  # it stops where the answer has to go on
        yield _QUOTES.sub("\n", code)
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


def _comments(code: str) -> str:
    lines = (line.strip() for line in code.splitlines())
    return "\n".join(line.lstrip("#") for line in lines if line.startswith("#"))


def _sessions(text: str) -> Iterator[Example]:
    try:
        examples = doctest.DocTestParser().get_examples(_PROMPT.sub(r"\1 ", _QUOTES.sub("\n", text)))
    except ValueError:  # indented in a way that doctest does not accept: written for people
        return
    for example in examples:
        # For an exception, `want` is the whole traceback and `exc_msg` its last line.
        yield Example(example.source, "" if example.exc_msg else example.want, example.exc_msg or "")


def _assertions(text: str) -> Iterator[str]:
    for match in _ASSERT.finditer(text):
        try:
            ast.parse(match[1])
        except (SyntaxError, ValueError, RecursionError, MemoryError):  # a sentence: "assert that ..."
            continue
        yield match[1]
