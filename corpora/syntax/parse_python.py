"""The syntax tree of Python source that anybody may have written."""

import ast
import warnings


def parse_python(source: str) -> ast.Module | None:
    """Return the tree of `source`; None for what is not Python 3 (a template, prose), or nested too deep."""
    try:
        with warnings.catch_warnings():
            # An invalid escape in a stranger's string is no concern of our user.
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
