"""Which package registries the user's own configuration of pip and npm names.

A lock file may name others. These are not contacted, and a package of one of them is not fetched from the
default registry either: there, anybody may have registered its name.
"""

import os
import tempfile
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from corpora.dependencies.locked_package import Ecosystem, as_table
from corpora.outside.child_process import clean_environment, find_program, isolated_python, run_bounded
from corpora.outside.files import read_outside
from corpora.outside.yaml_documents import parsed_yaml

# The public registries, and complete mirrors of them, in which names mean the same.
_PUBLIC: Final[dict[Ecosystem, frozenset[str]]] = {
    "python": frozenset({
        "pypi.org", "pypi.python.org", "files.pythonhosted.org", "pypi.tuna.tsinghua.edu.cn",
        "mirrors.aliyun.com", "mirrors.cloud.tencent.com", "mirrors.ustc.edu.cn", "pypi.mirrors.ustc.edu.cn",
    }),
    "npm": frozenset({
        "registry.npmjs.org", "registry.yarnpkg.com", "registry.npmmirror.com", "registry.npm.taobao.org",
        "registry.nlark.com",
    }),
}  # fmt: skip
_SECONDS: Final = 60
_MAX_OUTPUT_BYTES: Final = 1_000_000
_MAX_CONFIG_BYTES: Final = 1_000_000
_SETTINGS: Final = ("PIP_", "NPM_CONFIG", "HOME", "XDG_", "PREFIX", "VIRTUAL_ENV", "APPDATA", "USERPROFILE")
_PIP_KEYS: Final = ("index-url", "extra-index-url", "find-links")
_PIP_SECTIONS: Final = ("global", "download", ":env:")


class UserRegistries:
    """The registries that the user's own configuration names; pip and npm are asked when it first matters."""

    def __init__(self) -> None:
        self._npm: dict[str, str] = {}

    def unknown(self, urls: str, name: str, ecosystem: Ecosystem) -> list[str]:
        """Return those registries that are not named; a package may be fetched if there are none.

        Args:
            urls: of the registries that it may be in, between blanks; empty for the default one.
            name: of the package.
            ecosystem: of the package.
        """
        return [url for url in urls.split() if not self._permit(url, name, ecosystem)]

    def _permit(self, url: str, name: str, ecosystem: Ecosystem) -> bool:
        host, wanted = _same_for_all(url)
        if host in _PUBLIC[ecosystem]:
            return True
        if ecosystem == "python":
            return wanted in self._pip
        scope = name.partition("/")[0] if name.startswith("@") else ""
        return wanted == self._registry_of(scope)

    @cached_property
    def _pip(self) -> frozenset[str]:
        found: set[str] = set()
        for line in _answer(isolated_python("-m", "pip", "config", "list")).splitlines():
            key, _, value = line.partition("=")
            section, _, name = key.rpartition(".")
            if section in _PIP_SECTIONS and name in _PIP_KEYS:
                urls = value.strip().strip("'\"").replace("\\n", " ").split()
                found.update(_same_for_all(url)[1] for url in urls if "://" in url or url.startswith("/"))
        return frozenset(found)

    def _registry_of(self, scope: str) -> str:
        """Return the registry that npm has for a scope; for the packages of a scope, it is the only one."""
        if scope not in self._npm:
            npm = find_program("npm")
            keys = ([f"{scope}:registry"] if scope else []) + ["registry"]
            answers = (_answer([npm, "config", "get", "--", key]).strip() for key in keys if npm)
            self._npm[scope] = _same_for_all(next((url for url in answers if "://" in url), ""))[1]
        return self._npm[scope]


def project_registries(folder: Path) -> dict[str, str]:
    """Return the registries that `.npmrc` and `.yarnrc.yml` name, by scope; that of all others by ''."""
    found: dict[str, str] = {}
    for line in _text(folder / ".npmrc").splitlines():
        key, sign, value = (part.strip() for part in line.partition("="))
        if sign and (key == "registry" or (key.startswith("@") and key.endswith(":registry"))):
            found[key.removesuffix("registry").removesuffix(":")] = value.strip("\"'")
    try:
        settings = as_table(parsed_yaml(_text(folder / ".yarnrc.yml")))
    except ValueError:
        settings = {}
    if server := settings.get("npmRegistryServer"):
        found[""] = str(server)
    for scope, facts in as_table(settings.get("npmScopes")).items():
        if server := as_table(facts).get("npmRegistryServer"):
            found[f"@{scope}"] = str(server)
    return found


def _text(path: Path) -> str:
    try:
        return read_outside(path, max_bytes=_MAX_CONFIG_BYTES).decode("utf-8", "replace")
    except (OSError, ValueError):
        return ""


def _same_for_all(url: str) -> tuple[str, str]:
    """Return host and address without what differs between users: scheme, password and a last slash."""
    try:
        parts = urlsplit(url)
        return parts.hostname or "", f"{parts.hostname}:{parts.port or ''}{parts.path.rstrip('/')}"
    except ValueError:  # brackets without an address between them, a port that is no number
        return "", ""


def _answer(command: list[str]) -> str:
    """Return what a program prints about its settings in an empty folder: those of a project do not count."""
    settings = {name: value for name, value in os.environ.items() if name.upper().startswith(_SETTINGS)}
    return _asked(tuple(command), tuple(sorted(settings.items())))


@lru_cache(maxsize=64)  # with the variables that the answer depends on; the user's files stay as they are
def _asked(command: tuple[str, ...], _: tuple[tuple[str, str], ...]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "package.json").write_text("{}", encoding="utf-8")
        try:
            done = run_bounded(
                list(command),
                seconds=_SECONDS,
                max_bytes=_MAX_OUTPUT_BYTES,
                cwd=folder,
                env=clean_environment({"PIP_DISABLE_PIP_VERSION_CHECK": "1"}),
            )
        except OSError:
            return ""
    return done.stdout.decode("utf-8", "replace") if not done.returncode else ""
