"""The members of compiled modules, as the tables in their files tell: added to what griffe read of a package.

A stub beside such a module declares its members without a word on what they do; many have no stub at all.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from inspect import cleandoc
from pathlib import Path
from typing import Final

import griffe

from corpora.outside.files import read_outside
from corpora.python.docstrings import documented_call
from corpora.python.extensions.elf_image import ElfImage
from corpora.python.extensions.tables import CompiledMember, compiled_members
from corpora.python.loading import modules_below
from corpora.python.module_files import importable_name
from corpora.python.signature import mark_compiled, note_call, noted_call
from corpora.spec import MAX_FILE_BYTES

_QUALIFIED: Final = re.compile(rb"(?<=\0)([A-Za-z_]\w{0,99})\.([A-Za-z_]\w{0,99})(?=\0)")
_MAX_QUALIFIED: Final = 20_000
# CPython's mark for a signature: `sqrt($module, x, /)`, a line `--`, and then what is the docstring.
_MARKED: Final = re.compile(r"(\w{1,200})(\(.{0,1000}\))\n--\n\n", re.DOTALL)
_OWN_ARGUMENT: Final = re.compile(r"\(\$\w+(?:, /)?(?:, )?")


def add_compiled_members(tops: list[griffe.Module], root: Path, files: Iterable[str]) -> None:
    """Add what the compiled modules `files`, whose paths are relative to `root`, say of themselves.

    What a stub declares stays, and gets a docstring if it has none. A module of the top level that nothing
    declares is added to `tops`.
    """
    modules = {module.path: module for top in tops for module in modules_below(top)}
    for path in sorted(files):
        name = importable_name(path)
        is_made = name not in modules
        if is_made and "." not in name:
            modules[name] = griffe.Module(name, filepath=root / path)
            tops.append(modules[name])
        module = _new_module(name, modules) if name not in modules else modules[name]
        if module is None or (not is_made and _has_source(module)):
            continue
        try:
            data = read_outside(root / path, max_bytes=MAX_FILE_BYTES, root=root)
            members = compiled_members(ElfImage(data))
        except (OSError, ValueError):
            continue
        _Completed(module, _owners(data), is_made=is_made).add(members)


def _has_source(module: griffe.Module) -> bool:
    """Return whether a module was read from the source that it is compiled from, which says it all."""
    return isinstance(module.filepath, Path) and module.filepath.suffix == ".py"


def _new_module(name: str, modules: dict[str, griffe.Module]) -> griffe.Module | None:
    """Return a module that is added to its package; None if that is not there."""
    holder, _, own = name.rpartition(".")
    package = modules.get(holder)
    if package is None or isinstance(package.members.get(own), griffe.Object):
        return None
    # Its units stand on the page of the package: the compiled file is no page.
    module = griffe.Module(own, filepath=package.filepath)
    mark_compiled(module)
    package.set_member(own, module)
    modules[name] = module
    return module


def _owners(data: bytes) -> Mapping[str, set[str]]:
    """Return the classes that have a method of a name, as `Timestamp.day_name` among the texts tells."""
    found: dict[str, set[str]] = defaultdict(set)
    for number, match in enumerate(_QUALIFIED.finditer(data)):
        if number > _MAX_QUALIFIED:
            break
        found[match[2].decode()].add(match[1].decode())
    return found


class _Completed:
    """A module that is completed by the tables of its file."""

    def __init__(self, module: griffe.Module, owners: Mapping[str, set[str]], *, is_made: bool) -> None:
        self._module = module
        self._owners = owners
        self._is_made = is_made

    def add(self, members: Sequence[CompiledMember]) -> None:
        loose: dict[str, list[CompiledMember]] = defaultdict(list)
        for member in members:
            if not member.owner and "." in member.name:
                self._class(member.name, member.doc)
            elif member.owner and (holder := self._class(member.owner)) is not None:
                self._give(holder, member)
            elif not member.owner:
                loose[member.name].append(member)
        for name, found in loose.items():
            documented = [one for one in found if one.doc] or found
            place = self._holder_of(name) if len({one.doc for one in documented}) == 1 else None
            if place is not None:
                self._give(place, documented[0])

    def _class(self, dotted: str, doc: str = "") -> griffe.Class | None:
        """Return the class that a type is, which is made if nothing declares it; None for a foreign one."""
        place, _, name = dotted.rpartition(".")
        if place.partition(".")[0] != self._module.path.partition(".")[0]:
            return None
        known = self._module.members.get(name) or self._made_class(name)
        if not isinstance(known, griffe.Class):
            return None
        _describe(known, doc)
        return known

    def _made_class(self, name: str) -> griffe.Class:
        """Return a class that nothing declares, as a base of `Timestamp` where its name is `_Timestamp`."""
        made = griffe.Class(name)
        note_call(made, f"class {name}")
        heir = self._module.members.get(name.lstrip("_"))
        if isinstance(heir, griffe.Class):  # (as code in Cython has it, and the stub does not tell)
            heir.bases.append(f"{self._module.path}.{name}")
        self._module.set_member(name, made)
        return made

    def _holder_of(self, name: str) -> griffe.Class | griffe.Module | None:
        """Return what has the function that no table of a type names."""
        owners = self._owners.get(name, set())
        if owners:
            only = self._module.members.get(next(iter(owners))) if len(owners) == 1 else None
            return only if isinstance(only, griffe.Class) else None
        if self._is_made or name in self._module.members:
            return self._module
        classes = [one for one in self._module.members.values() if isinstance(one, griffe.Class)]
        having = [one for one in classes if name in one.members]
        return having[0] if len(having) == 1 else None

    def _give(self, holder: griffe.Class | griffe.Module, member: CompiledMember) -> None:
        known = holder.members.get(member.name)
        if known is None and not member.name.startswith("_"):
            known = griffe.Function(member.name) if member.is_callable else griffe.Attribute(member.name)
            if member.is_callable:
                note_call(known, f"{member.name}(...)")
            else:
                known.labels.add("property")
            holder.set_member(member.name, known)
        if isinstance(known, griffe.Object):
            _describe(known, member.doc)


def _describe(member: griffe.Object, doc: str) -> None:
    """Give an object the docstring of its compiled code, and the call that this shows, if it lacks them."""
    marked = _MARKED.match(doc)
    if marked and marked[1] == member.name:
        call, doc = f"{marked[1]}{_OWN_ARGUMENT.sub('(', marked[2])}", doc[marked.end() :]
        call = f"class {call}" if isinstance(member, griffe.Class) else call
    elif not noted_call(member):
        call = ""
    else:
        is_class = isinstance(member, griffe.Class)
        call, doc = documented_call(
            member.name, cleandoc(doc), is_class=is_class, takes_arguments=not is_class
        )
    if call and noted_call(member):  # (what a stub declares has types, too)
        note_call(member, call)
    if doc.strip() and not member.docstring:
        member.docstring = griffe.Docstring(cleandoc(doc), parent=member)
