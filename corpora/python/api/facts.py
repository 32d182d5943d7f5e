"""What griffe does not keep of a source and an API model needs: why a class is open, sketches of bodies."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import griffe

from corpora.api.sketch import sketch_of
from corpora.python.api.bound_names import BoundNames, bound_names
from corpora.syntax.dotted_name import dotted_name

_KEY: Final = "docprompting.api"
_MAX_NODES: Final = 20_000  # of a function
_MAX_CHARS: Final = 60  # of a string that counts as a token
_RESTORES: Final = frozenset({"__setstate__", "__copy__", "__deepcopy__", "__reduce__", "__reduce_ex__"})
_CATCHES: Final = ("__getattr__", "__getattribute__")
_OWN_NAMES: Final = frozenset({"globals", "vars", "locals"})

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(slots=True)
class FunctionFacts:
    """What the body of a function tells.

    Attributes:
        sketch: of its tokens, without its docstring.
        own: names that it sets on its first parameter, with their lines.
        opens_first: why it may give its first parameter members that cannot be told; empty if it does not.
        opens_module: the same for its module.
        keeps_signature: whether, as a decorator, it uses `functools.wraps` or returns what it is given.
    """

    sketch: tuple[int, ...] = ()
    own: dict[str, int] = field(default_factory=dict)
    opens_first: str = ""
    opens_module: str = ""
    keeps_signature: bool = False


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
            names = bound_names(node.body)
            facts = ModuleFacts(names, _opens_module(node.body), dict(mod.members))
            mod.extra[_KEY]["module"] = facts
            if "__getattr__" in mod.members:
                mod.extra[_KEY]["tables"] = _tables(node.body)

    def on_function_instance(
        self, *, node: ast.AST | griffe.ObjectNode, func: griffe.Function, **_: object
    ) -> None:
        """Note what the body of a function tells."""
        if isinstance(node, FunctionNode):
            func.extra[_KEY]["function"] = _of_function(node)
            self.definitions.setdefault(func.path, []).append(func)

    def on_attribute_instance(
        self, *, node: ast.AST | griffe.ObjectNode, attr: griffe.Attribute, **_: object
    ) -> None:
        """Note what the body of a property tells."""
        if isinstance(node, FunctionNode):
            attr.extra[_KEY]["function"] = _of_function(node)

    def on_class_members(self, *, node: ast.AST | griffe.ObjectNode, cls: griffe.Class, **_: object) -> None:
        """Note what the statements of a class tell, and its keywords."""
        if isinstance(node, ast.ClassDef):
            names = bound_names(node.body)
            cls.extra[_KEY]["module"] = ModuleFacts(names, _opens_module(node.body))
            cls.extra[_KEY]["keywords"] = {one.arg or "**": one.value for one in node.keywords}
            methods = [one for one in _definitions(node.body) if isinstance(one, FunctionNode)]
            facts = [(one.name, _of_function(one)) for one in methods if not _is_static(one)]
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
    values = [one.value for one in _definitions(body) if isinstance(one, ast.Assign | ast.AnnAssign)]
    return [one for one in values if isinstance(one, ast.Dict | ast.Call)]


def _fields(body: Sequence[ast.stmt]) -> Iterator[Field]:
    for node in _definitions(body):
        match node:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
                yield Field(name, annotation, value)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield Field(name, None, value)


def _definitions(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a body with those in its branches."""
    for node in body:
        yield node
        for part in ("body", "orelse", "finalbody"):
            if not isinstance(node, FunctionNode | ast.ClassDef):
                yield from _definitions(getattr(node, part, []))
        for handler in getattr(node, "handlers", []):
            yield from _definitions(handler.body)


def _is_static(node: FunctionNode) -> bool:
    return any(dotted_name(one) == "staticmethod" for one in node.decorator_list)


_OF_NODES: Final = "docprompting_facts"


def _of_function(node: FunctionNode) -> FunctionFacts:
    """Return what the body of a function tells; it is read once."""
    known = getattr(node, _OF_NODES, None)
    if isinstance(known, FunctionFacts):
        return known
    facts = FunctionFacts()
    setattr(node, _OF_NODES, facts)
    parameters = [*node.args.posonlyargs, *node.args.args]
    first = parameters[0].arg if parameters else ""
    tokens: set[str] = set()
    own = _local_names(node)
    for number, part in enumerate(_nodes_of(node)):
        if number > _MAX_NODES:
            break
        _read(part, first, own, facts, tokens)
    if node.name in _RESTORES:
        facts.opens_first = ""
    facts.sketch = sketch_of(tokens)
    facts.keeps_signature = facts.keeps_signature or _returns_argument(node)
    return facts


