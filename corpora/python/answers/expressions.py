"""Values of expressions, as far as they are known without running anything."""

import ast
from typing import Any, Final

from corpora.python.answers.program import ANY_NAME, Environment, Imported, ProgramSource
from corpora.python.answers.values import (
    MOST_CHARS,
    NOT_KNOWN,
    Fails,
    FunctionValue,
    Mark,
    MemberValue,
    ModuleNames,
    ModuleValue,
    Unknown,
    bound,
    comparison_of,
    formatted,
    is_known,
    method_result,
    shown_text,
    sum_of,
)

_MAX_STEPS: Final = 40_000  # of one question
_MAX_ALL_STEPS: Final = 1_000_000  # of all questions to one module: a second or two
_MAX_DEPTH: Final = 40
_MAX_ITEMS: Final = 5_000
_MAKERS: Final[dict[str, Any]] = {
    "set": set,
    "frozenset": frozenset,
    "list": list,
    "tuple": tuple,
    "sorted": list,
    "str": str,
}
_OF_PYTHON: Final = frozenset({"globals", "vars", "getattr", "hasattr", "object", *_MAKERS})
_GIVEN: Final = (str, dict, list, tuple, set, frozenset)


class Expressions:
    """Works out expressions of a program; `called` is given by the reader of statements."""

    def __init__(self, program: ProgramSource) -> None:
        self._program = program
        self._steps = 0
        self._left = _MAX_ALL_STEPS
        self._depth = 0
        self._globals: dict[tuple[str, str], Any] = {}
        self.warnings: list[str] = []

    def start(self) -> None:
        """Begin to count steps anew; what takes too many is unknown."""
        self._steps = 0
        self.warnings.clear()

    def called(self, function: FunctionValue, arguments: list[Any]) -> Any:
        """Return what a function of the program returns; here unknown."""
        return NOT_KNOWN

    def value(self, node: ast.expr | None, module: str, names: Environment) -> Any:
        """Return the value of an expression in a module, or `NOT_KNOWN`.

        Raises:
            Fails: it would raise.
        """
        self._steps += 1
        self._left -= 1
        if node is None or self._left < 0 or self._steps > _MAX_STEPS or self._depth > _MAX_DEPTH:
            return NOT_KNOWN
        self._depth += 1
        try:
            return self._value(node, module, names)
        finally:
            self._depth -= 1

    def _value(  # noqa: PLR0911 (one for each kind of node)
        self, node: ast.expr, module: str, names: Environment
    ) -> Any:
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                return names[name] if name in names else self.of_name(module, name)
            case ast.JoinedStr() | ast.FormattedValue():
                return self._text(node, module, names)
            case ast.Tuple() | ast.List() | ast.Set():
                return self._collection(node, module, names)
            case ast.Dict():
                return self._table(node, module, names)
            case ast.ListComp() | ast.SetComp() | ast.DictComp():
                return self._comprehension(node, module, names)
            case ast.Call():
                return self._call(node, module, names)
        return self._operation(node, module, names)

    def _operation(  # noqa: PLR0911 (one for each kind of node)
        self, node: ast.expr, module: str, names: Environment
    ) -> Any:
        match node:
            case ast.Compare(left=left, ops=[how], comparators=[right]):
                return comparison_of(self.value(left, module, names), how, self.value(right, module, names))
            case ast.BoolOp(op=how, values=parts):
                return self._both(isinstance(how, ast.And), parts, module, names)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                truth = self.truth(operand, module, names)
                return NOT_KNOWN if truth is None else not truth
            case ast.IfExp(test=test, body=body, orelse=orelse):
                truth = self.truth(test, module, names)
                return NOT_KNOWN if truth is None else self.value(body if truth else orelse, module, names)
            case ast.BinOp(left=left, op=how, right=right):
                return sum_of(self.value(left, module, names), how, self.value(right, module, names))
            case ast.NamedExpr(target=ast.Name(id=name), value=value):
                names[name] = found = self.value(value, module, names)
                return found
            case ast.Subscript(value=value, slice=key):
                return self._item(self.value(value, module, names), self.value(key, module, names))
            case ast.Attribute(value=value, attr=attribute):
                return self._attribute(self.value(value, module, names), attribute, module)
        return NOT_KNOWN

    def truth(self, node: ast.expr, module: str, names: Environment) -> bool | None:
        """Return whether a condition holds; None if that is unknown."""
        found = self.value(node, module, names)
        if isinstance(
            found, ModuleValue | MemberValue | FunctionValue | dict | list | tuple | set | frozenset
        ):
            return bool(found) if not isinstance(found, ModuleValue | MemberValue | FunctionValue) else True
        return bool(found) if is_known(found) else None

    def of_name(self, module: str, name: str) -> Any:
        """Return what a name of a module stands for."""
        known = self._globals.get((module, name))
        if known is not None:
            return known
        if name == "__name__":
            return module
        self._globals[module, name] = NOT_KNOWN  # (what asks for itself is unknown)
        found = self._program.binding(module, name)
        value: Any = NOT_KNOWN
        if isinstance(found, ast.FunctionDef):
            value = FunctionValue(found, module, {})
        elif isinstance(found, Imported):
            value = self.imported(found)
        elif found is not None:
            try:
                value = self.value(found, module, {})
            except Fails:
                value = NOT_KNOWN
        self._globals[module, name] = value
        return value

    def imported(self, found: Imported) -> Any:
        """Return what an import brings."""
        if not found.name:
            return ModuleValue(found.module)
        path = f"{found.module}.{found.name}"
        if self._program.parse(found.module) is None:
            return MemberValue(path)
        value = self.of_name(found.module, found.name)
        if isinstance(value, Unknown):
            return ModuleValue(path) if self._program.members(path) is not None else MemberValue(path)
        return value

    def said(self, node: ast.expr | None, module: str, names: Environment) -> str:
        """Return a message, with `…` for what only running the code can tell; empty if it is no string."""
        parts = node.values if isinstance(node, ast.JoinedStr) else [node]
        return shown_text([self.value(part, module, names) for part in parts])

    def _text(self, node: ast.JoinedStr | ast.FormattedValue, module: str, names: Environment) -> Any:
        if isinstance(node, ast.JoinedStr):
            shown = [self.value(part, module, names) for part in node.values]
            is_short = all(isinstance(part, str) for part in shown) and sum(map(len, shown)) <= MOST_CHARS
            return "".join(shown) if is_short else NOT_KNOWN
        found = self.value(node.value, module, names)
        return (repr if node.conversion == ord("r") else str)(found) if is_known(found) else NOT_KNOWN

    def _collection(self, node: ast.Tuple | ast.List | ast.Set, module: str, names: Environment) -> Any:
        found: list[Any] = []
        for element in node.elts[:_MAX_ITEMS]:
            if isinstance(element, ast.Starred):
                more = self.value(element.value, module, names)
                if not isinstance(more, list | tuple | set | frozenset | dict):
                    return NOT_KNOWN
                found += more
                if len(found) > _MAX_ITEMS:
                    return NOT_KNOWN
            else:
                found.append(self.value(element, module, names))
        if isinstance(node, ast.Set):
            return set(found) if all(map(is_known, found)) else NOT_KNOWN
        return tuple(found) if isinstance(node, ast.Tuple) else found

    def _table(self, node: ast.Dict, module: str, names: Environment) -> Any:
        table: dict[Any, Any] = {}
        for key, value in zip(node.keys[:_MAX_ITEMS], node.values, strict=False):
            if key is None:
                more = self.value(value, module, names)
                if not isinstance(more, dict):
                    return NOT_KNOWN
                table |= more
                continue
            found = self.value(key, module, names)
            if not isinstance(found, str | int | bool | None):
                return NOT_KNOWN
            table[found] = self.value(value, module, names)
        return table

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.DictComp, module: str, names: Environment
    ) -> Any:
        if len(node.generators) != 1 or node.generators[0].ifs:
            return NOT_KNOWN
        loop = node.generators[0]
        items = self.value(loop.iter, module, names)
        if not isinstance(items, list | tuple | set | frozenset | dict) or len(items) > _MAX_ITEMS:
            return NOT_KNOWN
        found: list[Any] = []
        for item in items:
            inner = {**names, **bound(loop.target, item)}
            keys = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
            found.append(tuple(self.value(key, module, inner) for key in keys))
        if isinstance(node, ast.DictComp):
            is_table = all(isinstance(key, str | int | bool | None) for key, _ in found)
            return dict(found) if is_table else NOT_KNOWN
        if not is_known(found):
            return NOT_KNOWN
        return {one for (one,) in found} if isinstance(node, ast.SetComp) else [one for (one,) in found]

    def _both(self, is_and: bool, parts: list[ast.expr], module: str, names: Environment) -> Any:
        is_open = False
        for part in parts:
            truth = self.truth(part, module, names)
            if truth is None:
                is_open = True
            elif truth is not is_and:
                return truth
        return NOT_KNOWN if is_open else is_and

    def _item(self, holder: Any, key: Any) -> Any:
        if isinstance(holder, ModuleNames) and is_known(key):
            raise Fails
        if not isinstance(holder, dict | list | tuple | str) or not is_known(key):
            return NOT_KNOWN
        try:
            return holder[key]
        except (KeyError, IndexError) as error:
            raise Fails from error
        except TypeError:
            return NOT_KNOWN

    def _attribute(self, holder: Any, attribute: str, module: str) -> Any:
        if attribute == "__dict__":
            is_own = holder == ModuleValue(module) or isinstance(holder, Unknown)
            return ModuleNames() if is_own else NOT_KNOWN
        if isinstance(holder, ModuleValue):
            return self.imported(Imported(holder.path, attribute))
        return NOT_KNOWN

    def _call(self, node: ast.Call, module: str, names: Environment) -> Any:
        arguments = [self.value(one, module, names) for one in node.args]
        if isinstance(node.func, ast.Name) and node.func.id in _OF_PYTHON and node.func.id not in names:
            return self._of_python(node.func.id, arguments)
        if isinstance(node.func, ast.Attribute) and node.func.attr != "import_module":
            holder = self.value(node.func.value, module, names)
            if isinstance(holder, str) and node.func.attr == "format":
                given = {one.arg or "": self.value(one.value, module, names) for one in node.keywords}
                return formatted(holder, arguments, given)
            if not isinstance(holder, ModuleValue | MemberValue | Unknown):
                return method_result(holder, node.func.attr, arguments)
        called = self.value(node.func, module, names)
        if called == MemberValue("warnings.warn"):
            self.warnings += [said for one in node.args[:1] if (said := self.said(one, module, names))]
        if called == MemberValue("importlib.import_module"):
            path = arguments[0] if arguments else NOT_KNOWN
            return ModuleValue(path) if isinstance(path, str) and path[:1] != "." else NOT_KNOWN
        if isinstance(called, FunctionValue) and not node.keywords:
            return self.called(called, arguments)
        return NOT_KNOWN

    def _of_python(self, name: str, arguments: list[Any]) -> Any:
        """Return what a function of Python itself gives."""
        if name in {"globals", "vars"}:
            return ModuleNames()
        if name in {"getattr", "hasattr"}:
            return self._asked(name == "hasattr", arguments)
        if name == "object":
            return Mark()
        given = arguments[0] if len(arguments) == 1 else NOT_KNOWN
        return _MAKERS[name](given) if isinstance(given, _GIVEN) and is_known(given) else NOT_KNOWN

    def _asked(self, is_question: bool, arguments: list[Any]) -> Any:
        """Return what `getattr` and `hasattr` give for a module and a name."""
        if (
            len(arguments) < 2
            or not isinstance(arguments[0], ModuleValue)
            or not isinstance(arguments[1], str)
        ):
            return NOT_KNOWN
        module, name = arguments[0].path, arguments[1]
        members = self._program.members(module)
        if members is None:
            return NOT_KNOWN
        if name in members:
            return True if is_question else MemberValue(f"{module}.{name}")
        if members & {"__getattr__", ANY_NAME}:
            return NOT_KNOWN
        if is_question:
            return False
        if len(arguments) > 2:
            return arguments[2]
        raise Fails
