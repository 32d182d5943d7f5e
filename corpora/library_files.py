"""The files that the API of a library at one version is read from, whatever its language."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from corpora.document import Skipped
from corpora.npm.api.read import find_npm_api, is_npm_location
from corpora.npm.read_package import declaration_files
from corpora.outside.folder_entries import file_stamp, status_below
from corpora.python.environments import environment_for
from corpora.python.source import find_package


@dataclass(frozen=True, slots=True)
class LibraryFiles:
    """The files of one version: their sizes in bytes by their paths, and a stamp of all of them."""

    sizes: dict[str, int]
    stamp: str


def library_files(location: str) -> LibraryFiles:
    """Find the files of a library, as `read_api` names it, and fetch it if need be.

    What is compiled has a size only where there is nothing else.

    Raises:
        CorpusError: there is no such package, or it cannot be read.
    """
    if is_npm_location(location):
        npm = find_npm_api(location)
        return _measured(npm.root, npm.stamp, declaration_files(npm.root))
    from corpora.python.api.files import api_files

    environment = environment_for(location, Path.cwd())
    source = find_package(location, environment)
    files, _ = api_files(source, environment)
    every = files.modules | files.stubs | files.compiled
    found = _measured(source.root, source.stamp, every)
    sizes = {path: size for path, size in found.sizes.items() if path not in files.compiled}
    return LibraryFiles(sizes or dict.fromkeys(files.compiled, 0), found.stamp)


def _measured(root: Path, stamp: str, paths: Iterable[str]) -> LibraryFiles:
    """Return the sizes of files, and a stamp that changes with any of them.

    What is unpacked has new times each time; the stamp of its archive tells whether it changed.
    """
    digest = blake2b(stamp.encode(), digest_size=16)
    sizes = {}
    for path in sorted(paths):
        status = status_below(root, path, holder="package")
        if not isinstance(status, Skipped):
            digest.update(f"\0{path}\0{status.st_size if stamp else file_stamp(status)}".encode())
            sizes[path] = status.st_size
    return LibraryFiles(sizes, digest.hexdigest())
