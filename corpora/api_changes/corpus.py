"""The changes of an API from one version of a library to another, as a corpus."""

from collections.abc import Iterator
from hashlib import blake2b
from typing import Final

from corpora.api.diff import diff
from corpora.api.model import ApiModel
from corpora.api_changes.units import change_units
from corpora.api_changes.version_range import version_range
from corpora.document import Document, Listed, Origin, Section, Skipped, hash_bytes, join_sections
from corpora.errors import CorpusError
from corpora.library_api import read_api
from corpora.library_files import LibraryFiles, library_files
from corpora.npm.read_package import documented_name
from corpora.python.package_units import PackageUnits, kept_units
from corpora.spec import CorpusSpec
from corpora.syntax.parse import whole_reading_time_limit

_UNPACKED_BYTES: Final = 5_000_000
"""For the time limit of finding both versions in a worker, which unpacks their archives."""


class VersionChanges:
    """What a user of a library has to know to go from one version to another; neither is imported or run.

    A document is a module, of either version; a section is an object that changed, with the names that it had
    in the older version, and all that changed in it. Its version is the newer one.
    """

    def __init__(self, spec: CorpusSpec) -> None:
        self.spec = spec
        self._range = version_range(spec.location)
        self._stamp = ""
        self._size_bytes = 0
        self._paths: list[str] = []
        self._units: tuple[str, PackageUnits] | None = None

    def scan(self) -> Iterator[Listed | Skipped]:
        """Yield every module that one of the versions has, in the order of their paths.

        All have the same stamp, which covers both versions: what became of an object may be in any module.

        Raises:
            CorpusError: one of the versions cannot be had.
        """
        old, new = self._files(self._range.old), self._files(self._range.new)
        sizes = {
            path: old.sizes.get(path, 0) + new.sizes.get(path, 0)
            for path in sorted(old.sizes.keys() | new.sizes.keys())
        }
        digest = blake2b(f"{self._range}\0{old.stamp}\0{new.stamp}".encode(), digest_size=16).hexdigest()
        self._stamp, self._size_bytes, self._paths = f"/{digest}", sum(sizes.values()), [*sizes]
        for path, size in sizes.items():
            yield Listed(path, size, self._stamp)

    def read(self, listed: Listed) -> Document | Skipped:
        """Return the changes of one module; `Skipped` if there are none.

        Raises:
            CorpusError: one of the versions cannot be read, or is gone.
        """
        sections = self.units(listed.stamp).pages.get(listed.path, ())
        if isinstance(sections, str) or not sections:
            return Skipped(listed.path, "empty", "no change that a user has to know", listed.size_bytes)
        origin = Origin(
            corpus=self.spec.name,
            path=listed.path,
            language="typescript" if self._range.is_npm else "python",
            kind="docs",
            library=self.spec.library or documented_name(self._range.library),
            version=self.spec.version or self._range.new,
            role="changes",
        )
        text = join_sections(sections)
        return Document(origin, text, hash_bytes(text.encode("utf-8", "surrogatepass")), sections)

    def units(self, stamp: str = "") -> PackageUnits:
        """Return the units of all modules; reading both versions takes up to a minute, once.

        Args:
            stamp: of a module, as `scan` gave it, perhaps in another process.

        Raises:
            CorpusError: one of the versions cannot be read.
        """
        if self._stamp != stamp or not self._stamp:
            with whole_reading_time_limit(_UNPACKED_BYTES):
                for _ in self.scan():
                    pass
        if self._units is None or self._units[0] != self._stamp:
            self._units = self._stamp, kept_units(f"changes\0{self._stamp}", self._read)
        return self._units[1]

    def _read(self) -> PackageUnits:
        # Both are read at once, within a limit of their own, when the first module is asked for.
        with whole_reading_time_limit(self._size_bytes):
            old, new = self._model(self._range.old), self._model(self._range.new)
            found = change_units(diff(old, new), old, new, self._range)
        pages: dict[str, tuple[Section, ...] | str] = {}
        for path, sections in found.items():
            # What is compiled is told with the first module.
            place = path if path in self._paths else next(iter(self._paths), path)
            pages[place] = (*pages.get(place, ()), *sections)
        return PackageUnits(pages, frozenset(), {})

    def _model(self, version: str) -> ApiModel:
        try:
            return read_api(self._range.location(version))
        except CorpusError as error:
            raise self._error(version, error) from error

    def _files(self, version: str) -> LibraryFiles:
        """Find the modules of a version, and fetch it if need be."""
        try:
            return library_files(self._range.location(version))
        except CorpusError as error:
            raise self._error(version, error) from error

    def _error(self, version: str, error: CorpusError) -> CorpusError:
        """Return the error for one of the two versions."""
        which = "older" if version == self._range.old else "newer"
        return CorpusError(
            f"cannot read {self._range.library} {version}, the {which} of the two versions",
            why=f"{error.what}: {error.why}",
            fix=error.fix,
        )
