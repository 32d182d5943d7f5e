"""The report of a command that read Python packages: `rag docs add` and `rag index pkg:NAME`."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from corpora.spec import CorpusSpec
from corpora.standard_library.name import is_standard_library
from indexers.building.report import PartlyUpdated, Report
from indexers.index import Index
from rag.cli.api.yanked import note_yanked
from rag.cli.rendering import results
from rag.cli.terminal import note, show
from rag.named_sources import SourceOptions

VERBOSE_HELP: Final = "list what was skipped, with the reason, and the public members without a docstring"


def note_names(sources: Sequence[str]) -> None:
    """Say which of two things a source is that may also mean the standard library."""
    for source in sources:
        if is_standard_library(source) and Path(source).exists():
            note(f"{source} is what lies in this folder; the standard library is stdlib:")


def source_options(options: argparse.Namespace) -> SourceOptions:
    """Return what the options of `rag index` and `rag docs add` say of the sources."""
    return SourceOptions(
        allow_private=options.allow_private,
        python=options.python,
        runtime=options.runtime,
        kind=options.kind,
        library=options.library,
        version=options.version,
    )


@contextmanager
def showing_what_was_done(
    options: argparse.Namespace, place: Path, specs: Sequence[CorpusSpec]
) -> Iterator[None]:
    """Print what an update of several corpora did before the error that says which could not be read."""
    try:
        yield
    except PartlyUpdated as error:
        if len(error.failures) < len(specs):
            read = [spec for spec in specs if spec.name not in error.failures]
            show_added(error.report, read, place, options)
        raise


def show_added(done: Report, specs: Sequence[CorpusSpec], place: Path, options: argparse.Namespace) -> None:
    """Print what an update did, and how much is documented of each Python package among `specs`."""
    from rag.added_packages import added_packages  # these two import griffe, which other corpora do not need
    from rag.rendering.documentation import package_coverage

    packages = added_packages(specs)
    with Index.open(place) as index:
        status = index.status()
        skipped = index.catalog.census.skipped() if options.verbose else []
    show(results.report(done, status, skipped, packages, json=options.json), json=options.json)
    for package in packages:
        note_yanked(package.library, package.version)
    for package in packages if not options.json else ():
        show(package_coverage(package, verbose=options.verbose))
