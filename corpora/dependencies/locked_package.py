"""The records that the readers of lock files make: packages, where they come from, what they require."""

from dataclasses import dataclass, field, replace
from typing import Final, Literal

_SHOWN_CHARS: Final = 80

Ecosystem = Literal["python", "npm"]


@dataclass(frozen=True, slots=True)
class PackageOrigin:
    """Where a lock file takes a package from.

    Attributes:
        kind: a package registry; a folder or an archive on this machine; or anything else.
        place: of a registry its URL, empty for the default one of the ecosystem, or several between blanks;
            of what is local the path as written, relative to the folder of the lock file; else what it is.
    """

    kind: Literal["registry", "local", "elsewhere"] = "registry"
    place: str = ""


REGISTRY: Final = PackageOrigin()
"""The default registry of the ecosystem, as the user's own pip or npm has it."""


def from_registry(url: object) -> PackageOrigin:
    """Return the origin of a package in the registry at `url`, empty for the default one."""
    return PackageOrigin("registry", str(url or ""))


def from_folder(path: object) -> PackageOrigin:
    """Return the origin of a folder or an archive at `path`."""
    return PackageOrigin("local", str(path))


def from_elsewhere(what: str) -> PackageOrigin:
    """Return the origin of what neither a registry nor this machine has, such as `git`."""
    return PackageOrigin("elsewhere", what)


@dataclass(frozen=True, slots=True)
class Edge:
    """A package that another one requires.

    Attributes:
        name: of the required package.
        specifier: the versions that will do, as in `>=1.2`, or an exact one; empty for all.
        marker: when it is required; empty for always.
    """

    name: str
    specifier: str = ""
    marker: str = ""


@dataclass(frozen=True, slots=True)
class LockedPackage:
    """A package as a lock file lists it; nothing in it has been checked.

    Attributes:
        name, version: as written; either may be anything, or be missing (empty).
        origin: where it comes from.
        alias: the name by which the project knows it, if that is another one.
        markers: it is for this machine if any of them applies, or if there are none.
        requires: the packages that it requires.
        place: of npm, the folder in the project where it is installed.
        is_direct: whether the project itself gets this version when it imports the package.
        is_elsewhere_only: whether it is for another operating system or processor (npm).
        problem: why it is left out, whatever else is known of it; empty if it is not.
        hashes: those of its archives, one of which it has to be; see `archive_hashes`. None if it may be any.
        label: what the report calls it, if that is not its name.
        where: file and line that list it, for the report; empty if the name says enough.
    """

    name: object
    version: object
    origin: PackageOrigin = REGISTRY
    alias: str = ""
    markers: tuple[str, ...] = ()
    requires: tuple[Edge, ...] = ()
    place: str = ""
    is_direct: bool = False
    is_elsewhere_only: bool = False
    problem: str = ""
    hashes: tuple[str, ...] = ()
    label: str = ""
    where: str = ""


@dataclass(slots=True)
class LockReading:
    """What a reader found in one lock file.

    Attributes:
        ecosystem: of its packages.
        packages: all that it lists, in its order, and what was not understood.
        roots: what the project itself requires; None if the lock file does not say.
        requires_python: the versions of Python that the project supports, as in `>=3.11`.
    """

    ecosystem: Ecosystem
    packages: list[LockedPackage] = field(default_factory=list)
    roots: tuple[Edge, ...] | None = None
    requires_python: str = ""

    def leave_out(self, label: object, why: str, where: str = "") -> None:
        """Note an entry that is left out, with the reason."""
        self.packages.append(LockedPackage(label, "", problem=why, where=where))

    def come_from(self, origin: PackageOrigin) -> None:
        """Note where every package may come from of which nothing else is known."""
        self.packages = [
            replace(package, origin=origin) if package.origin == REGISTRY else package
            for package in self.packages
        ]


def brief(name: object) -> str:
    """Return the beginning of a name of any type, to be shown to the user."""
    return str(name)[:_SHOWN_CHARS]


def as_table(value: object) -> dict[str, object]:
    """Return a table of a lock file; an empty one for what is none."""
    return value if isinstance(value, dict) else {}


def as_tables(value: object) -> list[dict[str, object]]:
    """Return a list of tables of a lock file.

    Raises:
        ValueError: it is something else.
    """
    if not isinstance(value, list) or not all(isinstance(table, dict) for table in value):
        raise ValueError("the packages are not a list of tables")
    return value


def as_texts(value: object) -> list[str]:
    """Return the texts in a list; none for what is no list. One text counts as a list of one."""
    if isinstance(value, str):
        return [value]
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []
