"""The metadata that pip wrote about an installed distribution, read within bounds."""

import csv
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from importlib import metadata
from pathlib import Path

from corpora.outside.files import read_outside
from corpora.shipped_pages import DESCRIPTIONS, has_description

# RECORD lists every file of a distribution; the largest have 30,000.
_MAX_BYTES = 32_000_000
_MAX_LINES = 200_000
UNREADABLE = (ValueError, csv.Error)
"""What `importlib.metadata` raises for a damaged RECORD."""


class OutsideDistribution(metadata.Distribution):
    """The distribution that the folder `NAME-VERSION.dist-info` (or `.egg-info`) describes.

    Its files came with a package and are not trusted: a pipe, a file above 32 MB, or one that lies outside of
    `root` if it is given, counts as missing.
    """

    def __init__(self, folder: Path, root: Path | None = None) -> None:
        self._folder, self._root = folder, root

    @property
    def folder(self) -> Path:
        """Return the folder that describes the distribution."""
        return self._folder

    def read_text(self, filename: str) -> str | None:
        """See `importlib.metadata.Distribution`."""
        try:
            data = read_outside(self._folder / filename, max_bytes=_MAX_BYTES, root=self._root)
        except (OSError, ValueError):
            data = None
        if data is None or data.count(b"\n") > _MAX_LINES:
            # (importlib reads the folder itself where nothing else tells the name, and cannot handle None)
            return None if filename else ""
        return data.decode("utf-8", "replace")

    def locate_file(self, path: object) -> Path:
        """See `importlib.metadata.Distribution`."""
        return self._folder.parent / str(path)


def installed_distribution(name: str) -> metadata.Distribution:
    """Return the distribution `name` that is installed with this program; raise `PackageNotFoundError`."""
    return _bounded(metadata.distribution(name))


def description_below(distribution: metadata.Distribution, root: Path) -> str:
    """Return the path below `root` of the metadata that holds a README; empty if there is none."""
    folder = distribution.folder if isinstance(distribution, OutsideDistribution) else None
    if folder is None or folder.parent != root:
        return ""
    files = (folder / name for name in DESCRIPTIONS)
    return next((file.relative_to(root).as_posix() for file in files if has_description(file, root)), "")


def owners_of_packages() -> Mapping[str, list[str]]:
    """Return the distributions by the top-level names in them, as `metadata.packages_distributions` does."""
    return _owners()


@cache
def _owners() -> dict[str, list[str]]:
    owners: dict[str, list[str]] = {}
    for found in metadata.distributions():
        distribution = _bounded(found)
        tops = set((distribution.read_text("top_level.txt") or "").split())
        if not tops:
            with suppress(*UNREADABLE):
                tops = {file.parts[0].removesuffix(".py") for file in distribution.files or () if file.parts}
        name = distribution.metadata["Name"]
        for top in tops if name else ():
            owners.setdefault(top, []).append(name)
    return owners


def _bounded(distribution: metadata.Distribution) -> metadata.Distribution:
    folder = getattr(distribution, "_path", None)  # (there is no public name for it)
    return OutsideDistribution(folder) if isinstance(folder, Path) else distribution
