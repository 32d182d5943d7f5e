"""The HTML documentation of Python that a distribution of Linux installs, as Debian's python3-doc does."""

import re
import sys
from pathlib import Path
from typing import Final

from corpora.outside.files import read_outside

_FOLDERS: Final = (
    "python{series}/html", "python{series}-doc/html", "python3-doc/html", "python3-docs/html", "python/html",
    "python-docs-{series}/html",
)  # fmt: skip
_OPTIONS: Final = "_static/documentation_options.js"
_VERSION: Final = re.compile(r"VERSION:\s{0,9}['\"](\d{1,3}(?:\.\d{1,4}){1,2})")
_MAX_BYTES: Final = 100_000

LEFT_OUT: Final = (
    "_*", "c-api", "extending", "distutils", "distributing", "install", "installing", "whatsnew", "includes",
    "about.html", "bugs.html", "contents.html", "copyright.html", "download.html", "license.html",
    "index.html", "genindex*", "py-modindex.html", "search.html",
)  # fmt: skip
"""Pages that no question about the standard library and the language is answered by."""


def html_folder(version: str, shares: tuple[Path, ...] = ()) -> tuple[Path, str] | None:
    """Return the folder with the HTML of this version of Python, and its full version; None if there is none.

    Args:
        version: `3.12`, or `3.12.4`: the series counts.
        shares: folders to look in; by default those of the system and of the running interpreter.
    """
    series = ".".join(version.split(".")[:2])
    for share in shares or (
        Path("/usr/share/doc"),
        Path("/usr/local/share/doc"),
        Path(sys.base_prefix, "share/doc"),
    ):
        for pattern in _FOLDERS:
            folder = share / pattern.format(series=series)
            if (found := _version_of(folder)) and ".".join(found.split(".")[:2]) == series:
                return folder, found
    return None


def _version_of(folder: Path) -> str:
    try:
        text = read_outside(folder / _OPTIONS, max_bytes=_MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
    found = _VERSION.search(text)
    return found[1] if found else ""
