"""The documentation in an index: add, list, update and remove it, and follow a lock file."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from corpora.decisions import check_library, decisions
from corpora.dependencies.lock_file import Pinned, current_environment, find_locks, read_lock, root_versions
from corpora.dependencies.locked_package import Ecosystem
from corpora.errors import CorpusError, NothingToRead, RagError, UnknownName
from corpora.kinds import kind_named
from corpora.npm.source import find_npm
from corpora.python.source import find_package
from corpora.sources import spec_for
from corpora.spec import CorpusSpec
from indexers.building.report import Progress, Report, silent
from indexers.index import Index
from indexers.locked_versions import lock_versions
from indexers.own_corpora import check_named
from rag.runtime_facts import ask_again, print_nothing

_KIND_OF: Final[dict[Ecosystem, str]] = {"python": "package", "npm": "npm"}
_NO_VERSION: Final = "local"  # in the name of a corpus of a folder that has none


@dataclass(frozen=True, slots=True)
class DocumentedLibrary:
    """A library at one version, as a corpus documents it.

    Args:
        corpus: name of the corpus.
        kind: kind of the corpus.
        location: where the corpus is read from.
        library: name of the library; empty if it is not known.
        version: its version; empty if it is not known.
        units: number of units of documentation, such as functions and sections.
        fetched_at: when the newest page was fetched, as an ISO date; empty for what is not fetched.
    """

    corpus: str
    kind: str
    location: str
    library: str
    version: str
    units: int
    fetched_at: str


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync did about one package.

    Args:
        package: the package at its locked version.
        outcome: it was there already, was added, has no documentation (`empty`), or could not be had.
        units: number of its units of documentation in the index.
        detail: why it failed; else empty.
    """

    package: Pinned
    outcome: Literal["there", "added", "empty", "failed"]
    units: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did.

    Args:
        packages: each package of the lock files.
        unpinned: lines of the lock files that were left out: without an exact version, or from a place that
            is not read.
        removed: names of the corpora that were removed.
        others: names and versions of the packages for another platform or version of Python.
    """

    packages: tuple[Synced, ...]
    unpinned: tuple[str, ...]
    removed: tuple[str, ...]
    others: tuple[str, ...] = ()


def documented_corpora(
    sources: Sequence[str],
    *,
    library: str = "",
    version: str = "",
    kind: str = "",
    python: str = "",
    runtime: bool = False,
) -> list[CorpusSpec]:
    """Return the corpora that `sources` stand for.

    Args:
        sources: as for `add_docs`.
        library: as for `add_docs`.
        version: as for `add_docs`.
        kind: as for `add_docs`.
        python: the environment in which Python packages are looked for; see `spec_for`.
        runtime: whether to complete Python packages by what they say when they run. Ask them before they are
            added, by `rag.runtime_facts.ask_packages`.

    Raises:
        CorpusError: there is no such source, or it has no library and version.
    """
    specs = [spec_for(source, kind=kind, python=python) for source in sources]
    corpora = [
        replace(spec, library=library, version=version, runtime=runtime and spec.kind == "package")
        for spec in specs
    ]
    for spec in corpora:
        check_library(spec)
    return corpora


def add_docs(
    index: Path,
    sources: Sequence[str | CorpusSpec],
    *,
    library: str = "",
    version: str = "",
    kind: str = "",
    progress: Progress = silent,
) -> Report:
    """Add documentation to an index.

    Args:
        index: folder of the index; made if it is not there.
        sources: what `spec_for` takes: folders, wheels, URLs, `pkg:numpy==1.26.4`, `npm:zod@4.1.0`; or the
            corpora that `documented_corpora` returned, of which no more is said here.
        library: the library that the pages document, if they do not say it themselves.
        version: the version of that library.
        kind: kind of the sources, a name in `corpora.kinds.KINDS` ("comments" for the doc comments of code);
            empty to guess it from what is there, which the notes of the report then tell.
        progress: called with bytes done, bytes in all and the last path.

    Raises:
        CorpusError: a source cannot be read, or has no library and version to carry.
    """
    named = [source for source in sources if isinstance(source, str)]
    specs = [source for source in sources if not isinstance(source, str)]
    specs += documented_corpora(named, library=library, version=version, kind=kind)
    with Index.create(index) as opened:
        report = opened.update(specs, progress=progress)
    report.notes = () if kind else decisions(specs, usual="docs")
    return report


def list_docs(index: Index) -> list[DocumentedLibrary]:
    """Return the libraries and versions that the index documents, sorted by name."""
    specs = {spec.name: spec for spec in index.catalog.corpora().values()}
    return [
        DocumentedLibrary(name, specs[name].kind, specs[name].location, library, version, units, fetched_at)
        for name, library, version, units, fetched_at in index.catalog.census.documentation()
    ]


def update_docs(
    index: Index,
    names: Sequence[str] = (),
    *,
    progress: Progress = silent,
    note: Callable[[str], None] = print_nothing,
) -> Report:
    """Bring corpora of documentation up to date: those called `names`, or all if there are none.

    Packages that were asked at run time are asked again if they have another version now; `note` is called
    with what comes of it.

    Raises:
        UnknownName: there is no such corpus.
        RagError: the index was made elsewhere, and the user has not agreed to what it would read.
    """
    specs = _named(index, names)
    check_named(index.path, specs)
    ask_again(specs, note)
    return index.update(specs, progress=progress)


def remove_docs(index: Index, names: Sequence[str]) -> int:
    """Remove corpora of documentation, and return how many documents they had. Raises `UnknownName`."""
    return index.remove([spec.name for spec in _named(index, names)])


def sync_docs(
    index: Path, locks: Sequence[Path] = (), *, prune: bool = False, progress: Progress = silent
) -> SyncReport:
    """Add the documentation of each package in the lock files at its exact version.

    Versions that are installed, and folders of the project, are read in place; others are fetched, as wheels
    or by npm, but not from a registry that only the lock file names. A package that cannot be had is
    reported, and the others are added. From now on, retrieval prefers the locked versions.

    Args:
        index: folder of the index; made if it is not there.
        locks: lock files or environments. If there are none: those in the working folder, else the
            environment of this program.
        prune: whether to remove packages that an earlier sync added and no lock file names any more.
        progress: called with bytes done, bytes in all and the last path.
    """
    found = [read_lock(path) for path in locks or find_locks(Path.cwd())] or [current_environment()]
    packages = sorted({package for lock in found for package in lock.packages})
    with Index.create(index) as opened:
        known = {spec.name: spec for spec in opened.catalog.corpora().values()}
        new = [package for package in packages if not _is_there(package, known.get(_name(package)))]
        wanted, failed = _reachable(new)
        if wanted:
            opened.update([_spec(package) for package in wanted], progress=progress)
        removed = _prune(opened, packages) if prune else ()
        lock_versions(opened, root_versions(packages))
        units = {entry.corpus: entry.units for entry in list_docs(opened)}
    outcomes = []
    for package in packages:
        if package in failed:
            outcomes.append(Synced(package, "failed", detail=failed[package]))
        else:
            count = units.get(_name(package), 0)
            is_new = package in wanted and _name(package) not in known
            outcome: Literal["there", "added"] = "added" if is_new else "there"
            outcomes.append(Synced(package, outcome if count else "empty", count))
    return SyncReport(
        tuple(outcomes),
        tuple(line for lock in found for line in lock.unpinned),
        removed,
        tuple(sorted({other for lock in found for other in lock.others})),
    )


def _is_there(package: Pinned, spec: CorpusSpec | None) -> bool:
    """Return whether the index has the package from where it comes; what a folder holds is read again."""
    if spec is None:
        return False
    if package.not_fetched:
        return not package.location  # (without one, the user has added it)
    # If a folder of the project held it before, now the package of this name in the registry is meant.
    place = Path(spec.location)
    return not place.is_absolute() or _is_installation(place)


def _is_installation(place: Path) -> bool:
    return place.suffix in {".dist-info", ".egg-info"} or "node_modules" in place.parts


def _reachable(packages: Iterable[Pinned]) -> tuple[list[Pinned], dict[Pinned, str]]:
    """Return the packages that can be read, fetched if need be, and why each other cannot be had."""
    wanted: list[Pinned] = []
    failed: dict[Pinned, str] = {}
    for package in packages:
        if package.not_fetched and not package.location:
            failed[package] = package.not_fetched
            continue
        try:
            if package.ecosystem == "npm":
                find_npm(_spec(package).location)
            else:
                find_package(_spec(package).location)
        except NothingToRead:
            continue
        except RagError as error:
            failed[package] = error.why
        else:
            wanted.append(package)
    return wanted, failed


def _prune(index: Index, packages: Iterable[Pinned]) -> tuple[str, ...]:
    keep = {_name(package) for package in packages}
    stale = [
        spec.name for spec in index.catalog.corpora().values() if _is_synced(spec) and spec.name not in keep
    ]
    if stale:
        index.remove(stale)
    return tuple(stale)


def _name(package: Pinned) -> str:
    pin = kind_named(_KIND_OF[package.ecosystem]).pin
    return f"{package.name}{pin}{package.version or _NO_VERSION}"


def _is_synced(spec: CorpusSpec) -> bool:
    """Return whether a sync may have added the corpus: its name holds an exact version."""
    return spec.kind in _KIND_OF.values() and kind_named(spec.kind).pin in spec.name[1:]  # @scope/name@1.0


def _spec(package: Pinned) -> CorpusSpec:
    kind = _KIND_OF[package.ecosystem]
    if package.not_fetched:  # a folder or archive, which need not know its own name and version
        return CorpusSpec(
            _name(package), kind, package.location, library=package.name, version=package.version
        )
    # The package in node_modules may have another version than the lock file says.
    installed = package.location if kind == "package" or _is_at_version(package) else ""
    return CorpusSpec(_name(package), kind, installed or _name(package))


def _is_at_version(package: Pinned) -> bool:
    try:
        return bool(package.location) and find_npm(package.location).version == package.version
    except CorpusError:
        return False  # the package there is not complete, so npm fetches another


def _named(index: Index, names: Sequence[str]) -> list[CorpusSpec]:
    known = {spec.name: spec for spec in index.catalog.corpora().values() if spec.kind != "code"}
    for name in names:
        if name not in known:
            raise UnknownName("corpus of documentation", name, known)
    return [known[name] for name in names or known]
