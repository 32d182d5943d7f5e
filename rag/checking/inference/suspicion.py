"""Which receivers need their types in full: those of which something could be found.

A type checker prints `DataFrame`, of which there may be several, and has to be asked again for the full name.
Most of what a program does is right for each class of the name, so that it needs no answer.
"""

import ast
import sys
from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Final

from rag.checking.guards import ignored_lines, is_guarded, is_ignored
from rag.checking.history import name_history
from rag.checking.inference.names_that_matter import NamesThatMatter, may_be_wrong
from rag.checking.inference.receivers import receivers
from rag.checking.libraries import Libraries
from rag.checking.library import CheckedLibrary
from rag.checking.programs.program import CheckedProgram

_MAX_NAMESAKES: Final = 8
_MAX_SHARED: Final = 32
_MIN_RECEIVERS: Final = 12_000  # from which it pays to read the names that libraries have


class Suspicion:
    """Tells which receivers matter.

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
        classes = (node for program in programs for node in program.of_type(ast.ClassDef))
        self._own = {node.name for node in classes if isinstance(node, ast.ClassDef)}
        self._libraries, self._own_tops = libraries, own
        is_large = sum(len(receivers(program)) for program in programs) > _MIN_RECEIVERS
        self._names = NamesThatMatter(programs, imported, libraries, own) if is_large else None

    def guesses(self, program: CheckedProgram, node: ast.expr) -> tuple[str, ...] | None:
        """Return what the classes of a receiver may be called; None if they cannot matter."""
        if self._names is None:
            return ()
        if not isinstance(program.parents[node], ast.Attribute):
            return self._shared
        return self._names.guesses(program, node)

    @cached_property
    def _shared(self) -> tuple[str, ...]:
        """The names that public classes of libraries share with the programs' own; none if they are many."""
        names = self._names
        if names is None:
            return ()
        shared = [name for name in sorted(self._own) if any(map(names.is_public, self._others_named(name)))]
        return tuple(shared) if len(shared) <= _MAX_SHARED else ()

    def are_own(self, names: Sequence[str]) -> bool:
        """Return whether only the programs have classes of these names."""
        python = _names_of_python()
        return all(
            name in self._own and name not in python and not self._others_named(name) for name in names
        )

    def path_of(self, name: str) -> str | None:
        """Return the path of the one class of a name; empty if no library has any, None if it is in doubt."""
        if self._names is None:
            return None
        is_elsewhere = name in self._own or name in _names_of_python()
        paths = list(filter(self._names.is_public, self._others_named(name)))
        if is_elsewhere and not paths:
            return ""
        return paths[0] if len(paths) == 1 and not is_elsewhere else None

    def _others_named(self, name: str) -> list[str]:
        """Return the paths of the classes of a name in libraries that are not checked themselves."""
        known = self._names.classes_named(name) if self._names is not None else []
        paths = dict.fromkeys([*self._libraries.classes_named(name), *known])
        return [path for path in paths if path.partition(".")[0] not in self._own_tops]

    def is_expected(self, program: CheckedProgram, node: ast.expr) -> bool:
        """Return whether a program knows that what it asks of a receiver may not be there."""
        read = program.parents[node]
        if not isinstance(read, ast.Attribute):
            return False
        return (
            read.attr in program.own_names
            or is_guarded(program, read, "unknown-name")
            or is_ignored(program, ignored_lines(program), read)
        )

    def is_suspicious(self, program: CheckedProgram, node: ast.expr, names: Sequence[str]) -> bool:
        """Return whether anything could be found of a receiver, by the names of its classes.

        What the type checker itself reports at its place matters in any case; that is not asked here.
        """
        read = program.parents[node]
        if not isinstance(read, ast.Attribute):
            return True
        holder = program.parents[read]
        call = holder if isinstance(holder, ast.Call) and holder.func is read else None
        return any(self._is_one(name, read.attr, call) for name in names)

    def _is_one(self, name: str, asked: str, call: ast.Call | None) -> bool:
        libraries = self._libraries
        paths = libraries.classes_named(name)
        if not paths and name not in self._own and name not in _names_of_python():
            return True  # of a library that was not read yet
        if len(paths) > _MAX_NAMESAKES:
            return True
        places = {path: libraries.member(path, asked) for path in paths}
        having = [place.object for place in places.values() if not place.absent]
        if any(may_be_wrong(found, call) for found in having):
            return True
        # The type checker knows the name; where no class has it, only another version tells more.
        return not having and any(
            name_history(libraries, path, asked)
            or (call is not None and libraries.items.has_only_items(path))
            for path in paths
        )


@cache
def _names_of_python() -> frozenset[str]:
    """Return the names of the classes of Python: those in the stubs of typeshed, and what is loaded here.

    The list has what `class` introduces in `stdlib/**/*.pyi` of typeshed.
    """
    found = set(Path(__file__).with_name("python_classes.txt").read_text(encoding="utf-8").split())
    for module, loaded in list(sys.modules.items()):
        if module.partition(".")[0] in sys.stdlib_module_names:
            found |= {name for name, value in list(vars(loaded).items()) if isinstance(value, type)}
    return frozenset(found)
