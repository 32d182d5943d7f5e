"""Where pip finds the source distribution of a package, by the indexes that it is set to use."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from corpora.outside.child_process import clean_environment, isolated_python, run_bounded
from corpora.python.fetching.yanked import remember_yanked
from corpora.python.sdist import SDIST_SUFFIXES

if TYPE_CHECKING:
    from packaging.version import Version

_SECONDS: Final = 60
_MAX_OUTPUT_BYTES: Final = 20_000_000
_FOUND: Final = "Found link "
_VERSION: Final = ", version: "
_YANKED: Final = "Skipping link: yanked for reason: "
_YANKED_LINK: Final = re.compile(r"(.{0,2000}): ((?:https?|file)://[^\s]{1,2000}) \(from ")
_WEB: Final = ("https", "http")
# Settings of the user for pip that say where packages come from are kept. These would add to the request, or
# let pip build a source distribution, which runs its code.
_NOT_OURS: Final = (
    "PIP_CONSTRAINT", "PIP_REQUIREMENT", "PIP_EDITABLE", "PIP_GROUP", "PIP_NO_BINARY", "PIP_ONLY_BINARY",
    "PIP_PREFER_BINARY", "PIP_DEST", "PIP_PLATFORM", "PIP_ABI", "PIP_IMPLEMENTATION", "PIP_PYTHON",
    "PIP_LOG", "PIP_REPORT", "PIP_BUILD_CONSTRAINT", "PIP_CONFIG_SETTINGS", "PIP_PREFIX", "PIP_TARGET",
)  # fmt: skip


def pip_environment() -> dict[str, str]:
    """Return the environment for pip, with the user's package indexes but nothing that alters the request."""
    return clean_environment({"PIP_DISABLE_PIP_VERSION_CHECK": "1"}, without=_NOT_OURS)


def sdist_address(name: str, version: str) -> str:
    """Return where pip finds the source distribution of a version; empty if it finds none.

    One that was yanked counts, since the version is named exactly; that it was is remembered.
    """
    from packaging.version import Version

    wanted, said = Version(version), _said(name)
    found = [
        url for url, its in _links(said) if its == wanted and urlsplit(url).path.endswith(SDIST_SUFFIXES)
    ]
    if found:
        return min(found)
    for url, its, reason in _yanked_links(said, name):
        if its == wanted:
            remember_yanked(name, version, reason)
            return url
    return ""


def _said(name: str) -> list[str]:
    """Return the lines in which pip says what it finds; it neither fetches nor builds anything for that."""
    command = isolated_python("-m", "pip", "index", "versions", "-vv", "--no-input")
    command += ["--ignore-requires-python", "--no-binary", ":all:", "--", name]
    try:
        done = run_bounded(command, seconds=_SECONDS, max_bytes=_MAX_OUTPUT_BYTES, env=pip_environment())
    except OSError:
        return []
    return done.stdout.decode("utf-8", "replace").splitlines()


def _links(said: list[str]) -> Iterator[tuple[str, "Version"]]:
    """Yield the addresses and versions of files that suit; a page on the web names none of this machine."""
    from packaging.version import InvalidVersion, Version

    for line in said:
        rest, _, version = line.strip().partition(_FOUND)[2].rpartition(_VERSION)
        url, _, source = rest.partition(" ")
        try:
            if _is_given(url, source):
                urlsplit(url)
                yield url, Version(version)
        except (InvalidVersion, ValueError):
            continue


def _yanked_links(said: list[str], name: str) -> Iterator[tuple[str, "Version", str]]:
    """Yield the addresses of yanked source distributions, with their versions and why they were yanked."""
    from packaging.utils import InvalidSdistFilename, parse_sdist_filename
    from packaging.version import InvalidVersion

    for line in said:
        found = _YANKED_LINK.match(line.strip().partition(_YANKED)[2])
        if found is None or not _is_given(found[2], line[line.rfind("(from ") :]):
            continue
        try:
            file = unquote(urlsplit(found[2]).path.rpartition("/")[2])
            library, version = parse_sdist_filename(file)
        except (InvalidSdistFilename, InvalidVersion, ValueError):
            continue
        if library == name and file.endswith(SDIST_SUFFIXES):
            yield found[2], version, found[1]


def _is_given(url: str, source: str) -> bool:
    """Return whether a page may name an address: one on the web names none of this machine."""
    scheme = url.partition(":")[0]
    is_local = scheme == "file" and not any(f"(from {web}:" in source for web in _WEB)
    return scheme in _WEB or is_local
