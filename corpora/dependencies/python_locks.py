"""Readers of `uv.lock`, `poetry.lock` and `pdm.lock`: tables of packages with what each requires."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any, Final

from corpora.dependencies.archive_hashes import hashes_in
from corpora.dependencies.locked_package import (
    REGISTRY,
    Edge,
    LockedPackage,
    LockReading,
    PackageOrigin,
    as_table,
    as_tables,
    as_texts,
    from_elsewhere,
    from_folder,
    from_registry,
)
from corpora.dependencies.package_name import required

_LOCAL: Final = ("path", "directory", "editable", "virtual")
_WITHOUT_NAMED_SOURCES: Final = ("directory", "file")  # of Poetry
# Poetry writes them into the lock file; before, only what each package requires had markers.
_MARKERS_SINCE: Final = (2, 1)


def read_uv(content: dict[str, Any]) -> LockReading:
    """Read `uv.lock`."""
    reading = LockReading("python", requires_python=str(content.get("requires-python", "")))
    manifest = as_table(content.get("manifest"))
    members = {str(name) for name in as_texts(manifest.get("members"))}
    roots: dict[str, list[Edge]] = {}
    for table in as_tables(content.get("package", [])):
        source = as_table(table.get("source"))
        package = LockedPackage(
            table["name"],
            table.get("version", ""),
            _uv_source(source, as_tables(table.get("wheels", []))),
            markers=tuple(as_texts(table.get("resolution-markers"))),
            requires=tuple(_uv_edges(table)),
            hashes=_hashes_of([table.get("sdist"), *as_tables(table.get("wheels", []))]),
        )
        reading.packages.append(package)
        if is_project(package.origin) or table["name"] in members:
            roots[str(table["name"])] = [*package.requires]
            if is_project(package.origin):
                roots = {str(table["name"]): roots.pop(str(table["name"])), **roots}
    required_directly = [*as_tables(manifest.get("requirements", [])), *_dependency_groups(manifest)]
    loose = [
        Edge(str(table.get("name", "")), "", str(table.get("marker", ""))) for table in required_directly
    ]
    if roots or loose:
        # What the project requires, and the other members of its workspace with what they require.
        reading.roots = (*next(iter(roots.values()), []), *loose, *map(Edge, roots))
    return reading


def is_project(origin: PackageOrigin) -> bool:
    """Return whether a package is the project of the lock file itself."""
    return origin.kind == "local" and os.path.normpath(origin.place or ".") == "."


def _uv_source(source: dict[str, object], wheels: list[dict[str, object]]) -> PackageOrigin:
    if not source:
        return REGISTRY
    for kind in _LOCAL:
        if kind in source:
            return from_folder(source[kind])
    if "registry" in source:
        url = str(source["registry"])
        # A registry may be a folder with wheels.
        held = next((str(wheel["path"]) for wheel in wheels if wheel.get("path")), "")
        if "://" in url and not url.startswith("file:"):
            return from_registry(url)
        folder = url.removeprefix("file://")
        return from_folder(f"{folder}/{held}") if held else from_elsewhere(f"the index in {folder}")
    kind = next((kind for kind in ("git", "url") if kind in source), "")
    return from_elsewhere(f"{kind} ({source[kind]})" if kind else "a source that is not known")


def _uv_edges(table: dict[str, object]) -> Iterator[Edge]:
    groups = [table.get("dependencies", [])]
    groups += as_table(table.get("optional-dependencies")).values()
    groups += as_table(table.get("dev-dependencies")).values()
    for group in groups:
        for edge in as_tables(group):
            yield Edge(str(edge.get("name", "")), str(edge.get("version", "")), str(edge.get("marker", "")))


def _dependency_groups(manifest: dict[str, object]) -> Iterator[dict[str, object]]:
    for group in as_table(manifest.get("dependency-groups")).values():
        yield from as_tables(group)


def read_poetry(content: dict[str, Any], roots: tuple[Edge, ...] | None) -> LockReading:
    """Read `poetry.lock`; `roots` is what its `pyproject.toml` requires, None if there is none."""
    metadata = as_table(content.get("metadata"))
    reading = LockReading(
        "python", roots=roots, requires_python=_as_specifier(metadata.get("python-versions"))
    )
    has_markers = _numbers(metadata.get("lock-version")) >= _MARKERS_SINCE
    all_files = as_table(metadata.get("files"))  # where lock files before version 2 had them
    for table in as_tables(content.get("package", [])):
        package = LockedPackage(
            table["name"],
            table.get("version", ""),
            _poetry_source(as_table(table.get("source"))),
            markers=_poetry_markers(table) if has_markers else (),
            requires=tuple(_poetry_edges(table.get("dependencies"))),
            hashes=_hashes_of(table.get("files") or all_files.get(str(table["name"]))),
        )
        reading.packages.append(replace(package, markers=package.markers or _python_marker(table)))
    return reading


def _poetry_source(source: dict[str, object]) -> PackageOrigin:
    kind, url = str(source.get("type", "legacy")), str(source.get("url", ""))
    if kind in _WITHOUT_NAMED_SOURCES:
        return from_folder(url)
    if kind == "legacy":
        return from_registry(url)
    return from_elsewhere(f"{kind} ({url})")


def _poetry_markers(table: dict[str, object]) -> tuple[str, ...]:
    """Return the markers of a package: one for all groups, or one for each of them."""
    markers = table.get("markers", "")
    if isinstance(markers, dict):
        groups = as_texts(table.get("groups"))
        return tuple(str(markers.get(group, "")) for group in groups or markers)
    return (str(markers),) if markers else ()


def _python_marker(table: dict[str, object]) -> tuple[str, ...]:
    """Return a marker for the versions of Python that a package is for, such as `>=3.6,<3.8`."""
    versions = _as_specifier(table.get("python-versions"))
    return (python_marker(versions),) if versions else ()


def python_marker(specifier: str) -> str:
    """Return the marker for the versions of Python in a specifier; empty if it is none."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        parts = sorted(SpecifierSet(specifier), key=str)
    except InvalidSpecifier:
        return ""
    return " and ".join(f'python_full_version {part.operator} "{part.version}"' for part in parts)


