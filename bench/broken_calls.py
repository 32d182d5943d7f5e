"""Mistakes in calls of libraries, made in working programs with a fixed seed.

Each program gets one mistake, at a place that uses an API of a library that the program imports:

- attribute: the last name of `library.name` or `object.name` is renamed to one that nothing has;
- keyword: a keyword of a call is renamed, or one is added;
- argument: the last positional argument is dropped, where the API says that each signature needs it;
- version: a name is put in that another version of the library has beside the one that is used.

What an object is is told by the text alone: `annotated` with a class of the library, `constructed` by calling
one in this file, or `derived` from another call of the library. Places that nothing in the file tells are not
broken, since nobody knows whether they use a library. Lines that silence checkers are left out.
"""

import ast
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from rag.checking.guards import ignored_lines
from rag.checking.libraries import Libraries
from rag.checking.programs.program import CheckedProgram, parsed_program

SEED: Final = 16
WAYS: Final = ("imported", "annotated", "constructed", "derived")
MISTAKES: Final = ("attribute", "keyword renamed", "keyword added", "argument", "version")
_KEYWORDS: Final = ("verbose_output", "as_copy_of", "strict_mode", "use_cached", "out_layout", "max_entries")
_ENDINGS: Final = ("_all", "_values", "_with", "_entry", "_now")
_WRAPPERS: Final = frozenset({"Optional", "Annotated", "ClassVar", "Final"})
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Site:
    """A place that uses a library, how its receiver is known, and the full name if that is imported."""

    node: ast.Attribute | ast.Call
    way: str
    name: str = ""


@dataclass(frozen=True)
class Broken:
    """A program with one mistake; `put_in` is the name that is wrong, or that of the dropped parameter."""

    program: CheckedProgram
    mistake: str
    way: str
    line: int
    put_in: str
    shown: str


