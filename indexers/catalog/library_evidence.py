"""What an index knows that tells which library a question means; read once, when a question needs it."""

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property, lru_cache, partial
from sys import stdlib_module_names
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpora.syntax.languages import LANGUAGES
from indexers.bulk_cache import BulkCache
from indexers.catalog.census import Census
from indexers.catalog.database import Database
from indexers.catalog.imports import Imports

_SAMPLES: Final = 500  # that are kept: about 5 MB
_IMPORTERS: Final = 20_000
_UNITS: Final = 150  # of a library: more change its topic little
_UNITS_OF_A_MODULE: Final = 50
_UNITS_OF_A_LANGUAGE: Final = 10_000  # whose modules are looked up: all of Python's
_READ_DOCUMENTS: Final = 20_000

_Ids = NDArray[np.int64]


class LibrarySample(NamedTuple):
    """The ids of some chunks of a library, ascending and evenly spread, and of each of its modules.

    Only the documentation of a programming language has modules here, since it is about everything. The one
    with the empty name is what needs no import.
    """

    chunk_ids: _Ids
    modules: dict[str, _Ids]


class LibraryEvidence:
    """Samples of libraries, how much the indexed code imports them, and of which versions there is what."""

    def __init__(self, database: Database) -> None:
        self._census = Census(database)
        self._imports = Imports(database)
        self._samples = BulkCache[str, LibrarySample](partial(_sample, database), _SAMPLES)
        self._importers = BulkCache[str, int](self._count_importers, _IMPORTERS)

    def samples(self, libraries: Collection[str]) -> dict[str, LibrarySample]:
        """Return a sample of each library, by its name."""
        return self._samples(libraries)

    def importers(self, packages: Collection[str]) -> dict[str, int]:
        """Return how many files of code import each of these packages."""
        return self._importers(packages) if self.most_imported else dict.fromkeys(packages, 0)

    @cached_property
    def most_imported(self) -> int:
        """Return how many files of code import the package that most of them import."""
        return self._imports.most_imported()

    @cached_property
    def page_versions(self) -> dict[str, tuple[str, ...]]:
        """Return the versions of each library of which there are pages, not only what changed to them."""
        return self._census.page_versions()

    @cached_property
    def versions_of_changes(self) -> dict[str, tuple[str, ...]]:
        """Return the versions of each library to which what is known of changes leads."""
        return self._census.versions_of_changes()

    def _count_importers(self, packages: Collection[str]) -> Mapping[str, int]:
        return dict.fromkeys(packages, 0) | self._imports.importers(packages)


def _sample(database: Database, libraries: Collection[str]) -> dict[str, LibrarySample]:
    """Return a sample of each library."""
    its = (
        "FROM chunks WHERE document_id IN "
        "(SELECT document_id FROM documents WHERE library = ? AND reason = '' LIMIT ?)"
    )
    found: dict[str, LibrarySample] = {}
    for library in libraries:
        values = library, _READ_DOCUMENTS
        # Chosen by the database, up to four times as many as are kept: a row that is read costs far more.
        most = _UNITS_OF_A_LANGUAGE if is_language(library) else _UNITS
        every = max(1, database.rows(f"SELECT count(*) {its}", values)[0][0] // (2 * most))
        columns = "chunk_id, symbol" if is_language(library) else "chunk_id"
        sql = f"SELECT {columns} {its} AND chunk_id % ? = 0 ORDER BY chunk_id"
        rows = database.rows(sql, (*values, every))
        modules: dict[str, list[int]] = {}
        for chunk_id, symbol in rows if is_language(library) else ():
            modules.setdefault(module_of(symbol), []).append(chunk_id)
        found[library] = LibrarySample(
            _spread([row[0] for row in rows], _UNITS),
            {module: _spread(ids, _UNITS_OF_A_MODULE) for module, ids in modules.items()},
        )
    return found


@lru_cache(maxsize=1_000)
def is_language(library: str) -> bool:
    """Return whether a library is a programming language, with what comes with it."""
    return library.lower() in LANGUAGES


@lru_cache(maxsize=50_000)
def module_of(symbol: str) -> str:
    """Return the module of Python that a unit is in; empty for what is built in.

    >>> module_of("os.path.join"), module_of("str.split")
    ('os', '')
    """
    root = symbol.partition(".")[0]
    return root if root in stdlib_module_names else ""


def _spread(ids: Sequence[int], most: int) -> _Ids:
    """Return at most `most` of the ids, evenly spread."""
    every = np.array(ids, dtype=np.int64)
    if len(every) <= most:
        return every
    return every[np.linspace(0, len(every) - 1, most).round().astype(np.int64)]
