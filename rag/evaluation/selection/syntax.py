"""Syntax trees of Python code that a model wrote."""

import ast
import warnings


def parsed(source: str) -> ast.Module | None:
    """Return the syntax tree of `source`; None if it is empty or not valid Python."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about escapes in code that is not ours
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
    return tree if tree.body else None


def normal_form(source: str) -> str:
    """Return the same text for programs that differ only in layout and comments; invalid Python as it is.

    >>> normal_form("x = ( 1 )  # one") == normal_form("x=1")
    True
    """
    tree = parsed(source)
    try:
        return ast.unparse(tree) if tree else source
    except RecursionError:  # the parser accepts deeper code than `unparse`
        return source
