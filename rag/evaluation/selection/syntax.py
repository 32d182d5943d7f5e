"""Python that somebody else wrote, as a syntax tree."""

import ast
import warnings


def parsed(source: str) -> ast.Module | None:
    """The syntax tree of `source`; None if it is no Python, or nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about escapes, in code that is not ours
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
    return tree if tree.body else None


def normal_form(source: str) -> str:
    """The same text for programs that differ in layout and comments only; what is no Python, as it is.

    >>> normal_form("x = ( 1 )  # one") == normal_form("x=1")
    True
    """
    tree = parsed(source)
    try:
        return ast.unparse(tree) if tree else source
    except RecursionError:  # the parser goes deeper than this
        return source
