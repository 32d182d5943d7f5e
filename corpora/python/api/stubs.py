"""What stubs declare of objects that a package has from compiled code, of which no source tells."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import griffe

from corpora.api.model import ApiObject
from corpora.api.signature import Signature
from corpora.python.api.facts import ApiFacts
from corpora.python.api.records import Records
from corpora.python.api.signatures import signatures_of
from corpora.python.loading import load_stub
from corpora.python.module_files import PackageFiles, importable_name

_WHY_OPEN: Final = "it is compiled, and its stub may not show all"


def declared_objects(
    package: PackageFiles, unshown: Mapping[str, Sequence[str]], records: Records
) -> Iterator[ApiObject]:
    """Yield the objects of `unshown` that a stub declares, under the paths by which the package knows them.

    Args:
        package: its stubs are read.
        unshown: paths of objects that no source shows, with the paths of the modules that import them.
        records: makes records of what stubs declare.
    """
    stubs = _Stubs(package)
    for path, modules in sorted(unshown.items()):
        name = path.rpartition(".")[2]
        for module in sorted({*modules, path.rpartition(".")[0]}, key=lambda one: (one.count("."), one)):
            found = stubs.member(module, name)
            if found is not None:
                yield from _moved(found, path, records, stubs)
                break


def declared_names(package: PackageFiles, modules: Iterable[str]) -> dict[str, list[str]]:
    """Return the public names that the stubs of modules define."""
    stubs = _Stubs(package)
    return {
        path: [
            name
            for name, member in found.members.items()
            if isinstance(member, griffe.Object) and name.isidentifier() and not name.startswith("_")
        ]
        for path in modules
        if (found := stubs.module(path)) is not None
    }


def declared_calls(package: PackageFiles, functions: Iterable[ApiObject]) -> Iterator[ApiObject]:
    """Yield functions with the signatures that stubs declare, where a decorator hides those of the source.

    What stands below the decorator stays in `written`. A stub that passes all on tells nothing.
    """
    stubs = _Stubs(package)
    for found in functions:
        module, _, name = found.path.rpartition(".")
        member = stubs.member(module, name)
        ways = signatures_of(member, is_bound=False) if isinstance(member, griffe.Function) else ()
        kinds = [{one.kind for one in way.parameters} for way in ways]
        if ways and not any({"variadic positional", "variadic keyword"} <= kind for kind in kinds):
            yield replace(found, signatures=ways)


class _Stubs:
    """The modules that stubs declare, read when they are asked for."""

    def __init__(self, package: PackageFiles) -> None:
        self._package = package
        self._files = {importable_name(path): path for path in sorted(package.stubs)}
        self._read: dict[str, griffe.Module | None] = {}
        self._callables: dict[str, griffe.Class] | None = None
        self.told: set[str] = set()

    def module(self, name: str) -> griffe.Module | None:
        if name not in self._read:
            file = self._files.get(name)
            self._read[name] = load_stub(self._package, file, [ApiFacts()]) if file else None
        return self._read[name]

    def member(self, module: str, name: str) -> griffe.Object | None:
        found = self.module(module)
        member = found.members.get(name) if found is not None else None
        return member if isinstance(member, griffe.Object) else None

    def called(self, kind: str) -> griffe.Function | None:
        """Return the `__call__` of a class that some stub declares; None if there is none."""
        if self._callables is None:
            modules = (self.module(name) for name in self._files)
            self._callables = {
                member.name: member
                for module in modules
                for member in (module.members.values() if module is not None else ())
                if isinstance(member, griffe.Class) and "__call__" in member.members
            }
        found = self._callables.get(kind)
        call = found.members.get("__call__") if found is not None else None
        return call if isinstance(call, griffe.Function) else None


def _moved(member: griffe.Object, path: str, records: Records, stubs: _Stubs) -> Iterator[ApiObject]:
    """Yield the record of a declared object and of its members, under another path."""
    found = records.of(member)
    old = f"{member.path}."
    members = {
        name: f"{path}.{target.removeprefix(old)}" if target.startswith(old) else target
        for name, target in found.members.items()
    }
    bases, declared = _bases_of(member, found, stubs)
    yield replace(
        found,
        path=path,
        bases=bases,
        members=members,
        signatures=found.signatures or _call_of(member, stubs),
        labels=tuple(sorted({*found.labels, "compiled", "stub"})),
        is_open=found.kind == "class",
        why_open=_WHY_OPEN if found.kind == "class" else "",
    )
    if isinstance(member, griffe.Class):
        for inner in member.members.values():
            if isinstance(inner, griffe.Object) and not isinstance(inner, griffe.Module):
                yield from _moved(inner, f"{path}.{inner.name}", records, stubs)
    for base in declared:
        if base.path not in stubs.told:
            stubs.told.add(base.path)
            yield from _moved(base, base.path, records, stubs)


def _bases_of(
    member: griffe.Object, found: ApiObject, stubs: _Stubs
) -> tuple[tuple[str, ...], list[griffe.Class]]:
    """Return the paths of the bases of a class, and those that only the same stub declares."""
    if not isinstance(member, griffe.Class):
        return found.bases, []
    names = [str(base).partition("[")[0] for base in member.bases]
    declared = [stubs.member(member.module.path, name) for name in names]
    known = [one for one in declared if isinstance(one, griffe.Class)]
    if len(found.bases) != len(names):
        return found.bases, []
    paths = [
        one.path if isinstance(one, griffe.Class) and not base else base
        for base, one in zip(found.bases, declared, strict=True)
    ]
    return tuple(paths), [one for one in known if one.path in paths]


def _call_of(member: griffe.Object, stubs: _Stubs) -> tuple[Signature, ...]:
    """Return how `add: _UFunc_Nin2_Nout1[...]` is called, whose class a stub declares."""
    if not isinstance(member, griffe.Attribute) or isinstance(member.parent, griffe.Class):
        return ()
    kind = str(member.annotation or "").partition("[")[0].rpartition(".")[2]
    call = stubs.called(kind) if kind and isinstance(member.filepath, Path) else None
    return signatures_of(call, is_bound=True) if call is not None else ()
