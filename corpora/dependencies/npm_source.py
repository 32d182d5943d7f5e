"""Where an npm package comes from, as lock files write it: `npm:dayjs@1.11`, `file:../x`, a URL."""

from typing import Final
from urllib.parse import unquote, urlsplit

from corpora.dependencies.archive_hashes import hashes_in
from corpora.dependencies.locked_package import (
    REGISTRY,
    LockedPackage,
    PackageOrigin,
    as_table,
    as_texts,
    from_elsewhere,
    from_folder,
    from_registry,
)
from corpora.dependencies.target import is_for_this_machine

_LOCAL: Final = ("file:", "link:", "portal:", "workspace:")
_TARBALLS: Final = (".tgz", ".tar.gz")


def split_descriptor(text: str) -> tuple[str, str]:
    """Split a name and what follows its `@`: `@types/node@npm:^20` is `@types/node` and `npm:^20`."""
    at = text.find("@", 1)
    return (text, "") if at < 0 else (text[:at], text[at + 1 :])


def npm_source(text: str) -> PackageOrigin | None:
    """Return the origin that a version or range stands for; None if it is a version in the registry."""
    for protocol in _LOCAL:
        if text.startswith(protocol):
            return from_folder(_path(text.removeprefix(protocol)))
    if text.startswith(("./", "../", "~/", "/")):
        return from_folder(_path(text))
    scheme = text.partition(":")[0] if ":" in text else ""
    if scheme in {"http", "https"}:
        return from_elsewhere(f"url ({text})")
    if scheme.startswith("git") or scheme in {"ssh", "bitbucket"} or "/" in text.partition("#")[0]:
        return None if scheme in {"npm", "patch"} else from_elsewhere(f"git ({text})")
    return None


def resolved_source(url: object, name: str) -> PackageOrigin:
    """Return the origin of a package by the address of its tarball.

    `https://host/NAME/-/NAME-1.0.0.tgz` is in the registry `https://host`; a tarball of another name than
    that of the package, or elsewhere, is in none. Without an address, the registry is the default one.
    """
    text = str(url or "")
    if not text or text == "True":
        return REGISTRY
    if not text.startswith(("https://", "http://")):
        return npm_source(text) or from_elsewhere(f"url ({text})")
    address = text.partition("#")[0]
    registry, marker, tarball = address.partition(f"/{name}/-/")
    if not marker:  # some registries write the slash of a scope as %2f
        registry, marker, tarball = unquote(address).partition(f"/{name}/-/")
    base = tarball.rpartition("/")[2]
    plain = name.rpartition("/")[2]
    fits = base.startswith(f"{plain}-") and base.endswith(_TARBALLS)
    return from_registry(registry) if marker and fits else from_elsewhere(f"url ({text})")


def is_for_another_machine(facts: dict[str, object]) -> bool:
    """Return whether the `os`, `cpu` and `libc` of a package leave this machine out."""
    systems, cpus, libcs = (as_texts(facts.get(key)) for key in ("os", "cpu", "libc"))
    return not is_for_this_machine(systems, cpus, libcs)


def root_dependencies(manifest: object) -> dict[str, str]:
    """Return the names that a `package.json` requires itself, with the ranges it gives."""
    groups = ("peerDependencies", "optionalDependencies", "devDependencies", "dependencies")
    table = as_table(manifest)
    return {name: str(r) for group in groups for name, r in as_table(table.get(group)).items()}


def package_at(name: str, reference: str, version: str, **facts: object) -> LockedPackage:
    """Return the package that is known as `name`, by the range or reference that the project gives.

    `npm:dayjs@^1.11` is the package dayjs, whatever the project calls it.
    """
    known, alias = name, ""
    if reference.startswith("npm:") and "@" in reference[5:]:
        known, alias = split_descriptor(reference.removeprefix("npm:"))[0], name
    source = npm_source(reference) or resolved_source(facts.get("resolved"), known)
    return LockedPackage(
        known,
        version,
        source,
        alias=alias if alias != known else "",
        is_direct=bool(facts.get("is_direct")),
        is_elsewhere_only=bool(facts.get("is_elsewhere_only")),
        hashes=hashes_in(facts.get("integrity")) or _hash_in(facts.get("resolved")),
    )


def _hash_in(url: object) -> tuple[str, ...]:
    """Return the hash that Yarn 1 wrote behind a URL before there was a field for it."""
    return hashes_in(f"sha1:{str(url or '').rpartition('#')[2]}")


def _path(text: str) -> str:
    """Return the path in a reference; Yarn appends `#` and `::` with more than the path."""
    path = text.partition("::")[0].partition("#")[0]
    if path.startswith("//"):
        path = unquote(urlsplit(f"file:{path}").path)
    return path
