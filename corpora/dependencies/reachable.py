"""Which packages of a lock file a project requires on a target: a walk from what the project requires."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from corpora.dependencies.locked_package import Edge, LockedPackage
from corpora.dependencies.package_name import normalized_name
from corpora.dependencies.target import Target

_MAX_SPECIFIER_CHARS: Final = 1_000


def applying(packages: Iterable[LockedPackage], target: Target) -> Iterator[LockedPackage]:
    """Yield the packages whose own markers hold for the target, or are not understood."""
    for package in packages:
        try:
            if not package.markers or any(map(target.applies, package.markers)):
                yield package
        except ValueError as error:
            yield replace(package, problem=str(error))


def reachable(
    packages: Sequence[LockedPackage], roots: Iterable[Edge], target: Target | None
) -> tuple[set[int], set[int]]:
    """Walk from the roots along all edges whose markers hold for the target; for None, along all edges.

    Returns:
        The indexes in `packages` that are required, and those that the roots require themselves.
    """
    by_name: dict[str, list[int]] = defaultdict(list)
    for index, package in enumerate(packages):
        by_name[normalized_name(str(package.name))].append(index)
    direct: set[int] = set()
    for edge in roots:
        direct |= set(_ends(edge, packages, by_name, target))
    seen, todo = set(direct), list(direct)
    while todo:
        for edge in packages[todo.pop()].requires:
            found = [index for index in _ends(edge, packages, by_name, target) if index not in seen]
            seen.update(found)
            todo += found
    return seen, direct


def _ends(
    edge: Edge, packages: Sequence[LockedPackage], by_name: dict[str, list[int]], target: Target | None
) -> list[int]:
    """Return the packages that an edge leads to: one, or several if nothing tells them apart."""
    try:
        if target and not target.applies(edge.marker):
            return []
    except ValueError:
        pass  # a package too much is better than one too few
    found = by_name.get(normalized_name(edge.name), [])
    if len(found) < 2 or not edge.specifier:
        return found
    return [index for index in found if _accepts(edge.specifier, str(packages[index].version))] or found


def _accepts(specifier: str, version: str) -> bool:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    if specifier == version:
        return True
    try:
        return SpecifierSet(specifier[:_MAX_SPECIFIER_CHARS]).contains(version, prereleases=True)
    except InvalidSpecifier:  # an exact version, or the syntax of Poetry: `^1.2`
        return False
