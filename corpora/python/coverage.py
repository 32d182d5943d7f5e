"""How much of a Python package is documented, as its source tells."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from corpora.python.package import PythonPackage
from corpora.spec import CorpusSpec

if TYPE_CHECKING:
    from corpora.python.package_units import PackageUnits


@dataclass(frozen=True, slots=True)
class Coverage:
    """The public members of a package that users reach by import.

    Attributes:
        members: the number of those found, each counted once whatever the number of its names.
        documented: how many of them have a docstring, their own or an inherited one.
        bare: the names of those without one, in order.
        unreachable: names that the package offers and whose object its source does not show, each with the
            reason, in order.
    """

    members: int
    documented: int
    bare: tuple[str, ...] = ()
    unreachable: tuple[tuple[str, str], ...] = ()


def coverage_of(location: str, *, include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> Coverage:
    """Return the coverage of the package at `location`, restricted as its corpus is.

    A package that was read since it last changed is not read again.

    Raises:
        CorpusError: there is no such package.
    """
    spec = CorpusSpec("coverage", "package", location, include=include, exclude=exclude)
    return coverage_in(PythonPackage(spec).units())


def coverage_in(read: "PackageUnits") -> Coverage:
    """Return the coverage of a package by its units."""
    members = sum(len(page) for page in read.pages.values() if not isinstance(page, str))
    bare = tuple(sorted(read.bare))
    return Coverage(members, members - len(bare), bare, tuple(sorted(read.unreachable.items())))
