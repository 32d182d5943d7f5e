"""The functions that give a class members when it is made, found in the syntax tree: none is run.

A metaclass, `__init_subclass__`, a class method or a class decorator says `cls.media = media_property(cls)`,
`setattr(cls, f"set_{name}_request", RequestMethod(name))` or `attrs["base_fields"] = fields`.
"""

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

ADDING_METHODS = frozenset({"add_to_class", "setattr"})
"""Functions and methods that are given a name and what the class shall have under it."""

NAMESPACES = frozenset({"globals", "locals", "vars"})
"""Functions that return the dictionary of the names of a module or class."""

_STANDS_FOR_CLASS = frozenset({"cls", "klass", "class_", "self_class", "mcs", "mcls", "metacls", "meta"})
_COLLECTING = frozenset({"add", "append", "getLogger"})
_ASKING = frozenset({"getattr", "hasattr", "isinstance", "issubclass", "str", "repr", "type", "id"})
_NAMESPACE_AT = 3  # of the parameters of a metaclass's __new__(mcs, name, bases, namespace)
_MAX_NODES = 5_000  # of a function


@dataclass(frozen=True, slots=True)
class ClassMaker:
    """A function that gives members to a class.

    Attributes:
        body: its statements.
        holders: the local names that stand for the class.
        namespace: the local name of the dictionary of its members; empty if there is none.
    """

    body: Sequence[ast.stmt]
    holders: frozenset[str]
    namespace: str = ""


def maker_methods(cls: ast.ClassDef) -> dict[str, ast.FunctionDef]:
    """Return the methods of a class that may give members to a class, by their names."""
    return {
        node.name: node
        for node in cls.body
        if isinstance(node, ast.FunctionDef)
        and (first := _first_parameter(node))
        and (node.name == "__new__" or first in _STANDS_FOR_CLASS)
        and _adds_members(node)
    }


def methods_of_documented_instances(cls: ast.ClassDef) -> dict[str, ast.FunctionDef]:
    """Return the methods of a class that tell what its instances are as attributes; nothing for most."""
    methods = {node.name: node for node in cls.body if isinstance(node, ast.FunctionDef)}
    return methods if "__get__" in methods or "__set_name__" in methods else {}


def changes_names(statement: ast.stmt) -> bool:
    """Return whether a statement outside functions gives members: `setattr(Cls, name, f)`, `Cls.name = f`.

    Or it is a loop with such statements or with `globals()[name] = f`.
    """
    match statement:
        case ast.For(body=body):
            return any(map(changes_names, body))
        case ast.If(body=body):
            return any(map(changes_names, body))
        case ast.Expr(value=ast.Call(func=ast.Name(id="setattr"))):
            return True
        case ast.Assign(targets=[ast.Attribute(value=ast.Name(), attr=name)]):
            return not name.startswith("_")
        case ast.Assign(targets=[ast.Subscript(value=ast.Call(func=ast.Name(id=name), args=[]))]):
            return name in NAMESPACES
    return False


def named_holder(statement: ast.stmt) -> str:
    """Return the name of the class that a statement from `changes_names` changes; empty for none."""
    for node in ast.walk(statement):
        match node:
            case ast.Call(func=ast.Name(id="setattr"), args=[ast.Name(id=name), *_]):
                return name
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id=name), attr=attribute)]):
                if not attribute.startswith(
                    "_"
                ):  # (`f.__doc__ = text` is on the way to `setattr(Cls, name, f)`)
                    return name
    return ""


def documented_member(statement: ast.stmt, holders: frozenset[str]) -> tuple[str, ast.expr] | None:
    """Return the member and the text in `cls.set.__doc__ = text`; None for any other statement."""
    match statement:
        case ast.Assign(
            targets=[
                ast.Attribute(attr="__doc__", value=ast.Attribute(attr=name, value=ast.Name(id=holder)))
            ],
            value=value,
        ) if holder in holders:
            return name, value
    return None


def may_decorate(function: ast.FunctionDef) -> bool:
    """Return whether a function may be a class decorator that gives members."""
    return bool(function.args.args or function.args.vararg) and _adds_members(function)


