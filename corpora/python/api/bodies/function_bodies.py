"""What the bodies of functions tell: a sketch of their tokens, and what they add to objects and modules."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from corpora.api.sketch import sketch_of
from corpora.python.api.bodies.filled_parameters import filled_parameters
from corpora.python.api.bodies.keyword_flow import KeywordFlow, keyword_flow
from corpora.python.api.bodies.local_names import Called
from corpora.python.api.bodies.read_keywords import ReadKeywords, read_keywords
from corpora.python.api.bodies.returned import returned_values, values_set
from corpora.python.api.bodies.statements import statements_of
from corpora.python.applied.notes import FunctionNode

_MAX_NODES: Final = 20_000  # of a function
_MAX_CHARS: Final = 60  # of a string that counts as a token
_RESTORES: Final = frozenset({"__setstate__", "__copy__", "__deepcopy__", "__reduce__", "__reduce_ex__"})
_OF_NODES: Final = "docprompting_facts"


@dataclass(slots=True)
class FunctionFacts:
    """What the body of a function tells.

    Attributes:
        sketch: of its tokens, without its docstring.
        own: names that it sets on its first parameter, with their lines.
        opens_first: why it may give its first parameter members that cannot be told; empty if it does not.
        opens_module: the same for its module.
        keeps_signature: whether, as a decorator, it uses `functools.wraps` or returns what it is given.
        adds_keywords: whether a function in it, which may be what a decorator makes, takes some by name.
        keywords: what it does with those that `**kwargs` take; None if that is not known.
        read: the keywords that it reads out of `**kwargs` itself.
        may_only_raise: whether it ends in `raise`, or does nothing but call another function.
        filled: the parameters that it gives a value where they are None.
        returned: the calls whose results it returns, besides None; empty if it may return anything else.
        values: what it sets attributes of its first parameter to, besides None; None for what is not told.
    """

    sketch: tuple[int, ...] = ()
    own: dict[str, int] = field(default_factory=dict)
    opens_first: str = ""
    opens_module: str = ""
    keeps_signature: bool = False
    adds_keywords: bool = False
    keywords: KeywordFlow | None = None
    read: ReadKeywords = field(default_factory=ReadKeywords)
    may_only_raise: bool = False
    filled: tuple[str, ...] = ()
    returned: tuple[Called, ...] = ()
    values: dict[str, list[Called | None]] = field(default_factory=dict)


def facts_of_function(node: FunctionNode) -> FunctionFacts:
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
    facts.keywords = keyword_flow(node)
    facts.read = read_keywords(node)
    facts.may_only_raise = _may_only_raise(node)
    facts.filled = filled_parameters(node)
    facts.returned = returned_values(node)
    facts.values = values_set(node, first) if facts.own else {}
    facts.adds_keywords = facts.keeps_signature and _adds_keywords(node)
    return facts


def _may_only_raise(node: FunctionNode) -> bool:
    """Return whether a function ends in `raise`, or is one call, which may raise: `_refuse(self)`."""
    *before, last = node.body
    docstrings = [one for one in before if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)]
    is_call = isinstance(last, ast.Expr) and isinstance(last.value, ast.Call)
    return isinstance(last, ast.Raise) or (is_call and len(docstrings) == len(before))


def _returns_argument(node: FunctionNode) -> bool:
    """Return whether a function, or one in it, returns one of its parameters, or what passes all on to it."""
    functions = [node, *(one for one in node.body if isinstance(one, FunctionNode))]
    for function in functions:
        names = {one.arg for one in [*function.args.posonlyargs, *function.args.args]}
        inner = (one for one in function.body if isinstance(one, FunctionNode))
        names |= {one.name for one in inner if _passes_all_on(one, names)}
        for part in statements_of(function.body):
            if isinstance(part, ast.Return) and isinstance(part.value, ast.Name) and part.value.id in names:
                return True
    return False


def _adds_keywords(node: FunctionNode) -> bool:
    """Return whether a function in one takes keywords by name: `*, rng=None`, or out of its `**kwargs`."""
    inner = [one for one in ast.walk(node) if isinstance(one, FunctionNode) and one is not node]
    return any(one.args.vararg and (one.args.kwonlyargs or _reads_keywords(one)) for one in inner)


def _reads_keywords(node: FunctionNode) -> bool:
    stars = node.args.kwarg.arg if node.args.kwarg else ""
    for part in ast.walk(node) if stars else ():
        match part:
            case (
                ast.Attribute(value=ast.Name(id=name), attr="pop" | "get")
                | ast.Subscript(value=ast.Name(id=name), ctx=ast.Load() | ast.Del())
            ) if name == stars:
                return True
    return False


def _passes_all_on(node: FunctionNode, names: set[str]) -> bool:
    """Return whether a function has `(*args, **kwargs)` and calls one of `names` with just these."""
    given = node.args
    if given.posonlyargs or given.args or given.kwonlyargs or not given.vararg or not given.kwarg:
        return False
    for number, part in enumerate(ast.walk(node)):
        match part:
            case ast.Call(
                func=ast.Name(id=name),
                args=[ast.Starred(value=ast.Name(id=star))],
                keywords=[ast.keyword(arg=None, value=ast.Name(id=stars))],
            ) if name in names and not _reads_keywords(node):
                return star == given.vararg.arg and stars == given.kwarg.arg
        if number > _MAX_NODES:
            break
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


def _read(  # noqa: C901, PLR0912 (one arm a node)
    part: ast.AST, first: str, own: set[str], facts: FunctionFacts, tokens: set[str]
) -> None:
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
