"""Where pip finds the source distribution of a package, by the indexes that it is set to use."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from corpora.outside.child_process import clean_environment, isolated_python, run_bounded
from corpora.python.sdist import SDIST_SUFFIXES

if TYPE_CHECKING:
    from packaging.version import Version

_SECONDS: Final = 60
_MAX_OUTPUT_BYTES: Final = 20_000_000
_FOUND: Final = "Found link "
_VERSION: Final = ", version: "
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
    """Return where pip finds the source distribution of a version; empty if it finds none."""
    from packaging.version import Version

    wanted = Version(version)
    links = _links(_said(name))
    found = [url for url, its in links if its == wanted and urlsplit(url).path.endswith(SDIST_SUFFIXES)]
    return min(found, default="")


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
        scheme = url.partition(":")[0]
        is_local = scheme == "file" and not any(f"(from {web}:" in source for web in _WEB)
        try:
            if scheme in _WEB or is_local:
                urlsplit(url)
                yield url, Version(version)
        except (InvalidVersion, ValueError):
            continue
