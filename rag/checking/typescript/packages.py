"""The packages that count for programs: those that are named, installed, or locked."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from corpora.dependencies.lock_file import Pinned, find_locks, read_lock
from corpora.errors import CorpusError, RagError
from corpora.network.batches import Pin
from corpora.npm.api.reader import LIBRARY_PREFIX
from corpora.npm.fetch import fetch_tarballs, fetched_tarball
from corpora.npm.source import PACKAGE_JSON, split_pin
from corpora.outside.archives import ArchiveError, member_path
from corpora.outside.files import read_outside
from corpora.outside.json_documents import parsed_json
from corpora.outside.tar_members import tar_members
from rag.checking.typescript.program import ScriptProgram

_MODULES: Final = "node_modules"
_MAX_BYTES: Final = 200_000_000
_MAX_FILES: Final = 50_000
_MAX_FETCHED: Final = 100
_MAX_ROUNDS: Final = 6  # of dependencies of dependencies
_MAX_JSON_BYTES: Final = 5_000_000
_READ: Final = re.compile(r"\.[cm]?tsx?\Z|(?:\A|/)package\.json\Z")
_KNOWN_BY_NAME: Final = re.compile(r"\.(?:[cm]?js|jsx|json|node)\Z")


@dataclass(frozen=True, slots=True)
class NamedPackage:
    """A package that takes the place of the installed one: a tarball, or a folder.

    Attributes:
        name: by which programs import it.
        place: the tarball or the folder.
    """

    name: str
    place: Path


@dataclass
class CountedPackages:
    """Where the packages of programs are found.

    Attributes:
        named: those that take the place of others.
        fetched: packages of a lock file, by the folder in which they would be installed.
        problems: what could not be fetched, one line each.
    """

    named: Sequence[NamedPackage] = ()
    fetched: dict[Path, list[NamedPackage]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def is_npm_package(location: str) -> bool:
    """Return whether a package that `--with` names is one of npm."""
    return location.strip().startswith(LIBRARY_PREFIX)


def is_npm_lock(path: Path) -> bool:
    """Return whether a lock file is one of npm, pnpm, yarn or bun, by its name."""
    names = ("npm-shrinkwrap.json", "package-lock.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock")
    return path.name in names


def named_package(location: str) -> NamedPackage:
    """Return the package that `--with` names: `npm:zod@4.1.0`, or the path of a tarball or folder.

    Raises:
        RagError: there is no such package, or it cannot be fetched.
    """
    given = location.strip().removeprefix(LIBRARY_PREFIX)
    path = Path(given).expanduser()
    if path.is_file() or (path / PACKAGE_JSON).is_file():
        facts = _facts_of(path)
        pin = split_pin(str(facts.get("name")))
        if pin is not None:
            return NamedPackage(pin[0], path.absolute())
    pin = split_pin(given.replace("==", "@", 1))
    if pin is None or not pin[1]:
        raise RagError(
            f"{location} names no version of a package",
            why="a package of npm is checked against one version",
            fix="write it as npm:zod@4.1.0, or name a .tgz or a folder with a package.json",
        )
    return NamedPackage(pin[0], fetched_tarball(*pin))


def _facts_of(path: Path) -> dict[str, object]:
    """Return the package.json of a tarball or folder; raise `RagError` if it cannot be read."""
    try:
        data = b"{}"
        if path.is_dir():
            data = read_outside(path / PACKAGE_JSON, max_bytes=_MAX_JSON_BYTES)
        else:
            with tar_members(path, _MAX_BYTES) as members:
                for member in members:
                    if member_path(member.name, below=1) == PurePosixPath(PACKAGE_JSON):
                        if member.size_bytes > _MAX_JSON_BYTES:
                            raise ArchiveError("its package.json is too large")
                        data = b"".join(member.chunks())
                        break
        facts = parsed_json(data)
    except (OSError, ValueError) as error:
        raise RagError(
            f"cannot read the npm package {path}", why=str(error), fix="fetch it again with npm pack"
        ) from error
    return facts if isinstance(facts, dict) else {}


def modules_above(place: Path) -> list[Path]:
    """Return the folders `node_modules` in which a file finds packages, the nearest first."""
    return [folder / _MODULES for folder in place.parents if (folder / _MODULES).is_dir()]


def is_installed(program: ScriptProgram) -> bool:
    """Return whether one of the packages that a program imports is installed where it finds it."""
    return any(
        (folder / name / PACKAGE_JSON).is_file() or (folder / "@types" / _types_name(name)).is_dir()
        for folder in modules_above(program.place)
        for name in program.packages
    )


def _types_name(name: str) -> str:
    return name.removeprefix("@").replace("/", "__")


def locked_packages(programs: Sequence[ScriptProgram], lock: Path | None, counted: CountedPackages) -> None:
    """Fetch the locked packages that programs import, with what these depend on.

    Args:
        programs: those of which nothing is installed; with `lock`, all.
        lock: the lock file; the nearest one above each program by default.
        counted: what is fetched is added here, and what cannot be.

    Raises:
        RagError: the lock file that is named cannot be read.
    """
    wanted: dict[Path, set[str]] = {}
    for program in programs:
        found = lock or _lock_above(program.place)
        if found is not None:
            wanted.setdefault(found, set()).update(program.packages)
    for path, names in wanted.items():
        try:
            locked = _by_name(read_lock(path).packages)
        except CorpusError as error:
            if lock is not None:
                raise
            counted.problems.append(str(error))
            continue
        # (with `--lock`, for programs that may lie elsewhere)
        folder = Path("/") / _MODULES if lock is not None else path.absolute().parent / _MODULES
        counted.fetched.setdefault(folder, []).extend(_closure(names, locked, counted))


def _lock_above(place: Path) -> Path | None:
    for folder in place.parents:
        for path in find_locks(folder):
            if path.is_file() and is_npm_lock(path):
                return path
    return None


def _by_name(packages: Sequence[Pinned]) -> dict[str, Pinned]:
    found: dict[str, Pinned] = {}
    for one in packages:
        if one.ecosystem == "npm":
            name = one.alias or one.name
            if name not in found or (one.is_direct and not found[name].is_direct):
                found[name] = one
    return found


def _closure(names: set[str], locked: dict[str, Pinned], counted: CountedPackages) -> Iterator[NamedPackage]:
    """Yield the packages of these names with their types, and what they depend on."""
    seen: set[str] = set()
    todo = names
    for _ in range(_MAX_ROUNDS):
        todo = {one for name in todo for one in (name, f"@types/{_types_name(name)}")} & locked.keys() - seen
        now = [(name, locked[name]) for name in sorted(todo)][: _MAX_FETCHED - len(seen)]
        seen |= todo
        fetched = [Pin(one.name, one.version, one.hashes) for _, one in now if _is_fetched(one)]
        with suppress(CorpusError):
            for _ in fetch_tarballs(fetched):
                pass
        needed: set[str] = set()
        for name, one in now:
            try:
                if one.not_fetched and not one.location:
                    raise CorpusError(one.not_fetched, why="", fix="")
                place = (
                    Path(one.location) if one.location else fetched_tarball(one.name, one.version, one.hashes)
                )
                facts = _facts_of(place)
            except (RagError, OSError) as error:
                counted.problems.append(f"{name} {one.version}: {error}")
                continue
            for key in ("dependencies", "peerDependencies"):
                table = facts.get(key)
                needed |= set(map(str, table)) if isinstance(table, dict) else set()
            yield NamedPackage(name, place)
        todo = needed


def _is_fetched(package: Pinned) -> bool:
    return not package.location and not package.not_fetched


def unpack_package(tarball: Path, folder: Path) -> None:
    """Unpack what a compiler reads of a package; of scripts only the names, which it looks for.

    Raises:
        ArchiveError: the tarball is damaged, or exceeds a bound.
        OSError: it cannot be read, or a file not be written.
    """
    left, written = _MAX_BYTES, 0
    with tar_members(tarball, _MAX_BYTES * 5) as members:
        for member in members:
            path = member_path(member.name, below=1)
            if path is None or _MODULES in path.parts:
                continue
            is_read = _READ.search(str(path)) is not None
            if not is_read and not _KNOWN_BY_NAME.search(str(path)):
                continue
            left -= member.size_bytes if is_read else 0
            written += 1
            if left < 0 or written > _MAX_FILES:
                raise ArchiveError(f"more than {_MAX_BYTES} bytes or {_MAX_FILES} files of declarations")
            target = folder / path
            if any((folder / above).is_file() for above in path.parents) or target.is_dir():
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as stream:
                stream.writelines(member.chunks() if is_read else ())
