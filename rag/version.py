"""The version of the installed package."""

PACKAGE = "docprompting"


def installed_version() -> str:
    """Return the version that the metadata of the package names; `unknown` where it is not installed."""
    from importlib.metadata import PackageNotFoundError, version  # 25 ms, which no other command needs

    try:
        return version(PACKAGE)
    except PackageNotFoundError:  # run from a source tree
        return "unknown"
