"""The files that Python can import, by their names."""

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

MODULE_SUFFIXES: Final = (".py", ".pyi")
_COMPILED: Final = re.compile(r"([^\W\d]\w{0,200})(?:\.(?:cpython-|abi3)[\w-]{0,80})?\.so")


@dataclass(frozen=True, slots=True)
class PackageFiles:
    """The files of a package that are read at once.

    Attributes:
        root: the folder that holds the package; all paths are relative to it.
        tops: the top-level names.
        modules: the modules to read.
        stubs: stubs beside a module of the same name. They would hide docstrings (`chebval: Final[...]`
            replaces `def chebval`), so they only serve for names that the code computes, and for objects
            that it does not define.
        compiled: compiled modules, which are not loaded.
        python: the version whose branches are read, as in `3.12.1`; empty for that of this program.
        stamp: of the content of the files; they are read again when it changes.
    """

    root: Path
    tops: tuple[str, ...]
    modules: frozenset[str]
    stubs: frozenset[str] = frozenset()
    compiled: frozenset[str] = frozenset()
    python: str = ""
    stamp: str = ""


def is_compiled_module(name: str) -> bool:
    """Return whether a file's name is that of a compiled module on Linux: `a.cpython-312-x86_64.so`."""
    return bool(_COMPILED.fullmatch(name))


def is_compiled_path(path: PurePosixPath) -> bool:
    """Return whether the file at `path` can be imported as a compiled module, by its name and its folders."""
    return is_compiled_module(path.name) and all(folder.isidentifier() for folder in path.parts[:-1])


def importable_name(path: str) -> str:
    """Return the dotted name of a module by its path: `a.b` for `a/b.py` and `a/b.cpython-312-x86_64.so`."""
    *folders, file = PurePosixPath(path).parts
    own = file.partition(".")[0]
    return ".".join([*folders, *([own] if own != "__init__" else [])])


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
