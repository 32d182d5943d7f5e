"""The packages that a requirements file and the files that it includes require."""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from corpora.dependencies.archive_hashes import hashes_in
from corpora.dependencies.locked_package import (
    REGISTRY,
    LockedPackage,
    LockReading,
    PackageOrigin,
    from_elsewhere,
    from_folder,
    from_registry,
)
from corpora.dependencies.package_name import exact_version, normalized_name, required
from corpora.dependencies.requirements_lines import RequirementLine, requirement_lines
from corpora.outside.files import read_outside

_MAX_BYTES: Final = 10_000_000  # of one file
_MAX_FILES: Final = 100
_SHOWN_CHARS: Final = 80
_NOT_EXACT: Final = "no exact version"
_MAX_SHELVED: Final = 100_000
_EGG: Final = re.compile(r"[#&]egg=([^&\[]{1,200})")
_ARCHIVES: Final = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")


@dataclass(slots=True)
class _Files:
    """The files of one reading: those still to read, each with whether it only constrains."""

    root: Path
    todo: list[tuple[Path, bool]]
    seen: set[tuple[Path, bool]]
    reading: LockReading = field(default_factory=lambda: LockReading("python"))
    followed: set[tuple[str, str, bool]] = field(default_factory=set)  # as folder and name write them
    # Of each constrained name, its exact versions with their markers and hashes.
    constraints: dict[str, list[tuple[str, str, tuple[str, ...]]]] = field(default_factory=dict)
    indexes: list[str] = field(default_factory=list)
    shelves: list[Path] = field(default_factory=list)
    is_without_index: bool = False


def project_of(path: Path) -> Path:
    """Return the project that a file is in: its git repository, else its folder."""
    folder = path.resolve().parent
    return next((above for above in (folder, *folder.parents) if (above / ".git").exists()), folder)


def read_requirements(path: Path) -> LockReading:
    """Read a requirements file as pip does.

    Included files are read if they are in the same project. Each is read once. What is not understood is
    a problem with file and line; so is a requirement without an exact version, unless a constraint has one.

    Raises:
        OSError: the file at `path` cannot be read.
        ValueError: it is not text, or too many files are included.
    """
    files = _Files(project_of(path), [(path, False)], {(path.resolve(), False)})
    while files.todo:
        current, constrains = files.todo.pop()
        try:
            lines = list(requirement_lines(read_outside(current, max_bytes=_MAX_BYTES)))
        except (OSError, ValueError):
            if current == path:
                raise
            files.reading.leave_out(current.name[:_SHOWN_CHARS], "this included file cannot be read")
            continue
        included: list[tuple[Path, bool]] = []
        for line in lines:
            included += _included(files, current, line, constrains)
        if len(files.seen) > _MAX_FILES:
            raise ValueError(f"more than {_MAX_FILES} files include each other")
        files.todo += reversed(included)
    found = files.reading.packages
    pinned = (pinned for package in found for pinned in _pinned(files, package))
    files.reading.packages = list(_from_shelves(pinned, files.shelves))
    if files.is_without_index:
        files.reading.come_from(from_elsewhere("--no-index"))
    elif files.indexes:
        files.reading.come_from(from_registry(" ".join(dict.fromkeys(files.indexes))))
    return files.reading


def _pinned(files: _Files, package: LockedPackage) -> Iterator[LockedPackage]:
    """Yield a package; one that is required without a version, at those that its constraints have."""
    known = files.constraints.get(normalized_name(str(package.name)), ())
    if package.problem != _NOT_EXACT or not known:
        yield package
        return
    for version, marker, hashes in known:
        both = [f"({each})" for each in (*package.markers, marker) if each]
        markers = (" and ".join(both),) if both else ()
        yield replace(package, version=version, markers=markers, problem="", hashes=hashes)


def _from_shelves(packages: Iterable[LockedPackage], shelves: Iterable[Path]) -> Iterator[LockedPackage]:
    """Yield the packages; those whose wheel lies in one of the folders of `--find-links`, from there."""
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    held: dict[tuple[str, str], Path] = {}
    for shelf in shelves:
        with suppress(OSError), os.scandir(shelf) as entries:
            for entry in islice(entries, _MAX_SHELVED):
                with suppress(InvalidWheelFilename):
                    name, version, _, _ = parse_wheel_filename(entry.name)
                    held.setdefault((name, str(version)), Path(entry.path))
    for package in packages:
        wheel = held.get((normalized_name(str(package.name)), str(package.version)))
        is_registry = package.origin == REGISTRY and not package.problem
        yield replace(package, origin=from_folder(wheel)) if wheel and is_registry else package