def _returns_argument(node: FunctionNode) -> bool:
    """Return whether a function, or one in it, returns one of its parameters as it is."""
    functions = [node, *(one for one in node.body if isinstance(one, FunctionNode))]
    for function in functions:
        names = {one.arg for one in [*function.args.posonlyargs, *function.args.args]}
        for part in _definitions(function.body):
            if isinstance(part, ast.Return) and isinstance(part.value, ast.Name) and part.value.id in names:
                return True
    return False


def _local_names(node: FunctionNode) -> set[str]:
    """Return the parameters of a function and of those in it, and the names that it assigns to."""
    names: set[str] = set()
    for number, part in enumerate(ast.walk(node)):
        if isinstance(part, ast.arg):
            names.add(part.arg)
        elif isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            names.add(part.id)
        elif isinstance(part, FunctionNode | ast.ClassDef):
            names.add(part.name)
        if number > _MAX_NODES:
            break
    return names


def _nodes_of(node: FunctionNode) -> Iterator[ast.AST]:
    body = node.body
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]  # the docstring
    for statement in body:
        yield from ast.walk(statement)


def _read(part: ast.AST, first: str, own: set[str], facts: FunctionFacts, tokens: set[str]) -> None:
    """Read one node of the body of a function whose first parameter is `first`, its local names `own`."""
    match part:
        case ast.Name(id=name):
            tokens.add(name)
            if name in ("wraps", "update_wrapper", "WRAPPER_ASSIGNMENTS"):
                facts.keeps_signature = True
        case ast.Attribute(value=value, attr=attribute, ctx=context):
            tokens.add(f".{attribute}")
            if attribute in ("wraps", "update_wrapper", "__wrapped__", "__signature__"):
                facts.keeps_signature = True
            if isinstance(value, ast.Name) and value.id == first and isinstance(context, ast.Store):
                facts.own.setdefault(attribute, part.lineno)
                if attribute in ("__dict__", "__class__"):
                    facts.opens_first = f"its code assigns to {attribute}"
        case ast.Subscript(value=value, ctx=ast.Store()):
            _read_table(value, first, facts)
        case ast.Call(func=function, args=arguments):
            _read_call(function, arguments, first, own, facts)
        case ast.AugAssign(target=ast.Attribute(value=ast.Name(id=name), attr="__dict__")) if name == first:
            facts.opens_first = "its code adds to __dict__"
        case ast.Constant(value=str(text)) if len(text) <= _MAX_CHARS:
            tokens.add(repr(text))
        case ast.Constant(value=int(number) | float(number)):
            tokens.add(repr(number))
        case ast.keyword(arg=str(name)):
            tokens.add(f"{name}=")
        case ast.stmt() | ast.operator() | ast.cmpop():
            tokens.add(type(part).__name__)


def _read_table(value: ast.expr, first: str, facts: FunctionFacts) -> None:
    """Read the left side of `self.__dict__[name] = ...`, `globals()[name] = ...`."""
    match value:
        case ast.Attribute(value=ast.Name(id=name), attr="__dict__") if name == first:
            facts.opens_first = "its code adds to __dict__"
        case ast.Call(func=ast.Name(id="vars"), args=[ast.Name(id=name)]) if name == first:
            facts.opens_first = "its code adds to vars()"
        case ast.Call(func=ast.Name(id="globals"), args=[]):
            facts.opens_module = "its code adds to globals()"


def _read_call(
    function: ast.expr, arguments: list[ast.expr], first: str, own: set[str], facts: FunctionFacts
) -> None:
    """Read `setattr(self, name, value)`, `self.__dict__.update(...)` and the like."""
    match function, arguments:
        case (ast.Name(id="setattr") | ast.Attribute(attr="__setattr__"), [ast.Name(id=name), key, *_]):
            if name == first and isinstance(key, ast.Constant) and isinstance(key.value, str):
                facts.own.setdefault(key.value, key.lineno)
            elif name == first:
                facts.opens_first = "its code calls setattr"
            elif not isinstance(key, ast.Constant) and name not in own:
                facts.opens_module = "its code calls setattr"
        case (ast.Attribute(value=ast.Attribute(value=ast.Name(id=name), attr="__dict__"), attr=verb), _):
            if name == first and verb in ("update", "setdefault", "__setitem__"):
                facts.opens_first = "its code adds to __dict__"
        case (ast.Attribute(value=ast.Call(func=ast.Name(id="vars"), args=[ast.Name(id=name)])), _):
            if name == first:
                facts.opens_first = "its code adds to vars()"
        case (ast.Attribute(value=ast.Call(func=ast.Name(id="globals"), args=[]), attr="update"), _):
            facts.opens_module = "its code adds to globals()"


def _opens_module(body: Sequence[ast.stmt]) -> str:
    """Return why statements outside functions may give names that cannot be told; empty if they do not."""
    for statement in _definitions(body):
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
