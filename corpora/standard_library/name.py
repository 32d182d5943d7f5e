"""The names of the standard library on the command line and in `rag.toml`."""

from typing import Final

STANDARD_LIBRARY: Final = "stdlib"
"""The kind of corpus, and the prefix before its version."""

_NAMES: Final = ("python", "stdlib")


def is_standard_library(source: str) -> bool:
    """Return whether a source without a prefix is meant as the standard library: `python`, `stdlib==3.12`."""
    return source.partition("==")[0].strip().lower() in _NAMES


def standard_library(location: str) -> str:
    """Return the one spelling of a location: `python` for the running version, or `python==3.12`.

    >>> standard_library(""), standard_library("3.12"), standard_library("stdlib == 3.12")
    ('python', 'python==3.12', 'python==3.12')
    """
    name, _, version = (part.strip() for part in location.partition("=="))
    if name and name.lower() not in _NAMES:
        return location if version else f"python=={name}"
    return f"python=={version}" if version else "python"
