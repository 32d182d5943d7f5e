"""The units of a package: its public objects with their documentation, read from its source by griffe."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from inspect import cleandoc
from pathlib import Path

import griffe

from corpora.document import Section
from corpora.python.applied.added_docstrings import added_docstrings_in
from corpora.python.applied.docstrings import apply_docstrings
from corpora.python.applied.notes import comment_of
from corpora.python.applied.object_docstring import docstring_of
from corpora.python.compiled import added_docstring_sections, declared_text, stub_sections
from corpora.python.deprecated import deprecation_of
from corpora.python.docstrings import readable_docstring
from corpora.python.extensions.members import add_compiled_members
from corpora.python.inheritance import (
    DocumentedObject,
    Hierarchy,
    Members,
    is_public_member,
    reached_members,
)
from corpora.python.loading import load_modules, modules_below, problem_of
from corpora.python.module_files import PackageFiles
from corpora.python.names import Objects, PublicNames, public_names
from corpora.python.package_units import PackageUnits
from corpora.python.signature import signature_of

_MAX_FIELDS = 40  # that a class or module lists
_MAX_SHOWN_ALIASES = 8
_MAX_CHARS_OF_BASE = 4000


@lru_cache(maxsize=4)
def read_package(package: PackageFiles) -> PackageUnits:
    """Return the units of each module.

    The whole package is read at once, since the public names of a module depend on the others (`numpy.sum`
    is defined in `numpy/_core/fromnumeric.py`). Only the sections stay in memory.
    """
    root, files, stubs = package.root, package.modules, package.stubs
    # griffe logs what it cannot follow; the reasons returned here say what is left out for that.
    with griffe.logger.disable():
        loaded, failed = load_modules(package)
        add_compiled_members(loaded, root, package.compiled)
        objects = Objects(loaded)
        modules = [module for top_module in loaded for module in modules_below(top_module)]
        hierarchy = Hierarchy(objects)
        apply_docstrings(modules, objects.find, hierarchy.order)
        names = public_names(objects)
        best_names = _names_in_stubs(package, names, objects) if stubs else {}
        reached = reached_members(objects, names, hierarchy)
        best_names |= {path: names.best(path) for path in names.found}
        best_names |= {path: unit.best for path, unit in reached.units.items()}
        pages, bare = _pages(root, modules, names, reached, hierarchy)
        covered = _names_of(part for page in pages.values() for part in page if part.name not in bare)
        added = {
            path: added_docstring_sections(added_docstrings_in(root, path), best_names, covered)
            for path in sorted(pages)
        }
        documented = _names_of(part for page in added.values() for part in page)
        for path, page in pages.items():
            kept = [part for part in page if part.name not in bare or part.name not in documented]
            pages[path] = kept + added[path]
        covered |= _names_of(part for page in pages.values() for part in page)
        for path, page in stub_sections(package, modules, best_names, covered).items():
            pages.get(path, []).extend(page)
        unreachable = _unreachable(names, hierarchy, reached, covered)
        for path, page in _unseen_sections(root, names, unreachable, covered).items():
            pages.get(path, []).extend(page)
            bare |= {part.name for part in page}
        failed |= {
            path: why for path in files - pages.keys() - failed.keys() if (why := problem_of(package, path))
        }
    units = {part.name for page in pages.values() for part in page}
    shown = {path: tuple(_without(units, part) for part in page) for path, page in pages.items()}
    return PackageUnits(failed | shown, frozenset(bare - documented), unreachable | failed)


def _names_in_stubs(package: PackageFiles, names: PublicNames, objects: Objects) -> dict[str, str]:
    """Add the names that stubs show of objects of the code; return those of all that they declare."""
    with_stubs = replace(package, modules=package.modules | package.stubs)
    declared = public_names(Objects(load_modules(with_stubs)[0]))
    for path, found in declared.found.items():
        if (own := objects.find(path)) is not None:
            for name in found:
                names.add(own, name)
    return {path: declared.best(path) for path in declared.found}


def _without(units: set[str], section: Section) -> Section:
    """Return a section without names that are those of other units: of attributes that have their own."""
    kept = tuple(name for name in section.aliases if name not in units)
    return section if len(kept) == len(section.aliases) else replace(section, aliases=kept)


def _names_of(sections: Iterable[Section]) -> set[str]:
    """Return the names of units, without those of attributes that they list."""
    return {
        name
        for section in sections
        for name in (section.name, *section.aliases)
        if not name.startswith(f"{section.name}.")
    }


def _unreachable(
    names: PublicNames, hierarchy: Hierarchy, reached: Members, covered: set[str]
) -> dict[str, str]:
    """Return the names that have no unit, and the classes with bases that are not found."""
    found = {name: why for name, why in names.unreachable.items() if name not in covered}
    for path, bases in hierarchy.unknown.items():
        if path in reached.classes:
            listed = ", ".join(bases)
            found[reached.classes[path]] = (
                f"what it inherits from {listed} is not in the sources that are read"
            )
    return found


def _unseen_sections(
    root: Path, names: PublicNames, unreachable: Mapping[str, str], covered: set[str]
) -> dict[str, list[Section]]:
    """Return a section for each offered name whose object no source shows, by the path of its module.

    `from ._ball_tree import BallTree` imports compiled code: of it, the name is all that is known. Names
    that something else has are left out: `numpy.matlib` offers all that `numpy` does.
    """
    known = {name.rpartition(".")[2] for name in covered}
    modules = {
        name: _path_of(module, root)
        for path, module in names.objects.items()
        if isinstance(module, griffe.Module)
        for name in names.found[path]
    }
    pages: dict[str, list[Section]] = {}
    for name in sorted(names.without_source & unreachable.keys()):
        holder, _, own = name.rpartition(".")
        if holder in modules and own not in known:
            page = pages.setdefault(modules[holder], [])
            said = f"{name}\n\nIt comes from compiled code: {unreachable[name]}."
            page.append(Section(name, said, is_bare=True))
    return pages


def _pages(
    root: Path,
    modules: list[griffe.Module],
    names: PublicNames,
    reached: Members,
    hierarchy: Hierarchy,
) -> tuple[dict[str, list[Section]], set[str]]:
    """Return the sections of each module by its path, and the names of those without documentation."""
    placed: dict[str, list[tuple[int, str, Section]]] = {
        module.filepath.relative_to(root).as_posix(): []
        for module in modules
        if not isinstance(module.filepath, list)
    }
    bare = set()
    below = _names_below(names, reached)
    for module in modules:
        section = _module_section(module, names, reached.fields.get(module.path, {}), below)
        if section:
            placed.setdefault(_path_of(module, root), []).append((0, "", section))
            bare |= {section.name} if section.is_bare else set()
    for unit in reached.units.values():
        member = _shown_member(unit)
        order = hierarchy.order(member) if isinstance(member, griffe.Class) else []
        told = _told_names(unit, order, hierarchy)
        section, has_doc = _section(unit, member, reached.fields.get(member.path, {}), order, told)
        if not has_doc:
            bare.add(section.name)
        page = placed.get(_path_of(member, root))
        if page is not None:
            page.append((member.lineno or 0, member.name, section))
    ordered = {path: sorted(page, key=lambda one: (*one[:2], one[2].name)) for path, page in placed.items()}
    return {path: [section for *_, section in page] for path, page in ordered.items()}, bare


def _path_of(member: griffe.Object, root: Path) -> str:
    """Return the path of the module that defines an object; empty for a namespace package, which has none."""
    place = member.filepath
    return place.relative_to(root).as_posix() if isinstance(place, Path) else ""


def _names_below(names: PublicNames, reached: Members) -> dict[str, list[str]]:
    """Return what each module has: the own names of modules, functions and classes, by its public name."""
    modules = [names.best(path) for path, one in names.objects.items() if isinstance(one, griffe.Module)]
    found: dict[str, list[str]] = {}
    for name in sorted([*modules, *(unit.best for unit in reached.units.values())]):
        holder, _, own = name.rpartition(".")
        found.setdefault(holder, []).append(own)
    return found


def _module_section(
    module: griffe.Module,
    names: PublicNames,
    constants: Mapping[str, griffe.Attribute],
    below: Mapping[str, list[str]],
) -> Section | None:
    """Return the section of a module that users import: its docstring, or else what it has."""
    public = names.best(module.path)
    exports = {str(export) for export in module.exports or ()}
    text = readable_docstring(module.docstring.value) if module.docstring else ""
    kept = [one for one in constants.values() if one.name in exports or not one.name.islower()]
    listed = _listing(kept, text)
    held = below.get(public, [])
    if not public or not (text or listed or held or module.docstring):
        return None
    head = text or f"module {public}"
    has = f"It has: {', '.join(held[:_MAX_FIELDS])}" if held and not text else ""
    aliases = (*names.others(module.path), *constants)
    said = "\n\n".join(filter(None, (head, has, listed)))
    return Section(public, said, aliases=aliases, is_bare=not module.docstring)


def _shown_member(unit: DocumentedObject) -> griffe.Object:
    """Return what to show: where all names lead to one method that overrides the documented one, that."""
    first, *others = unit.names.values()
    return first if all(other is first for other in others) else unit.member


def _section(
    unit: DocumentedObject,
    member: griffe.Object,
    fields: Mapping[str, griffe.Attribute],
    order: list[griffe.Class],
    told: list[str],
) -> tuple[Section, bool]:
    """Return the section of a unit, which `told` are further names of, and whether it has documentation."""
    own = {field.path: field for field in fields.values() if field.parent is member}
    documentation = docstring_of(unit.member) or docstring_of(member)
    signature = signature_of(member, order)
    text = readable_docstring(documentation, deprecation_of(member) or deprecation_of(unit.member))
    if not text:
        text = declared_text(member, order=order) or signature or unit.best
        text = "\n\n".join(filter(None, (text, comment_of(member) or _of_base(order))))
    listed = _listing(own.values(), text)
    text = "\n\n".join(filter(None, (text, listed, _also(unit))))
    anchor = f"L{member.lineno}" if member.lineno else ""
    aliases = (*unit.aliases(), *fields, *told)
    is_bare = not documentation and not comment_of(member)
    return Section(unit.best, text, anchor, signature, aliases, is_bare), bool(documentation)


def _told_names(unit: DocumentedObject, order: list[griffe.Class], hierarchy: Hierarchy) -> list[str]:
    """Return names of a class's constructor and operators, and of what it has from `dict` and the like."""
    found = {
        name
        for base in order
        for name, member in base.members.items()
        if name.startswith("__") and name.endswith("__") and isinstance(member, griffe.Function)
        if not is_public_member(name, member)
    }
    of_python = {
        name for base in order for kind in hierarchy.builtin.get(base.path, ()) for name in dir(kind)
    }
    of_python -= {name for base in order for name in base.members}
    found |= {name for name in of_python if not name.startswith("_")}
    places = (unit.best, *unit.others()[:_MAX_SHOWN_ALIASES])
    return [f"{place}.{name}" for place in places for name in sorted(found)]


def _of_base(order: list[griffe.Class]) -> str:
    """Return what is said of the nearest base class with documentation, or the beginning of that."""
    for base in order[1:]:
        if base.docstring:
            said = readable_docstring(cleandoc(base.docstring.value))
            return f"{base.name}: {said}"[:_MAX_CHARS_OF_BASE]
    return ""


def _listing(fields: Iterable[griffe.Attribute], text: str) -> str:
    """Return a list of the attributes that a text does not tell of."""
    lines = [f"- {signature_of(field)}" for field in fields if field.name not in text]
    return "\n".join(["Attributes:", *lines[:_MAX_FIELDS]]) if lines else ""


def _also(unit: DocumentedObject) -> str:
    """Return the other names of an object, without those that only another module gives it."""
    others = unit.others()
    if isinstance(unit.member.parent, griffe.Module):
        own = unit.best.rpartition(".")[2]
        others = [name for name in others if name.rpartition(".")[2] != own]
    more = len(others) - _MAX_SHOWN_ALIASES
    shown = ", ".join(others[:_MAX_SHOWN_ALIASES]) + (f" and {more} more" if more > 0 else "")
    return f"Also: {shown}" if others else ""
