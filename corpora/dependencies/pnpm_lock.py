"""Reader of `pnpm-lock.yaml`, in the versions 5, 6 and 9 of its format."""

import posixpath
from collections.abc import Iterator
from typing import Any, Final

from corpora.dependencies.archive_hashes import hashes_in
from corpora.dependencies.locked_package import (
    LockedPackage,
    LockReading,
    PackageOrigin,
    as_table,
    brief,
    from_elsewhere,
    from_folder,
)
from corpora.dependencies.npm_source import (
    is_for_another_machine,
    npm_source,
    resolved_source,
    split_descriptor,
)

_GROUPS: Final = ("dependencies", "devDependencies", "optionalDependencies")
_SLASHED_UNTIL: Final = 6  # `/name/1.0.0` before, `/name@1.0.0` in version 6, `name@1.0.0` after


def read_pnpm(content: dict[str, Any]) -> LockReading:
    """Read `pnpm-lock.yaml`."""
    reading = LockReading("npm")
    version = str(content.get("lockfileVersion", "")).partition(".")[0]
    is_slashed = version.isdecimal() and int(version) < _SLASHED_UNTIL
    importers = as_table(content.get("importers")) or {".": content}
    # The project in the folder of the lock file comes first, so that its versions are the ones that count.
    ordered = sorted(importers, key=lambda place: (place != ".", place))
    direct: dict[tuple[str, str], tuple[str, bool]] = {}
    named: set[str] = set()
    for importer in ordered:
        for known, resolved in _required(as_table(importers[importer])):
            if resolved.startswith("link:"):
                folder = posixpath.join(importer, resolved.removeprefix("link:"))
                reading.packages.append(LockedPackage(known, "", from_folder(folder), is_direct=True))
                continue
            name, its = _name_and_version(resolved, is_slashed)
            package = (name or known, its)
            direct.setdefault(package, (known if known != package[0] else "", known not in named))
        named |= {known for known, _ in _required(as_table(importers[importer]))}
    for key, value in as_table(content.get("packages")).items():
        facts = as_table(value)
        name, its = _name_and_version(key, is_slashed)
        resolution = as_table(facts.get("resolution"))
        if name:
            source = _source(resolution, name) or npm_source(its) or resolved_source("", name)
        else:  # the key of what comes from no registry is its place
            name, its = str(facts.get("name", "")), str(facts.get("version", ""))
            source = _source(resolution, name) or npm_source(key) or from_elsewhere(key)
        if not name:
            reading.leave_out(brief(key), "not understood")
            continue
        alias, is_direct = direct.get((name, its), ("", False))
        reading.packages.append(
            LockedPackage(
                name,
                its if source.kind == "registry" else facts.get("version", ""),
                source,
                alias=alias,
                is_direct=is_direct,
                is_elsewhere_only=is_for_another_machine(facts),
                hashes=hashes_in(resolution.get("integrity")),
            )
        )
    return reading


def _required(importer: dict[str, object]) -> Iterator[tuple[str, str]]:
    for group in _GROUPS:
        for name, value in as_table(importer.get(group)).items():
            yield name, str(value.get("version", "") if isinstance(value, dict) else value)


def _name_and_version(key: str, is_slashed: bool) -> tuple[str, str]:
    """Return name and version of the key of a package, or of the version that an importer has.

    `/@types/node/20.1.0_peer`, `/@types/node@20.1.0(peer@1.0.0)` and `@types/node@20.1.0` are the same; the
    name is empty in `20.1.0`, and in the key of what comes from no registry.
    """
    key = key.partition("(")[0]
    if is_slashed:
        path, slash, version = key.rpartition("/")
        name = path.removeprefix("/") if slash and key.startswith("/") else ""
        return name, version.partition("_")[0]
    key = key.removeprefix("/")
    if "@" not in key[1:]:
        return "", key
    return split_descriptor(key)


def _source(resolution: dict[str, object], name: str) -> PackageOrigin | None:
    kind = resolution.get("type")
    if kind == "git" or "repo" in resolution:
        return from_elsewhere(f"git ({resolution.get('repo', '')})")
    if kind == "directory" or "directory" in resolution:
        return from_folder(resolution.get("directory", ""))
    tarball = str(resolution.get("tarball", ""))
    return resolved_source(tarball, name) if tarball else None
