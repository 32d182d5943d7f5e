"""Python statements that a generator wrote: which of them parse, and which are the answer."""

import ast
import textwrap
import warnings

from rag.generators.extraction.python_code import parsable, python_statements

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_IMPORTS = (ast.Import, ast.ImportFrom)
_UNPARSABLE = (SyntaxError, ValueError, RecursionError, MemoryError)


def compiles(code: str) -> bool:
    """Return whether the code compiles on this version of Python; it is not run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(code, "program.py", "exec", dont_inherit=True)
        except _UNPARSABLE:
            return False
    return True


def definitions(code: str, name: str) -> str:
    """Return the code without the usage examples and tests that follow the definition of `name`."""
    code = parsable(code)
    lines = code.split("\n")
    called = ""
    defined = False
    for node in _statements(code):
        if defined and _is_example(node, called):
            _blank(lines, node)
        if isinstance(node, _DEFINITIONS) and node.name == name:
            defined = True
            # A call of the function is an example; an object of a class may be needed by what follows.
            called = "" if isinstance(node, ast.ClassDef) else name
    return "\n".join(lines).rstrip("\n") + "\n"


def _is_example(node: ast.stmt, called: str) -> bool:
    """Return whether the statement tests, prints, asks for input, calls `called`, or is `if __name__ ...`."""
    if isinstance(node, _DEFINITIONS):
        return False
    calls = (inner.func for inner in ast.walk(node) if isinstance(inner, ast.Call))
    names = {function.id for function in calls if isinstance(function, ast.Name)}
    asks = ast.walk(node.test) if isinstance(node, ast.If) else ()
    is_main = any(isinstance(inner, ast.Name) and inner.id == "__name__" for inner in asks)
    return isinstance(node, ast.Assert) or is_main or bool(names & {"print", "input", called})


def body_of(name: str, code: str) -> str:
    """Return the imports of the code and the body of its function `name`; empty without that function."""
    lines = code.split("\n")
    nodes = _statements(parsable(code))
    found = [node for node in nodes if isinstance(node, ast.FunctionDef) and node.name == name]
    if not found:
        return ""
    body = "\n".join(lines[found[-1].body[0].lineno - 1 : found[-1].end_lineno])
    imports = [
        "\n".join(lines[node.lineno - 1 : node.end_lineno]) for node in nodes if isinstance(node, _IMPORTS)
    ]
    return "\n".join([*imports, textwrap.dedent(body)])


def without_echo(shown: str, code: str) -> str:
    """Return the code without the statements in `shown`, if it begins with all of them. Imports stay.

    If an answer repeated the example data, it would overwrite the data that the tests put in its place.
    """
    known = [node for node in _statements(parsable(shown)) if not isinstance(node, _IMPORTS)]
    copied = [node for node in _statements(code) if not isinstance(node, _IMPORTS)][: len(known)]
    try:
        if list(map(ast.dump, copied)) != list(map(ast.dump, known)):
            return code
    except RecursionError:  # even a sum of a thousand terms is too deep to dump
        return code
    lines = code.split("\n")
    for node in copied:
        _blank(lines, node)
    return "\n".join(lines)


def indented(block: str, indent: str) -> str:
    """Return the block with each line indented, except lines inside of strings."""
    lines = block.split("\n")
    inside: set[int] = set()
    for node in (inner for statement in _statements(block) for inner in ast.walk(statement)):
        if isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Constant) and isinstance(node.value, str)
        ):
            inside.update(range(node.lineno, node.end_lineno or node.lineno))
    moved = (
        line if number in inside or not line.strip() else indent + line for number, line in enumerate(lines)
    )
    return "\n".join(moved)


def returning(block: str) -> str:
    """Return the block with `return` before its last statement, if that is an expression."""
    nodes = _statements(block)
    if not nodes or not isinstance(nodes[-1], ast.Expr):
        return block
    lines = block.split("\n")
    lines[nodes[-1].lineno - 1] = f"return {lines[nodes[-1].lineno - 1]}"
    return "\n".join(lines)


def _blank(lines: list[str], node: ast.stmt) -> None:
    end = node.end_lineno or node.lineno
    lines[node.lineno - 1 : end] = [""] * (end - node.lineno + 1)


def _statements(code: str) -> list[ast.stmt]:
    return python_statements(code)[0]
