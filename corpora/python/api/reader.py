"""Read the API of a package from its source: the objects that it defines, and the names that lead to them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

import griffe

from corpora.api.model import ApiModel, ApiObject
from corpora.python.api.classes import Classes
from corpora.python.api.facts import ApiFacts
from corpora.python.api.members import ModuleMembers
from corpora.python.api.records import Records, member_of_docstring
from corpora.python.api.resolving import Paths
from corpora.python.api.stubs import declared_calls, declared_names, declared_objects
from corpora.python.applied.added_docstrings import added_docstrings_in
from corpora.python.applied.docstrings import apply_docstrings
from corpora.python.extensions.members import add_compiled_members
from corpora.python.inheritance import Hierarchy
from corpora.python.loading import load_modules, modules_below
from corpora.python.module_files import PackageFiles, importable_name
from corpora.python.names import Objects, PublicNames, name_order, public_names

_MAX_OBJECTS: Final = 400_000
_IMPORTS_ALL: Final = "imports all names of"  # of modules that no source shows
_MAX_DEPTH: Final = 20  # of classes in classes


def read_package_api(package: PackageFiles, library: str, version: str) -> ApiModel:
    """Return the API of a package; nothing of it is imported or run.

    Args:
        package: the files to read.
        library: normalized name of the distribution.
        version: of it; empty if it is not known.
    """
    facts = ApiFacts()
    with griffe.logger.disable():
        loaded, _ = load_modules(package, [facts], for_documentation=False)
        add_compiled_members(loaded, package.root, package.compiled)
        reading = _Reading(package, loaded, facts)
        objects = dict(reading.objects())
        objects |= dict(reading.documented(objects))
        names, best = reading.names(objects)
    tops = tuple(sorted(module.path for module in loaded))
    return ApiModel(library, version, tops, objects, names, best)


class _Reading:
    def __init__(self, package: PackageFiles, loaded: list[griffe.Module], facts: ApiFacts) -> None:
        self._package = package
        self._modules = [module for top in loaded for module in modules_below(top)]
        self._found = Objects(loaded)
        hierarchy = Hierarchy(self._found)
        apply_docstrings(self._modules, self._found.find, hierarchy.order)
        self._paths = Paths(self._found)
        self._members = ModuleMembers(self._paths, hierarchy, self._modules)
        self._records = Records(
            package, self._paths, Classes(self._paths, hierarchy), self._members, facts.definitions
        )
        self._of_stubs: dict[str, list[str]] = {}
        self._with_stubs = frozenset(map(importable_name, package.stubs))

    def objects(self) -> Iterator[tuple[str, ApiObject]]:
        """Yield all objects of the package by their paths, then those that only stubs declare."""
        known: set[str] = set()
        wanted: dict[str, list[str]] = {}
        starred: dict[str, ApiObject] = {}
        hidden: list[ApiObject] = []
        for module in self._modules:
            for found in self._below(module, 0):
                if found.path not in known and len(known) < _MAX_OBJECTS:
                    known.add(found.path)
                    if found.kind == "module":
                        starred |= {found.path: found} if _IMPORTS_ALL in found.why_open else {}
                        for path in _under_own_name(found):
                            wanted.setdefault(path, []).append(found.path)
                    hidden += self._hidden(found)
                    yield found.path, found
        yield from ((found.path, found) for found in declared_calls(self._package, hidden))
        unshown = {
            path: modules
            for path, modules in wanted.items()
            if path not in known and self._found.is_own(path)
        }
        if unshown and self._package.stubs | self._package.compiled:
            for found in declared_objects(self._package, unshown, self._records):
                if found.path not in known:
                    known.add(found.path)
                    yield found.path, found
        if starred and self._package.stubs:
            yield from self._declared(starred)

    def _declared(self, modules: Mapping[str, ApiObject]) -> Iterator[tuple[str, ApiObject]]:
        """Yield what stubs declare in modules that import all names of compiled ones, and these modules anew.

        It is not asked whether the compiled module has it: numpy declares `FLOATING_POINT_SUPPORT`.
        """
        declared = declared_names(self._package, modules)
        wanted = {
            f"{module}.{name}": [module]
            for module, names in declared.items()
            for name in names
            if name not in modules[module].members
        }
        found = {one.path: one for one in declared_objects(self._package, wanted, self._records)}
        for path in wanted.keys() & found.keys():
            module, _, name = path.rpartition(".")
            self._of_stubs.setdefault(module, []).append(name)
        yield from found.items()
        for module, names in self._of_stubs.items():
            members = {**modules[module].members, **{name: f"{module}.{name}" for name in sorted(names)}}
            yield module, replace(modules[module], members=members)

    def documented(self, objects: Mapping[str, ApiObject]) -> Iterator[tuple[str, ApiObject]]:
        """Yield members of compiled classes that calls document and no stub declares, and the classes anew.

        numpy leaves out of its stubs what is deprecated: `add_newdoc(place, "ndarray", ("tostring", text))`.
        """
        more: dict[str, dict[str, str]] = {}
        for path in sorted(self._package.modules) if self._package.compiled else ():
            for one in added_docstrings_in(self._package.root, path):
                cls = objects.get(f"{one.place}.{one.name}")
                if cls is None or not cls.why_open.startswith("it is compiled"):
                    continue
                if one.attribute.isidentifier() and one.attribute not in cls.members:
                    member = member_of_docstring(f"{cls.path}.{one.attribute}", one.text, path, one.line)
                    more.setdefault(cls.path, {})[one.attribute] = member.path
                    yield member.path, member
        for path, names in more.items():
            yield path, replace(objects[path], members={**objects[path].members, **names})

    def _hidden(self, found: ApiObject) -> list[ApiObject]:
        """Return a function of a module whose decorator hides how it is called, but not from its stub."""
        is_declared = found.path.rpartition(".")[0] in self._with_stubs
        return [found] if is_declared and found.kind == "function" and found.written else []

    def _below(self, holder: griffe.Module | griffe.Class, depth: int) -> Iterator[ApiObject]:
        """Yield a module or class and what it defines itself."""
        yield self._records.of(holder)
        for member in list(holder.members.values()) if depth < _MAX_DEPTH else ():
            if not isinstance(member, griffe.Object) or isinstance(member, griffe.Module):
                continue
            if member.path != f"{holder.path}.{member.name}" or member.parent is not holder:
                continue  # a class decorator has taken it from another class
            if isinstance(member, griffe.Class):
                yield from self._below(member, depth + 1)
            else:
                yield self._records.of(member)
        yield from self._members.added(holder)

    def names(self, objects: Mapping[str, ApiObject]) -> tuple[dict[str, str], dict[str, str]]:
        """Return the public names with their paths, and the best name of each path."""
        found = public_names(self._found)
        names = {name: path for path, given in found.found.items() for name in given if path in objects}
        names.update(self._shadowed(found, names))
        names = {**dict(self._passed_on(found, objects)), **names}
        for name in sorted(found.unreachable):
            holder, _, own = name.rpartition(".")
            place = objects.get(names.get(holder, ""))
            if place is not None and (path := place.members.get(own)) is not None:
                names.setdefault(name, path)
        ordered = sorted(names, key=name_order)
        best: dict[str, str] = {}
        for name in ordered:
            best.setdefault(names[name], name)
        return {name: names[name] for name in ordered}, best

    def _passed_on(self, found: PublicNames, objects: Mapping[str, ApiObject]) -> Iterator[tuple[str, str]]:
        """Yield the names that public modules import by `*`."""
        for module in self._modules:
            for public in found.found.get(module.path, ()):
                for name, written in self._members.passed_on(module).items():
                    holder, _, own = written.rpartition(".")
                    # What a module imports from compiled code is told by its members.
                    is_own = written in objects or holder not in objects
                    path = written if is_own else objects[holder].members.get(own, written)
                    if path in objects and not name.startswith("_"):
                        yield f"{public}.{name}", path
                for name in self._of_stubs.get(module.path, ()):
                    yield f"{public}.{name}", f"{module.path}.{name}"

    def _shadowed(self, found: PublicNames, names: Mapping[str, str]) -> Iterable[tuple[str, str]]:
        """Yield the names of what a package has in place of a submodule of the same name."""
        for module in self._modules:
            shadowed = self._members.shadowed(module)
            for public in found.found.get(module.path, ()) if shadowed else ():
                for name, path in shadowed.items():
                    if f"{public}.{name}" in names:
                        yield f"{public}.{name}", path


def _under_own_name(module: ApiObject) -> list[str]:
    """Return the paths that a module imports without renaming.

    `from multiarray import asarray as narray`, beside an own `asarray`, says nothing of the former.
    """
    return [path for name, path in module.members.items() if name == path.rpartition(".")[2]]