def _included(
    files: _Files, current: Path, line: RequirementLine, constrains: bool
) -> Iterator[tuple[Path, bool]]:
    """Take one line; yield the files that it includes, each with whether it only constrains."""
    where = f"({current.name[:_SHOWN_CHARS]}, line {line.number})"
    files.indexes += line.indexes
    for link in line.links:
        folder = path_of(link)
        shelf = (current.parent / folder).resolve() if folder else None
        if shelf and shelf.is_relative_to(files.root):
            files.shelves.append(shelf)
        else:
            files.indexes.append(link)
    files.is_without_index = files.is_without_index or line.is_without_index
    if line.problem:
        files.reading.leave_out(line.text, line.problem, where)
        return
    if line.requirement:
        _take(files, current, line, where, constrains)
        return
    named = [(name, constrains) for name in line.includes] + [(name, True) for name in line.constraints]
    for name, is_constraint in named:
        place = path_of(name)
        if place is None:
            files.reading.leave_out(line.text, "this file is not on this machine", where)
            continue
        written = (str(current.parent), place, is_constraint)
        if written in files.followed:  # links are looked at once
            continue
        other = (current.parent / place).resolve()
        if not other.is_relative_to(files.root):
            files.reading.leave_out(line.text, "this file is outside the project", where)
            continue
        files.followed.add(written)
        if (other, is_constraint) not in files.seen:
            files.seen.add((other, is_constraint))
            yield other, is_constraint


def _take(files: _Files, current: Path, line: RequirementLine, where: str, constrains: bool) -> None:
    requirement = required(line.requirement)
    if requirement is None or requirement.url:
        if not constrains:
            _take_place(files, current, line, where)
        return
    marker, version = str(requirement.marker or ""), exact_version(requirement)
    if constrains:
        if version:
            known = files.constraints.setdefault(normalized_name(requirement.name), [])
            known.append((version, marker, hashes_in(line.hashes)))
        return
    files.reading.packages.append(
        LockedPackage(
            requirement.name,
            version,
            markers=(marker,) if marker else (),
            is_direct=True,
            problem="" if version else _NOT_EXACT,
            hashes=hashes_in(line.hashes),
            label=line.text,
            where=where if version else "",
        )
    )


def _take_place(files: _Files, current: Path, line: RequirementLine, where: str) -> None:
    """Take a requirement of a folder, an archive or a URL, with or without a name before it."""
    text, _, marker = line.requirement.partition(" ; " if " ; " in line.requirement else "; ")
    name, at, place = text.partition("@")
    if not at or "/" in name or "[" in name.strip()[:1] or required(name.strip()) is None:
        name, place = "", text
    name = name.partition("[")[0].strip()
    found = _place_of(place.strip(), current.parent)
    if found is None:
        files.reading.leave_out(line.text, "not a valid requirement", where)
        return
    egg = _EGG.search(place)
    known = name or (egg[1] if egg else "")
    if found.kind == "local":
        found = from_folder(current.parent / found.place)
    files.reading.packages.append(
        LockedPackage(
            known,
            "",
            found,
            markers=(marker,) if marker else (),
            is_direct=True,
            hashes=hashes_in(line.hashes),
            label=line.text,
            where=where,
        )
    )


def _place_of(text: str, folder: Path) -> PackageOrigin | None:
    """Return where a requirement leads to that is none of a registry; None for what is no place at all."""
    scheme = urlsplit(text).scheme.lower() if "://" in text or text.startswith("file:") else ""
    if "+" in scheme or scheme in {"git", "ssh", "http", "https", "ftp"}:
        return from_elsewhere(f"{scheme.partition('+')[0]} ({text})" if "+" in scheme else f"url ({text})")
    path = path_of(text)
    if path is None:
        return from_elsewhere(f"url ({text})") if scheme else None
    path = path.partition("#")[0]
    path = path[: path.rfind("[")] if path.endswith("]") else path  # `.[dev]`
    looks_like_path = scheme or "/" in path or path.startswith(".") or path.lower().endswith(_ARCHIVES)
    try:
        return from_folder(path) if path and (looks_like_path or (folder / path).is_dir()) else None
    except (OSError, ValueError):
        return None


def path_of(text: str) -> str | None:
    """Return the path that a requirements file names, as such or as `file://`; None for another URL."""
    if text.startswith("file:"):
        parts = urlsplit(text)
        return unquote(parts.path) if parts.netloc in {"", "localhost"} else None
    return None if "://" in text else text
