"""Read the API of an npm package at one version, from wherever that is; nothing of it is run."""

from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Final

from corpora.api.model import ApiModel
from corpora.api.store import kept_model
from corpora.errors import CorpusError, NothingToRead
from corpora.npm.api.reader import LIBRARY_PREFIX, read_npm_package_api
from corpora.npm.read_package import ReadPackage, declaration_files
from corpora.npm.source import PACKAGE_JSON, NpmSource, find_npm, split_pin
from corpora.outside.files import read_outside
from corpora.spec import CorpusSpec

_MAX_ARCHIVE_BYTES: Final = 500_000_000
_MAX_FILE_BYTES: Final = 5_000_000
_SUFFIX: Final = ".tgz"
_OF_PYTHON: Final = ("pyproject.toml", "setup.cfg", "*.py", "*/__init__.py", "src/*/__init__.py")
"""What a folder has that is a project of Python, whatever package.json lies there, too."""


def read_npm_api(location: str) -> ApiModel:
    """Return the API of an npm package at one version, from its TypeScript declarations.

    It is kept in the cache, under a hash of what it was read from.

    Args:
        location: `zod==4.1.0` or `zod@4.1.0`, which is the installed version if it is that one, else a
            tarball that npm fetches; `zod`, as it is installed here; the path of a `.tgz` or of a folder
            with a package.json. `npm:` in front is left out.

    Raises:
        CorpusError: there is no such package, it cannot be read, or it declares no types.
    """
    source = find_npm_api(location)
    return kept_model(f"npm\0{_stamp(source)}\0{_reader_stamp()}", lambda: _read(source))


def find_npm_api(location: str) -> NpmSource:
    """Return the package that a location of `read_npm_api` names, unpacked. Raises `CorpusError`."""
    given = location.strip().removeprefix(LIBRARY_PREFIX)
    pinned, path = given.replace("==", "@", 1), Path(given).expanduser()
    if path.suffix == _SUFFIX or split_pin(pinned) is None:
        pinned = str(path.resolve()) if path.exists() else pinned
    return find_npm(pinned)


def is_npm_location(location: str) -> bool:
    """Return whether a location names an npm package: by `npm:`, as a `.tgz` of one, or as its folder."""
    given = location.strip()
    if given.startswith(LIBRARY_PREFIX):
        return True
    path = Path(given).expanduser()
    with suppress(OSError, ValueError):
        if path.suffix == _SUFFIX:
            return path.is_file()
        is_package = "/" in given and (path / PACKAGE_JSON).is_file()
        return is_package and not any(next(path.glob(pattern), None) for pattern in _OF_PYTHON)
    return False


def _read(source: NpmSource) -> ApiModel:
    spec = CorpusSpec("api", "npm", str(source.root), max_file_bytes=_MAX_FILE_BYTES)
    package = ReadPackage(source, spec)
    if not package.own_files:
        raise _untyped(source)
    model = read_npm_package_api(package)
    if not any(one.kind != "module" for one in model.objects.values()):
        raise NothingToRead(
            f"no API can be read of {source.library} {source.version}".rstrip(),
            why="its package.json leads to no declarations of TypeScript that export something",
            fix=_types_of(source.library, "name the package of its types, if there is one"),
        )
    return model


def _untyped(source: NpmSource) -> CorpusError:
    return NothingToRead(
        f"no API can be read of {source.library} {source.version}".rstrip(),
        why="it has no declarations of TypeScript (.d.ts), from which an API is read",
        fix=_types_of(source.library, "its types may be in a package of their own"),
    )


def _types_of(library: str, why: str) -> str:
    name = library.removeprefix("@").replace("/", "__")
    if library.startswith("@types/") or split_pin(f"@types/{name}") is None:
        return "give another version or package"
    return f"{why}: npm:@types/{name}, with the version of these types (npm view @types/{name} version)"


def _stamp(source: NpmSource) -> str:
    """Return a hash of all that the API is read from."""
    digest = blake2b(digest_size=16)
    names = (PACKAGE_JSON, *sorted(declaration_files(source.root)))
    for name in names:
        with suppress(OSError, ValueError):
            data = read_outside(source.root / name, max_bytes=_MAX_ARCHIVE_BYTES, root=source.root)
            digest.update(f"{name}\0{len(data)}\0".encode("utf-8", "replace"))
            digest.update(data)
    return f"{source.library}\0{source.version}\0{digest.hexdigest()}"


def _reader_stamp() -> int:
    """Return when the program that reads packages was last changed: another one may read another result."""
    return max(path.stat().st_mtime_ns for path in Path(__file__).parents[1].rglob("*.py"))
