"""The distributions in the folders of an environment: names and versions, read from their metadata."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from email.parser import HeaderParser
from importlib import metadata
from pathlib import Path
from typing import Final

from corpora.outside.files import lies_in, read_outside
from corpora.outside.json_documents import parsed_json

_MAX_METADATA_BYTES: Final = 5_000_000
_MAX_URL_BYTES: Final = 100_000
_METADATA: Final = {".dist-info": "METADATA", ".egg-info": "PKG-INFO"}
_SITES: Final = (
    "lib/python3*/site-packages", "lib64/python3*/site-packages", "Lib/site-packages",
    "lib/python3*/dist-packages", "lib/python3/dist-packages", "local/lib/python3*/dist-packages",
    "lib/pypy3*/site-packages", "lib/python2*/site-packages",
)  # fmt: skip


def installed_distributions() -> Iterator[tuple[str, str]]:
    """Yield name and version of each distribution that is installed with this program."""
    for distribution in metadata.distributions():
        if name := distribution.metadata["Name"]:
            yield name, distribution.version


def site_folders(environment: Path) -> list[Path]:
    """Return the folders of packages of an environment: those that lie in it when links are followed."""
    found: dict[str, Path] = {}
    for pattern in _SITES:
        with suppress(OSError):
            for folder in sorted(environment.glob(pattern)):
                if folder.is_dir() and lies_in(folder, environment):
                    found.setdefault(os.path.realpath(folder), folder)  # lib64 is often a link to lib
    return list(found.values())


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


def editable_url(distribution: Path) -> str:
    """Return the URL of the folder that an editable installation leads to (PEP 610); else empty."""
    try:
        facts = parsed_json(read_outside(distribution / "direct_url.json", max_bytes=_MAX_URL_BYTES))
    except (OSError, ValueError):
        return ""
    if not isinstance(facts, dict) or not isinstance(facts.get("dir_info"), dict):
        return ""
    return str(facts.get("url", "")) if facts["dir_info"].get("editable") is True else ""
