"""How much of a Python package is documented, as its source tells."""

from dataclasses import dataclass

from corpora.python.package import Pages, PythonPackage
from corpora.spec import CorpusSpec


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
    return coverage_in(PythonPackage(spec).pages())


def coverage_in(read: Pages) -> Coverage:
    """Return the coverage of a package by the sections of its modules."""
    sections = [part for page in read.values() if not isinstance(page, str) for part in page]
    bare = sorted(part.name for part in sections if part.text == part.signature)
    failed = sorted((path, why) for path, why in read.items() if isinstance(why, str) and why)
    return Coverage(len(sections), len(sections) - len(bare), tuple(bare), tuple(failed))
