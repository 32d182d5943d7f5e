"""What calls gave that work with other versions only: types for what is bound to it.

`df = df.append(row)` fails under pandas 2, and a type checker knows nothing of `df` then. But the model of
pandas 1.5.3 says that it was a data frame, so that `df.iteritems()` is found in the next line, too.
"""

import ast
import builtins
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from corpora.api.builtin_members import builtin_members
from corpora.api.calls.annotated import AnnotatedClasses
from corpora.api.model import ApiObject
from corpora.syntax.dotted_name import dotted_name
from rag.checking.libraries import Libraries, NamePlace
from rag.checking.library import CheckedLibrary
from rag.checking.programs.program import CheckedProgram
from rag.checking.references import Reference, References
from rag.checking.refused_arguments import is_used

_ANYTHING: Final = "typing.Any"
_BUILTINS: Final = frozenset(
    {"bool", "bytes", "complex", "dict", "float", "frozenset", "int", "list", "object", "set", "str", "tuple"}
)
_TYPING: Final = frozenset(
    {
        "Callable", "Dict", "FrozenSet", "Generator", "Hashable", "Iterable", "Iterator", "List", "Mapping",
        "Optional", "Sequence", "Set", "Tuple", "Union",
    }
)  # fmt: skip
_MAX_CHARS: Final = 300
_MAX_DEPTH: Final = 8  # of an annotation
_WRITTEN: Final = re.compile(r"[\w., |\[\]]{1,600}")


class GoneTypes:
    """Finds the types of what calls of other versions give, in the words of the version in use.

    Args:
        references: what the expressions of a program refer to.

    Attributes:
        found: the types by the calls, as annotations with full names; empty for that of the object itself
            whose method is called.
    """

    def __init__(self, references: References) -> None:
        self._references, self._libraries = references, references.libraries
        self._with: dict[tuple[str, str], Libraries] = {}
        self._same: dict[str, bool] = {}
        self.found: dict[ast.expr, str] = {}

    def note(self, call: ast.Call, called: Sequence[Reference]) -> None:
        """Note the type that a call gave, if the program uses it and the version in use lacks what is called.

        In a loop, `df = df.append(row)` makes `df` unknown itself. It stays what it is if a class that had
        such a method gave its own kind.

        Args:
            call: the call.
            called: what is called; empty if that is not known.
        """
        found = [self._of_one(one) for one in called if one.place.absent]
        if found and len(found) == len(called):
            self._note(call, found)
        elif not called and _is_bound_again(self._references.program, call):
            assert isinstance(call.func, ast.Attribute)
            if self._gives_itself(call.func.attr) and self._references.is_unknown(call.func.value):
                self.found[call] = ""

    def note_methods(self, call: ast.Call, names: Sequence[str]) -> None:
        """Note the type that a call gave of one of some methods, by their public names in another version."""
        if call in self.found:
            return
        texts = [[self._given(other, name) for other in self._others(name)] for name in names]
        self._note(call, [next(filter(None, each), "") for each in texts])

    def note_name(self, node: ast.Attribute, holder: NamePlace) -> None:
        """Note what the name of a class of Python stood for that a module had: `np.float` was `float`.

        Only as an argument, where it says what a call gives: `values.astype(np.float)`.
        """
        kind = getattr(builtins, node.attr, None)
        is_argument = isinstance(self._references.program.parents[node], ast.Call | ast.keyword)
        if isinstance(kind, type) and is_argument and holder.object and holder.object.kind == "module":
            self.found[node] = f"type[builtins.{node.attr}]"

    def _note(self, call: ast.Call, texts: Sequence[str]) -> None:
        text = " | ".join(dict.fromkeys(texts))
        if all(texts) and _WRITTEN.fullmatch(text) and is_used(self._references.program, call):
            self.found[call] = text

    def _gives_itself(self, method: str) -> bool:
        """Return whether a class that is used had a method in another version that gave an object of it."""
        if method not in self._same:
            self._same[method] = any(
                self._libraries.member(holder, method).absent and self._given(other, path) == holder
                for library in self._references.used_libraries
                for other in self._libraries.other_versions(library)
                for path in other.named(method)
                if (holder := path.rpartition(".")[0]) and self._libraries.object_at(holder) is not None
            )
        return self._same[method]

    def _of_one(self, one: Reference) -> str:
        member = f"{one.place.path}.{one.place.absent}"
        names = dict.fromkeys([one.name, member])
        texts = (self._given(other, name) for other in self._others(one.name) for name in names)
        return next((text for text in texts if text), "")

    def _others(self, name: str) -> Iterator[CheckedLibrary]:
        """Yield the other versions of the library that has a name, the nearest older ones first."""
        from packaging.version import InvalidVersion, Version

        library = self._libraries.owner(name.partition(".")[0])
        if library is None:
            return
        try:
            mine = Version(library.version)
            others = [(Version(one.version), one) for one in self._libraries.other_versions(library)]
        except InvalidVersion:
            return
        others.sort(key=lambda one: one[0])
        yield from (one for version, one in reversed(others) if version < mine)
        yield from (one for version, one in others if version > mine)

    def _given(self, other: CheckedLibrary, name: str) -> str:
        """Return what a call of a name gives in another version of its library; empty if not known."""
        key = other.name, other.version
        if key not in self._with:
            rest = [one for one in self._libraries.found if one.name != other.name]
            self._with[key] = Libraries([other, *rest])
        older = self._with[key]
        found = older.object_named(name)
        if found is None or found.kind not in {"class", "function"}:
            return ""
        holder = older.object_named(name.rpartition(".")[0])
        receiver = holder.path if holder is not None and holder.kind == "class" else ""
        classes = [self._now(path, other) for path in older.returned.of(found, receiver)]
        if classes:
            return " | ".join(dict.fromkeys(classes)) if all(classes) else ""
        return self._annotated(found, receiver, older, other)

    def _now(self, path: str, other: CheckedLibrary) -> str:
        """Return the path of a class in use that is one of another version, or its nearest base."""
        if builtin_members(path) is not None:
            return path
        model = other.model
        public = model.public_name(path) if model is not None else ""
        named = self._libraries.object_named(public) if public else None
        here = next((one for one in (self._libraries.object_at(path), named) if one is not None), None)
        if here is not None:
            return here.path if here.kind == "class" else ""
        bases = model.order(path)[1:] if model is not None and path in model.objects else []
        above = (self._libraries.object_at(base) for base in bases)
        return next((one.path for one in above if one is not None and one.kind == "class"), "")

    def _annotated(self, found: ApiObject, receiver: str, older: Libraries, other: CheckedLibrary) -> str:
        """Return the annotation of what a function returns, with `Any` for what is not known in it."""
        returned = {way.returns for way in found.signatures}
        if len(returned) != 1 or found.kind != "function" or "async" in found.labels:
            return ""
        # (Its own decorators add to docstrings, or take old keywords.)
        if any(path.partition(".")[0] != found.path.partition(".")[0] for path in found.decorators):
            return ""
        classes = AnnotatedClasses(older)

        def named(name: str) -> str:
            last = name.rpartition(".")[2]
            if name in _BUILTINS:
                return name
            if last in _TYPING:
                return f"typing.{last}"
            paths = classes.of(name, found.path, receiver) if name else ()
            return (self._now(paths[0], other) if len(paths) == 1 else "") or _ANYTHING

        shown = _text(_parsed(returned.pop()), named)
        return "" if _ANYTHING in shown.split(" | ") or len(shown) > _MAX_CHARS else shown


