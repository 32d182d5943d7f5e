"""Reader of `yarn.lock`, of Yarn 1 and of the later versions (berry)."""

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import unquote

from corpora.dependencies.locked_package import (
    LockedPackage,
    LockReading,
    as_table,
    brief,
    from_elsewhere,
)
from corpora.dependencies.npm_source import (
    is_for_another_machine,
    npm_source,
    package_at,
    resolved_source,
    root_dependencies,
    split_descriptor,
)
from corpora.outside.yaml_documents import parsed_yaml

_METADATA: Final = "__metadata"
_MAX_BLOCKS: Final = 100_000


def read_yarn(text: str, manifest: object) -> LockReading:
    """Read `yarn.lock`; `manifest` is the `package.json` beside it, None if there is none.

    Raises:
        ValueError: it is neither of the two formats.
    """
    required = {f"{name}@{spec}" for name, spec in root_dependencies(manifest).items()}
    required |= {f"{name}@npm:{spec}" for name, spec in root_dependencies(manifest).items()}
    reading = LockReading("npm")
    if _METADATA in text:
        for key, value in as_table(parsed_yaml(text)).items():
            if key != _METADATA:
                _take_berry(reading, key.split(", "), as_table(value), required)
        return reading
    for keys, facts in _blocks(text):
        for name, reference in dict.fromkeys(map(_known_as, keys)):
            is_direct = bool(required.intersection(key for key in keys if key.startswith(f"{name}@")))
            package = package_at(
                name,
                reference,
                facts.get("version", ""),
                resolved=facts.get("resolved"),
                integrity=facts.get("integrity"),
                is_direct=is_direct,
            )
            reading.packages.append(package)
    return reading


def _known_as(key: str) -> tuple[str, str]:
    """Return the name of a key, and its range if that says more than a version."""
    name, reference = split_descriptor(key)
    says_more = reference.startswith("npm:") or npm_source(reference) is not None
    return name, reference if says_more else ""


def _blocks(text: str) -> Iterator[tuple[list[str], dict[str, str]]]:
    """Yield the keys of each block of Yarn 1, as in `a@^1, a@^1.2:`, and the texts below them."""
    keys: list[str] = []
    facts: dict[str, str] = {}
    count = 0
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if not line[0].isspace():
            if keys:
                yield keys, facts
            if not line.endswith(":"):
                raise ValueError(f"{line[:80]!r} is neither a key nor below one")
            keys = [key.strip().strip('"') for key in line[:-1].split(", ")]
            facts, count = {}, count + 1
            if count > _MAX_BLOCKS:
                raise ValueError(f"it has more than {_MAX_BLOCKS} packages")
        elif line.startswith("  ") and not line[2].isspace():
            name, _, value = line.strip().partition(" ")
            facts[name.strip('"')] = value.strip().strip('"')
    if keys:
        yield keys, facts


def _take_berry(reading: LockReading, keys: list[str], facts: dict[str, Any], required: set[str]) -> None:
    """Take a block such as `date-lib@npm:dayjs@^1`, whose `resolution` is `dayjs@npm:1.11.13`."""
    name, reference = split_descriptor(str(facts.get("resolution", "")))
    if not name or not reference:
        reading.leave_out(brief(keys[0]), "not understood")
        return
    version = str(facts.get("version", ""))
    protocol = reference.partition(":")[0]
    bound = unquote(reference.partition("__archiveUrl=")[2].partition("&")[0])
    if protocol == "patch":
        # Its documentation is that of the package which is patched.
        patched = unquote(reference.removeprefix("patch:").partition("#")[0])
        source = npm_source(split_descriptor(patched)[1]) or resolved_source("", name)
    elif protocol == "npm":
        source = resolved_source(bound, name)
    else:
        source = npm_source(reference) or from_elsewhere(protocol)
    known = {split_descriptor(key)[0] for key in keys}
    direct = required.intersection(keys)
    alias = min((split_descriptor(key)[0] for key in direct or keys), default="") if name not in known else ""
    conditions = str(facts.get("conditions", ""))
    reading.packages.append(
        LockedPackage(
            name,
            version if source.kind == "registry" else "",
            source,
            alias=alias,
            is_direct=bool(direct),
            is_elsewhere_only=bool(conditions) and is_for_another_machine(_conditions(conditions)),
        )
    )


def _conditions(text: str) -> dict[str, object]:
    """Return `os=darwin & (cpu=x64 | cpu=arm64)` as the lists that package.json has."""
    found: dict[str, list[str]] = {}
    for word in text.replace("(", " ").replace(")", " ").split():
        key, is_condition, value = word.partition("=")
        if is_condition:
            found.setdefault(key, []).append(value)
    return dict(found)
