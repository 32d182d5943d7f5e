"""Extract from the text of a generator the code that takes the answer's place in the program of a task.

Instruction-tuned models write prose, fences and whole functions with usage examples; base models continue
long after the end of the function. As every harness does, this takes the part that was meant.
"""

import re
import textwrap
from collections.abc import Iterator

from rag.evaluation.answer_statements import (
    body_of,
    compiles,
    definitions,
    indented,
    returning,
    without_echo,
)
from rag.evaluation.task import Task, start_of
from rag.generators.extraction.extract_code import marked_code, plain_answer, without_prose
from rag.generators.extraction.python_code import parsable
from rag.generators.extraction.shell_command import shell_command

# The cut of HumanEval: the first unindented line after a function is not part of it.
_NEXT_STATEMENT = re.compile(r"\n(?=[^\s#])")
_MOST_CUTS = 50
_TABS = re.compile(r"^[ ]*\t[ \t]*", re.MULTILINE)
# DS-1000 marks where an answer begins and ends, and models repeat these marks.
_BEGIN = re.compile(r"BEGIN SOLUTION\s*<code>\n|SOLUTION START[^\n]*\n|<code>\n")
_END = re.compile(r"</code>|^#* ?END SOLUTION|# SOLUTION END", re.MULTILINE)
_LINE_ENDS = (":", ")", "]", '"""', "'''")  # an answer continues such a line on the next one
_LEADING_COMMENTS = re.compile(r"\A(?:[ \t]*(?:#[^\n]*)?\n)+")
_WORD = re.compile(r"(?<![\w.])\w")
_LAST_DEFINITION = re.compile(r"^def +(\w+)", re.MULTILINE)


def answer_of(task: Task, text: str) -> str:
    r"""Return the part of `text` with which `task.source` gives the program that was meant.

    Of several readings, such as a body with and without its indentation, the first that compiles is taken.

    >>> task = Task("1", "add", before="def add(a, b):\n    return ", entry_point="add")
    >>> answer_of(task, "Sure!\n```python\nreturn a + b\n```")
    'a + b'
    """
    text = plain_answer(text)
    if task.language == "bash":
        return shell_command(text)
    if task.place == "as text":
        text = _END.split(_BEGIN.split(text)[-1], maxsplit=1)[0]
    marked = marked_code(text, "python", task.entry_point)
    is_whole = marked is not None
    code = marked if marked is not None else _without_prose(task, text)
    readings = list(_readings(task, code, is_whole))
    if _TABS.search(code):
        spaced = _TABS.sub(lambda tabs: tabs[0].replace("\t", " " * 4), code)
        readings += _readings(task, spaced, is_whole)
    readings = [reading for reading in dict.fromkeys(readings) if reading.strip()] or [""]
    return next((reading for reading in readings if compiles(_program(task, reading))), readings[0])


def _program(task: Task, answer: str) -> str:
    return f"{task.shown}{answer}" if task.place == "as text" else task.source(answer)


def _without_prose(task: Task, text: str) -> str:
    """Return a text without fences, and without sentences above a definition of what was asked for."""
    return without_prose(text, task.entry_point) if task.entry_point else text


def _readings(task: Task, code: str, is_whole: bool) -> Iterator[str]:
    """Yield what the code may mean in its place, the likeliest reading first; at least one.

    `is_whole` says that the model marked the end of the code, by a fenced block, so that nothing is cut off.
    """
    begun = task.shown if task.place == "as text" else task.before
    if not _is_indented(code) and start_of(task.entry_point, code) is not None:
        yield definitions(code, task.entry_point)
    else:
        code = _after_echo(begun, code)
        if begun.rpartition("\n")[2].strip():
            yield from _within_line(task, code, is_whole)
        elif _indent_after(begun):
            yield from _within_block(begun, code, is_whole)
        else:
            yield without_echo(begun, parsable(textwrap.dedent(code))).strip("\n") + "\n"
    yield code


def _is_indented(code: str) -> bool:
    """Return whether the first statement of the code is indented."""
    lines = (line for line in code.split("\n") if line.strip() and line[:1] != "#")
    return next(lines, "")[:1].isspace()


def _after_echo(begun: str, code: str) -> str:
    """Return the code without a copy of `begun` at its beginning."""
    copied = begun.strip()
    if not copied or not code.lstrip().startswith(copied):
        return code
    return code.lstrip()[len(copied) :].removeprefix(begun[len(begun.rstrip()) :])


def _cuts(code: str) -> Iterator[str]:
    """Yield the code up to its second unindented line, up to the third and so on, and at last all of it."""
    for _, found in zip(range(_MOST_CUTS), _NEXT_STATEMENT.finditer(code), strict=False):
        yield code[: found.start()]
    yield code


def _within_line(task: Task, code: str, is_whole: bool) -> Iterator[str]:
    """Yield readings of an answer that continues a line, such as `    return `."""
    line = task.before.rpartition("\n")[2]
    if line.rstrip().endswith(_LINE_ENDS):  # "def f(x):": the answer begins on the next line
        for reading in _within_block(f"{task.before}\n", code, is_whole):
            yield f"\n{reading}"
    rest = _LEADING_COMMENTS.sub("", code)
    yield from _cuts(_after_repeated(line, rest))  # "return a + b" after "    return "
    yield from _cuts(rest)  # "a + b"
    begin = start_of(task.entry_point, task.before)
    if begin is not None:  # statements instead of an expression: they become the body of the definition
        block = parsable(textwrap.dedent(code))
        body = returning(block) if line.lstrip().startswith("return") else block
        head = task.before[begin : len(task.before) - len(line)]
        yield head + indented(body, line[: len(line) - len(line.lstrip())])


def _after_repeated(line: str, code: str) -> str:
    """Return the code without the end of the line that it repeats: `nx.diameter(G)` after `return nx.`."""
    for word in _WORD.finditer(line):
        repeated = line[word.start() :].rstrip()
        if code.lstrip().startswith(repeated):
            rest = code.lstrip()[len(repeated) :]
            # "return" must not be taken for a repeat in "returned = 1".
            if not (repeated[-1].isidentifier() and rest[:1].isidentifier()):
                return rest.lstrip(" ")
    return code


def _within_block(begun: str, code: str, is_whole: bool) -> Iterator[str]:
    """Yield readings of an answer that begins on a line of its own in a function."""
    line, indent = begun.rpartition("\n")[2], _indent_after(begun)
    cut = code if is_whole else next(_cuts(code))
    if _is_indented(code):  # its own indentation may be right, or be that of another level
        yield cut.lstrip(" ") if line else cut
        yield cut
        yield indented(textwrap.dedent(cut), indent).removeprefix(line)
    else:
        # Either the whole function was written again, or only its body without indentation.
        names = _LAST_DEFINITION.findall(begun)
        body = body_of(names[-1], code) if names else ""
        yield indented(body or parsable(code), indent).removeprefix(line)
        yield (indent + cut.lstrip()).removeprefix(line)  # only the first line lacks its indentation
    yield from _cuts(code)


def _indent_after(code: str) -> str:
    """Return the indentation of a statement after `code`, whose last line may already hold some of it."""
    line = code.rpartition("\n")[2]
    last = next((line for line in reversed(code.split("\n")) if line.strip()), "")
    indent = last[: len(last) - len(last.lstrip())]
    if last.rstrip().endswith(":"):
        return indent + " " * 4
    return line if line and not line.strip() else indent
