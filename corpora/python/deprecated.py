"""Notices of deprecation in the code of a package, apart from docstrings."""

import ast

import griffe

from corpora.syntax.parse_python import literal_string

_DECORATORS = frozenset({"deprecated", "deprecate", "deprecated_class", "deprecated_function"})
_KEY = "deprecated_by_warning"
_WARNINGS = ("DeprecationWarning", "FutureWarning")


class DeprecatedByWarning(griffe.Extension):
    """Records the message of a function whose own statements warn of its deprecation."""

    def on_function_instance(
        self, *, node: ast.AST | griffe.ObjectNode, func: griffe.Function, **_: object
    ) -> None:
        """Look for a call of `warnings.warn` among the statements of the function."""
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for statement in node.body:
                call = statement.value if isinstance(statement, ast.Expr) else None
                if isinstance(call, ast.Call) and (said := _warning(call)):
                    func.extra["docprompting"][_KEY] = said
                    return


def deprecation_of(member: griffe.Object) -> str:
    """Return the message of a decorator such as `@deprecated("Use f.")`, or of a warning; empty for none."""
    for decorator in getattr(member, "decorators", ()):
        call = decorator.value
        called = call.function if isinstance(call, griffe.ExprCall) else call
        if str(called).rpartition(".")[2] in _DECORATORS:
            arguments = call.arguments if isinstance(call, griffe.ExprCall) else []
            return "; ".join(filter(None, map(_message, arguments))) or "see its module"
    function = member.members.get("__init__") if isinstance(member, griffe.Class) else member
    known = function.extra["docprompting"] if isinstance(function, griffe.Function) else {}
    return str(known.get(_KEY, ""))


def _message(argument: str | griffe.Expr) -> str:
    """Return `alternative: f` for `alternative="f"`; empty for an argument that is no string."""
    if isinstance(argument, griffe.ExprKeyword):
        said = literal_string(str(argument.value))
        return f"{argument.name}: {said}" if said else ""
    return literal_string(str(argument))


def _warning(call: ast.Call) -> str:
    """Return the constant parts of the message of a call that warns of a deprecation; else empty."""
    if ast.unparse(call.func) not in {"warnings.warn", "warn"} or not call.args:
        return ""
    category = " ".join(ast.unparse(part) for part in (*call.args[1:], *(key.value for key in call.keywords)))
    message = call.args[0]
    parts = message.values if isinstance(message, ast.JoinedStr) else [message]
    said = "".join(str(part.value) for part in parts if isinstance(part, ast.Constant))
    return said if any(name in category for name in _WARNINGS) and "deprecated" in said.lower() else ""
