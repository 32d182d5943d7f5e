"""Where the keywords go that `**kwargs` of a function take: read in its body, without running anything.

Each use of the name has to be one that is understood. If any is not, as where the keywords are kept, iterated
or given to something as a dictionary, nothing is known: then any keyword may be right.
"""

import ast
from dataclasses import dataclass, field
from typing import Final

from corpora.python.api.bodies.local_names import Called, LocalNames, parameters_of
from corpora.python.applied.notes import FunctionNode
from corpora.syntax.dotted_name import dotted_name

_MAX_NODES: Final = 20_000  # of a function
_MAX_CALLS: Final = 20
_MAX_TAKEN: Final = 200
_READS: Final = frozenset({"pop", "get", "setdefault"})
_MAKES: Final = frozenset({"dict", "OrderedDict", "collections.OrderedDict"})
_COPIES: Final = _MAKES | {"copy.copy", "copy.deepcopy", "deepcopy"}
_TESTS: Final = frozenset({"len", "bool"})
_SEES_ALL: Final = frozenset({"locals", "vars", "eval", "exec"})
_PARTIAL: Final = frozenset({"partial", "functools.partial"})
_MEMBERSHIP: Final = (ast.In, ast.NotIn, ast.Is, ast.IsNot)
_CATCHES: Final = frozenset({"TypeError", "Exception", "BaseException"})


@dataclass(frozen=True, slots=True)
class FlowCall:
    """A call that gets the keywords; see `PassedOn` for `given` and `places`."""

    called: Called
    given: tuple[str, ...] = ()
    places: int = 0


@dataclass(slots=True)
class KeywordFlow:
    """What a function does with its keywords.

    Attributes:
        taken: names that it reads itself.
        calls: that get them.
        raises: whether it raises for those that it has not read.
        escapes: whether they may go anywhere else, so that nothing is known.
    """

    taken: dict[str, None] = field(default_factory=dict)
    calls: list[FlowCall] = field(default_factory=list)
    raises: bool = False
    escapes: bool = False

    @property
    def is_known(self) -> bool:
        """Return whether a keyword that is neither taken nor passed on is refused."""
        is_small = len(self.calls) <= _MAX_CALLS and len(self.taken) <= _MAX_TAKEN
        return not self.escapes and is_small and (bool(self.calls) or self.raises)


def keyword_flow(node: FunctionNode) -> KeywordFlow | None:
    """Return what a function does with its keywords; None if it takes no `**kwargs`, or it is not known."""
    if node.args.kwarg is None:
        return None
    reading = _Reading(node, node.args.kwarg.arg)
    flow = reading.read()
    return flow if flow.is_known else None