def _is_bound_again(program: CheckedProgram, call: ast.Call) -> bool:
    """Return whether a name is bound to what a method of it gives: `df = df.append(row)`, also `self.df`."""
    match call.func, program.parents[call]:
        case ast.Attribute(value=value), ast.Assign(targets=[target]):
            name = dotted_name(value)
            return bool(name) and name == dotted_name(target) and not _is_parameter(program, call, name)
    return False


def _is_parameter(program: CheckedProgram, node: ast.AST, name: str) -> bool:
    """Return whether a name is a parameter where a node is, so that nothing else in sight binds it."""
    above = (parent for _, parent in program.above(node))
    function = next((one for one in above if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)), None)
    given = function.args if function is not None else None
    every = (*given.posonlyargs, *given.args, *given.kwonlyargs) if given is not None else ()
    return any(one.arg == name for one in every)


def _text(node: ast.expr, named: Callable[[str], str], depth: int = 0) -> str:
    """Return an annotation in which each name is replaced."""
    parts = [] if depth > _MAX_DEPTH else list(_parts(node))
    shown = [_text(part, named, depth + 1) for part in parts]
    match node:
        case ast.Constant(value=None):
            return "None"
        case ast.Constant(value=str(text)) if not depth:
            return _text(_parsed(text), named, 1)
        case ast.Constant(value=value) if value is ...:
            return "..."
        case ast.Subscript() if shown and shown[0] != _ANYTHING:
            return f"{shown[0]}[{shown[1]}]"
        case ast.Tuple() | ast.BinOp(op=ast.BitOr()) if shown:
            return (", " if isinstance(node, ast.Tuple) else " | ").join(shown)
    return named(dotted_name(node))


def _parts(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.Subscript(value=value, slice=inner):
            yield from (value, inner)
        case ast.Tuple(elts=elements):
            yield from elements
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            yield from (left, right)


def _parsed(annotation: str) -> ast.expr:
    try:
        return ast.parse(annotation[:_MAX_CHARS], mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Constant(value=0)
