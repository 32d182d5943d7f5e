"""The report of a command that read Python packages: `rag docs add` and `rag index pkg:NAME`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from corpora.spec import CorpusSpec
from corpora.standard_library.name import is_standard_library
from indexers.building.report import Report
from indexers.index import Index
from rag.cli.rendering import results
from rag.cli.terminal import note, show

VERBOSE_HELP: Final = "list what was skipped, with the reason, and the public members without a docstring"


def note_names(sources: Sequence[str]) -> None:
    """Say which of two things a source is that may also mean the standard library."""
    for source in sources:
        if is_standard_library(source) and Path(source).exists():
            note(f"{source} is what lies in this folder; the standard library is stdlib:")


def show_added(done: Report, specs: Sequence[CorpusSpec], place: Path, *, verbose: bool, json: bool) -> None:
    """Print what an update did, and how much is documented of each Python package among `specs`."""
    from rag.added_packages import added_packages  # these two import griffe, which other corpora do not need
    from rag.cli.rendering.documentation import package_coverage

    packages = added_packages(specs)
    with Index.open(place) as index:
        status = index.status()
        skipped = index.catalog.census.skipped() if verbose else []
    show(results.report(done, status, skipped, packages, json=json), json=json)
    for package in packages if not json else ():
        show(package_coverage(package, verbose=verbose))
