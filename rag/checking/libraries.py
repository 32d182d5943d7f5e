"""The libraries that a program may use: which there are, and what they have at their versions."""

import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from corpora.api.builtin_members import builtin_members
from corpora.api.calls.accepted import AcceptedKeywords
from corpora.api.calls.returned import ReturnedClasses
from corpora.api.model import ApiObject
from corpora.api.store import kept_versions, model_in
from corpora.dependencies.package_name import normalized_name
from corpora.errors import CorpusError
from rag.checking.item_attributes import ItemAttributes
from rag.checking.library import CheckedLibrary

_MAX_VERSIONS: Final = 8  # of a library that are compared, besides the one that counts
_MAX_STEPS: Final = 12  # from name to name through libraries that import each other
_OBJECT: Final = "builtins.object"


@dataclass(frozen=True, slots=True)
class NamePlace:
    """Where a dotted name leads.

    Attributes:
        path: of the object; of the last one that is known, if a part is absent.
        object: that object; None if no model shows it.
        absent: the part that this object does not have; empty if the whole name was found.
        is_certain: whether it surely does not have that part.
    """

    path: str
    object: ApiObject | None
    absent: str = ""
    is_certain: bool = False


@dataclass
class Libraries:
    """The libraries of an environment, read when they are first asked for.

    Attributes:
        found: each library once; of two with one top-level name, the first counts if it was named.
        is_complete: whether there is nothing else to import but these and the program's own modules.
        before: other versions of some of them, to tell what was removed since.
    """

    found: Sequence[CheckedLibrary]
    is_complete: bool = False
    before: Mapping[str, CheckedLibrary] = field(default_factory=dict)
    read: dict[str, CheckedLibrary] = field(default_factory=dict)
    """Those that were asked for, by name."""
    _by_top: dict[str, CheckedLibrary | None] = field(default_factory=dict)
    _words: dict[tuple[str, str, bool], bool] = field(default_factory=dict)
    _walked: dict[str, NamePlace | None] = field(default_factory=dict)
    _members: dict[tuple[str, str], NamePlace] = field(default_factory=dict)
    _orders: dict[str, list[str]] = field(default_factory=dict)
    _others: dict[str, list[CheckedLibrary]] = field(default_factory=dict)

    def other_versions(self, library: CheckedLibrary) -> Sequence[CheckedLibrary]:
        """Return other versions of a library: of `before`, then those whose API was read some time before.

        They tell which of its names are gone, or not there yet; nothing is fetched for that.
        """
        if library.name not in self._others:
            own = [self.before[library.name]] if library.name in self.before else []
            seen = {library.version, *(one.version for one in own)}
            kept = [item for item in kept_versions(library.name).items() if item[0] not in seen]
            models = [model_in(file) for _, file in kept[:_MAX_VERSIONS]]
            own += [
                CheckedLibrary(library.name, model.version, "", model.tops, known=model)
                for model in models
                if model is not None
            ]
            self._others[library.name] = own
        return self._others[library.name]

    def owner(self, top: str) -> CheckedLibrary | None:
        """Return the library that has a top-level name; None if none has, or several do."""
        if top not in self._by_top:
            owners = self._owners(top)
            self._by_top[top] = owners[0] if len(owners) == 1 else None
        library = self._by_top[top]
        if library is not None:
            self.read.setdefault(library.name, library)
        return library

    def _owners(self, top: str) -> list[CheckedLibrary]:
        """Return the libraries that have a top-level name, or its stubs."""
        named = [one for one in self.found if top in one.tops]
        if named:
            return named
        alike = [one for one in self.found if not one.tops and one.name == normalized_name(top)]
        for library in alike or [one for one in self.found if not one.tops]:
            with suppress(CorpusError):
                if top in library.source.tops:
                    return [library]
        return []

    def has(self, top: str) -> bool | None:
        """Return whether a top-level name can be imported; None if that is not known."""
        if top in sys.stdlib_module_names or self.owner(top) is not None or self._owners(top):
            return True
        unread = any(not one.tops and not one.is_readable for one in self.found)
        return False if self.is_complete and not unread else None

    @cached_property
    def keywords(self) -> AcceptedKeywords:
        """Return what finds the keywords that functions with `**kwargs` accept."""
        return AcceptedKeywords(self)

    @cached_property
    def returned(self) -> ReturnedClasses:
        """Return what finds the classes of what functions without annotations return."""
        return ReturnedClasses(self)

    @cached_property
    def items(self) -> ItemAttributes:
        """Return what tells which classes answer any name with their items alone."""
        return ItemAttributes(self)

    def object_named(self, name: str) -> ApiObject | None:
        """Return what a dotted name leads to; None if that is not known."""
        place = self.walk(name)
        return place.object if place is not None and not place.absent else None

    def object_at(self, path: str) -> ApiObject | None:
        """Return the object at the path where it is defined."""
        library = self.owner(path.partition(".")[0])
        return library.model.objects.get(path) if library is not None and library.model else None

    def walk(self, name: str) -> NamePlace | None:
        """Return where a dotted name leads, also through several libraries; None if its top is not known."""
        if name not in self._walked:
            self._walked[name] = self._walk(name)
        return self._walked[name]

    def _walk(self, name: str) -> NamePlace | None:
        top, *parts = name.split(".")
        library = self.owner(top)
        if library is None or library.model is None:
            return None
        place = NamePlace(top, self.object_at(top))
        walked = top
        for part in parts:
            if place.object is None:
                return place
            place = self.member(place.path, part)
            if place.absent and place.path != walked and self._has_namesake(place.path, part):
                return NamePlace(place.path, None)
            if place.absent:
                return place
            walked = f"{walked}.{part}"
        return place

    def _has_namesake(self, module: str, part: str) -> bool:
        """Return whether another module of this name has a member that one lacks.

        `networkx.community` is `networkx.algorithms.community` or `networkx.generators.community`: which of
        them star imports leave there depends on their order.
        """
        library = self.owner(module.partition(".")[0])
        ending = f".{module.rpartition('.')[2]}"
        objects = library.model.objects if library is not None and library.model else {}
        alike = [path for path in objects if path.endswith(ending) and path != module]
        return any(part in objects[path].members for path in alike)

    def member(self, holder: str, part: str) -> NamePlace:
        """Return what a module or class has by a name; for a class, its bases are asked, too."""
        key = holder, part
        if key not in self._members:
            self._members[key] = self._member(holder, part)
        return self._members[key]

    def _member(self, holder: str, part: str) -> NamePlace:
        here = self._settled(holder)
        if here is not None and here.kind == "module":
            return self._in_module(here, part)
        if here is not None and here.kind == "class":
            return self._in_class(here, part)
        return NamePlace(here.path if here is not None else holder, None)

    def _in_module(self, here: ApiObject, part: str) -> NamePlace:
        inside = f"{here.path}.{part}"
        target = here.members.get(part) or (inside if self.object_at(inside) is not None else "")
        if target:
            return NamePlace(target, self._settled(target))
        library = self.owner(inside.partition(".")[0])
        if library is not None and library.has_module(inside):
            return NamePlace(inside, None)
        return NamePlace(here.path, here, part, is_certain=not here.is_open)

    def _in_class(self, here: ApiObject, part: str) -> NamePlace:
        is_whole = not here.is_open
        for base in self.order(here.path):
            own = self.object_at(base)
            members = own.members if own is not None else builtin_members(base)
            if members is None:
                is_whole = False
            elif part in members:
                return NamePlace(members[part], self._settled(members[part]))
            elif own is not None and _may_be_more(own):
                is_whole = False
        return NamePlace(here.path, here, part, is_certain=is_whole)

    def _settled(self, path: str) -> ApiObject | None:
        """Return the object at a path, or the one that a name at this path stands for."""
        for _ in range(_MAX_STEPS):
            found = self.object_at(path)
            if found is not None:
                return found
            holder, _, part = path.rpartition(".")
            above = self.object_at(holder) if holder else None
            target = above.members.get(part, "") if above is not None else ""
            if not target or target == path:
                return None
            path = target
        return None

    def order(self, path: str) -> list[str]:
        """Return a class and its bases, those in other libraries with theirs."""
        if path not in self._orders:
            self._orders[path] = self._linear(path)
        return self._orders[path]

    def _linear(self, path: str) -> list[str]:
        found: dict[str, None] = {}
        todo = [path]
        while todo and len(found) < 500:
            here = todo.pop(0)
            if here in found:
                continue
            found[here] = None
            library = self.owner(here.partition(".")[0])
            if library is not None and library.model is not None:
                for base in library.model.order(here):
                    if base in library.model.objects or base == _OBJECT or builtin_members(base) is not None:
                        found.setdefault(base)
                    elif base != here:
                        settled = self._settled(base)
                        todo.append(settled.path if settled is not None else base)
        # Each library puts it behind the bases that it knows; those in other libraries come before it, too.
        return [*(one for one in found if one != _OBJECT), *([_OBJECT] if _OBJECT in found else [])]

    def answers_any_name(self, path: str) -> bool:
        """Return whether a class computes its attributes, or has a base that is not known."""
        for base in self.order(path):
            own = self.object_at(base)
            if own is None:
                if builtin_members(base) is None:
                    return True
            elif "" in own.bases or {"__getattr__", "__getattribute__"} & own.members.keys():
                return True
        return False

    def classes_named(self, name: str) -> list[str]:
        """Return the paths of the classes of this name in the libraries that were asked for."""
        return [
            path
            for library in list(self.read.values())
            for path in library.named(name)
            if (found := self.object_at(path)) is not None and found.kind == "class"
        ]

    def members(self, path: str) -> dict[str, str]:
        """Return the members of a module or class with inherited ones, by name."""
        here = self._settled(path)
        found: dict[str, str] = {}
        for base in self.order(here.path) if here is not None and here.kind == "class" else [path]:
            own = self.object_at(base)
            for name, target in (own.members if own is not None else builtin_members(base) or {}).items():
                found.setdefault(name, target)
        return found

    def mentions(self, top: str, word: str, *, defined: bool = False) -> bool:
        """Return whether a word occurs anywhere in a library; see `CheckedLibrary.mentions`."""
        library = self.owner(top)
        if library is None:
            return True
        key = library.name, word, defined
        if key not in self._words:
            self._words[key] = library.mentions(word, defined=defined)
        return self._words[key]


def _may_be_more(cls: ApiObject) -> bool:
    """Return whether a class, or what a call of it gives, may have members that no source shows."""
    # (With `__new__` it may make objects of another class.)
    return cls.is_open or "" in cls.bases or cls.kind != "class" or "__new__" in cls.members
