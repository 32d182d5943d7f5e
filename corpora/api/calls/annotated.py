"""The classes that annotations of a library name, where all that they name is known."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from corpora.api.calls.accepted import Apis
from corpora.api.model import ApiObject
from corpora.syntax.dotted_name import dotted_name

_MAX_CHARS: Final = 300
_BOUND: Final = re.compile(r"(?:typing\.)?TypeVar\([^()]{1,100}, bound=['\"]?([\w.]{1,100})['\"]?\)")
_MAX_CLASSES: Final = 4
_SELF: Final = frozenset({"Self", "typing.Self", "typing_extensions.Self"})
_EITHER: Final = frozenset({"Optional", "Union", "Annotated", "ClassVar", "Final"})
# What an annotation names may be another class then.
_NO_CLASSES: Final = frozenset({"protocol", "typed dict", "type"})


class AnnotatedClasses:
    """Finds the classes that annotations name.

    Args:
        apis: where objects are found.
    """

    def __init__(self, apis: Apis) -> None:
        self._apis = apis

    def of(self, annotation: str, path: str, receiver: str = "") -> tuple[str, ...]:
        """Return the paths of the classes that an annotation names, besides None; none if not all are known.

        Args:
            annotation: as it is written.
            path: of what has it.
            receiver: path of the class that it is asked of, which `Self` means.
        """
        if not annotation or len(annotation) > _MAX_CHARS:
            return ()
        try:
            node = ast.parse(annotation, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return ()
        found = list(dict.fromkeys(self._named(node, path, receiver)))
        return tuple(found) if len(found) <= _MAX_CLASSES and "" not in found else ()

    def is_own_kind(self, annotation: str, path: str, receiver: str) -> bool:
        """Return whether an annotation is a type variable that is bound to a base of the receiver.

        Args:
            annotation: as it is written.
            path: of what has it.
            receiver: path of the class that it is asked of.
        """
        module = self._module(path) if receiver and annotation.isidentifier() else ""
        found = self._apis.object_named(f"{module}.{annotation}") if module else None
        bound = _BOUND.match(found.value) if found is not None and found.kind == "attribute" else None
        bases = {base.rpartition(".")[2] for base in self._apis.order(receiver)} if bound else set()
        return bound is not None and bound[1].rpartition(".")[2] in bases

    def _named(self, node: ast.expr, path: str, receiver: str) -> Iterator[str]:
        """Yield the paths that a part of an annotation names; empty for one that is not known."""
        match node:
            case ast.Constant(value=None):
                return
            case ast.Constant(value=str(text)):
                yield from self.of(text, path, receiver) or ("",)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                yield from self._named(left, path, receiver)
                yield from self._named(right, path, receiver)
            case ast.Subscript(value=ast.Name(id=name) | ast.Attribute(attr=name), slice=inner) if (
                name in _EITHER
            ):
                parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
                for part in parts[:1] if name == "Annotated" else parts:
                    yield from self._named(part, path, receiver)
            case ast.Subscript(value=value):
                yield from self._named(value, path, receiver)
            case _:
                yield self._class(dotted_name(node), path, receiver)

    def _class(self, name: str, path: str, receiver: str) -> str:
        if name in _SELF:
            return receiver
        module = self._module(path)
        found = self._apis.object_named(f"{module}.{name}") if module and name else None
        is_class = found is not None and found.kind == "class" and _NO_CLASSES.isdisjoint(found.labels)
        return found.path if found is not None and is_class else ""

    def _module(self, path: str) -> str:
        """Return the path of the module that an object is defined in; empty if that is not known."""
        found: ApiObject | None = None
        while path and (found is None or found.kind != "module"):
            path = path.rpartition(".")[0]
            found = self._apis.object_at(path) if path else None
        return path
