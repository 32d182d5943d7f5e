"""Tables of the properties that a class has by its `set_...` methods, as docstrings ask for them.

matplotlib writes `%(Line2D:kwdoc)s` where the keyword arguments of a function are properties of `Line2D`.
"""

import ast
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Final

import griffe

from corpora.python.applied.notes import decorators_of
from corpora.syntax.dotted_name import dotted_name

_MARK: Final = ":kwdoc"
_PREFIX: Final = "set_"
_MAX_PROPERTIES: Final = 200
_MAX_NAMESAKES: Final = 10  # classes of one name; that with the most properties is meant

Ordered = Callable[[griffe.Class], list[griffe.Class]]


class PropertyTables(dict[str, str]):
    """The texts that placeholders stand for, those of tables among them, which are made when asked for.

    Args:
        classes: all classes of the package.
        order_of: returns a class and its bases in the order in which Python asks them.
        docstring_of: returns the docstring of an object, after its decorators.
        aliases_of: returns the other names of properties that decorators of a class give.
    """

    def __init__(
        self,
        classes: Iterable[griffe.Class],
        order_of: Ordered,
        docstring_of: Callable[[griffe.Object], str],
        aliases_of: Callable[[griffe.Class], dict[str, list[str]]],
    ) -> None:
        super().__init__()
        self._classes: dict[str, list[griffe.Class]] = defaultdict(list)
        for cls in classes:
            self._classes[cls.name].append(cls)
        self._order_of = order_of
        self._docstring_of = docstring_of
        self._aliases_of = aliases_of

    def get(self, key: str, default: str | None = None) -> str | None:  # type: ignore[override]
        """Return the text for a placeholder."""
        if key not in self and key.endswith(_MARK):
            self[key] = ""  # (a docstring that asks for the table which it is part of gets none)
            named = self._classes.get(key.removesuffix(_MARK), [])
            self[key] = max(map(self.of, named[:_MAX_NAMESAKES]), key=len, default="")
        return super().get(key, default)

    def of(self, cls: griffe.Class) -> str:
        """Return the properties of a class, a line for each: `name or alias: what it may be`."""
        setters: dict[str, griffe.Object] = {}
        aliases: dict[str, list[str]] = {}
        for base in self._order_of(cls):
            aliases |= self._aliases_of(base)
            for name, member in base.members.items():
                if name.startswith(_PREFIX) and isinstance(member, griffe.Function):
                    setters.setdefault(name.removeprefix(_PREFIX), member)
        others = {other for names in aliases.values() for other in names}
        shown = sorted(setters.keys() - others)[:_MAX_PROPERTIES]
        lines = [
            f"    {' or '.join([name, *aliases.get(name, ())])}: {self._accepted(setters[name])}"
            for name in shown
        ]
        return "\n".join(["Properties:", *lines]) if lines else ""

    def _accepted(self, setter: griffe.Object) -> str:
        """Return what a setter accepts, as its docstring or a decorator says."""
        for decorator in decorators_of(setter):
            match decorator:
                case ast.Call(func=function, args=[ast.Constant(value=str(text))]):
                    if "kwarg_doc" in dotted_name(function):
                        return text
        lines = self._docstring_of(setter).split("\n")
        names = [one.name for one in setter.parameters][1:2] if isinstance(setter, griffe.Function) else []
        for number, line in enumerate(lines):
            said = line.strip().removeprefix(".. ")
            if said.startswith("ACCEPTS:"):
                rest = "\n".join(lines[number:]).partition("ACCEPTS:")[2]
                return " ".join(rest.partition("\n\n")[0].split())
            name, colon, kind = said.partition(" : ")
            if colon and [name.lstrip("*")] == names:
                return kind
        return "unknown"
