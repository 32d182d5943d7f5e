"""The packages of a lock file as corpora: their names, where they are read, and which can be had."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from corpora.counted import counted
from corpora.dependencies.lock_file import Pinned
from corpora.dependencies.locked_package import Ecosystem
from corpora.dependencies.package_name import normalized_name
from corpora.errors import CorpusError, NothingToRead, RagError
from corpora.kinds import kind_named
from corpora.network.batches import Pin
from corpora.network.fetching import without_fetching
from corpora.npm.fetch import fetch_tarballs
from corpora.npm.source import find_npm
from corpora.python.fetching.wheels import fetch_wheels
from corpora.python.source import find_package
from corpora.spec import CorpusSpec

_KIND_OF: Final[dict[Ecosystem, str]] = {"python": "package", "npm": "npm"}
_NO_VERSION: Final = "local"  # in the name of a corpus of a folder that has none


def corpus_name(package: Pinned) -> str:
    """Return the name of the corpus of a package, such as `numpy==2.1.0`."""
    pin = kind_named(_KIND_OF[package.ecosystem]).pin
    return f"{package.name}{pin}{package.version or _NO_VERSION}"


def each_once(packages: Iterable[Pinned]) -> list[Pinned]:
    """Return each package once, sorted, whatever several lock files say of where it comes from.

    One that lies here is read here. One that must not be fetched for one of them is not. Hashes that one of
    them lists count for all.
    """
    found: dict[str, Pinned] = {}
    for package in packages:
        known = found.setdefault(corpus_name(package), package)
        if _precedence(package) > _precedence(known):
            found[corpus_name(package)] = package
    return sorted(found.values())


def _precedence(package: Pinned) -> tuple[bool, bool, bool]:
    return bool(package.location), bool(package.not_fetched), bool(package.hashes)


def corpus_spec(package: Pinned) -> CorpusSpec:
    """Return the corpus of a package, which is read where the package lies, or fetched."""
    name, kind = corpus_name(package), _KIND_OF[package.ecosystem]
    if package.not_fetched:  # a folder or an archive need not know its own name and version
        place, library, version = package.location, package.name, package.version
        return CorpusSpec(name, kind, place, library=library, version=version, hashes=package.hashes)
    # What is installed may be incomplete, or have another version than the lock file says.
    is_installed = _is_complete(package)
    return CorpusSpec(
        name,
        kind,
        package.location if is_installed else name,
        hashes=() if is_installed else package.hashes,
    )


def _is_complete(package: Pinned) -> bool:
    if not package.location:
        return False
    try:
        if package.ecosystem == "npm":
            return find_npm(package.location).version == package.version
        find_package(package.location)
    except NothingToRead:
        return True
    except CorpusError:
        return False
    return True


def is_there(package: Pinned, spec: CorpusSpec | None) -> bool:
    """Return whether the index has a package, as `spec`, from where it comes; folders are read again."""
    if spec is None:
        return False
    place = Path(spec.location)
    if package.not_fetched:
        # Without a location, it was the user who added it.
        return not package.location or (spec.location == package.location and _is_installation(place))
    # If a folder of the project held it before, now the package of this name in the registry is meant.
    if place.is_absolute():
        return _is_installation(place)
    # What was added without the hashes of this lock file, or by others, has yet to be checked.
    return set(package.hashes) == set(spec.hashes) or not package.hashes


def may_be_synced(spec: CorpusSpec) -> bool:
    """Return whether a sync may have added the corpus: its name holds an exact version."""
    return spec.kind in _KIND_OF.values() and kind_named(spec.kind).pin in spec.name[1:]  # @scope/name@1.0


def readable(
    packages: Sequence[Pinned], note: Callable[[str], None]
) -> tuple[list[Pinned], dict[Pinned, str]]:
    """Return the packages that can be read, fetched if need be, and why each other cannot be had.

    `note` is called with one line for each few packages that are fetched, which may take minutes.
    """
    wanted: list[Pinned] = []
    failed = {package: package.not_fetched for package in packages if _is_elsewhere(package)}
    _fetch_together([package for package in packages if _is_absent(package)], note)
    for package in packages:
        if package in failed:
            continue
        try:
            _find(package)
        except NothingToRead:
            continue
        except RagError as error:
            failed[package] = error.why
        else:
            wanted.append(package)
    return wanted, failed


def _is_elsewhere(package: Pinned) -> bool:
    return bool(package.not_fetched) and not package.location


def _find(package: Pinned) -> None:
    """Find a package, and fetch it if need be. Raises what `find_npm` and `find_package` raise."""
    spec = corpus_spec(package)
    if package.ecosystem == "npm":
        find_npm(spec.location, spec.hashes)
    else:
        find_package(spec.location, hashes=spec.hashes)


def _is_absent(package: Pinned) -> bool:
    """Return whether a package is to be fetched: it comes from the registry and is not in the cache."""
    if package.not_fetched or corpus_spec(package).location != corpus_name(package):
        return False
    try:
        with without_fetching():
            _find(package)
    except RagError as error:
        return not isinstance(error, NothingToRead)
    return False


def _fetch_together(packages: Sequence[Pinned], note: Callable[[str], None]) -> None:
    """Fetch packages, many at a time. What cannot be fetched is left to be fetched alone, for its reason."""
    wheels = [
        Pin(normalized_name(one.name), one.version, one.hashes)
        for one in packages
        if one.ecosystem == "python"
    ]
    tarballs = [Pin(one.name, one.version, one.hashes) for one in packages if one.ecosystem == "npm"]
    with suppress(RagError, OSError):
        for done in fetch_wheels(wheels):
            note(f"requested {done} of {counted(len(wheels), 'Python package')}")
    with suppress(RagError, OSError):
        for done in fetch_tarballs(tarballs):
            note(f"requested {done} of {counted(len(tarballs), 'npm package')}")


def _is_installation(place: Path) -> bool:
    return place.suffix in {".dist-info", ".egg-info"} or "node_modules" in place.parts
