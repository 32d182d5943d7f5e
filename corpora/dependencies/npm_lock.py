"""Readers of npm's `package-lock.json` in its three versions, and of `bun.lock`."""

import re
from collections.abc import Iterator
from typing import Any, Final

from corpora.dependencies.archive_hashes import hashes_in
from corpora.dependencies.locked_package import (
    LockedPackage,
    LockReading,
    as_table,
    as_texts,
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

_MODULES: Final = "node_modules/"
_BUNDLED: Final = "bundled in another package"
# A string, to be kept, or a comma before a bracket: bun writes JSON with such commas.
_LAST_COMMA: Final = re.compile(r'("(?:[^"\\]|\\.)*+")|,(?=\s*+[\]}])')


def read_package_lock(content: dict[str, Any]) -> LockReading:
    """Read `package-lock.json` or `npm-shrinkwrap.json`: by folder since version 2, by name before."""
    reading = LockReading("npm")
    if "packages" not in content:
        reading.packages += _by_name(content)
        return reading
    packages = content["packages"]
    for place, facts in packages.items():
        before, modules, tail = place.rpartition(_MODULES)
        if not modules:
            continue  # the project itself, and the folders that links lead to
        if facts.get("link"):
            target = str(facts.get("resolved", ""))
            named = as_table(packages.get(target))
            name, version = named.get("name", tail), named.get("version", "")
            source = from_folder(target)
        elif "version" in facts:
            # Where the folder has an alias as its name, the entry has the name of the package.
            name, version = facts.get("name", tail), facts["version"]
            is_bundled = facts.get("inBundle") and not facts.get("resolved")
            source = (
                from_elsewhere(_BUNDLED) if is_bundled else resolved_source(facts.get("resolved"), str(name))
            )
        else:
            continue
        reading.packages.append(
            LockedPackage(
                name,
                version,
                source,
                alias=tail if tail != name else "",
                place=place,
                is_direct=not before,
                is_elsewhere_only=is_for_another_machine(facts),
                hashes=hashes_in(facts.get("integrity")),
            )
        )
    return reading


def _by_name(content: dict[str, Any]) -> Iterator[LockedPackage]:
    """Yield the packages of the first version of the format: what is nested there is nested on disk."""
    todo = [("", as_table(content.get("dependencies", {})))]
    if not isinstance(content.get("dependencies", {}), dict):
        raise ValueError("'dependencies' is not a table")
    while todo:
        above, dependencies = todo.pop()
        for known, value in dependencies.items():
            facts = as_table(value)
            version, name, place = str(facts.get("version", "")), known, f"{above}{_MODULES}{known}"
            if version.startswith("npm:"):
                name, version = split_descriptor(version.removeprefix("npm:"))
            if facts.get("bundled") and not facts.get("resolved"):
                source = from_elsewhere(_BUNDLED)
            else:
                source = npm_source(version) or resolved_source(facts.get("resolved"), name)
            yield LockedPackage(
                name,
                version if source.kind == "registry" or npm_source(version) is None else "",
                source,
                alias=known if known != name else "",
                place=place,
                is_direct=not above,
                hashes=hashes_in(facts.get("integrity")),
            )
            todo.append((f"{place}/", as_table(facts.get("dependencies"))))


def without_last_commas(text: str) -> str:
    """Return JSON without the commas before a closing bracket, which bun writes and JSON has not."""
    return _LAST_COMMA.sub(lambda found: found[1] or "", text)


def read_bun(content: dict[str, Any]) -> LockReading:
    """Read `bun.lock`: lists that begin with `NAME@VERSION`."""
    reading = LockReading("npm")
    for place, value in as_table(content.get("packages")).items():
        if not (isinstance(value, list) and value and isinstance(value[0], str)):
            reading.leave_out(brief(place), "not understood")
            continue
        name, version = split_descriptor(value[0])
        source = npm_source(version)
        if source is None:
            registry = value[1] if len(value) > 1 and isinstance(value[1], str) else ""
            source = resolved_source(registry, name) if registry else resolved_source("", name)
        tail = _last_name(place)
        facts: dict[str, object] = next((each for each in value if isinstance(each, dict)), {})
        reading.packages.append(
            LockedPackage(
                name,
                "" if npm_source(version) else version,
                source,
                alias=tail if tail != name else "",
                is_direct=place == tail,
                is_elsewhere_only=is_for_another_machine({k: _none_left(v) for k, v in facts.items()}),
                hashes=hashes_in(value[-1] if isinstance(value[-1], str) else ""),
            )
        )
    return reading


def _last_name(place: str) -> str:
    """Return the last name of a place in `bun.lock`: `a/@types/node` is `@types/node` within `a`."""
    parts = place.split("/")
    return "/".join(parts[-2:]) if len(parts) > 1 and parts[-2].startswith("@") else parts[-1]


def _none_left(value: object) -> object:
    return [] if "none" in as_texts(value) else value
