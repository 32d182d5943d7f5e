"""Releases that their authors took back (PEP 592): what pip says of them, remembered with what it fetched.

pip never chooses such a release unless it is named exactly, and then it warns. The warning is kept beside the
archive, since the next command finds that in the cache and asks no package index.
"""

import re
from collections.abc import Iterator
from typing import Final

from corpora.dependencies.package_name import is_distribution_name, is_python_version, normalized_name
from corpora.errors import CorpusError
from corpora.network.cache import cache_folder
from corpora.outside.files import read_outside

_CHOSEN: Final = re.compile(
    r"is a yanked version: '([\w.-]{1,214})' candidate \(version ([^\s()]{1,128}) at [^\n]{1,4000}\n"
    r"Reason for being yanked: ([^\n]{0,4000})"
)
_NO_REASON: Final = "<none given>"  # as pip writes it
_MAX_REASON: Final = 300  # characters
_MAX_BYTES: Final = 4 * _MAX_REASON


def remember_yanked(name: str, version: str, reason: str) -> None:
    """Remember that a release was yanked; the reason may be empty."""
    shown = " ".join("".join(one if one.isprintable() else " " for one in reason).split())
    said = "" if shown == _NO_REASON else shown[:_MAX_REASON]
    folder = cache_folder("yanked")
    (folder / _file_name(name, version)).write_text(said, encoding="utf-8")


def yanked_in_download(said: str) -> Iterator[tuple[str, str, str]]:
    """Yield the names, versions and reasons of the yanked releases that pip says it downloads."""
    from packaging.version import InvalidVersion, Version

    for found in _CHOSEN.finditer(said):
        try:
            yield normalized_name(found[1]), str(Version(found[2])), found[3]
        except InvalidVersion:
            continue


def yank_note(name: str, version: str) -> str:
    """Return that a release was yanked, and why, as one line; empty if that is not known.

    It is known of releases that were fetched by their exact versions when they were yanked already.
    """
    if not is_distribution_name(name) or not is_python_version(version):
        return ""
    try:
        place = cache_folder("yanked") / _file_name(name, version)
        if not place.is_file():
            return ""
        reason = read_outside(place, max_bytes=_MAX_BYTES).decode("utf-8", "replace")
    except (CorpusError, OSError):
        return ""
    return f"{name} {version} was yanked: {reason or 'its authors give no reason'}"


def _file_name(name: str, version: str) -> str:
    from packaging.utils import canonicalize_version
    from packaging.version import Version

    return f"{normalized_name(name)}-{canonicalize_version(Version(version))}.txt"  # 6.0.0 is 6.0
