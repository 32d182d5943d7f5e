"""The docstrings that decorators, assignments and templates give to the objects of a package."""

import ast
from collections.abc import Callable, Iterator, Sequence
from inspect import cleandoc

import griffe

from corpora.python.applied.decorators import Decorators
from corpora.python.applied.notes import decorators_of, note_of, texts_of
from corpora.python.applied.values import Decorated, Scope, Values

_NAMED = ("doc", "__doc__", "docstring", "fdoc")
_DOC_OF_PROPERTY = 3  # property(fget, fset, fdel, doc)


def apply_docstrings(modules: Sequence[griffe.Module], find: Callable[[str], griffe.Object | None]) -> None:
    """Give the objects of `modules` the docstrings that their sources make; `find` finds objects by path."""
    applied = _Applied(modules, find)
    members = [member for module in modules for member in _members_below(module)]
    for member in members:
        applied.complete(member)
    for module in modules:
        applied.assign(module)
    for member in members:
        applied.complete_attribute(member)


class _Applied:
    def __init__(self, modules: Sequence[griffe.Module], find: Callable[[str], griffe.Object | None]) -> None:
        self._find = find
        self._complete: set[str] = set()
        self._values = Values(find, self._docstring_of)
        registered: dict[str, str] = {}
        self._decorators = Decorators(self._values, registered)
        for module in modules:
            for key, expression in texts_of(module).registered.items():
                if text := self._values.text(expression, Scope(module)):
                    registered[key] = text

    def _docstring_of(self, member: griffe.Object) -> str:
        self.complete(member)
        return member.docstring.value if member.docstring else ""

    def complete(self, member: griffe.Object) -> None:
        """Apply the decorators of an object, once."""
        if member.path in self._complete:
            return
        self._complete.add(member.path)
        decorators = decorators_of(member)
        if not decorators:
            return
        before = member.docstring.value if member.docstring else ""
        made = Decorated(member.name, before)
        self._decorators.apply(decorators, made, _scope_of(member))
        if made.docstring and made.docstring != before:
            _set_docstring(member, made.docstring)

    def assign(self, module: griffe.Module) -> None:
        """Carry out the assignments to `__doc__` in a module, in their order."""
        texts = texts_of(module)
        for name, expression in texts.assigned:
            self._assign(module, name, expression)
        for name, expression in texts.values.items():
            if name.rpartition(".")[2] == "__doc__":
                self._assign(module, name.rpartition(".")[0], expression)

    def _assign(self, module: griffe.Module, name: str, expression: ast.expr) -> None:
        target = self._find(f"{module.path}.{name}" if name else module.path)
        qualifier = f"{name.rpartition('.')[0]}." if "." in name else ""
        text = self._values.text(expression, Scope(module, qualifier))
        if target is not None and text:
            _set_docstring(target, text)

    def complete_attribute(self, member: griffe.Object) -> None:
        """Take the docstring of `x = property(get_x, doc="...")`, or that of its getter."""
        call = note_of(member, "value")
        if member.docstring or not isinstance(call, ast.Call):
            return
        scope = _scope_of(member)
        named = [keyword.value for keyword in call.keywords if keyword.arg in _NAMED]
        is_property = isinstance(call.func, ast.Name) and call.func.id == "property"
        if is_property:
            named += [*call.args[_DOC_OF_PROPERTY:], *call.args[:1]]
            member.labels.add("property")
        text = next(filter(None, (self._values.text(value, scope) for value in named)), "")
        if text:
            _set_docstring(member, text)


def _set_docstring(member: griffe.Object, text: str) -> None:
    member.docstring = griffe.Docstring(cleandoc(text), lineno=member.lineno, parent=member)


def _scope_of(member: griffe.Object) -> Scope:
    module = member.module
    inner = member.path.removeprefix(f"{module.path}.")
    return Scope(module, f"{inner.rpartition('.')[0]}." if "." in inner else "")


def _members_below(holder: griffe.Module | griffe.Class) -> Iterator[griffe.Object]:
    """Yield the objects that a module defines, and those in its classes; not those of other modules."""
    for member in holder.members.values():
        if isinstance(member, griffe.Object) and not isinstance(member, griffe.Module):
            yield member
            if isinstance(member, griffe.Class):
                yield from _members_below(member)
