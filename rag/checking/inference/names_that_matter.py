"""Of which receivers a type could matter at all, by what is asked of them alone.

Most of what a program asks of objects, no class of the libraries in use could refuse: `values` is deprecated
nowhere, `items()` is right for each `items` there is. What a class lacks, the type checker reports anyway.
"""

import ast
import builtins
import collections
import datetime
import io
import logging
import pathlib
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

from corpora.api.model import ApiObject
from corpora.dependencies.package_name import normalized_name, required
from corpora.python.dist_info import OutsideDistribution
from rag.checking.argument_rules import argument_problems
from rag.checking.deprecations import is_deprecated
from rag.checking.gone_calls import gone_call
from rag.checking.libraries import Libraries
from rag.checking.library import CheckedLibrary
from rag.checking.programs.program import CheckedProgram

_MAX_GUESSES: Final = 12
_MODULES: Final = (builtins, collections, datetime, io, logging, pathlib, re)
_OF_PYTHON: Final = frozenset(
    name
    for module in _MODULES
    for kind in vars(module).values()
    if isinstance(kind, type)
    for name in dir(kind)
)
_Shape = tuple[int, bool, tuple[str | None, ...]] | None
"""Of a call: how many arguments it has, whether more are unpacked, and keywords; None without a call."""


class NamesThatMatter:
    """Tells what could be found of a receiver by the name that is asked of it, and by the arguments.

    Args:
        programs: all that are checked.
        imported: the libraries that they import, without those that they are themselves.
        libraries: all that they may use.
        own: top-level names of modules that belong to what is checked.
    """

    def __init__(
        self,
        programs: Sequence[CheckedProgram],
        imported: Sequence[CheckedLibrary],
        libraries: Libraries,
        own: frozenset[str],
    ) -> None:
        self._libraries, self._imported = libraries, imported
        self._own = {name for program in programs for name in (*program.own_names, *_defined(program))}
        # (Its own, since a report lists those that were asked for.)
        self._apart = Libraries(libraries.found, before=libraries.before)
        # (Objects come from what they require, too.)
        others = [one for one in libraries.found if own.isdisjoint(one.tops) and one not in imported]
        self._pool = [*imported, *_required(imported, others)]
        self._known: dict[tuple[str, _Shape], tuple[str, ...] | None] = {}
        self._gone: dict[tuple[str, _Shape, tuple[str, ...]], bool] = {}
        self._used: dict[CheckedProgram, list[CheckedLibrary]] = {}

    def guesses(self, program: CheckedProgram, node: ast.expr) -> tuple[str, ...] | None:
        """Return names of classes that a receiver may have, of which something would be found.

        None if nothing could be found, whatever it is. With no names, its type may matter all the same.
        """
        read = program.parents[node]
        if not isinstance(read, ast.Attribute):
            return ()
        holder = program.parents[read]
        call = holder if isinstance(holder, ast.Call) and holder.func is read else None
        name, shape = read.attr, _shape(call)
        if (name, shape) not in self._known:
            self._known[name, shape] = self._guesses(name, call)
        found = self._known[name, shape]
        if found is None and (self._is_alias(program, node) or self._is_special(program, name, call)):
            return ()
        return found

    def classes_named(self, name: str) -> list[str]:
        """Return the paths of the classes of a name in the libraries of which objects may come."""
        found = ((library, path) for library in self._pool for path in library.named(name))
        return [
            path
            for library, path in found
            if library.model is not None and library.model.objects[path].kind == "class"
        ]

    def is_public(self, path: str) -> bool:
        """Return whether an object has a public name."""
        library = self._apart.owner(path.partition(".")[0])
        return library is not None and library.model is not None and path in library.model.best

    def _guesses(self, name: str, call: ast.Call | None) -> tuple[str, ...] | None:
        if name in self._changed:
            return ()
        holders = [
            path.rpartition(".")[2]
            for path in self._classes_with.get(name, ())
            if may_be_wrong(self._apart.member(path, name).object, call)
        ]
        if holders:
            named = tuple(dict.fromkeys(holders))
            return named if len(named) <= _MAX_GUESSES else ()
        is_known = name in self._classes_with or name in _OF_PYTHON or name in self._own
        return None if is_known else ()

    def _is_special(self, program: CheckedProgram, name: str, call: ast.Call | None) -> bool:
        """Return whether a call may be one of an older version, or of a class that answers any name."""
        if call is None:
            return False
        used = self._libraries_of(program)
        key = name, _shape(call), tuple(library.name for library in used)
        if key not in self._gone:
            is_known = any(library.named(name) for library in used)
            self._gone[key] = (self._has_items and not is_known) or (
                gone_call(call, self._libraries, used) is not None
            )
        return self._gone[key]

    def _libraries_of(self, program: CheckedProgram) -> list[CheckedLibrary]:
        if program not in self._used:
            tops = sorted({target.partition(".")[0] for target in program.imported.values()})
            owners = (self._apart.owner(top) for top in tops)
            self._used[program] = [one for one in owners if one is not None and one in self._imported]
        return self._used[program]

    def _is_alias(self, program: CheckedProgram, node: ast.expr) -> bool:
        """Return whether a receiver may be a module or class under another name: `xp = numpy`."""
        return _last(node) in _aliases(program)

    @cached_property
    def _classes_with(self) -> dict[str, list[str]]:
        """The classes of the libraries that have members, by the names of these."""
        found: dict[str, list[str]] = defaultdict(list)
        for library in self._pool:
            objects = library.model.objects if library.model is not None else {}
            # (To read each object takes longer than to read those that hold others.)
            for path in dict.fromkeys(path.rpartition(".")[0] for path in objects):
                if path in objects and (one := objects[path]).kind == "class":
                    for name in one.members:
                        found[name].append(path)
        return dict(found)

    @cached_property
    def _changed(self) -> set[str]:
        """The names that classes have in other versions, and now do not have but answer."""
        found: set[str] = set()
        open_classes = {path for paths in self._classes_with.values() for path in paths}
        for path in filter(self._apart.answers_any_name, open_classes):
            library = self._apart.owner(path.partition(".")[0])
            here = self._apart.members(path).keys()
            for other in self._apart.other_versions(library) if library is not None else ():
                if other.model is not None and path in other.model.objects:
                    found |= Libraries([other]).members(path).keys() - here
        return found

    @cached_property
    def _has_items(self) -> bool:
        """Whether a class of the libraries answers any name with its items."""
        return any(map(self._apart.items.has_only_items, self._classes_with.get("__getattr__", ())))


