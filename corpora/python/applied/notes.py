"""What griffe does not keep of a source and docstrings need: decorators, templates, comments."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import griffe

from corpora.python.applied.class_makers import (
    changes_names,
    maker_methods,
    may_decorate,
    methods_of_documented_instances,
)
from corpora.python.applied.comments import first_comment, marked_comment
from corpora.syntax.dotted_name import dotted_name

_KEY = "docprompting"
_MAKES_CLASS = frozenset({"namedtuple", "NamedTuple", "Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"})
_MAX_NODES = 400  # of an expression that makes a docstring

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(slots=True)
class ModuleTexts:
    """The parts of a module that docstrings are made of.

    Attributes:
        values: expressions by the names that they are assigned to, dotted within classes.
        items: expressions by name and key, for `_shared_docs["x"] = ...`.
        assigned: dotted names whose `__doc__` is assigned to, with the expression, in order.
        registered: expressions by key, given to calls such as `interpd.register(x=...)`.
        functions: functions that assign to the `__doc__` of what they are given, or may return such a text.
        makers: functions that may be class decorators which give members to the class.
        factories: functions that make and return a function.
        used: the names that the module's code reads; an import of another name is there for users.
        changes: statements outside functions that give members to classes or names to the module, each with
            the classes around it.
    """

    values: dict[str, ast.expr] = field(default_factory=dict)
    items: dict[tuple[str, str], ast.expr] = field(default_factory=dict)
    assigned: list[tuple[str, ast.expr]] = field(default_factory=list)
    registered: dict[str, ast.expr] = field(default_factory=dict)
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    makers: dict[str, ast.FunctionDef] = field(default_factory=dict)
    factories: dict[str, ast.FunctionDef] = field(default_factory=dict)
    changes: list[tuple[str, ast.stmt]] = field(default_factory=list)
    used: set[str] = field(default_factory=set)


class SourceNotes(griffe.Extension):
    """Notes the decorators and comments of functions and classes, and the texts of modules."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: tuple[object, list[str]] = (None, [])

    def on_module_instance(
        self, *, node: ast.AST | griffe.ObjectNode, mod: griffe.Module, **_: object
    ) -> None:
        """Note the texts of a module."""
        if isinstance(node, ast.Module):
            texts = ModuleTexts()
            _collect(node.body, "", texts)
            texts.used = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
            mod.extra[_KEY]["texts"] = texts

    def on_function_instance(
        self, *, node: ast.AST | griffe.ObjectNode, func: griffe.Function, agent: object = None, **_: object
    ) -> None:
        """Note the decorators of a function, and its first comment if it has no docstring."""
        if isinstance(node, FunctionNode):
            self._note(node, func, agent)

    def on_class_instance(
        self, *, node: ast.AST | griffe.ObjectNode, cls: griffe.Class, agent: object = None, **_: object
    ) -> None:
        """Note the decorators of a class, and its first comment if it has no docstring."""
        if isinstance(node, ast.ClassDef):
            self._note(node, cls, agent)
            if makers := maker_methods(node):
                cls.extra[_KEY]["makers"] = makers
            if methods := methods_of_documented_instances(node):
                cls.extra[_KEY]["instances"] = methods
            metaclasses = [one.value for one in node.keywords if one.arg == "metaclass"]
            if metaclasses:
                cls.extra[_KEY]["metaclass"] = metaclasses[0]

    def on_attribute_instance(
        self,
        *,
        node: ast.AST | griffe.ObjectNode,
        attr: griffe.Attribute,
        agent: object = None,
        **_: object,
    ) -> None:
        """Note the decorators of a property; make a comment that begins with `#:` a docstring."""
        if isinstance(node, FunctionNode):
            self._note(node, attr, agent)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            attr.extra[_KEY]["value"] = node.value if isinstance(node.value, ast.Call) else None
            if not attr.docstring and (said := marked_comment(self._lines_of(agent), node)):
                attr.docstring = griffe.Docstring(said, lineno=node.lineno, parent=attr)

    def on_members(self, *, node: ast.AST | griffe.ObjectNode, obj: griffe.Object, **_: object) -> None:
        """Add what griffe leaves out: the names of `a, b = ...`, and the fields of named tuples."""
        if not (
            isinstance(node, ast.Module | ast.ClassDef) and isinstance(obj, griffe.Module | griffe.Class)
        ):
            return
        if isinstance(node, ast.ClassDef):
            for base in node.bases:
                _add_names(obj, fields_of_call(base), node.lineno)
        for statement in node.body:
            _add_names(obj, _unpacked_names(statement), statement.lineno)
            if isinstance(node, ast.ClassDef) and isinstance(statement, ast.FunctionDef):
                _add_names(obj, _unpacked_attributes(statement), statement.lineno)
            if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
                continue
            name, fields = statement.targets[0].id, fields_of_call(statement.value)
            if fields and isinstance(obj.members.get(name), griffe.Attribute):
                made = griffe.Class(name, lineno=statement.lineno, endlineno=statement.end_lineno)
                made.docstring = obj.members[name].docstring
                obj.set_member(name, made)
                _add_names(made, fields, statement.lineno)

    def _note(self, node: FunctionNode | ast.ClassDef, made: griffe.Object, agent: object) -> None:
        if node.decorator_list:
            made.extra[_KEY]["decorators"] = node.decorator_list
        if made.docstring is None and (said := first_comment(self._lines_of(agent), node)):
            made.extra[_KEY]["comment"] = said

    def _lines_of(self, agent: object) -> list[str]:
        """Return the lines of the module that `agent` visits."""
        if self._lines[0] is not agent:
            self._lines = agent, str(getattr(agent, "code", "")).split("\n")
        return self._lines[1]


