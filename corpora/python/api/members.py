"""The members of modules and classes as they are at run time: name by name, with the paths they stand for."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import griffe

from corpora.api.builtin_members import builtin_members
from corpora.api.model import ApiObject
from corpora.python.answers.program import ANY_NAME
from corpora.python.api.facts import fields_of, function_facts, methods_of, module_facts
from corpora.python.api.lazy_exports import lazy_exports
from corpora.python.api.module_answers import ModuleAnswers
from corpora.python.api.resolving import Paths
from corpora.python.applied.class_makers import named_holder
from corpora.python.applied.notes import texts_of
from corpora.python.inheritance import Hierarchy
from corpora.python.signature import is_marked_compiled

_MAX_ADDED: Final = 2_000  # names of one module or class
_MAX_REASON: Final = 200  # characters


class ModuleMembers:
    """Finds the members of the modules and classes of a package."""

    def __init__(self, paths: Paths, hierarchy: Hierarchy, modules: Iterable[griffe.Module]) -> None:
        self._paths = paths
        self._hierarchy = hierarchy
        self._patched: dict[str, str] = {}
        self._assigned: dict[str, dict[str, str]] = {}
        modules = list(modules)
        self._answers = ModuleAnswers(modules, self._known_names)
        for module in modules:
            self._note_patches(module)

    def _note_patches(self, module: griffe.Module) -> None:
        """Note the classes that statements of a module give members whose names cannot be told."""
        for qualifier, statement in texts_of(module).changes:
            self._note_assignment(module, statement)
            calls = [one for one in ast.walk(statement) if isinstance(one, ast.Call)]
            setters = [one for one in calls if isinstance(one.func, ast.Name) and one.func.id == "setattr"]
            if all(len(one.args) > 1 and isinstance(one.args[1], ast.Constant) for one in setters):
                continue
            if name := named_holder(statement):
                path = self._paths.named_in(module, f"{qualifier}{name}")
                self._patched[path] = f"{module.path} adds members to it"

    def _note_assignment(self, module: griffe.Module, statement: ast.stmt) -> None:
        """Note `other_module.NAME = value`, which gives another module a name."""
        match statement:
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id=name), attr=attribute)]):
                path = self._paths.named_in(module, name)
                if isinstance(self._paths.object_at(path), griffe.Module):
                    self._assigned.setdefault(path, {})[attribute] = f"{path}.{attribute}"

    def of(self, holder: griffe.Module | griffe.Class) -> dict[str, str]:
        """Return the own members of a module or class, with the paths of what they stand for."""
        return self._of(holder, frozenset())

    def _of(self, holder: griffe.Module | griffe.Class, asked: frozenset[str]) -> dict[str, str]:
        names = module_facts(holder).names
        absent = names.unbound if _is_lazy(holder) else names.unbound | names.typing
        shown = {
            name: self._paths.of_member(member)
            for name, member in holder.members.items()
            if name.isidentifier() and (name not in absent or isinstance(member, griffe.Module))
        }
        if isinstance(holder, griffe.Class):
            for name in self._set_on_inherited(holder):
                shown.pop(name, None)
        if isinstance(holder, griffe.Module):
            shown |= self._assigned.get(holder.path, {}) | self.shadowed(holder)
            for name, path in self._of_stars(holder, asked):
                shown.setdefault(name, path)
            shown |= self._lazy(holder)
        for name in self._more(holder):
            shown.setdefault(name, f"{holder.path}.{name}")
        return shown

    def _lazy(self, module: griffe.Module) -> dict[str, str]:
        """Return the names that a module loads when they are asked for."""
        shown = lazy_exports(module, self._paths)
        answers = self._answers.of(module)
        if not answers.is_closed:
            return {name: path for name, path in shown.items() if name not in answers.refused}
        exports = {str(one) for one in module.exports or ()}
        shown = {name: path for name, path in shown.items() if name in answers.given or name in exports}
        for name, path in answers.given.items():
            if name.isidentifier() and name not in module.members:
                shown.setdefault(name, self._paths.final(path) if path else f"{module.path}.{name}")
        return {name: path for name, path in shown.items() if name not in answers.refused}

    def _known_names(self, module: griffe.Module) -> frozenset[str]:
        """Return the names of a module, with `ANY_NAME` if it may have more."""
        more = {ANY_NAME} if self.opens(module) else set()
        return frozenset(self.of(module)) | more

    def refused(self, module: griffe.Module) -> dict[str, str]:
        """Return the names for which a module raises, with what it says."""
        return self._answers.of(module).refused

    def _is_module(self, path: str) -> bool:
        return isinstance(self._paths.object_at(path), griffe.Module)

    def _of_stars(self, module: griffe.Module, asked: frozenset[str]) -> Iterator[tuple[str, str]]:
        """Yield what a module imports by `*` from modules of the package."""
        for target in self._starred(module):
            if isinstance(target, griffe.Module) and target.path not in asked:
                exports = {str(one) for one in target.exports or ()}
                if exports and self._grows_exports(target, asked):
                    exports |= {name for name, _ in self._of_stars(target, asked | {module.path})}
                for name, path in self._of(target, asked | {module.path}).items():
                    if name in exports if exports else not name.startswith("_"):
                        yield name, path

    def passed_on(self, module: griffe.Module) -> dict[str, str]:
        """Return what a module imports by `*` for its users, where no list of its names tells otherwise."""
        if module.exports and not self._grows_exports(module, frozenset()):
            return {}
        return dict(self._of_stars(module, frozenset()))

    def _grows_exports(self, module: griffe.Module, asked: frozenset[str]) -> bool:
        """Return whether `__all__` of a module, or of one whose names it imports, holds more than is read."""
        return self._answers.grows_exports(module.path) or any(
            isinstance(one, griffe.Module)
            and one.path not in asked
            and self._grows_exports(one, asked | {module.path})
            for one in self._starred(module)
        )

    def _starred(self, module: griffe.Module) -> Iterator[griffe.Object | None]:
        """Yield the modules of which a module imports all names; None for one that is not in the package."""
        base = module.path if module.is_init_module else module.path.rpartition(".")[0]
        for written in module_facts(module).names.stars:
            name = written.lstrip(".")
            place = base
            for _ in range(len(written) - len(name) - 1):
                place = place.rpartition(".")[0]
            absolute = ".".join(filter(None, (place, name))) if written.startswith(".") else name
            yield self._paths.object_at(absolute)

    def maybe(self, holder: griffe.Module | griffe.Class) -> tuple[str, ...]:
        """Return the names that a module or class has only where some condition holds."""
        return tuple(sorted(module_facts(holder).names.maybe))

    def shadowed(self, module: griffe.Module) -> dict[str, str]:
        """Return the own members of a package that have the name of a submodule: `from .tqdm import tqdm`."""
        found = {}
        for name, member in module_facts(module).members.items():
            current = module.members.get(name)
            if isinstance(current, griffe.Module) and member is not current and member.runtime:
                path = self._paths.of_member(member)
                if path != current.path:
                    found[name] = path
        return found

    def _more(self, holder: griffe.Module | griffe.Class) -> dict[str, tuple[int, bool]]:
        """Return the names that griffe does not list: their lines, and whether only instances have them."""
        names = {
            name: (line, False)
            for name, line in module_facts(holder).names.stored.items()
            if name not in holder.members
        }
        if isinstance(holder, griffe.Class):
            names |= self._of_instances(holder, names)
        return dict([*names.items()][:_MAX_ADDED])

    def _of_instances(self, cls: griffe.Class, known: Mapping[str, object]) -> dict[str, tuple[int, bool]]:
        """Return what methods set on `self`, and slots, unless the class or a base has the name."""
        names: dict[str, tuple[int, bool]] = {}
        for _, facts in methods_of(cls):
            names |= {name: (line, True) for name, line in facts.own.items() if name not in names}
        for name in _slots(cls):
            names[name] = (cls.lineno or 0, False)
        order = self._hierarchy.order(cls)
        of_python = [kind for base in order for kind in self._hierarchy.builtin.get(base.path, ())]
        inherited = {name for kind in of_python for name in dir(kind)} | {
            *(builtin_members("builtins.object") or ())
        }
        return {
            name: found
            for name, found in names.items()
            if name not in known and name not in inherited and not any(name in base.members for base in order)
        }

    def _set_on_inherited(self, cls: griffe.Class) -> set[str]:
        """Return the names that methods set on `self` and a base defines: a property of it, mostly."""
        set_by_methods = {name for _, facts in methods_of(cls) for name in facts.own}
        in_body = {one.name for one in fields_of(cls)}
        return {
            name
            for name in set_by_methods - in_body
            if isinstance(cls.members.get(name), griffe.Attribute)
            and "property" not in cls.members[name].labels
            and any(name in base.members for base in self._hierarchy.order(cls)[1:])
        }

    def added(self, holder: griffe.Module | griffe.Class) -> Iterator[ApiObject]:
        """Yield attributes for the names that griffe does not list."""
        file = holder.filepath if isinstance(holder.filepath, Path) else None
        for name, (line, is_of_instance) in self._more(holder).items():
            labels = ("instance attribute",) if is_of_instance else ()
            yield ApiObject(
                f"{holder.path}.{name}", "attribute", line=line, labels=labels, file=file.name if file else ""
            )
        if isinstance(holder, griffe.Module):
            answers = self._answers.of(holder)
            for name, path in self._lazy(holder).items():
                if path == f"{holder.path}.{name}" and not self._is_module(path):
                    yield ApiObject(path, "attribute", deprecated=answers.warned.get(name, ""))

    def opens(self, holder: griffe.Module | griffe.Class) -> str:
        """Return why a module may have members that its source does not show, or why a class is patched."""
        return self._opens(holder, frozenset())

    def _opens(self, holder: griffe.Module | griffe.Class, asked: frozenset[str]) -> str:
        if isinstance(holder, griffe.Class):
            return self._patched.get(holder.path, "")
        if holder.path in asked:
            return ""
        if is_marked_compiled(holder):
            return "it is compiled, and nothing declares it"
        if "__getattr__" in holder.members and not self._answers.of(holder).is_closed:
            return "it has __getattr__"
        functions = (one for one in holder.members.values() if isinstance(one, griffe.Function))
        reasons = (function_facts(one).opens_module for one in functions)
        return (
            module_facts(holder).opens
            or self._opened_by_star(holder, asked)
            or next(filter(None, reasons), "")
        )

    def _opened_by_star(self, module: griffe.Module, asked: frozenset[str]) -> str:
        for target in self._starred(module):
            if not isinstance(target, griffe.Module):
                return "it imports all names of a module that no source shows"
            if target.path != module.path and (opens := self._opens(target, asked | {module.path})):
                return f"it imports all names of {target.path}, and {opens}"[:_MAX_REASON]
        return ""


def _is_lazy(holder: griffe.Module | griffe.Class) -> bool:
    """Return whether what is imported for type checkers is there at run time, too."""
    is_stub = isinstance(holder.filepath, Path) and holder.filepath.suffix == ".pyi"
    return is_stub or (isinstance(holder, griffe.Module) and "__getattr__" in holder.members)


def _slots(cls: griffe.Class) -> Iterator[str]:
    """Yield the names in the `__slots__` of a class."""
    for one in fields_of(cls):
        if one.name == "__slots__" and isinstance(one.value, ast.Tuple | ast.List | ast.Set | ast.Constant):
            parts = one.value.elts if not isinstance(one.value, ast.Constant) else [one.value]
            for part in parts:
                if (
                    isinstance(part, ast.Constant)
                    and isinstance(part.value, str)
                    and part.value.isidentifier()
                ):
                    yield part.value