class _Reading:
    """Reads one function; `held` are the names of dictionaries that hold its keywords."""

    def __init__(self, function: FunctionNode, name: str) -> None:
        self._function = function
        self._held = {name}
        self._flow = KeywordFlow()
        self._above: dict[ast.AST, ast.AST] = {}
        self._nodes: list[ast.AST] = []
        self._note(function, name)
        self._names = LocalNames(function, self._nodes, without=name)

    def _note(self, root: ast.AST, name: str) -> None:
        """Note the nodes of the body with what holds them, without functions that have its name."""
        todo: list[ast.AST] = list(getattr(root, "body", []))
        for statement in todo:
            self._above[statement] = root
        while todo and len(self._nodes) <= _MAX_NODES:
            node = todo.pop()
            self._nodes.append(node)
            if isinstance(node, FunctionNode | ast.Lambda) and name in parameters_of(node.args):
                continue
            for child in ast.iter_child_nodes(node):
                self._above[child] = node
                todo.append(child)

    def read(self) -> KeywordFlow:
        """Return what becomes of the keywords."""
        self._flow.escapes = len(self._nodes) > _MAX_NODES or any(map(_sees_all, self._nodes))
        if not self._flow.escapes:
            self._follow_copies()
        for node in self._nodes:
            if self._flow.escapes:
                break
            if isinstance(node, ast.Name) and node.id in self._held and isinstance(node.ctx, ast.Load):
                self._use(node)
        return self._flow

    def _follow_copies(self) -> None:
        """Note the names of dictionaries that get what others hold: `options = dict(kwargs, a=1)`."""
        for _ in range(3):
            before = len(self._held)
            for node in self._nodes:
                if isinstance(node, ast.Name) and node.id in self._held:
                    target = self._copied_to(node)
                    if target:
                        self._held.add(target)
            if len(self._held) == before:
                return

    def _copied_to(self, node: ast.expr) -> str:
        """Return the name of the dictionary that a use of the keywords copies them to; empty for none."""
        whole = self._whole(node)
        match self._above.get(whole):
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                return name
            case ast.AugAssign(target=ast.Name(id=name), op=ast.BitOr()):
                return name
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="update"), args=[one]):
                return name if one is whole and name != getattr(whole, "id", "") else ""
            case ast.keyword(arg=None) as keyword:
                match self._above.get(keyword):
                    case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="update")):
                        return name
        return ""

    def _whole(self, node: ast.expr) -> ast.expr:
        """Return the largest expression around the keywords that is a dictionary with them in it."""
        while (larger := self._larger(node)) is not None:
            node = larger
        return node

    def _larger(self, node: ast.expr) -> ast.expr | None:
        match self._above.get(node):
            case ast.Dict(keys=keys, values=values) as display:
                is_spread = any(
                    key is None and value is node for key, value in zip(keys, values, strict=True)
                )
                return display if is_spread else None
            case ast.BinOp(op=ast.BitOr()) as joined:
                return joined
            case ast.Call(args=[first, *_]) as call if first is node and dotted_name(call.func) in _COPIES:
                return call
            case ast.Attribute(attr="copy") as attribute:
                copied = self._above.get(attribute)
                return copied if isinstance(copied, ast.Call) and copied.func is attribute else None
            case ast.keyword(arg=None) as keyword:
                made = self._above.get(keyword)
                return made if isinstance(made, ast.Call) and dotted_name(made.func) in _MAKES else None
        return None

    def _use(self, node: ast.Name) -> None:
        """Read one use of a dictionary with the keywords."""
        whole = self._whole(node)
        above = self._above.get(whole)
        if isinstance(above, ast.keyword) and above.arg is None:
            call = self._above.get(above)
            if isinstance(call, ast.Call):
                self._call(call)
                return
        if self._copied_to(node):
            return
        match above:
            case ast.Subscript(value=value, slice=key, ctx=context) if value is whole:
                if not isinstance(context, ast.Store) or self._texts(key):  # (what it adds itself is its own)
                    self._take(key)
            case ast.Attribute(attr=verb) if verb in _READS:
                call = self._above.get(above)
                self._take(call.args[0] if isinstance(call, ast.Call) and call.args else None)
            case ast.Compare(left=left, ops=ops) if all(isinstance(one, _MEMBERSHIP) for one in ops):
                if isinstance(left, ast.Constant):
                    self._take(left)
            case _:
                self._flow.escapes |= not self._is_harmless(whole, above)

    def _is_harmless(self, node: ast.expr, above: ast.AST | None) -> bool:
        """Return whether a use of the keywords only tests or changes them, or tells of them in an error."""
        match above:
            case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test) if test is node:
                self._flow.raises |= isinstance(above, ast.If) and _has_raise(above)
                return True
            case ast.UnaryOp(op=ast.Not()) | ast.BoolOp():
                return isinstance(above, ast.UnaryOp) or self._is_test(above)
            case ast.Call(func=ast.Name(id=name)) if name in _TESTS:
                return True
            case ast.Attribute(attr="update" | "clear"):
                return isinstance(self._above.get(above), ast.Call)
        return self._is_in_raise(node)

    def _is_test(self, node: ast.AST) -> bool:
        above = self._above.get(node)
        return isinstance(above, ast.If | ast.IfExp | ast.While | ast.UnaryOp) or (
            isinstance(above, ast.BoolOp) and self._is_test(above)
        )

    def _is_in_raise(self, node: ast.AST) -> bool:
        """Return whether an expression is part of what is raised where keywords are left."""
        at: ast.AST | None = node
        while at is not None and not isinstance(at, ast.stmt):
            at = self._above.get(at)
        return isinstance(at, ast.Raise)

    def _take(self, key: ast.expr | None) -> None:
        names = self._texts(key) if key is not None else ()
        self._flow.escapes |= not names
        self._flow.taken.update(dict.fromkeys(names))

    def _texts(self, key: ast.expr) -> tuple[str, ...]:
        """Return the texts that a key may be; none if that is not told."""
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            return (key.value,)
        if not isinstance(key, ast.Name):
            return ()
        loops = [one for one in self._nodes if _is_loop_over(one, key.id)]
        if len(loops) != 1 or not self._names.is_bound_once(key.id):
            return ()
        listed = getattr(loops[0], "iter", None)
        parts = listed.elts if isinstance(listed, ast.Tuple | ast.List | ast.Set) else []
        texts = [one.value for one in parts if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        return tuple(texts) if len(texts) == len(parts) else ()

    def _call(self, call: ast.Call) -> None:
        """Read a call that gets the keywords."""
        function, arguments = call.func, call.args
        if dotted_name(function) in _PARTIAL and arguments:
            function, arguments = arguments[0], arguments[1:]
        found = None if self._is_tried(call) else self._names.called(function)
        if found is None:
            self._flow.escapes = True
            return
        is_starred = any(isinstance(one, ast.Starred) for one in arguments)
        given = tuple(one.arg for one in call.keywords if one.arg)
        made = FlowCall(found, given, 0 if is_starred else len(arguments))
        if made not in self._flow.calls:
            self._flow.calls.append(made)

    def _is_tried(self, node: ast.AST) -> bool:
        """Return whether an error of a call is caught."""
        before, at = node, self._above.get(node)
        while at is not None:
            if isinstance(at, ast.Try) and before in at.body and any(map(_catches, at.handlers)):
                return True
            before, at = at, self._above.get(at)
        return False


def _sees_all(node: ast.AST) -> bool:
    """Return whether a node may read all variables of the function: `locals()`."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _SEES_ALL


def _has_raise(node: ast.If) -> bool:
    return any(isinstance(one, ast.Raise) for one in node.body)


def _is_loop_over(node: ast.AST, name: str) -> bool:
    if not isinstance(node, ast.For | ast.comprehension):
        return False
    return isinstance(node.target, ast.Name) and node.target.id == name


def _catches(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or dotted_name(kind).rpartition(".")[2] in _CATCHES for kind in kinds)
