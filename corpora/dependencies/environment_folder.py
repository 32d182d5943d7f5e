"""The distributions in the folders of an environment: names and versions, read from their metadata."""

import os
from collections.abc import Iterable, Iterator
from email.parser import HeaderParser
from importlib import metadata
from pathlib import Path
from typing import Final

from corpora.outside.files import read_outside

_MAX_METADATA_BYTES: Final = 5_000_000
_METADATA: Final = {".dist-info": "METADATA", ".egg-info": "PKG-INFO"}


def installed_distributions() -> Iterator[tuple[str, str]]:
    """Yield name and version of each distribution that is installed with this program."""
    for distribution in metadata.distributions():
        if name := distribution.metadata["Name"]:
            yield name, distribution.version


def distributions_in(folders: Iterable[Path]) -> Iterator[tuple[str, str, Path]]:
    """Yield name, version and metadata folder of each distribution in `folders`, which nobody vouches for.

    Distributions without readable metadata are left out.
    """
    for folder in folders:
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            name = _METADATA.get(Path(entry.name).suffix)
            if name is None:
                continue
            try:
                data = read_outside(Path(entry.path, name), max_bytes=_MAX_METADATA_BYTES)
            except OSError:
                continue
            headers = HeaderParser().parsestr(data.decode("utf-8", "replace"))
            if headers["Name"]:
                yield headers["Name"], headers["Version"] or "", Path(entry.path)
