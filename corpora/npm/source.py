"""Find an npm package to read: a folder, a tarball, an installed package, or one at an exact version."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, Final

from corpora.dependencies.archive_hashes import check_archive
from corpora.dependencies.package_name import is_npm_name, is_npm_version
from corpora.errors import CorpusError
from corpora.outside.archives import ArchiveError, member_path
from corpora.outside.files import lies_in, read_outside
from corpora.outside.folder_entries import file_stamp
from corpora.outside.json_documents import parsed_json
from corpora.outside.tar_members import TarMember, tar_members
from corpora.shipped_pages import is_shipped_page
from corpora.spec import CorpusSpec

DECLARATION_SUFFIXES: Final = (".d.ts", ".d.mts", ".d.cts")
"""Suffixes of declaration files. If a file exists with several of them, the first one here is read."""

SCRIPT_SUFFIXES: Final = (".js", ".mjs", ".cjs")
"""Suffixes of scripts, which are read in a package without declarations."""

PACKAGE_JSON: Final = "package.json"
_MAX_JSON_BYTES = 5_000_000
_MAX_BYTES = 200_000_000  # of declarations; the largest packages have a tenth of it
_MAX_TARBALL_BYTES = 2_000_000_000  # of all files in a tarball, unpacked
_MAX_DECLARATIONS = 50_000


@dataclass(frozen=True, slots=True)
class NpmSource:
    """An npm package that is unpacked in a folder.

    Attributes:
        root: the folder.
        library: the package's name.
        version: the package's version; empty if unknown.
        entry: path of the main declaration file, which need not exist.
        stamp: of the tarball it comes from; empty for a folder, where the times of its files count.
        facts: its package.json.
        holder: how the paths of its files begin if they lie in another package: `node_modules/@types/x/`.
    """

    root: Path
    library: str
    version: str
    entry: str = ""
    stamp: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict, compare=False)
    holder: str = ""


def split_pin(location: str) -> tuple[str, str] | None:
    """Split name and version: `@types/react@19.3.0` is `@types/react` and `19.3.0`.

    The version is empty if there is none; None if it is not the name of an npm package.
    """
    first, rest = location[:1], location[1:]
    name, at, version = rest.partition("@")  # without the first character, which may be the @ of a scope
    fits = is_npm_name(first + name) and (not at or is_npm_version(version))
    return (first + name, version) if fits else None


def installed_folder(name: str, start: Path) -> Path | None:
    """Return the folder of an installed package; None if it is not installed.

    As Node.js does, it searches `node_modules` in `start` and in all folders above it.
    """
    start = Path(os.path.realpath(start))
    folders = (folder / "node_modules" / name for folder in (start, *start.parents))
    return next((folder for folder in folders if (folder / PACKAGE_JSON).is_file()), None)


def installed_beside(root: Path, package: str) -> NpmSource | None:
    """Return another package that is installed where `root` finds it, or its types; None if it is not."""
    if split_pin(package) is None:
        return None
    folder = installed_folder(package, root.parent)
    # `node_modules/x` may be a link to a folder of the same project, but to none elsewhere.
    if folder is None or not lies_in(folder, Path(str(folder).removesuffix(f"node_modules/{package}"))):
        return None
    try:
        return _folder(folder)
    except CorpusError:
        return None


def find_npm(location: str, hashes: tuple[str, ...] = ()) -> NpmSource:
    """Find and open a package.

    Args:
        location: a folder with a package.json, a `.tgz`, `NAME` or `NAME@VERSION`. A name alone must be that
            of an installed package; a version that is not installed is fetched by npm.
        hashes: those that a tarball may have, as in `sha512:HEX`; none if it may be any.

    Raises:
        CorpusError: there is no such package, or it cannot be opened or fetched.
    """
    path = Path(location)
    if path.is_file() and path.suffix == ".tgz":
        check_archive(path, hashes)
        return _open_file(path)
    if path.is_absolute() and path.is_dir():
        return _folder(path)
    pin = None if path.is_absolute() else split_pin(location)
    if pin is None:
        raise CorpusError(
            f"no npm package at {location}",
            why="there is nothing at this path" if not path.exists() else "it is neither a folder nor a .tgz",
            fix="name a folder with a package.json, a .tgz made by npm pack, NAME or NAME@VERSION",
        )
    name, version = pin
    # An installed package is used if it has the version that is asked for, or if none is asked for.
    installed = installed_folder(name, Path.cwd())
    if installed is not None and (source := _folder(installed)).version == (version or source.version):
        return source
    if not version:
        raise CorpusError(
            f"the npm package {name!r} is not installed",
            why=f"there is no node_modules/{name} here or in a folder above",
            fix=f"run: npm install {name}  (or name a version: npm:{name}@1.2.3)",
        )
    from corpora.npm.fetch import fetched_tarball

    return _open_file(fetched_tarball(name, version, hashes))


def files_folder(spec: CorpusSpec) -> Path | None:
    """Return the folder of a package; None if its files are in an archive, or it is not installed here."""
    path = Path(spec.location)
    pin = None if path.is_absolute() else split_pin(spec.location)
    folder = installed_folder(pin[0], Path.cwd()) if pin else path
    if folder is None or not folder.is_dir():
        return None
    try:
        source = _folder(folder)
    except CorpusError:
        return None
    return source.root if not pin or source.version == pin[1] else None


def _folder(path: Path) -> NpmSource:
    root = Path(os.path.realpath(path))
    file = root / PACKAGE_JSON
    try:
        facts = _facts(read_outside(file, max_bytes=_MAX_JSON_BYTES, root=root))
    except (OSError, ValueError) as error:
        raise CorpusError(
            f"cannot read the npm package in {path}",
            why=f"its package.json: {getattr(error, 'strerror', None) or error}",
            fix="name a folder with the package.json of a package",
        ) from error
    return _with_types(_described(root, facts))


def _with_types(source: NpmSource) -> NpmSource:
    """Return a package with the declarations of `@types` if it has none itself and these are installed."""
    name = source.library.removeprefix("@").replace("/", "__")  # the types of `@a/b` are in `@types/a__b`
    if source.library.startswith("@types/") or _has_declarations(source.root):
        return source
    types = installed_folder(f"@types/{name}", source.root)
    if types is None or not lies_in(types, Path(str(types).removesuffix(f"node_modules/@types/{name}"))):
        return source
    try:
        facts = _facts(read_outside(types / PACKAGE_JSON, max_bytes=_MAX_JSON_BYTES, root=types))
    except (OSError, ValueError):  # an installation that is damaged has no types
        return source
    found = _described(Path(os.path.realpath(types)), facts)
    holder = f"node_modules/@types/{name}/"
    return NpmSource(found.root, source.library, source.version, found.entry, "", found.facts, holder)


def _has_declarations(root: Path) -> bool:
    for _, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name != "node_modules"]
        if any(name.endswith(DECLARATION_SUFFIXES) for name in names):
            return True
    return False


def _facts(data: bytes) -> dict[str, Any]:
    """Parse a package.json; raise `ValueError` if it is none."""
    facts = parsed_json(data)
    if not isinstance(facts, dict):
        raise ValueError("it is not a JSON object")
    return facts


def _described(root: Path, facts: dict[str, Any], stamp: str = "") -> NpmSource:
    name, version = facts.get("name"), facts.get("version")
    types = facts.get("types") or facts.get("typings") or "index.d.ts"
    entry = str(PurePosixPath(types)) if isinstance(types, str) else "index.d.ts"
    library = name if isinstance(name, str) and split_pin(name) else root.name
    return NpmSource(root, library, version if isinstance(version, str) else "", entry, stamp, facts)


def _open_file(path: Path) -> NpmSource:
    status = path.stat()
    return _open_tarball(Path(os.path.realpath(path)), file_stamp(status))


@lru_cache(maxsize=32)
def _open_tarball(path: Path, stamp: str) -> NpmSource:
    """Unpack the declarations of a tarball into a temporary folder, which is removed at exit."""
    root = Path(tempfile.mkdtemp(prefix="npm-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    try:
        with tar_members(path, _MAX_TARBALL_BYTES) as members:
            _unpack(members, root, DECLARATION_SUFFIXES)
        if not _has_declarations(root):
            with tar_members(path, _MAX_TARBALL_BYTES) as members:
                _unpack(members, root, SCRIPT_SUFFIXES)
        facts = {"name": path.stem}
        if (file := root / PACKAGE_JSON).is_file():
            facts = _facts(read_outside(file, max_bytes=_MAX_JSON_BYTES))
    except (OSError, ValueError) as error:
        shutil.rmtree(root, ignore_errors=True)
        broken = isinstance(error, ValueError)
        raise CorpusError(
            f"cannot read the npm package {path}",
            why=f"it is not a complete tarball of a package ({error})" if broken else str(error),
            fix="fetch it again with npm pack",
        ) from error
    return _described(root, facts, stamp)


def _unpack(members: Iterator[TarMember], root: Path, suffixes: tuple[str, ...]) -> None:
    """Write the files with these suffixes and package.json below `root`.

    The top folder of the tarball (`package`) is left out, as are members that would be written elsewhere.
    Raises `ArchiveError` if there is too much.
    """
    left, written = _MAX_BYTES, 0
    for member in members:
        path = member_path(member.name, below=1)
        if path is None or not _is_wanted(path, suffixes):
            continue
        left -= member.size_bytes
        written += 1
        if left < 0 or written > _MAX_DECLARATIONS:
            raise ArchiveError(f"more than {_MAX_BYTES} bytes or {_MAX_DECLARATIONS} files of declarations")
        target = root / path
        if any((root / folder).is_file() for folder in path.parents) or target.is_dir():
            continue  # the same name as an earlier member, once as a file and once as a folder
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as stream:
            for chunk in member.chunks():
                stream.write(chunk)


def _is_wanted(path: PurePosixPath, suffixes: tuple[str, ...]) -> bool:
    """Return whether to unpack a member, by its suffix; not what belongs to bundled packages."""
    wanted = path.name.endswith(suffixes) or str(path) == PACKAGE_JSON or is_shipped_page(str(path))
    return wanted and "node_modules" not in path.parts
