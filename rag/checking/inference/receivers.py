"""The expressions of a program whose types a check needs, and a copy in which a type checker reveals them.

`df.groupby("a").agg(sum)` becomes `reveal_type((df, 0)); reveal_type((df.groupby("a"), 1))[0].agg(sum)`: the
values and their types stay the same, and each type comes with its number. What tests narrow, as `self.x` in
`if self.x is not None: self.x.y`, stays as it is written, since it is no such place any more with something
around it. It is asked for in front of the statement, or of the part of it that is evaluated by itself.
"""

import ast
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from rag.checking.programs.program import CheckedProgram

MAX_RECEIVERS: Final = 20_000
STAND_INS: Final = "_rag_types"
"""The class that holds the types of `CheckedProgram.stand_ins`; a builtin for the type checker."""

_LEFT_OUT: Final = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.arg, ast.AnnAssign, ast.JoinedStr, ast.MatchClass,
    ast.MatchValue, ast.ClassDef,
)  # fmt: skip
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
_HOLDERS: Final = (ast.stmt, ast.withitem, ast.match_case, ast.ExceptHandler)
# An expression of these kinds has no members that programs get wrong, or means another thing when wrapped.
_NOT_WRAPPED: Final = (
    ast.Constant, ast.JoinedStr, ast.Lambda, ast.Yield, ast.YieldFrom, ast.Starred, ast.NamedExpr,
    ast.List, ast.Dict, ast.Set, ast.Tuple, ast.ListComp, ast.DictComp, ast.SetComp, ast.GeneratorExp,
)  # fmt: skip


@lru_cache(maxsize=1024)
def receivers(program: CheckedProgram) -> list[ast.expr]:
    """Return the expressions whose attributes a program reads, and what functions without annotations return.

    Those that imports alone explain are left out, and those in annotations.
    """
    left_out = _within(program, _LEFT_OUT, lambda node: [*_annotations(node), *_unparsed(program, node)])
    found: dict[ast.expr, None] = {}
    for node in program.of_type(ast.Attribute):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and node not in left_out:
            value = node.value
            if (
                not isinstance(value, _NOT_WRAPPED)
                and not is_super(value)
                and not _is_imported(program, value)
            ):
                found[value] = None
    for value in _returned(program):
        if not isinstance(value, _NOT_WRAPPED) and not is_super(value) and not _is_imported(program, value):
            found[value] = None
    return list(found)[:MAX_RECEIVERS]


def revealing_copy(
    program: CheckedProgram, wanted: Mapping[int, Sequence[str]], places: Sequence[ast.expr]
) -> str:
    """Return a copy of a program in which the types of some receivers are revealed; its lines stay the same.

    Args:
        program: the program.
        wanted: by the indices of receivers, further expressions to show beside each, as decoys.
        places: all receivers, of `receivers`.
    """
    edits = _Edits(program)
    for argument in program.left_out:
        edits.blank(argument, program.parents[argument])
    unseen = _below(program.left_out)
    for call, text in program.stand_ins.items():
        called = call.func if isinstance(call, ast.Call) else None
        itself = _place(called.value) if isinstance(called, ast.Attribute) else None
        if call not in unseen and (text or itself):
            edits.stand_in(call, f"{STAND_INS}.{stand_in_name(text)}" if text else itself or "")
    for number, decoys in wanted.items():
        node = places[number]
        if node in unseen:
            continue
        shown = "".join(f", {decoy}" for decoy in (number, *decoys))
        if (place := _place(node)) is None:
            edits.wrap(node, shown)
            continue
        unit = _unit(program, node)
        if isinstance(unit, ast.stmt):
            edits.before(unit, f"reveal_type(({place}{shown})); ")
        elif isinstance(unit, ast.expr) and unit is not node and _root_name(node) not in _named_in(unit):
            edits.within(unit, f"reveal_type(({place}{shown})) and ")
        elif unit is not None:
            edits.wrap(node, shown)
    return edits.text()


