"""Read the API of an npm package into a model: what its modules export, and all that this needs."""

import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from corpora.api.model import ApiModel, ApiObject
from corpora.api.signature import Signature
from corpora.npm.api.global_types import global_object
from corpora.npm.api.members import is_member_name
from corpora.npm.api.objects import object_of
from corpora.npm.api.resolve import GLOBAL, OUTSIDE, DeclarationPlace, Resolver
from corpora.npm.api.scopes import AMBIENT, Scopes
from corpora.npm.entry_points import EntryPoint, entry_points
from corpora.npm.modules import WHOLE
from corpora.npm.read_package import ReadPackage

_MAX_DEPTH: Final = 3  # namespaces in namespaces, in names
_MAX_NAMES: Final = 300_000
_MAX_OBJECTS: Final = 200_000
_MAX_REASONS: Final = 3
_UNFIT: Final = re.compile(r"[^\w@/$~+-]")
_SPECIFIER: Final = re.compile(r"[\w@./$~+-]{0,200}")
LIBRARY_PREFIX: Final = "npm:"
"""In front of the name of a package, as other languages have packages of the same names."""


@dataclass(slots=True)
class _Work:
    """What is known so far.

    Attributes:
        paths: of the objects, by where they are declared.
        left: the places of which no object is made yet.
        objects: by their paths.
        names: public names, with paths.
    """

    paths: dict[DeclarationPlace, str] = field(default_factory=dict)
    left: deque[DeclarationPlace] = field(default_factory=deque)
    objects: dict[str, ApiObject] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)


def read_npm_package_api(package: ReadPackage) -> ApiModel:
    """Return the API of a package; nothing of it is run."""
    return _Reader(package).model()


class _Reader:
    """Reads one package."""

    def __init__(self, package: ReadPackage) -> None:
        self._package = package
        self._scopes = Scopes(package)
        self._resolver = Resolver(self._scopes)
        self._work = _Work()
        self._static: set[str] = set()  # paths of what only the values of interfaces hold
        self._modules: dict[str, str] = {}  # paths of modules by their files

    def model(self) -> ApiModel:
        work, package = self._work, self._package
        entries = dict(self._entries())
        self._scopes.own_modules.update(
            {name: file for name, file in entries.items() if name != package.name}
        )
        for specifier, file in entries.items():
            self._modules.setdefault(file, specifier)
        left: deque[tuple[str, Mapping[str, DeclarationPlace], int]] = deque()
        for specifier, file in entries.items():
            work.names[specifier] = specifier
            left.append((specifier, self._module(specifier, file), 0))
        while left and len(work.names) < _MAX_NAMES:
            scope, members, depth = left.popleft()
            left += self._name_all(scope, members, depth)
        while work.left and len(work.objects) < _MAX_OBJECTS:
            self._make(work.left.popleft())
        self._settle()
        return ApiModel(
            f"{LIBRARY_PREFIX}{package.source.library}",
            package.source.version,
            tuple(entries),
            work.objects,
            work.names,
            self._best(),
        )

    def _entries(self) -> Iterator[tuple[str, str]]:
        """Yield the modules that users import, with their files: those that are declared by name count."""
        package, ambient = self._package, self._scopes.ambient
        found = entry_points(dict(package.source.facts), package.own_files, self._scopes.graph)
        for entry in found:
            specifier = _specifier(package.name, entry)
            scope = self._scopes.scope(entry.file)
            is_script = scope is not None and scope.is_script and bool(ambient)
            if specifier in ambient:
                yield specifier, AMBIENT + specifier
            elif _SPECIFIER.fullmatch(specifier) and not is_script:
                yield specifier, entry.file
        for name in ambient:
            yield name, AMBIENT + name

    def _module(self, path: str, file: str) -> dict[str, DeclarationPlace]:
        """Make the object of a module; return what it exports."""
        members, unknown = self._resolver.members(file)
        members = {name: members[name] for name in sorted(members, key=partial(_is_alias, members))}
        cut = self._scopes.is_cut_short or self._scopes.scope(file) is None
        shown = ", ".join(dict.fromkeys(unknown[:_MAX_REASONS]))
        why = f"it passes on all of {shown}, which is not read" if unknown else ""
        why = why or ("its files are too large, too many, or cannot be parsed" if cut else "")
        members = {name: place for name, place in members.items() if is_member_name(name)}
        held = {name: self._path(place, f"{path}.{name}") for name, place in members.items()}
        self._work.objects[path] = ApiObject(
            path, "module", members=held, is_open=bool(why), file=_shown(file), why_open=why
        )
        return members

    def _name_all(
        self, scope: str, members: Mapping[str, DeclarationPlace], depth: int
    ) -> Iterator[tuple[str, Mapping[str, DeclarationPlace], int]]:
        """Give public names to what a module or namespace holds; yield the namespaces in it."""
        for name, place in members.items():
            full = f"{scope}.{name}"
            path = self._path(place, full)
            self._work.names.setdefault(full, path)
            if depth < _MAX_DEPTH and place.file and name != "default":
                if place.name == WHOLE:
                    made = path not in self._work.objects
                    inner = self._module(path, place.file) if made else self._resolver.members(place.file)[0]
                    yield full, {one: its for one, its in inner.items() if is_member_name(one)}, depth + 1
                elif self._is_namespace(place):
                    yield full, self._resolver.namespace_members(place), depth + 1

    def _is_namespace(self, place: DeclarationPlace) -> bool:
        """Return whether there is only a namespace of that name, no function or class."""
        declared = self._scopes.declarations(place.file, place.name)
        return bool(declared) and all(one.node.type in {"internal_module", "module"} for one in declared)

    def _path(self, place: DeclarationPlace, public: str = "") -> str:
        """Return the path of what is declared at a place: its first public name, else one by its file."""
        if not place.file:
            return place.name
        if place.name == WHOLE:
            return self._modules.setdefault(place.file, public or f"{self._package.name}:{_stem(place.file)}")
        if place not in self._work.paths:
            private = f"{self._package.name}:{_stem(place.file)}.{place.name}"
            self._work.paths[place] = public or private
            self._work.left.append(place)
        return self._work.paths[place]

    def _make(self, place: DeclarationPlace) -> None:
        """Make the object of a place and of its members."""
        path = self._work.paths[place]
        chain = tuple(place.name.split(".")[:-1])

        def resolve(name: str) -> str:
            found = self._resolver.find(place.file, chain, name)
            if found is None or found == place:
                return ""
            if not found.file:
                return self._global(found.name)
            return self._path(found)

        inner = self._resolver.namespace_members(place)
        held = {
            name: self._path(its, f"{path}.{name}") for name, its in inner.items() if is_member_name(name)
        }
        declared = self._scopes.declarations(place.file, place.name)
        for made in object_of(path, declared, held, _shown(place.file), resolve):
            self._work.objects.setdefault(made.path, made)
        if held and "interface" in self._work.objects[path].labels:
            self._static.update(held.values())

    def _global(self, path: str) -> str:
        """Return the path of something outside, of which the members are known if every program has it."""
        known = global_object(path) if path.startswith(GLOBAL) else None
        while known is not None and known.path not in self._work.objects:
            self._work.objects[known.path] = known
            known = global_object(known.bases[0]) if known.bases else None
        return path

    def _settle(self) -> None:
        """Complete what objects have from others: constructors, what `typeof` says, what `export =` holds."""
        objects = self._work.objects
        model = ApiModel("", "", (), objects, {}, {})
        for path, one in list(objects.items()):
            if one.decorators:
                objects[path] = _like(one, objects.get(one.decorators[0].removeprefix("typeof ")))
        for path in self._static & objects.keys():
            labels = {*objects[path].labels, "static"}
            objects[path] = replace(objects[path], labels=tuple(sorted(labels)))
        for path, one in list(objects.items()):
            if one.kind == "class" and not one.signatures and "type" not in one.labels and one.bases:
                objects[path] = replace(one, signatures=_constructor(model, path))
        for path, one in list(objects.items()):
            assigned = objects.get(one.members.get("default", "")) if one.kind == "module" else None
            is_whole = assigned is not None and assigned.path == f"{path}.default" and assigned.bases
            if is_whole and assigned and self._resolver.assigned(self._file_of(path)) is not None:
                more = model.members_of(assigned.bases[0])
                objects[path] = replace(one, members={**more, **one.members})
                self._work.names.update({f"{path}.{name}": target for name, target in more.items()})

    def _file_of(self, path: str) -> str:
        return next((file for file, known in self._modules.items() if known == path), "")

    def _best(self) -> dict[str, str]:
        """Return the shortest public name of each object; names of the users' own choice come last."""
        best: dict[str, str] = {}
        for name, path in self._work.names.items():
            known = best.get(path)
            if known is None or _rank(name) < _rank(known):
                best[path] = name
        internal = {
            path for path in best if "internal" in getattr(self._work.objects.get(path), "labels", ())
        }
        for name in [
            name for name, path in self._work.names.items() if path in internal or _is_private(name)
        ]:
            self._work.names.pop(name)
        return {path: name for path, name in best.items() if name in self._work.names}


