"""The version of the installed package."""

from importlib.metadata import PackageNotFoundError, version

PACKAGE = "docprompting"


def installed_version() -> str:
    """Return the version that the metadata of the package names; `unknown` where it is not installed."""
    try:
        return version(PACKAGE)
    except PackageNotFoundError:  # run from a source tree
        return "unknown"
