"""The expressions of a program whose types a check needs, and copies in which a type checker reveals them.

`df.groupby("a").agg(sum)` becomes `reveal_type((reveal_type((df, 0))[0].groupby("a"), 1))[0].agg(sum)`: the
values and their types stay the same, and each type comes with its number. A narrowed place such as `self.x`
in `if self.x is not None: self.x.y` is none any more when `self` is replaced in it, so that receivers of this
kind are revealed in copies of their own.
"""

import ast
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from rag.checking.program import CheckedProgram

MAX_COPIES: Final = 3  # self.a.b.c: deeper places are not revealed
MAX_RECEIVERS: Final = 20_000
# An expression of these kinds has no members that programs get wrong, or means another thing when wrapped.
_NOT_WRAPPED: Final = (
    ast.Constant, ast.JoinedStr, ast.Lambda, ast.Yield, ast.YieldFrom, ast.Starred, ast.NamedExpr,
    ast.List, ast.Dict, ast.Set, ast.Tuple, ast.ListComp, ast.DictComp, ast.SetComp, ast.GeneratorExp,
)  # fmt: skip


@lru_cache(maxsize=1024)
def receivers(program: CheckedProgram) -> list[ast.expr]:
    """Return the expressions whose attributes a program reads, in the order of its tree.

    Those that imports alone explain are left out, and those in annotations and f-strings.
    """
    left_out = _within(program, lambda node: [*_annotations(node), *_unparsed(node)])
    found: dict[ast.expr, None] = {}
    for node in program.nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and node not in left_out:
            value = node.value
            if (
                not isinstance(value, _NOT_WRAPPED)
                and not _is_super(value)
                and not _is_imported(program, value)
            ):
                found[value] = None
    return list(found)[:MAX_RECEIVERS]


def revealing_copies(
    program: CheckedProgram, wanted: Mapping[int, Sequence[str]], places: Sequence[ast.expr]
) -> list[str]:
    """Return copies of a program in which the types of some receivers are revealed.

    Args:
        program: the program.
        wanted: by the indices of receivers, further expressions to show beside each, as decoys.
        places: all receivers, of `receivers`.
    """
    by_copy: dict[int, list[int]] = defaultdict(list)
    for number in wanted:
        depth = _place_depth(places[number])
        if depth < MAX_COPIES:
            by_copy[depth].append(number)
    return [_copy(program, wanted, places, numbers) for _, numbers in sorted(by_copy.items())]


def _copy(
    program: CheckedProgram,
    wanted: Mapping[int, Sequence[str]],
    places: Sequence[ast.expr],
    numbers: Sequence[int],
) -> str:
    # Offsets of Python's tree are in bytes of UTF-8.
    lines = [line.encode("utf-8", "replace") for line in program.lines]
    inserted: dict[int, list[tuple[int, int, int, bytes]]] = defaultdict(list)
    for number in numbers:
        node = places[number]
        decoys = "".join(f", {decoy}" for decoy in wanted[number])
        size = _size(node)
        end_line, end = node.end_lineno or node.lineno, node.end_col_offset or 0
        # At one place, what ends comes before what begins; of several that begin, the largest first; of
        # several that end, the smallest.
        inserted[node.lineno].append((node.col_offset, 1, -size, b"reveal_type(("))
        inserted[end_line].append((end, 0, size, f", {number}{decoys}))[0]".encode()))
    for line, edits in inserted.items():
        if line > len(lines):
            continue
        text, at, pieces = lines[line - 1], 0, []
        for offset, _, _, new in sorted(edits):
            pieces += [text[at:offset], new]
            at = offset
        lines[line - 1] = b"".join([*pieces, text[at:]])
    return b"\n".join(lines).decode("utf-8", "replace")


def _size(node: ast.expr) -> int:
    """Return a measure by which what contains something else at one of its ends is larger."""
    return ((node.end_lineno or 0) - node.lineno) * 1_000_000 + (node.end_col_offset or 0) - node.col_offset


def _place_depth(node: ast.expr) -> int:
    """Return how many places another place leads through: 2 for `a.b.c`, 0 for `f().b`'s `f()`."""
    depth = 0
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
        depth += 1
    return depth


def _within(program: CheckedProgram, parts: Callable[[ast.AST], Sequence[ast.AST]]) -> set[ast.AST]:
    found: set[ast.AST] = set()
    todo = [part for node in program.nodes for part in parts(node)]
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


def _unparsed(node: ast.AST) -> list[ast.AST]:
    """Return parts where positions are not reliable (f-strings before 3.12) or only names may stand."""
    match node:
        case ast.JoinedStr() | ast.MatchClass() | ast.MatchValue():
            return [node]
        case ast.ClassDef(bases=bases):
            return list(bases)
    return []


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def _is_imported(program: CheckedProgram, node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id in program.imported
