"""Find the files that hits come from, on this machine and as the user sees them.

An index is data that somebody else may have made: only the folders of corpora that the user has named are
looked at, and only what lies below them.
"""

import os
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import Final

from corpora.document import Origin
from corpora.errors import CorpusError
from corpora.kinds import KINDS, kind_named
from corpora.spec import CorpusSpec
from indexers.index import Index
from indexers.own_corpora import is_named

_MOST_ABOVE: Final = 2  # folders to go up before a relative path is harder to read than an absolute one


def source_folders(index: Index, names: Iterable[str] | None = None) -> dict[str, Path]:
    """Return the folder of each corpus whose documents are files of this machine.

    Args:
        index: the index.
        names: corpora to consider; all of them for None.
    """
    wanted = None if names is None else set(names)
    return {
        spec.name: folder
        for spec in index.catalog.corpora().values()
        if (wanted is None or spec.name in wanted)
        and spec.kind in KINDS
        and kind_named(spec.kind).has_files
        and is_named(index.path, spec)
        and (folder := _folder_of(spec))
        and folder.is_dir()
    }


def _folder_of(spec: CorpusSpec) -> Path | None:
    module, _, function = kind_named(spec.kind).folder.partition(":")
    if not module:
        return Path(spec.location)
    try:
        found: Path | None = getattr(import_module(module), function)(spec)
    except CorpusError:  # it was removed since, or there is no cache
        return None
    return found


def source_file(folders: Mapping[str, Path], origin: Origin) -> Path | None:
    """Return the absolute path of the file that a text comes from; None if it is no file of this machine.

    The file may have been deleted since, or replaced by a link: check it before it is opened.
    """
    folder = folders.get(origin.corpus)
    path = PurePosixPath(origin.path)
    if folder is None or path.is_absolute() or ".." in path.parts or "\0" in origin.path:
        return None
    file = folder / path
    # A page of a set that is one file, such as those of DevDocs, has a path and no file of its own.
    return file if origin.kind == "code" or os.path.lexists(file) else None


def seen_from(path: Path, here: Path) -> str:
    """Return `path` as a user in the folder `here` would type it: relative if it is near, else absolute.

    >>> seen_from(Path("/home/me/lib/x.py"), Path("/home/me/app"))
    '../lib/x.py'
    """
    relative = os.path.relpath(path, here)
    is_near = not relative.startswith(f"{os.pardir}{os.sep}" * (_MOST_ABOVE + 1))
    return relative if is_near else str(path)