def stand_in_name(text: str) -> str:
    """Return the name under which a type is found in `STAND_INS`."""
    return f"t{blake2b(text.encode(), digest_size=8).hexdigest()}"


class _Edits:
    """What is inserted into the lines of a program, of which none is added.

    At one place, what ends comes before what begins; of several that begin, what stands before a statement,
    then the largest first; of several that end, the smallest.
    """

    def __init__(self, program: CheckedProgram) -> None:
        # Offsets of Python's tree are in bytes of UTF-8.
        self._lines = [line.encode("utf-8", "replace") for line in program.lines]
        self._inserted: dict[int, list[tuple[int, int, float, str]]] = defaultdict(list)
        self._parts: dict[ast.expr, list[str]] = defaultdict(list)

    def blank(self, argument: ast.AST, call: ast.AST) -> None:
        """Put blanks in the place of an argument, up to the next one or to the end of the call."""
        if not isinstance(call, ast.Call) or not isinstance(argument, ast.expr | ast.keyword):
            return
        at = argument.lineno, argument.col_offset
        arguments: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
        others = ((one.lineno, one.col_offset) for one in arguments)
        last = call.end_lineno or call.lineno, (call.end_col_offset or 1) - 1
        end_line, end = min((place for place in others if place > at), default=last)
        for line in range(at[0], end_line + 1):
            text = self._lines[line - 1]
            first = at[1] if line == at[0] else 0
            stop = end if line == end_line else len(text)
            self._lines[line - 1] = text[:first] + b" " * (stop - first) + text[stop:]

    def before(self, node: ast.stmt, text: str) -> None:
        self._inserted[node.lineno].append((node.col_offset, 1, 0, text))

    def within(self, node: ast.expr, text: str) -> None:
        self._parts[node].append(text)

    def wrap(self, node: ast.expr, shown: str) -> None:
        self._around(node, "reveal_type((", f"{shown}))[0]")

    def stand_in(self, node: ast.expr, text: str) -> None:
        """Put another value in the place of an expression, which is still evaluated."""
        # (It is what is revealed of the same expression, and so comes inside.)
        self._around(node, f"({text}, ", ")[0]", inside=0.5)

    def _around(self, node: ast.expr, opening: str, closing: str, inside: float = 0.0) -> None:
        size = _size(node) - inside
        end_line, end = node.end_lineno or node.lineno, node.end_col_offset or 0
        self._inserted[node.lineno].append((node.col_offset, 2, -size, opening))
        self._inserted[end_line].append((end, 0, size, closing))

    def text(self) -> str:
        for node, texts in self._parts.items():
            self._around(node, f"({''.join(texts)}(", "))")
        lines = self._lines
        for line, edits in self._inserted.items():
            if line > len(lines):
                continue
            text, at, pieces = lines[line - 1], 0, []
            for offset, _, _, new in sorted(edits, key=lambda edit: edit[:3]):
                pieces += [text[at:offset], new.encode("utf-8", "replace")]
                at = offset
            lines[line - 1] = b"".join([*pieces, text[at:]])
        return b"\n".join(lines).decode("utf-8", "replace")


def _size(node: ast.expr) -> int:
    """Return a measure by which what contains something else at one of its ends is larger."""
    return ((node.end_lineno or 0) - node.lineno) * 1_000_000 + (node.end_col_offset or 0) - node.col_offset


def _place(node: ast.expr) -> str | None:
    """Return the text of what tests narrow: `self.parts[0].name`; None for anything else."""
    parts: list[str] = []
    while not isinstance(node, ast.Name):
        match node:
            case ast.Attribute(value=value, attr=attr):
                parts.append(f".{attr}")
            case ast.Subscript(value=value, slice=ast.Constant(value=str() | int() as key)):
                parts.append(f"[{key!r}]")
            case _:
                return None
        node = value
    return node.id + "".join(reversed(parts))


