"""What griffe does not keep of a source and an API model needs: why a class is open, sketches of bodies."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import griffe

from corpora.python.api.bodies.function_bodies import FunctionFacts, facts_of_function
from corpora.python.api.bodies.statements import statements_of
from corpora.python.api.bound_names import BoundNames, names_bound_by
from corpora.python.applied.notes import FunctionNode
from corpora.syntax.dotted_name import dotted_name

_KEY: Final = "docprompting.api"
_OWN_NAMES: Final = frozenset({"globals", "vars", "locals"})


@dataclass(slots=True)
class ModuleFacts:
    """What the statements of a module tell.

    Attributes:
        names: that they bind and unbind.
        opens: why there may be members that cannot be told; empty if there are none.
        members: what griffe found in the module itself, before its submodules took the names of some.
    """

    names: BoundNames
    opens: str = ""
    members: dict[str, griffe.Object | griffe.Alias] = field(default_factory=dict)


class ApiFacts(griffe.Extension):
    """Notes the facts of functions, classes and modules, and all definitions of one name.

    Attributes:
        definitions: functions by their paths, where branches define one more than once.
    """

    def __init__(self) -> None:
        super().__init__()
        self.definitions: dict[str, list[griffe.Function]] = {}

    def on_module_members(
        self, *, node: ast.AST | griffe.ObjectNode, mod: griffe.Module, **_: object
    ) -> None:
        """Note what the statements of a module tell."""
        if isinstance(node, ast.Module):
            names = names_bound_by(node.body)
            facts = ModuleFacts(names, _opens_module(node.body), dict(mod.members))
            mod.extra[_KEY]["module"] = facts
            if "__getattr__" in mod.members:
                mod.extra[_KEY]["tables"] = _tables(node.body)

    def on_function_instance(
        self, *, node: ast.AST | griffe.ObjectNode, func: griffe.Function, **_: object
    ) -> None:
        """Note what the body of a function tells."""
        if isinstance(node, FunctionNode):
            func.extra[_KEY]["function"] = facts_of_function(node)
            self.definitions.setdefault(func.path, []).append(func)

    def on_attribute_instance(
        self, *, node: ast.AST | griffe.ObjectNode, attr: griffe.Attribute, **_: object
    ) -> None:
        """Note what the body of a property tells."""
        if isinstance(node, FunctionNode):
            attr.extra[_KEY]["function"] = facts_of_function(node)

    def on_class_members(self, *, node: ast.AST | griffe.ObjectNode, cls: griffe.Class, **_: object) -> None:
        """Note what the statements of a class tell, and its keywords."""
        if isinstance(node, ast.ClassDef):
            names = names_bound_by(node.body)
            cls.extra[_KEY]["module"] = ModuleFacts(names, _opens_module(node.body))
            cls.extra[_KEY]["keywords"] = {one.arg or "**": one.value for one in node.keywords}
            methods = [one for one in statements_of(node.body) if isinstance(one, FunctionNode)]
            facts = [(one.name, facts_of_function(one)) for one in methods if not _is_static(one)]
            cls.extra[_KEY]["methods"] = facts
            cls.extra[_KEY]["fields"] = [*_fields(node.body)]


def function_facts(member: griffe.Object) -> FunctionFacts:
    """Return what the body of a function or property tells."""
    found = member.extra[_KEY].get("function") if _KEY in member.extra else None
    return found if isinstance(found, FunctionFacts) else FunctionFacts()


def module_facts(member: griffe.Module | griffe.Class) -> ModuleFacts:
    """Return what the statements of a module or class tell."""
    found = member.extra[_KEY].get("module") if _KEY in member.extra else None
    return found if isinstance(found, ModuleFacts) else ModuleFacts(BoundNames())


def class_keywords(cls: griffe.Class) -> dict[str, ast.expr]:
    """Return the keywords of the statement of a class: `metaclass=Meta`, `total=False`."""
    found = cls.extra[_KEY].get("keywords") if _KEY in cls.extra else None
    return found if isinstance(found, dict) else {}


def is_made_by_call(cls: griffe.Class) -> bool:
    """Return whether no class statement makes a class: `Point = namedtuple("Point", "x y")`."""
    return _KEY not in cls.extra or "fields" not in cls.extra[_KEY]


def methods_of(cls: griffe.Class) -> list[tuple[str, FunctionFacts]]:
    """Return what the methods of a class tell, all definitions of a name among them."""
    found = cls.extra[_KEY].get("methods") if _KEY in cls.extra else None
    return found if isinstance(found, list) else []


@dataclass(frozen=True, slots=True)
class Field:
    """A name that a class body annotates or assigns to: maybe a field of its constructor."""

    name: str
    annotation: ast.expr | None
    value: ast.expr | None


def fields_of(cls: griffe.Class) -> list[Field]:
    """Return the names that the body of a class annotates or assigns to, in their order."""
    found = cls.extra[_KEY].get("fields") if _KEY in cls.extra else None
    return found if isinstance(found, list) else []


def lazy_tables(module: griffe.Module) -> list[ast.expr]:
    """Return the dictionaries and calls that a module with `__getattr__` assigns to names."""
    found = module.extra[_KEY].get("tables") if _KEY in module.extra else None
    return found if isinstance(found, list) else []


def _tables(body: Sequence[ast.stmt]) -> list[ast.expr]:
    values = [one.value for one in statements_of(body) if isinstance(one, ast.Assign | ast.AnnAssign)]
    return [one for one in values if isinstance(one, ast.Dict | ast.Call)]


def _fields(body: Sequence[ast.stmt]) -> Iterator[Field]:
    for node in statements_of(body):
        match node:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
                yield Field(name, annotation, value)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield Field(name, None, value)


def _is_static(node: FunctionNode) -> bool:
    return any(dotted_name(one) == "staticmethod" for one in node.decorator_list)


def _opens_module(body: Sequence[ast.stmt]) -> str:  # noqa: C901 (one arm a node)
    """Return why statements outside functions may give names that cannot be told; empty if they do not."""
    for statement in statements_of(body):
        if isinstance(statement, FunctionNode | ast.ClassDef):
            continue
        for node in _own_nodes(statement):
            match node:
                case ast.Subscript(value=ast.Call(func=ast.Name(id=name), args=[]), ctx=ast.Store()):
                    if name in _OWN_NAMES:
                        return f"its code adds to {name}()"
                case ast.Subscript(value=ast.Attribute(attr="modules"), ctx=ast.Store()):
                    return "its code replaces a module"
                case ast.Call(
                    func=ast.Attribute(value=ast.Call(func=ast.Name(id=name), args=[]), attr="update")
                ):
                    if name in _OWN_NAMES:
                        return f"its code adds to {name}()"
                case ast.Call(func=ast.Name(id="exec")):
                    return "its code calls exec"
                case ast.Call(
                    func=ast.Name(id="setattr"),
                    args=[ast.Name(id=name) | ast.Subscript(slice=ast.Name(id=name)), key, *_],
                ):
                    if "module" in name.lower() or name == "__name__" or not isinstance(key, ast.Constant):
                        return "its code calls setattr"
    return ""


def _own_nodes(statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield the nodes of a statement without those of statements in it, which are looked at themselves."""
    todo: list[ast.AST] = [statement]
    while todo:
        node = todo.pop()
        yield node
        todo += [
            child
            for child in ast.iter_child_nodes(node)
            if not isinstance(child, ast.stmt | ast.excepthandler | ast.Lambda)
        ]
