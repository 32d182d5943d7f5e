"""The documentation in an index: add, list, update and remove it, and follow a lock file."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from corpora.counted import counted
from corpora.decisions import decisions
from corpora.dependencies.lock_file import Pinned, current_environment, find_locks, read_lock, root_versions
from corpora.python.environments import named_environment
from corpora.spec import CorpusSpec
from indexers.building.report import PartlyUpdated, Progress, Report, silent
from indexers.index import Index
from indexers.locked_versions import lock_versions
from indexers.own_corpora import check_named
from rag.locked_packages import corpus_name, corpus_spec, each_once, is_there, may_be_synced, readable
from rag.named_docs import documentation_specs, named_docs
from rag.named_sources import SourceOptions, corpora_in
from rag.notes import Listener, print_nothing
from rag.runtime_facts import ask_again


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
        sources: what `spec_for` takes: folders, wheels, URLs, `pkg:numpy==1.26.4`, `npm:zod@4.1.0`; or
            corpora, such as `SourceOptions.corpora` returns, of which no more is said here.
        library: the library that the pages document, if they do not say it themselves.
        version: the version of that library.
        kind: kind of the sources, a name in `corpora.kinds.KINDS` ("comments" for the doc comments of code);
            empty to guess it from what is there, which `decisions` of the report then says.
        progress: called with bytes done, bytes in all and the last path.

    Raises:
        CorpusError: a source cannot be read, or has no library and version to carry.
    """
    given = [source for source in sources if not isinstance(source, str)]
    known = corpora_in(index)
    asked = SourceOptions(kind=kind, library=library, version=version)
    lines: list[str] = []
    texts = [source for source in sources if isinstance(source, str)]
    specs = [*given, *asked.corpora(texts, known, note=lines.append)]
    decided = (*lines, *(() if kind else decisions(specs, usual="docs")))
    with Index.create(index) as opened:
        try:
            report = opened.update(specs, progress=progress)
        except PartlyUpdated as error:
            error.report.decisions = decided
            raise
    report.decisions = decided
    return report


def list_docs(index: Index) -> list[DocumentedLibrary]:
    """Return the libraries and versions that the index documents, sorted by name."""
    specs = {spec.name: spec for spec in index.catalog.corpora().values()}
    held = index.catalog.census.documentation()
    found = [
        DocumentedLibrary(name, specs[name].kind, specs[name].location, library, version, units, fetched_at)
        for name, library, version, units, fetched_at in held
    ]
    # A corpus in which nothing was found is there, too, and can be removed.
    bare = documentation_specs(index).keys() - {holding.corpus for holding in held}
    return found + [
        DocumentedLibrary(name, specs[name].kind, specs[name].location, "", "", 0, "")
        for name in sorted(bare)
    ]


def update_docs(
    index: Index,
    names: Sequence[str] = (),
    *,
    progress: Progress = silent,
    note: Listener = print_nothing,
) -> Report:
    """Bring corpora of documentation up to date: those called `names`, or all if there are none.

    Packages that were asked at run time are asked again if they have another version now; `note` is called
    with what comes of it.

    Raises:
        UnknownName: there is no such corpus.
        PartlyUpdated: some of them are gone; the others are up to date.
        RagError: the index was made elsewhere, and the user has not agreed to what it would read.
    """
    specs = named_docs(index, names)
    check_named(index.path, specs)
    ask_again(specs, note)
    return index.update(specs, progress=progress)


def remove_docs(index: Index, names: Sequence[str]) -> int:
    """Remove corpora of documentation, and return how many documents they had.

    Args:
        index: the index.
        names: of the corpora, as `list_docs` has them; or as `add_docs` took them, such as `pkg:numpy`.

    Raises:
        UnknownName: there is no such corpus.
    """
    return index.remove([spec.name for spec in named_docs(index, names)])


def sync_docs(
    index: Path,
    locks: Sequence[Path] = (),
    *,
    prune: bool = False,
    python: str = "",
    progress: Progress = silent,
    note: Listener = print_nothing,
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
        python: the environment that the packages are for, its folder or its interpreter; by default the one
            beside each lock file.
        progress: called with bytes done, bytes in all and the last path.
        note: called with one line for every few packages that have been requested, and with one that says
            what is read if there are no `locks`.
    """
    named = named_environment(python) if python else None
    paths = locks or find_locks(Path.cwd())
    found = [read_lock(path, named) for path in paths] or [current_environment()]
    packages = each_once(package for lock in found for package in lock.packages)
    if not locks:
        installed = f"what is installed in {sys.prefix}, since there is no lock file or .venv here"
        source = ", ".join(path.name for path in paths) or installed
        note(f"reading {source}: {counted(len(packages), 'package')}")
    with Index.create(index) as opened:
        known = {spec.name: spec for spec in opened.catalog.corpora().values()}
        new = [package for package in packages if not is_there(package, known.get(corpus_name(package)))]
        wanted, failed = readable(new, note)
        if wanted:
            opened.update([corpus_spec(package) for package in wanted], progress=progress)
        removed = _prune(opened, packages) if prune else ()
        lock_versions(opened, root_versions(packages))
        units = {entry.corpus: entry.units for entry in list_docs(opened)}
    outcomes = []
    for package in packages:
        if package in failed:
            outcomes.append(Synced(package, "failed", detail=failed[package]))
        else:
            count = units.get(corpus_name(package), 0)
            is_new = package in wanted and corpus_name(package) not in known
            outcome: Literal["there", "added"] = "added" if is_new else "there"
            outcomes.append(Synced(package, outcome if count else "empty", count))
    return SyncReport(
        tuple(outcomes),
        tuple(line for lock in found for line in lock.unpinned),
        removed,
        tuple(sorted({other for lock in found for other in lock.others})),
    )


def _prune(index: Index, packages: Iterable[Pinned]) -> tuple[str, ...]:
    keep = {corpus_name(package) for package in packages}
    stale = [
        spec.name
        for spec in index.catalog.corpora().values()
        if may_be_synced(spec) and spec.name not in keep
    ]
    if stale:
        index.remove(stale)
    return tuple(stale)
