"""Where the names in a declaration file lead: to declarations, to whole modules, or out of the package."""

from typing import Final, NamedTuple

from corpora.npm.api.scopes import NAMELESS, DeclaredScope, Scopes
from corpora.npm.exports import node_text
from corpora.npm.modules import WHOLE, Declared

_MAX_STEPS: Final = 40  # aliases of aliases
OUTSIDE: Final = "npm:"
"""In front of what is in another package: `npm:react.Component`."""

GLOBAL: Final = "global."
"""In front of what every program has: `global.Error`."""


class DeclarationPlace(NamedTuple):
    """Where something is declared.

    Attributes:
        file: its file or ambient module; empty for what is outside of the package.
        name: dotted, if it is in namespaces; `WHOLE` for all of the file; outside, its path.
    """

    file: str
    name: str


class Resolver:
    """Follows names through the scopes of a package."""

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes
        self._graph = scopes.graph

    def members(self, file: str) -> tuple[dict[str, DeclarationPlace], list[str]]:
        """Return what a module exports, and the modules of which it passes on all, but which are not read.

        `default` is what `export default` and `export =` name; of the latter, the members are those of the
        module, too.
        """
        found: dict[str, DeclarationPlace] = {}
        unknown: list[str] = []
        for name, declared in self._graph.exports(file).items():
            place = self.place_of(declared)
            if place is not None:
                found[name] = place
        for other, module in self._graph.with_stars(file):
            for name, (source, inner) in module.exported.items():
                if source and name not in found and (other == file or name != "default"):
                    found[name] = _outside(source, inner)
            unknown += [star for star in module.stars if self._graph.path_of(star, other) is None]
        assigned = self.assigned(file)
        if assigned is not None:
            if not assigned.file:
                unknown.append(assigned.name.removeprefix(OUTSIDE))
            for name, place in self.namespace_members(assigned).items():
                found.setdefault(name, place)
            found.setdefault("default", assigned)
        found.pop(NAMELESS, None)
        return found, unknown

    def assigned(self, file: str) -> DeclarationPlace | None:
        """Return what `export =` of a module names; None if it has none."""
        scope = self._scopes.scope(file)
        if scope is None or not scope.module.assigned:
            return None
        return self.find(file, (), scope.module.assigned)

    def place_of(self, declared: Declared) -> DeclarationPlace | None:
        """Return the place that the graph of modules tells."""
        if declared.is_member:
            whole = self.assigned(declared.file)
            return self._follow(whole, [declared.name], 0) if whole is not None else None
        if declared.name == WHOLE:
            return DeclarationPlace(declared.file, WHOLE)
        return self.find(declared.file, (), declared.name)

    def namespace_members(self, place: DeclarationPlace) -> dict[str, DeclarationPlace]:
        """Return what a namespace exports; nothing for anything else."""
        if not place.file:
            return {}
        if place.name == WHOLE:
            return self.members(place.file)[0]
        scope = self._scopes.namespace(place.file, place.name)
        if scope is None:
            return {}
        chain = tuple(place.name.split("."))
        found: dict[str, DeclarationPlace] = {}
        for public, (source, local) in scope.module.exported.items():
            target = self.find(place.file, chain, local) if not source else None
            if target is not None:
                found[public] = target
        for name, is_exported in scope.module.declared.items():
            if is_exported or not scope.module.is_explicit:
                target = self._unaliased(DeclarationPlace(place.file, f"{place.name}.{name}"), 0)
                if target is not None:
                    found.setdefault(name, target)
        return found

    def find(self, file: str, chain: tuple[str, ...], dotted: str, steps: int = 0) -> DeclarationPlace | None:
        """Return where a name leads within a file; None if it leads nowhere.

        Args:
            file: in which it stands.
            chain: the namespaces that it stands in, the outermost first.
            dotted: the name.
            steps: how many aliases led here.
        """
        first, *rest = dotted.split(".")
        for depth in range(len(chain), 0, -1):
            holder = ".".join(chain[:depth])
            scope = self._scopes.namespace(file, holder)
            if scope is not None and first in scope.declarations:
                return self._follow(DeclarationPlace(file, f"{holder}.{first}"), rest, steps)
        return self._follow(self._top(file, first), rest, steps)

    def _top(self, file: str, name: str) -> DeclarationPlace | None:
        scope: DeclaredScope | None = self._scopes.scope(file)
        while scope is not None:
            if name in scope.declarations:
                return DeclarationPlace(file, name)
            if name in scope.module.imported:
                declared = self._graph.local(file, name)
                if declared is None or (declared.file, declared.name) == (file, name):
                    return _outside(*scope.module.imported[name])
                return self.place_of(declared)
            file = scope.parent
            scope = self._scopes.scope(file) if file else None
        return DeclarationPlace("", f"{GLOBAL}{name}")

    def _follow(self, place: DeclarationPlace | None, rest: list[str], steps: int) -> DeclarationPlace | None:
        place = self._unaliased(place, steps) if place is not None else None
        for count, part in enumerate(rest):
            if place is None:
                return None
            if not place.file:
                return DeclarationPlace("", ".".join((place.name, *rest[count:])))
            if place.name == WHOLE:
                declared = self._graph.exports(place.file).get(part)
                place = self.place_of(declared) if declared is not None else None
                continue
            scope = self._scopes.namespace(place.file, place.name)
            if scope is None or part not in scope.declarations:
                public = scope.module.exported.get(part) if scope is not None else None
                chain = tuple(place.name.split("."))
                is_other = public is not None and not public.specifier and steps < _MAX_STEPS
                place = self.find(place.file, chain, public.name, steps + 1) if public and is_other else None
            else:
                place = self._unaliased(DeclarationPlace(place.file, f"{place.name}.{part}"), steps)
        return place

    def _unaliased(self, place: DeclarationPlace, steps: int) -> DeclarationPlace | None:
        """Return where `import a = b.c` leads; any other place as it is."""
        if not place.file or place.name == WHOLE:
            return place
        declared = self._scopes.declarations(place.file, place.name)
        if not declared or declared[0].node.type != "import_alias":
            return place
        parts = declared[0].node.named_children
        if steps >= _MAX_STEPS or len(parts) < 2:
            return None
        holder = place.name.rpartition(".")[0]
        chain = tuple(holder.split(".")) if holder else ()
        return self.find(place.file, chain, node_text(parts[1]), steps + 1)


def _outside(source: str, name: str) -> DeclarationPlace:
    """Return the place of a name in another package."""
    shown = "".join(character for character in source if character.isprintable())[:200]
    return DeclarationPlace("", f"{OUTSIDE}{shown}" if name in {WHOLE, "="} else f"{OUTSIDE}{shown}.{name}")