def note_of(member: griffe.Object, name: str) -> object:
    """Return what was noted of an object under `name`: "decorators", "comment", "texts" or "value"."""
    return member.extra[_KEY].get(name) if _KEY in member.extra else None


def metaclass_of(cls: griffe.Class) -> ast.expr | None:
    """Return the metaclass that a class names."""
    found = note_of(cls, "metaclass")
    return found if isinstance(found, ast.expr) else None


def comment_of(member: griffe.Object) -> str:
    """Return the first comment of an object without a docstring; empty if it has none."""
    return str(note_of(member, "comment") or "")


def decorators_of(member: griffe.Object) -> Sequence[ast.expr]:
    """Return the decorators of an object, the outermost first."""
    found = note_of(member, "decorators")
    return found if isinstance(found, list) else ()


def texts_of(module: griffe.Module) -> ModuleTexts:
    """Return what docstrings in `module` are made of."""
    found = note_of(module, "texts")
    return found if isinstance(found, ModuleTexts) else ModuleTexts()


def _add_names(holder: griffe.Module | griffe.Class, names: Iterable[str], line: int) -> None:
    for name in names:
        if name not in holder.members:
            holder.set_member(name, griffe.Attribute(name, lineno=line))


def fields_of_call(value: ast.expr) -> list[str]:
    """Return the fields in `namedtuple("Point", "x y")` or `Enum("Colour", ["RED"])`; else nothing."""
    if not isinstance(value, ast.Call) or len(value.args) < 2:
        return []
    if dotted_name(value.func).rpartition(".")[2] not in _MAKES_CLASS:
        return []
    given = value.args[1]
    if isinstance(given, ast.Constant) and isinstance(given.value, str):
        names = given.value.replace(",", " ").split()
    else:
        pairs = given.elts if isinstance(given, ast.List | ast.Tuple) else []
        firsts = [pair.elts[0] if isinstance(pair, ast.Tuple) and pair.elts else pair for pair in pairs]
        names = [str(one.value) for one in firsts if isinstance(one, ast.Constant)]
    return [name for name in names if name.isidentifier()]


