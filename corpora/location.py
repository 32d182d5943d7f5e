"""What a location that a user names holds: code, documentation or a package."""

import re
from pathlib import Path

from corpora.api_changes.version_range import problem_with_range
from corpora.crawl.scope import normal_url
from corpora.dependencies.package_name import is_distribution_name, is_python_version
from corpora.document import legible_name
from corpora.folder_kind import folder_kind
from corpora.git.remote import Remote, is_git_location
from corpora.kinds import Kind
from corpora.npm.source import PACKAGE_JSON, split_pin
from corpora.openapi.descriptions import looks_like_api
from corpora.openapi.files import API_SUFFIXES
from corpora.python.sdist import is_sdist
from corpora.redaction.credentials import carries_credentials


def kind_at(path: Path) -> str:
    """Return the name of the kind of corpus that `path` looks like.

    A wheel or source distribution is "package"; a `.tgz` and a folder in `node_modules` are "npm"; a file
    that describes an HTTP API is "openapi". A folder is "docs", "man" or "code", as
    `corpora.folder_kind` decides. Everything else is "code".
    """
    if path.suffix == ".tgz" or _is_node_module(path):
        return "npm"
    if _is_archive(path):
        return "package"
    if path.is_dir():
        return folder_kind(path).kind
    return "openapi" if path.suffix.lower() in API_SUFFIXES and looks_like_api(path) else "code"


def default_name(location: str, kind: str = "") -> str:
    """Return the name of a corpus whose user gives none: of its folder, package or repository, or its URL.

    Any URL may be that of a repository, if that is its `kind`.
    """
    if kind == "git" or is_git_location(location):
        return Remote.of(location).name
    if is_url(location):
        return location.partition("://")[2].rstrip("/")
    path = Path(location)
    if path.suffix == ".tgz":
        return path.stem
    if path.suffix == ".whl":
        return path.name.partition("-")[0]  # numpy-2.1.0-cp311-cp311-linux_x86_64.whl -> numpy
    if is_sdist(path) and "-" in path.name:
        return path.name.rpartition("-")[0]
    return legible_name(path.name) or "root"


def pattern_of_file(name: str) -> str:
    """Return the gitignore-style pattern of one file at the top of a folder."""
    return "/" + re.sub(r"([\\*?\[\] ])", r"\\\1", name)


def is_url(location: str) -> bool:
    """Return whether `location` is meant as a URL, of any scheme."""
    return "://" in location


def problem_with_url(location: str) -> str:
    """Return why `location` cannot be the URL of a site; empty if it can. No request is made."""
    if normal_url(location):
        known = carries_credentials(location)
        return "it contains a credential, which the index would store and show" if known else ""
    return f"{location!r} is not a URL with http or https, a host, and no user name"


def problem_with_path(path: Path, kind: Kind) -> str:
    """Return why a corpus of this kind cannot lie at `path`; empty if it can."""
    if not path.exists():
        return f"there is nothing at {path}"
    if kind.place == "file":
        return "" if path.is_file() else f"{path} is not a file"
    if path.is_dir() or path.name.endswith(kind.archive_suffixes):
        return ""
    return f"{path} is a file" + (f" and not a {kind.archive}" if kind.archive else "")


def problem_with_name(name: str, kind: Kind) -> str:
    """Return why `name` cannot be that of something installed; empty if it can. It is not looked for."""
    library, pin, version = name.partition("==")
    if kind.name == "changes":
        return problem_with_range(name)
    if kind.name == "npm":
        fits = split_pin(name) is not None
    else:
        fits = is_distribution_name(library) and (not pin or is_python_version(version))
    return "" if fits else f"{name!r} is not the name of a package or page, with or without an exact version"


def _is_node_module(path: Path) -> bool:
    """Return whether `path` is like `node_modules/axios` or `node_modules/@types/react`."""
    holder = path.parent.parent if path.parent.name.startswith("@") else path.parent
    return holder.name == "node_modules" and (path / PACKAGE_JSON).is_file()


def _is_archive(path: Path) -> bool:
    return path.suffix == ".whl" or is_sdist(path)
