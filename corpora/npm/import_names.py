"""Name the declarations of an npm package as users import them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from corpora.npm.entry_points import EntryPoint
from corpora.npm.modules import WHOLE, Declared, ModuleGraph

_MAX_ALIASES: Final = 8
_MAX_NAMESPACES: Final = 3  # within each other
_MAX_NAMES: Final = 500_000  # of all modules and namespaces together


@dataclass(slots=True)
class ImportNames:
    """The names under which users reach declarations.

    Attributes:
        declared: the names of each declaration, by its file and by its name there; the best comes first.
        members: further names of what is a member of `export =`, by its best name (`lodash.debounce`).
        scopes: the name of the module that each file is, if it assigns to `export =`.
        namespaces: the names in each namespace (`export * as ns`) by its own name, by the file of the module
            that exports it.
        listed: the declarations that a module exports which no pattern makes available.
        count: how many names were given, the same ones of several modules too.
    """

    declared: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)
    scopes: dict[str, str] = field(default_factory=dict)
    namespaces: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    listed: set[tuple[str, str]] = field(default_factory=set)
    count: int = 0

    @property
    def is_cut_short(self) -> bool:
        """Return whether names were left out, since there are too many."""
        return self.count > _MAX_NAMES

    def of_file(self, file: str) -> Mapping[str, tuple[str, ...]]:
        """Return the names of each declaration in a file."""
        return {local: tuple(names) for local, names in self.declared.get(file, {}).items()}


def import_names(package: str, entries: list[EntryPoint], graph: ModuleGraph) -> ImportNames:
    """Return the names that the modules of a package export.

    Args:
        package: its name.
        entries: its modules, the best known first.
        graph: what its files export.
    """
    names = ImportNames()
    for entry in entries:
        module = graph.module(entry.file)
        if module is not None and module.assigned and module.assigned in module.declared:
            names.scopes.setdefault(entry.file, _specifier(package, entry))
    for entry in entries:
        specifier = _specifier(package, entry)
        if (assigned := graph.assigned(entry.file)) is not None:
            if assigned.is_member:
                whole = names.scopes.get(assigned.file, package)
                _add(names.members.setdefault(f"{whole}.{assigned.name}", []), specifier)
            else:
                _note(names, assigned, specifier, entry)
        _name_all(names, graph, entry, specifier, entry.file, 0)
    return names


def _name_all(
    names: ImportNames, graph: ModuleGraph, entry: EntryPoint, scope: str, file: str, depth: int
) -> None:
    exports = graph.exports(file)
    names.count += len(exports)
    if names.is_cut_short:
        return
    for name, declared in exports.items():
        if declared.name != WHOLE:
            _note(names, declared, scope if name == "default" else f"{scope}.{name}", entry)
    for name, declared in exports.items():  # later, as `zod.string` is better than `zod.z.string`
        if declared.name == WHOLE and depth < _MAX_NAMESPACES:
            inner = f"{scope}.{name}" if name != "default" else scope
            if inner != scope:
                known = names.namespaces.setdefault(entry.file, {})
                known.setdefault(inner, tuple(graph.exports(declared.file)))
            _name_all(names, graph, entry, inner, declared.file, depth + 1)


def _note(names: ImportNames, declared: Declared, name: str, entry: EntryPoint) -> None:
    place = (declared.file, declared.name)
    # Of the many modules of a pattern, only the one that declares the name adds it to what others export.
    if entry.is_pattern and place in names.listed and declared.file != entry.file:
        return
    _add(names.declared.setdefault(declared.file, {}).setdefault(declared.name, []), name)
    if not entry.is_pattern:
        names.listed.add(place)


def _add(known: list[str], name: str) -> None:
    if name not in known and len(known) <= _MAX_ALIASES:
        known.append(name)


def _specifier(package: str, entry: EntryPoint) -> str:
    return f"{package}/{entry.subpath}" if entry.subpath else package