def _as_specifier(value: object) -> str:
    """Return a specifier of Poetry as others write it: `^3.11` as `>=3.11,<4`; empty for other syntax."""
    text = str(value or "").strip()
    if "||" in text or text == "*":
        return ""
    if text.startswith("^"):
        lowest = text.removeprefix("^").strip()
        first = lowest.split(".")[0]
        return f">={lowest},<{int(first) + 1}" if first.isdecimal() and len(first) < 4 else ""
    return text


def _poetry_edges(dependencies: object) -> Iterator[Edge]:
    for name, value in as_table(dependencies).items():
        for each in value if isinstance(value, list) else [value]:
            facts = each if isinstance(each, dict) else {"version": each}
            yield Edge(name, _as_specifier(facts.get("version")), str(facts.get("markers", "")))


def poetry_roots(project: dict[str, Any]) -> Iterator[Edge]:
    """Yield what the `[tool.poetry]` tables of a `pyproject.toml` require, in all of their groups."""
    poetry = as_table(as_table(project.get("tool")).get("poetry"))
    groups = as_table(poetry.get("group")).values()
    for table in (poetry, *map(as_table, groups)):
        for key in ("dependencies", "dev-dependencies"):
            yield from (edge for edge in _poetry_edges(table.get(key)) if edge.name != "python")


def read_pdm(content: dict[str, Any], roots: tuple[Edge, ...] | None) -> LockReading:
    """Read `pdm.lock`; `roots` is what its `pyproject.toml` requires, None if there is none."""
    metadata = as_table(content.get("metadata"))
    all_files = as_table(metadata.get("files"))  # where older lock files had them
    targets = [as_table(target) for target in as_tables(metadata.get("targets", []))]
    python = str(next((target.get("requires_python", "") for target in targets), ""))
    reading = LockReading("python", roots=roots, requires_python=python)
    for table in as_tables(content.get("package", [])):
        marker = str(table.get("marker", "")) or python_marker(str(table.get("requires_python", "")))
        edges = [required(text) for text in as_texts(table.get("dependencies"))]
        reading.packages.append(
            LockedPackage(
                table["name"],
                table.get("version", ""),
                _pdm_source(table),
                markers=(marker,) if marker else (),
                requires=tuple(Edge(e.name, str(e.specifier), str(e.marker or "")) for e in edges if e),
                hashes=_hashes_of(
                    table.get("files") or all_files.get(f"{table['name']} {table.get('version', '')}")
                ),
            )
        )
    return reading


def named_indexes(project: dict[str, Any]) -> str:
    """Return the URLs, between blanks, of the indexes that a `pyproject.toml` names for all packages."""
    tool = as_table(project.get("tool"))
    tables = [
        *as_tables(as_table(tool.get("pdm")).get("source", [])),
        *as_tables(as_table(tool.get("uv")).get("index", [])),
        *as_tables(as_table(tool.get("poetry")).get("source", [])),
    ]
    for_all = (each for each in tables if each.get("priority") != "explicit" and not each.get("explicit"))
    return " ".join(str(each["url"]) for each in for_all if each.get("url"))


def _pdm_source(table: dict[str, object]) -> PackageOrigin:
    if "path" in table:
        return from_folder(PurePosixPath(str(table["path"])))
    kind = next((kind for kind in ("git", "hg", "svn", "bzr", "url") if kind in table), "")
    if kind:
        return from_elsewhere(f"{kind} ({table[kind]})")
    if table.get("editable"):
        return from_elsewhere("an editable installation without a path")
    urls = [str(file.get("url", "")) for file in as_tables(table.get("files", [])) if file.get("url")]
    return from_registry(urls[0]) if urls else REGISTRY


def _hashes_of(files: object) -> tuple[str, ...]:
    """Return the hashes of the files in a list of tables."""
    return hashes_in([as_table(file).get("hash") for file in files] if isinstance(files, list) else [])


def _numbers(version: object) -> tuple[int, ...]:
    parts = str(version or "").split(".")
    return tuple(int(part) for part in parts[:2] if part.isdecimal() and len(part) < 4)