def _root_name(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _named_in(node: ast.expr) -> set[str]:
    """Return the names that `:=` binds in an expression."""
    return {one.target.id for one in ast.walk(node) if isinstance(one, ast.NamedExpr)}


def _unit(program: CheckedProgram, node: ast.expr) -> ast.AST | None:
    """Return before what the type of a place can be asked for, with what was narrowed up to there.

    It is the statement, or the part of it that is evaluated by itself: a later operand of `and`, the body of
    a lambda, a test. The node itself is returned where it has to be asked for at its own place, and None
    where nothing can be.
    """
    for child, parent in program.above(node):
        if isinstance(parent, _HOLDERS):
            return _of_statement(parent, child, node)
        if _is_apart(program, child, parent):
            return child
    return None


def _is_apart(program: CheckedProgram, child: ast.AST, parent: ast.AST) -> bool:
    """Return whether a part of an expression is evaluated under conditions, or with names of its own."""
    match parent:
        case ast.BoolOp(values=[first, *_]):
            return child is not first
        case ast.IfExp(test=test):
            return child is not test
        case ast.Lambda(body=body):
            return child is body
        case ast.comprehension(iter=source):
            return child is not source or not _is_first(program, parent)
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            return not isinstance(child, ast.comprehension)
    return False


def _is_first(program: CheckedProgram, part: ast.comprehension) -> bool:
    return getattr(program.parents[part], "generators", [None])[0] is part


def _of_statement(parent: ast.AST, child: ast.AST, node: ast.expr) -> ast.AST | None:
    match parent:
        case ast.If(test=part) | ast.While(test=part) | ast.For(iter=part) | ast.AsyncFor(iter=part):
            return child if child is part else node
        case ast.withitem(context_expr=part) | ast.match_case(guard=part) | ast.Assert(msg=part) if (
            child is part
        ):
            return child
        case ast.Match():
            return None
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            # `@value.setter` is understood as it is written only.
            return None if child in parent.decorator_list and isinstance(child, ast.Attribute) else node
        case ast.withitem() | ast.match_case() | ast.ExceptHandler() | ast.Try() | ast.TryStar():
            return node
    return parent


def _within(
    program: CheckedProgram,
    types: Sequence[type[ast.AST]],
    parts: Callable[[ast.AST], Sequence[ast.AST]],
) -> set[ast.AST]:
    return _below(part for node in program.of_type(*types) for part in parts(node))


def _below(nodes: Iterable[ast.AST]) -> set[ast.AST]:
    """Return some nodes with all that they hold."""
    found: set[ast.AST] = set()
    todo = list(nodes)
    while todo:
        node = todo.pop()
        if node not in found:
            found.add(node)
            todo.extend(ast.iter_child_nodes(node))
    return found


def _annotations(node: ast.AST) -> list[ast.AST]:
    return [
        part for name in ("annotation", "returns") if isinstance(part := getattr(node, name, None), ast.AST)
    ]


def _unparsed(program: CheckedProgram, node: ast.AST) -> list[ast.AST]:
    """Return parts where positions are not reliable (some f-strings before 3.12) or only names may stand."""
    match node:
        case ast.JoinedStr():
            return [] if all(map(program.is_in_place, _below([node]))) else [node]
        case ast.MatchClass() | ast.MatchValue():
            return [node]
        case ast.ClassDef(bases=bases):
            return list(bases)
    return []


def _returned(program: CheckedProgram) -> Iterator[ast.expr]:
    """Yield what functions return that the program calls by name, and of which no annotation tells."""
    calls = (node.func for node in program.of_type(ast.Call) if isinstance(node, ast.Call))
    called = {function.id for function in calls if isinstance(function, ast.Name)}
    for node in program.of_type(ast.Return) if called else ():
        above = (parent for _, parent in program.above(node))
        function = next((one for one in above if isinstance(one, _FUNCTIONS)), None)
        match node, function:
            case ast.Return(value=ast.expr() as value), ast.FunctionDef(returns=None, decorator_list=[]):
                if function.name in called:
                    yield value


def is_super(node: ast.expr) -> bool:
    """Return whether an expression is a call of `super`."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def _is_imported(program: CheckedProgram, node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id in program.imported