def _unpacked_names(statement: ast.stmt) -> Iterator[str]:
    for target in statement.targets if isinstance(statement, ast.Assign) else ():
        if isinstance(target, ast.Tuple | ast.List):
            yield from (one.id for one in target.elts if isinstance(one, ast.Name))


def _unpacked_attributes(method: ast.FunctionDef) -> Iterator[str]:
    """Yield the attributes in `self.low, self.high = low, high` of a constructor."""
    own = [one.arg for one in method.args.args[:1]] if method.name == "__init__" else []
    for statement in method.body if own else ():
        for target in statement.targets if isinstance(statement, ast.Assign) else ():
            for one in target.elts if isinstance(target, ast.Tuple | ast.List) else ():
                match one:
                    case ast.Attribute(value=ast.Name(id=holder), attr=name) if holder in own:
                        yield name


def _collect(body: Sequence[ast.stmt], scope: str, texts: ModuleTexts) -> None:
    for node in body:
        if not isinstance(node, ast.If) and changes_names(node):
            texts.changes.append((scope, node))
        match node:
            case ast.If() | ast.Try() | ast.With():
                for part in ("body", "orelse", "finalbody"):
                    _collect(getattr(node, part, []), scope, texts)
            case ast.ClassDef():
                _collect(node.body, f"{scope}{node.name}.", texts)
            case ast.Assign(targets=[target, *_], value=value) | ast.AnnAssign(target=target, value=value):
                if value is not None:
                    _collect_assignment(target, value, scope, texts)
            case ast.FunctionDef() if not scope:
                _collect_function(node, texts)
            case ast.Expr(value=ast.Call() as call):
                _collect_call(call, texts)


def _collect_function(node: ast.FunctionDef, texts: ModuleTexts) -> None:
    if "doc" in node.name.lower() or _sets_docstring(node):
        texts.functions[node.name] = node
    if may_decorate(node):
        texts.makers[node.name] = node
    if any(isinstance(one, ast.FunctionDef) for one in node.body) and isinstance(node.body[-1], ast.Return):
        texts.factories[node.name] = node


def _collect_assignment(target: ast.expr, value: ast.expr, scope: str, texts: ModuleTexts) -> None:
    if isinstance(target, ast.Name):
        if isinstance(value, ast.Name | ast.Attribute) or _makes_text(value):
            texts.values[f"{scope}{target.id}"] = value
    elif isinstance(target, ast.Attribute) and target.attr == "__doc__":
        if name := dotted_name(target.value):
            texts.assigned.append((f"{scope}{name}", value))
    elif isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        name, key = dotted_name(target.value), target.slice.value
        if name and isinstance(key, str) and _makes_text(value):
            texts.items[name, key] = value


def _collect_call(call: ast.Call, texts: ModuleTexts) -> None:
    holder, _, method = dotted_name(call.func).lower().rpartition(".")
    if method in ("register", "update") and ("doc" in holder or "interpd" in holder or "subst" in holder):
        texts.registered.update({keyword.arg: keyword.value for keyword in call.keywords if keyword.arg})


def _makes_text(value: ast.expr) -> bool:
    """Return whether an expression holds a string and is no larger than those of docstrings."""
    has_text = isinstance(value, ast.BinOp | ast.List | ast.Tuple)  # (a list of names, or a sum of lists)
    for number, node in enumerate(ast.walk(value)):
        if number > _MAX_NODES:
            return False
        has_text = has_text or (isinstance(node, ast.Constant) and isinstance(node.value, str))
        has_text = has_text or (isinstance(node, ast.Attribute) and node.attr == "__doc__")
    return has_text


def _sets_docstring(function: ast.FunctionDef) -> bool:
    return any(
        isinstance(target, ast.Attribute) and target.attr == "__doc__"
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        for target in node.targets
    )