def _defined(program: CheckedProgram) -> Iterator[str]:
    """Yield the names of functions, and of what classes hold."""
    for node in (*program.of_type(ast.FunctionDef, ast.AsyncFunctionDef), *program.names_stored):
        match node, program.parents[node]:
            case ((ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name)), _):
                yield name
            case ast.Name(id=name), ast.AnnAssign() | ast.Assign():
                yield name


@lru_cache(maxsize=1024)
def _aliases(program: CheckedProgram) -> frozenset[str]:
    """Return names that may stand for a module or class of a library, though not for one import alone."""
    found: set[str] = set()
    for node in program.of_type(ast.Import, ast.ImportFrom):
        if isinstance(node, ast.Import | ast.ImportFrom):
            bound = (alias.asname or alias.name.partition(".")[0] for alias in node.names)
            found.update(name for name in bound if name not in program.imported)
    for node in program.of_type(ast.Assign):
        if isinstance(node, ast.Assign) and _root(node.value) in program.imported:
            found.update(_last(target) for target in node.targets)
    return frozenset(found)


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _last(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def _shape(call: ast.Call | None) -> _Shape:
    if call is None:
        return None
    unpacked = any(isinstance(one, ast.Starred) for one in call.args)
    return len(call.args), unpacked, tuple(keyword.arg for keyword in call.keywords)


def may_be_wrong(found: ApiObject | None, call: ast.Call | None) -> bool:
    """Return whether something may be found of a member that is read, and called if `call` is given."""
    if found is None:
        return False
    return is_deprecated(found) or (call is not None and bool(argument_problems(call, found.signatures)))


def _required(used: Sequence[CheckedLibrary], found: Sequence[CheckedLibrary]) -> list[CheckedLibrary]:
    """Return the installed libraries that others require."""
    places = [Path(library.location) for library in used if library.location.endswith(".dist-info")]
    names: set[str] = set()
    for place in places:
        with suppress(OSError):
            for line in OutsideDistribution(place).metadata.get_all("Requires-Dist") or ():
                if (requirement := required(line)) is not None:
                    names.add(normalized_name(requirement.name))
    return [one for one in found if one.name in names and one.location.endswith(".dist-info")]