def maker_in(method: ast.FunctionDef, *, of_metaclass: bool) -> ClassMaker:
    """Return the class maker that a method from `maker_methods` is."""
    first = _first_parameter(method)
    if not (of_metaclass and method.name == "__new__"):
        return ClassMaker(method.body, frozenset({first}))
    parameters = method.args.args
    namespace = parameters[_NAMESPACE_AT].arg if len(parameters) > _NAMESPACE_AT else ""
    return ClassMaker(method.body, frozenset(_returned_names(method)), namespace)


def makers_in_decorator(function: ast.FunctionDef) -> Iterator[tuple[ast.FunctionDef, ClassMaker]]:
    """Yield the functions in a decorator, itself among them, that take a class and return it."""
    inner = [node for node in function.body if isinstance(node, ast.FunctionDef)]
    for node in (function, *inner):
        first = _first_parameter(node)
        if first and first in _returned_names(node):
            yield node, ClassMaker(node.body, frozenset({first}))


def names_all_it_adds(function: ast.FunctionDef, only_asks: Callable[[str], bool]) -> bool:
    """Return whether a class decorator only gives members whose names are written out, and returns the class.

    `cls.logger = logger` is one; with `setattr(cls, name, f)` or a call that is given the class, anything
    may be added. Collections that the class is put into add nothing.

    Args:
        function: the decorator.
        only_asks: whether a function of its module, by its name, changes nothing in what it is given.
    """
    cls = _first_parameter(function)
    if not cls or _returned_names(function) != {cls}:
        return False
    for number, node in enumerate(ast.walk(function)):
        if number > _MAX_NODES or (node is not function and isinstance(node, ast.FunctionDef | ast.ClassDef)):
            return False
        if isinstance(node, ast.Assign) and any(_is_dictionary_of(target, cls) for target in node.targets):
            return False
        if isinstance(node, ast.Call) and _is_given(node, cls, only_asks):
            return False
    return True


def _is_dictionary_of(target: ast.expr, cls: str) -> bool:
    """Return whether a target is `cls.__dict__[name]`, `vars(cls)[name]`, or the class under another name."""
    named = {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}
    return cls in named and not isinstance(target, ast.Attribute)


def _is_given(call: ast.Call, cls: str, only_asks: Callable[[str], bool]) -> bool:
    """Return whether a call is given the class and may do something to it."""
    given = (*call.args, *(one.value for one in call.keywords))
    if not any(isinstance(node, ast.Name) and node.id == cls for one in given for node in ast.walk(one)):
        return False
    match call.func:
        case ast.Attribute(attr=name):
            return name not in _COLLECTING
        case ast.Name(id=name):
            return name not in _ASKING and not only_asks(name)
    return True


def is_module_of(node: ast.expr, holders: frozenset[str]) -> bool:
    """Return whether an expression is the module of the class: `sys.modules[cls.__module__]`."""
    match node:
        case ast.Subscript(
            value=ast.Attribute(attr="modules"),
            slice=ast.Attribute(attr="__module__", value=ast.Name(id=name)),
        ):
            return name in holders
    return False


def _adds_members(function: ast.FunctionDef) -> bool:
    for number, node in enumerate(ast.walk(function)):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in ADDING_METHODS:
                return True
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id=name), attr=attribute)]):
                if name != "self" and not attribute.startswith("_"):
                    return True
            case ast.Assign(targets=[ast.Attribute(attr="__doc__", value=ast.Attribute(value=ast.Name()))]):
                return True
            case ast.Assign(targets=[ast.Subscript(value=ast.Name())]) if function.name == "__new__":
                return True
        if number > _MAX_NODES:
            break
    return False


def _returned_names(function: ast.FunctionDef) -> set[str]:
    return {
        node.value.id
        for node in ast.walk(function)
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Name)
    }


def _first_parameter(function: ast.FunctionDef) -> str:
    parameters = [*function.args.posonlyargs, *function.args.args]
    return parameters[0].arg if parameters else ""