def _constructor(model: ApiModel, path: str) -> tuple[Signature, ...]:
    """Return the ways to make an object of a class that does not say so itself: those of its first base."""
    for base in model.order(path)[1:]:
        known = model.objects.get(base)
        # A function with an interface of the same name is called, which tells nothing of the interface.
        is_other = known is not None and "interface" in known.labels and "type" not in known.labels
        if known is None or is_other:
            return ()
        if known.signatures:
            return known.signatures
    return ()


def _like(one: ApiObject, other: ApiObject | None) -> ApiObject:
    """Return what `const one: typeof other` is: called like it, with its members."""
    if other is None:
        return replace(one, decorators=())
    kind = other.kind if other.kind != "module" else "attribute"
    bases = (other.path,) if other.kind in {"class", "module"} else other.bases
    labels = tuple(sorted({*other.labels, *one.labels} - {"type", "static"}))
    return replace(one, kind=kind, signatures=other.signatures, bases=bases, labels=labels, decorators=())


def _is_alias(members: Mapping[str, DeclarationPlace], name: str) -> bool:
    """Return whether something is declared by another name: `export { ZodType as Schema }`."""
    return name == "default" or members[name].name.rpartition(".")[2] != name


def _rank(name: str) -> tuple[bool, int, int, str]:
    return name.endswith(".default"), name.count("."), len(name), name


def _is_private(name: str) -> bool:
    """Return whether a name is not for users, by custom: `zod._def`, `rxjs/internal/config`."""
    parts = re.split(r"[./]", name)
    return "internal" in parts[1:] or any(part.startswith("_") and part != "_" for part in parts)


def _specifier(package: str, entry: EntryPoint) -> str:
    return f"{package}/{entry.subpath}" if entry.subpath else package


def _shown(file: str) -> str:
    """Return a file as it is shown; an ambient module has none of its own."""
    return "" if file.startswith(AMBIENT) else "".join(one if one.isprintable() else "?" for one in file)


def _stem(file: str) -> str:
    """Return what tells a file, as a part of a path without dots."""
    stem = re.sub(r"\.d\.[cm]?ts\Z", "", file.removeprefix(AMBIENT))
    return _UNFIT.sub("_", stem)[:200]


__all__ = ["LIBRARY_PREFIX", "OUTSIDE", "read_npm_package_api"]
