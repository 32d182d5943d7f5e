"""The docstrings that decorators, assignments and templates give to the objects of a package."""

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from inspect import cleandoc

import griffe

from corpora.python.applied.decorators import Decorators
from corpora.python.applied.made_docstrings import docstring_of_made
from corpora.python.applied.made_members import MadeMembers
from corpora.python.applied.notes import decorators_of, note_of, texts_of
from corpora.python.applied.property_tables import PropertyTables
from corpora.python.applied.scope import Decorated, EvaluationScope
from corpora.python.applied.values import Values
from corpora.syntax.dotted_name import dotted_name

_NAMED = ("doc", "__doc__", "docstring", "fdoc")
_DELEGATES = re.compile(r"(?i)delegate|inherit_names|forward|expose|proxy|define_alias")
_MAX_CHAIN = 40  # of objects whose docstrings are each made from that of the next
_FEWEST_WORDS = 4  # of a text that documents something
_DOC_OF_PROPERTY = 3  # property(fget, fset, fdel, doc)


def apply_docstrings(
    modules: Sequence[griffe.Module],
    find: Callable[[str], griffe.Object | None],
    order_of: Callable[[griffe.Class], list[griffe.Class]],
) -> None:
    """Give the objects of `modules` the docstrings that their sources make.

    Members that a class decorator takes from another class become members of the class.

    Args:
        modules: all modules of the package.
        find: finds objects by their paths.
        order_of: returns a class and its bases in the order in which Python asks them.
    """
    applied = _Applied(modules, find, order_of)
    members = [member for module in modules for member in _members_below(module)]
    for member in members:
        applied.complete(member)
    for module in modules:
        applied.assign(module)
    for member in members:
        if isinstance(member, griffe.Class):
            applied.delegate(member)
            applied.made.complete(member)
    for module in modules:
        for qualifier, statement in texts_of(module).changes:
            applied.made.carry_out(module, qualifier, statement)
    for member in members:
        applied.complete_attribute(member)


class _Applied:
    def __init__(
        self,
        modules: Sequence[griffe.Module],
        find: Callable[[str], griffe.Object | None],
        order_of: Callable[[griffe.Class], list[griffe.Class]],
    ) -> None:
        self._find = find
        self._order_of = order_of
        self._complete: set[str] = set()
        self._chain = 0
        self._values = Values(find, self._docstring_of)
        self.made = MadeMembers(self._values, self._find_member, self._order_of)
        classes = [
            one for module in modules for one in _members_below(module) if isinstance(one, griffe.Class)
        ]
        registered = PropertyTables(classes, self._order_of, self._docstring_of, self._aliases_of)
        self._values.tables["kwdoc"] = registered.of
        self._decorators = Decorators(self._values, registered)
        for module in modules:
            for key, expression in texts_of(module).registered.items():
                if text := self._values.text(expression, EvaluationScope(module)):
                    registered[key] = text

    def _docstring_of(self, member: griffe.Object) -> str:
        self.complete(member)
        return member.docstring.value if member.docstring else ""

    def complete(self, member: griffe.Object) -> None:
        """Apply the decorators of an object, once."""
        if member.path in self._complete or self._chain >= _MAX_CHAIN:
            return
        self._complete.add(member.path)
        decorators = decorators_of(member)
        if not decorators:
            return
        before = member.docstring.value if member.docstring else ""
        made = Decorated(member.name, before)
        self._chain += 1
        self._decorators.apply(decorators, made, _scope_of(member))
        self._chain -= 1
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
        text = self._values.text(expression, EvaluationScope(module, qualifier))
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
        if not text and isinstance(member.parent, griffe.Class):
            # year = _field_accessor("year", "Y", "The year of the datetime.")
            given = (self._values.of(argument, scope) for argument in call.args)
            text = next((one for one in given if isinstance(one, str) and _is_prose(one)), "")
        text = text or docstring_of_made(call, self._values, scope)
        if text:
            _set_docstring(member, text)

    def delegate(self, cls: griffe.Class) -> None:
        """Add the members in `@delegate_names(Other, ["year"])` and `@define_aliases({"color": ["c"]})`."""
        scope = _scope_of(cls)
        for decorator in decorators_of(cls):
            name = dotted_name(decorator.func) if isinstance(decorator, ast.Call) else ""
            if not isinstance(decorator, ast.Call) or not _DELEGATES.search(name):
                continue
            given = [*decorator.args, *(keyword.value for keyword in decorator.keywords)]
            values = [self._values.of(argument, scope) for argument in given]
            for known in values if "alias" in name else ():
                _add_aliases(cls, known)
            names = [name for value in values if isinstance(value, list) for name in value]
            renamed = next((one for one in given if isinstance(one, ast.Lambda)), None)
            for source in [value for value in values if isinstance(value, griffe.Class)][:1]:
                for name in (one for one in names if isinstance(one, str) and one not in cls.members):
                    found = self._find_member(source, self._renamed(name, renamed, scope))
                    if found is not None:
                        cls.members[name] = found

    def _renamed(self, name: str, function: ast.Lambda | None, scope: EvaluationScope) -> str:
        """Return what `accessor_mapping=lambda x: f"_dt_{x}"` makes of a name."""
        if function is None or len(function.args.args) != 1:
            return name
        inner = scope.elsewhere(scope.module)
        inner.local[function.args.args[0].arg] = name
        return self._values.text(function.body, inner) or name

    def _aliases_of(self, cls: griffe.Class) -> dict[str, list[str]]:
        """Return the other names of properties in `@define_aliases({"color": ["c"]})`."""
        calls = [one for one in decorators_of(cls) if isinstance(one, ast.Call)]
        tables = [
            self._values.of(argument, _scope_of(cls))
            for call in calls
            if "alias" in dotted_name(call.func)
            for argument in call.args
        ]
        return {
            name: [other for other in others if isinstance(other, str)]
            for table in tables
            if isinstance(table, dict)
            for name, others in table.items()
            if isinstance(name, str) and isinstance(others, list)
        }

    def _find_member(self, cls: griffe.Class, name: str) -> griffe.Object | None:
        found = (base.members.get(name) for base in self._order_of(cls))
        return next((member for member in found if isinstance(member, griffe.Object)), None)


def _add_aliases(cls: griffe.Class, known: object) -> None:
    """Add `set_c` and `get_c` beside `set_color` and `get_color` for `{"color": ["c"]}`."""
    for name, others in known.items() if isinstance(known, dict) else ():
        for prefix in ("get_", "set_", ""):
            member = cls.members.get(f"{prefix}{name}")
            for other in others if isinstance(others, list) else ():
                if isinstance(member, griffe.Object) and isinstance(other, str):
                    cls.members.setdefault(f"{prefix}{other}", member)


def _is_prose(text: str) -> bool:
    return len(text.split()) >= _FEWEST_WORDS


def _set_docstring(member: griffe.Object, text: str) -> None:
    member.docstring = griffe.Docstring(cleandoc(text), lineno=member.lineno, parent=member)


def _scope_of(member: griffe.Object) -> EvaluationScope:
    module = member.module
    inner = member.path.removeprefix(f"{module.path}.")
    return EvaluationScope(module, f"{inner.rpartition('.')[0]}." if "." in inner else "")


def _members_below(holder: griffe.Module | griffe.Class) -> Iterator[griffe.Object]:
    """Yield the objects that a module defines, and those in its classes; not those of other modules."""
    for member in holder.members.values():
        if isinstance(member, griffe.Object) and not isinstance(member, griffe.Module):
            yield member
            if isinstance(member, griffe.Class):
                yield from _members_below(member)
