"""The files that Python can import, by their names."""

from pathlib import PurePosixPath
from typing import Final

MODULE_SUFFIXES: Final = (".py", ".pyi")


def is_module(path: PurePosixPath) -> bool:
    """Return whether the file at `path` can be imported, by its name and those of its folders."""
    # Names of packages and modules hold neither "..", nor a root, nor a drive.
    folders = path.parts[:-1]
    parts = (*(without_stubs_suffix(folder) for folder in folders[:1]), *folders[1:], path.stem)
    return path.suffix in MODULE_SUFFIXES and all(part.isidentifier() for part in parts)


def without_stubs_suffix(top: str) -> str:
    """Return the name of the package that a top-level folder is for: `requests` for `requests-stubs`."""
    return top.removesuffix("-stubs")


def without_module_suffix(name: str) -> str:
    """Return the name of a module's file without its suffix; that of a folder as it is."""
    return name.removesuffix(".pyi").removesuffix(".py")