class Receivers:
    """How the names in a program are bound to objects of libraries."""

    def __init__(self, program: CheckedProgram, tops: frozenset[str]) -> None:
        self._program, self._tops = program, tops
        self._bound: dict[tuple[ast.AST, str], list[str]] = defaultdict(list)
        for node in program.nodes:
            for target, way in self._bindings(node):
                self._bound[
                    self._scope(node, is_own=isinstance(target, ast.Attribute)), _text(target)
                ].append(way)

    def imported(self, node: ast.expr) -> str:
        """Return the full name of what an import of a library and attributes lead to; else empty."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        first = self._program.imported.get(node.id, "") if isinstance(node, ast.Name) else ""
        return ".".join([first, *reversed(parts)]) if first.partition(".")[0] in self._tops else ""

    def way(self, node: ast.expr) -> str:
        """Return how an object of a library is known: one of `WAYS`; empty if it is not."""
        match node:
            case ast.Await(value=value):
                return self.way(value)
            case ast.Call(func=called) if name := self.imported(called):
                return "constructed" if name.rpartition(".")[2][:1].isupper() else "derived"
            case ast.Call(func=ast.Attribute(value=value)) if self.way(value):
                return "derived"
            case ast.Name() | ast.Attribute(value=ast.Name(id="self")):
                is_own = isinstance(node, ast.Attribute)
                ways = self._bound.get((self._scope(node, is_own=is_own), _text(node)), [])
                return ways[0] if len(ways) == 1 else ""
        return ""

    def _bindings(self, node: ast.AST) -> Iterator[tuple[ast.expr, str]]:
        match node:
            case ast.arg(arg=name, annotation=annotation):
                yield ast.Name(name), self._annotated(annotation)
            case ast.AnnAssign(target=target, annotation=annotation):
                yield target, self._annotated(annotation)
            case ast.Assign(targets=[ast.Name() | ast.Attribute() as target], value=value):
                yield target, self._of_value(value)
            case ast.withitem(context_expr=value, optional_vars=ast.Name() as target):
                yield target, "derived" if self._of_value(value) else ""
            case ast.Name(ctx=ast.Store() | ast.Del()) if not isinstance(
                self._program.parents[node], ast.Assign | ast.AnnAssign | ast.withitem
            ):
                yield node, ""

    def _of_value(self, value: ast.expr) -> str:
        value = value.value if isinstance(value, ast.Await) else value
        if isinstance(value, ast.Call) and (name := self.imported(value.func)):
            return "constructed" if name.rpartition(".")[2][:1].isupper() else "derived"
        return ""

    def _annotated(self, annotation: ast.expr | None) -> str:
        match annotation:
            case ast.Constant(value=str(text)):
                try:
                    return self._annotated(ast.parse(text, mode="eval").body)
                except SyntaxError:
                    return ""
            case ast.BinOp(left=one, op=ast.BitOr(), right=ast.Constant(value=None)):
                return self._annotated(one)
            case ast.Subscript(value=ast.Name(id=name), slice=inner) if name in _WRAPPERS:
                return self._annotated(inner.elts[0] if isinstance(inner, ast.Tuple) else inner)
            case ast.Name() | ast.Attribute() if self.imported(annotation):
                return "annotated"
        return ""

    def _scope(self, node: ast.AST, *, is_own: bool) -> ast.AST:
        """Return the function that a node is in; for attributes of `self`, the class."""
        kinds = (ast.ClassDef,) if is_own else _FUNCTIONS
        for _, parent in self._program.above(node):
            if isinstance(parent, kinds):
                return parent
        return self._program.tree


def _text(node: ast.AST) -> str:
    return (
        node.id if isinstance(node, ast.Name) else f".{node.attr}" if isinstance(node, ast.Attribute) else ""
    )


def sites(program: CheckedProgram, tops: frozenset[str]) -> list[Site]:
    """Return the places of a program that use an API of a library."""
    known = Receivers(program, tops)
    ignored = ignored_lines(program)
    found = []
    for node in program.nodes:
        called = node.func if isinstance(node, ast.Call) else node
        if not isinstance(called, ast.Attribute | ast.Name) or not isinstance(node, ast.Attribute | ast.Call):
            continue
        is_silenced = not ignored.isdisjoint(range(node.lineno, (node.end_lineno or 0) + 1))
        if is_silenced or not isinstance(called.ctx, ast.Load):
            continue
        if name := known.imported(called):
            found.append(Site(node, "imported", name))
        elif isinstance(called, ast.Attribute) and (way := known.way(called.value)):
            found.append(Site(node, way))
    return found


def broken_programs(
    programs: list[CheckedProgram],
    tops: frozenset[str],
    libraries: Libraries,
    gone: Mapping[str, list[str]],
    each: int,
) -> Iterator[Broken]:
    """Yield programs with one mistake: of each mistake and way of knowing an object, up to `each`.

    Args:
        programs: that work.
        tops: top-level names of the libraries whose calls are broken.
        libraries: what they have, to tell which arguments are needed.
        gone: by the full name of a module or class, the names that only another version has.
        each: how many of each kind.
    """
    chance = random.Random(SEED)
    found = [(program, site) for program in programs for site in sites(program, tops)]
    for number, (mistake, way) in enumerate((mistake, way) for mistake in MISTAKES for way in WAYS):
        places = [one for one in found if one[1].way == way]
        made = 0
        for program, site in chance.sample(places, len(places)):
            change = _change(program, site, mistake, libraries, gone, chance) if made < each else None
            if change is None:
                continue
            line, text, name = change
            # A path of its own, in the folder that relative imports begin from.
            path = program.module.removesuffix(".py") + f"_broken_{number}_{made}.py"
            parsed = parsed_program(path, path, text)
            if isinstance(parsed, CheckedProgram):
                made += 1
                yield Broken(parsed, mistake, way, line, name, parsed.lines[line - 1].strip())


def _change(
    program: CheckedProgram,
    site: Site,
    mistake: str,
    libraries: Libraries,
    gone: Mapping[str, list[str]],
    chance: random.Random,
) -> tuple[int, str, str] | None:
    """Return the line of a mistake, the text with it, and the name that is wrong; None if none fits."""
    node = site.node
    if isinstance(node, ast.Attribute):
        others = gone.get(_holder(libraries, site.name), []) if site.name and mistake == "version" else []
        if mistake != "attribute" and not others:
            return None
        name = chance.choice(others) if others else node.attr + chance.choice(_ENDINGS)
        end = node.end_col_offset or 0
        return _edited(program, node.end_lineno or 1, end - len(node.attr.encode()), end, name, name)
    if mistake == "keyword renamed" and (given := [one for one in node.keywords if one.arg]):
        one = chance.choice(given)
        name = f"{one.arg}{chance.choice(_ENDINGS)}"
        end = one.col_offset + len((one.arg or "").encode())
        return _edited(program, one.lineno, one.col_offset, end, name, name)
    if mistake == "keyword added" and not any(isinstance(one, ast.GeneratorExp) for one in node.args):
        name = chance.choice(_KEYWORDS)
        line, end = node.end_lineno or 1, (node.end_col_offset or 1) - 1
        before = program.lines[line - 1].encode()[:end].rstrip()
        comma = "" if not before or before.endswith((b"(", b",")) else ", "
        return _edited(program, line, end, end, f"{comma}{name}=1", name)
    if mistake == "argument" and (name := _needed(libraries, site)):
        last = node.args[-1]
        return _edited(program, last.lineno, last.col_offset, last.end_col_offset or 0, "", name)
    return None


def _holder(libraries: Libraries, name: str) -> str:
    place = libraries.walk(name.rpartition(".")[0])
    return place.object.path if place is not None and place.object is not None else ""


def _needed(libraries: Libraries, site: Site) -> str:
    """Return the parameter that the last positional argument of a call is for, if a call needs it."""
    node = site.node
    place = libraries.walk(site.name) if site.name and isinstance(node, ast.Call) else None
    if place is None or place.absent or place.object is None or not isinstance(node, ast.Call):
        return ""
    if not node.args or any(isinstance(one, ast.Starred) for one in node.args):
        return ""
    if any(keyword.arg is None for keyword in node.keywords):
        return ""
    names = set()
    for signature in place.object.signatures:
        taken = [one for one in signature.parameters if one.kind.startswith("positional")]
        if len(taken) < len(node.args) or not taken[len(node.args) - 1].is_required:
            return ""
        names.add(taken[len(node.args) - 1].name)
    return names.pop() if len(names) == 1 else ""


def _edited(
    program: CheckedProgram, line: int, start: int, end: int, new: str, name: str
) -> tuple[int, str, str]:
    lines = [one.encode() for one in program.lines]
    text = lines[line - 1]
    lines[line - 1] = text[:start] + new.encode() + text[end:]
    return line, b"\n".join(lines).decode(), name
