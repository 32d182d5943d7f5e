"""Code without its comments and docstrings, as CodeBLEU parses it."""

import re
import tokenize
from io import StringIO
from typing import Final

# Strings are matched too, so that `//` in a string does not begin a comment.
_COMMENT = re.compile(
    r"""(//[^\n]*|/\*.*?\*/) | '(?:\\.|[^\\'])*' | "(?:\\.|[^\\"])*" """, re.DOTALL | re.VERBOSE
)
_BEGINS_STATEMENT: Final = frozenset({tokenize.INDENT, tokenize.NEWLINE})


def bare_code(source: str, language: str) -> str:
    """Return `source` without comments, docstrings and empty lines.

    This follows the reference implementation: in Python, every string that begins a statement counts as a
    docstring (`"a".join(b)` becomes `.join(b)`), and code that cannot be tokenized stays as it is. In other
    languages only `//` and `/* */` are comments, and Ruby stays as it is.
    """
    if language == "ruby":
        return source
    if language == "python":
        try:
            bare = _bare_python(source)
        except (tokenize.TokenError, SyntaxError):
            return source
    else:
        bare = _COMMENT.sub(lambda match: " " if match[1] else match[0], source)
    return "\n".join(line for line in bare.split("\n") if line.strip())


def _bare_python(source: str) -> str:
    kept = []
    before, end_row, end_column = tokenize.INDENT, 0, 0
    for token in tokenize.generate_tokens(StringIO(source).readline):
        row, column = token.start
        kept.append(" " * (column - (end_column if row == end_row else 0)))
        is_docstring = token.type == tokenize.STRING and (before in _BEGINS_STATEMENT or column == 0)
        if token.type != tokenize.COMMENT and not is_docstring:
            kept.append(token.string)
        before, (end_row, end_column) = token.type, token.end
    return "".join(kept)
