"""The syntax tree of Python source, and the value of its strings, where anybody may have written it."""

import ast
import warnings


def parse_python(source: str | bytes) -> ast.Module | None:
    """Return the tree of `source`; None for what is not Python 3 (a template, prose), or nested too deep."""
    try:
        with warnings.catch_warnings():
            # An invalid escape in a stranger's string is no concern of our user.
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def literal_string(literal: str) -> str:
    """Return the value of a string literal, or of several that follow each other; empty for anything else."""
    try:
        value = ast.literal_eval(literal)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return ""  # an f-string, or an escape that Python does not know
    return value if isinstance(value, str) else ""
