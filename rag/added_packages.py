"""How much of the Python packages that were added is documented, and where they were found."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from corpora.document import Listed
from corpora.outside.files import read_outside
from corpora.python.coverage import Coverage, coverage_in
from corpora.python.package import PythonPackage
from corpora.python.source import find_package
from corpora.spec import CorpusSpec, open_corpus
from corpora.standard_library.library import LIBRARY, StandardLibrary

_SETS_DOCSTRINGS: Final = re.compile(rb"\.__doc__ *\+?=(?!=)")  # as decorators do that put them together
_MAX_BYTES: Final = 1_000_000  # of a module


@dataclass(frozen=True, slots=True)
class AddedPackage:
    """A Python package as it was read.

    Args:
        corpus: name of its corpus.
        library: its name.
        version: its version; empty if it is not known.
        found: where it was found, in words; empty for a path.
        coverage: how much of it is documented.
        offers_runtime: whether asking it at run time may add docstrings.
    """

    corpus: str
    library: str
    version: str
    found: str
    coverage: Coverage
    offers_runtime: bool


def added_packages(specs: Iterable[CorpusSpec]) -> list[AddedPackage]:
    """Return how each of the Python packages among `specs` was read; those that were not are left out.

    Raises:
        CorpusError: a package is gone.
    """
    added = []
    for spec in specs:
        corpus = open_corpus(spec)
        if isinstance(corpus, PythonPackage):
            added += [_added(spec, corpus)] if corpus.was_read() else []
        elif isinstance(corpus, StandardLibrary):
            added.append(_standard(spec, corpus))
    return added


def _standard(spec: CorpusSpec, corpus: StandardLibrary) -> AddedPackage:
    found = f"the standard library, from {' and '.join(corpus.sources)} (a package of that name: pkg:python)"
    return AddedPackage(spec.name, spec.library or LIBRARY, corpus.version, found, corpus.coverage(), False)


def _added(spec: CorpusSpec, corpus: PythonPackage) -> AddedPackage:
    source = find_package(spec.location, spec.environment, spec.hashes)
    coverage = coverage_in(corpus.units())
    can_gain = coverage.unreachable or (coverage.bare and _sets_docstrings(corpus, source.root))
    offers = bool(can_gain) and bool(source.version) and not spec.runtime
    return AddedPackage(
        spec.name,
        spec.library or source.library,
        spec.version or source.version,
        source.found,
        coverage,
        offers,
    )


def _sets_docstrings(corpus: PythonPackage, root: Path) -> bool:
    """Return whether code of a package sets docstrings: members may have some that it does not show."""
    for item in corpus.scan():
        if isinstance(item, Listed):
            try:
                data = read_outside(root / item.path, max_bytes=_MAX_BYTES)
            except OSError:
                continue
            if _SETS_DOCSTRINGS.search(data):
                return True
    return False
