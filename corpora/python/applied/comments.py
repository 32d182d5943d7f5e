"""The comments that stand for docstrings: above a definition, at the beginning of its body, or `#: text`."""

import ast
import re
from collections.abc import Iterator, Sequence

_COMMENT = re.compile(r"[ \t]*#+:?[ \t]?(.*)")
_NO_PROSE = re.compile(
    r"(?i)(?:type:|noqa|pragma|pylint|mypy|flake8|pyright|isort|fmt:|todo|fixme|xxx|hack|!|-\*-|\W*$)"
)
_MAX_COMMENT_LINES = 30
_MAX_LINE_CHARS = 1000  # of a line that ends with a comment
_FEWEST_WORDS = 3  # of a comment that explains something

CommentedNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
"""What may have a comment in place of a docstring."""


def first_comment(lines: Sequence[str], node: CommentedNode) -> str:
    """Return the comment right above a definition, else the one that its body begins with."""
    top = min([node.lineno, *(one.lineno for one in node.decorator_list)]) - 2
    above: list[str] = []
    while top >= 0 and len(above) < _MAX_COMMENT_LINES and lines[top].lstrip().startswith("#"):
        above.append(lines[top])
        top -= 1
    first = min([one.lineno for one in node.body[:1]], default=node.lineno)
    inside = [line for line in lines[node.lineno : first - 1] if line.strip()]
    return _prose(above[::-1]) or _prose(_last_run(inside))


def _last_run(lines: Sequence[str]) -> list[str]:
    """Return the comments at the end of `lines`, which begin with the header of a definition."""
    run: list[str] = []
    for line in reversed(lines[-_MAX_COMMENT_LINES:]):
        if not line.lstrip().startswith("#"):
            break
        run.insert(0, line)
    return run


def _prose(lines: Sequence[str]) -> str:
    found = (match[1].rstrip() for line in lines if (match := _COMMENT.match(line)))
    said = "\n".join(line for line in found if not _NO_PROSE.match(line)).strip()
    return said if len(said.split()) >= _FEWEST_WORDS else ""


def marked_comment(lines: Sequence[str], node: ast.Assign | ast.AnnAssign) -> str:
    """Return the comment that Sphinx takes for the documentation of a variable: `#: text`."""
    return "\n".join(_marked_lines(lines, node)).strip()


def _marked_lines(lines: Sequence[str], node: ast.Assign | ast.AnnAssign) -> Iterator[str]:
    end = (node.end_lineno or node.lineno) - 1
    last = lines[end][:_MAX_LINE_CHARS] if end < len(lines) else ""
    _, mark, beside = last.encode()[node.end_col_offset or 0 :].decode(errors="replace").partition("#:")
    if mark:
        yield beside.strip()
        return
    top = node.lineno - 1
    while top > 0 and node.lineno - top <= _MAX_COMMENT_LINES and lines[top - 1].lstrip().startswith("#:"):
        top -= 1
    yield from (lines[number].strip().removeprefix("#:").strip() for number in range(top, node.lineno - 1))
