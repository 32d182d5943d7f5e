"""Readers of `pylock.toml` (PEP 751) and `Pipfile.lock`, and of the exact versions in `pyproject.toml`."""

from collections.abc import Iterator
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
    brief,
    from_elsewhere,
    from_folder,
    from_registry,
)
from corpora.dependencies.package_name import exact_version, normalized_name, required
from corpora.dependencies.python_locks import named_indexes, poetry_roots, python_marker

_VERSION_CONTROL: Final = ("git", "hg", "svn", "bzr")


def read_pylock(content: dict[str, Any]) -> LockReading:
    """Read `pylock.toml`."""
    reading = LockReading("python", requires_python=str(content.get("requires-python", "")))
    for table in as_tables(content.get("packages", [])):
        markers = [str(table.get("marker", "")), python_marker(str(table.get("requires-python", "")))]
        reading.packages.append(
            LockedPackage(
                table["name"],
                table.get("version", ""),
                _pylock_source(table),
                markers=_all_of(markers),
                hashes=_pylock_hashes(table),
            )
        )
    return reading


def _all_of(markers: list[str]) -> tuple[str, ...]:
    """Return one marker that holds if all of these do."""
    given = [marker for marker in markers if marker]
    return (" and ".join(f"({marker})" for marker in given),) if given else ()


def _pylock_source(table: dict[str, object]) -> PackageOrigin:
    for kind in ("directory", "archive"):
        facts = as_table(table.get(kind))
        if kind in table:
            path = facts.get("path")
            return from_folder(path) if path else from_elsewhere(f"{kind} ({facts.get('url', '')})")
    if "vcs" in table:
        facts = as_table(table["vcs"])
        if facts.get("path"):
            return from_elsewhere(f"a repository in the folder {facts['path']}")
        return from_elsewhere(f"{facts.get('type', 'vcs')} ({facts.get('url', '')})")
    files = [*as_tables(table.get("wheels", [])), as_table(table.get("sdist"))]
    if "index" in table:
        return from_registry(table["index"])
    if path := next((str(file["path"]) for file in files if file.get("path") and not file.get("url")), ""):
        return from_folder(path)
    url = next((str(file["url"]) for file in files if file.get("url")), "")
    return from_registry(url) if url else REGISTRY


def _pylock_hashes(table: dict[str, object]) -> tuple[str, ...]:
    files = [
        *as_tables(table.get("wheels", [])),
        as_table(table.get("sdist")),
        as_table(table.get("archive")),
    ]
    return hashes_in([file.get("hashes") for file in files])


def read_pipfile(content: dict[str, Any]) -> LockReading:
    """Read `Pipfile.lock`, with all of its categories."""
    meta = as_table(content.get("_meta"))
    sources = as_tables(meta.get("sources", []))
    urls = {str(source.get("name", "")): str(source.get("url", "")) for source in sources}
    default = next(iter(urls.values()), "")
    python = str(as_table(meta.get("requires")).get("python_version", ""))
    reading = LockReading("python", requires_python=f"=={python}.*" if python else "")
    for group, packages in content.items():
        if group == "_meta":
            continue
        if not isinstance(packages, dict):
            raise ValueError(f"{group!r} is not a table of packages")
        for name, facts in packages.items():
            table = as_table(facts)
            version = str(table.get("version", ""))
            index = str(table.get("index", ""))
            source = _pipfile_source(table) or from_registry(urls.get(index, index) if index else default)
            if source.kind == "registry" and not version.startswith("=="):
                reading.leave_out(brief(name), "no exact version")
                continue
            marker = str(table.get("markers", ""))
            reading.packages.append(
                LockedPackage(
                    name,
                    version.lstrip("="),
                    source,
                    markers=(marker,) if marker else (),
                    is_direct=bool(index),
                    hashes=hashes_in(table.get("hashes")),
                )
            )
    return reading


def _pipfile_source(table: dict[str, object]) -> PackageOrigin | None:
    if kind := next((kind for kind in _VERSION_CONTROL if kind in table), ""):
        return from_elsewhere(f"{kind} ({table[kind]})")
    place = str(table.get("path") or table.get("file") or table.get("uri") or "")
    if "://" in place and not place.startswith("file://"):
        return from_elsewhere(f"url ({place})")
    return from_folder(place) if place else None


def read_project(content: dict[str, Any]) -> LockReading:
    """Read the exact versions that a `pyproject.toml` requires, in all of its extras and groups."""
    project = as_table(content.get("project"))
    reading = LockReading("python", requires_python=str(project.get("requires-python", "")))
    sources = _uv_sources(content)
    for text in _project_requirements(content):
        requirement = required(text)
        if requirement is None:
            reading.leave_out(brief(text), "not a valid requirement")
            continue
        version, url = exact_version(requirement), requirement.url or ""
        origin = sources.get(normalized_name(requirement.name), REGISTRY)
        if url:
            origin = from_folder(url) if url.startswith("file:") else from_elsewhere(f"url ({url})")
        if origin.kind == "registry" and not version:
            reading.leave_out(brief(text), "no exact version")
            continue
        markers = (marker,) if (marker := str(requirement.marker or "")) else ()
        reading.packages.append(
            LockedPackage(requirement.name, version, origin, markers=markers, is_direct=True)
        )
    reading.come_from(from_registry(named_indexes(content)))
    return reading


def _uv_sources(content: dict[str, Any]) -> dict[str, PackageOrigin]:
    """Return where `[tool.uv.sources]` takes packages from, by their normalized names."""
    uv = as_table(as_table(content.get("tool")).get("uv"))
    urls = {str(index.get("name", "")): str(index.get("url", "")) for index in as_tables(uv.get("index", []))}
    found: dict[str, PackageOrigin] = {}
    for name, value in as_table(uv.get("sources")).items():
        for source in map(as_table, value if isinstance(value, list) else [value]):
            if "path" in source:
                origin = from_folder(source["path"])
            elif "index" in source:
                origin = from_registry(urls.get(str(source["index"]), f"index:{source['index']}"))
            else:
                kind = next(iter(source), "a source that is not known")
                origin = from_elsewhere(f"{kind} ({source.get(kind, '')})")
            found[normalized_name(name)] = origin
    return found


def project_roots(content: dict[str, Any]) -> tuple[Edge, ...]:
    """Return what a `pyproject.toml` requires, in all of its extras and groups."""
    found = filter(None, map(required, _project_requirements(content)))
    edges = (Edge(each.name, str(each.specifier), str(each.marker or "")) for each in found)
    return (*edges, *poetry_roots(content))


def _project_requirements(content: dict[str, Any]) -> Iterator[str]:
    project = as_table(content.get("project"))
    yield from as_texts(project.get("dependencies"))
    pdm = as_table(as_table(content.get("tool")).get("pdm"))
    for table in (
        project.get("optional-dependencies"),
        content.get("dependency-groups"),
        pdm.get("dev-dependencies"),
    ):
        for group in as_table(table).values():
            yield from as_texts(group)  # `{include-group = "test"}` names one that is read anyway
