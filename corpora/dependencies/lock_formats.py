"""The formats of lock files: for each its name, and how it is read."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from corpora.dependencies.locked_package import Edge, LockReading, from_registry
from corpora.dependencies.npm_lock import read_bun, read_package_lock, without_last_commas
from corpora.dependencies.pip_locks import project_roots, read_pipfile, read_project, read_pylock
from corpora.dependencies.pnpm_lock import read_pnpm
from corpora.dependencies.python_locks import named_indexes, read_pdm, read_poetry, read_uv
from corpora.dependencies.requirements_file import read_requirements
from corpora.dependencies.yarn_lock import read_yarn
from corpora.outside.files import read_outside
from corpora.outside.json_documents import parsed_json
from corpora.outside.yaml_documents import parsed_yaml

# For all formats; the largest lock files in use have a tenth of it.
_MAX_BYTES: Final = 50_000_000


def _text(path: Path) -> str:
    return read_outside(path, max_bytes=_MAX_BYTES).decode("utf-8-sig")


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(_text(path))


def _json(path: Path) -> dict[str, Any]:
    content = parsed_json(_text(path))
    if not isinstance(content, dict):
        raise ValueError("it is not a JSON object")
    return content


def _beside(path: Path, name: str, read: Callable[[Path], dict[str, Any]]) -> dict[str, Any] | None:
    """Return the content of another file of the project; None if there is none that can be read."""
    try:
        return read(path.with_name(name))
    except (OSError, ValueError, RecursionError):
        return None


def _roots_of(path: Path) -> tuple[Edge, ...] | None:
    project = _beside(path, "pyproject.toml", _toml)
    return None if project is None else project_roots(project)


def _pnpm(path: Path) -> LockReading:
    content = parsed_yaml(_text(path))
    if not isinstance(content, dict):
        raise ValueError("it is not a YAML mapping")
    return read_pnpm(content)


def _pdm(path: Path) -> LockReading:
    reading = read_pdm(_toml(path), _roots_of(path))
    reading.come_from(from_registry(named_indexes(_beside(path, "pyproject.toml", _toml) or {})))
    return reading


LOCK_FILES: Final[dict[str, Callable[[Path], LockReading]]] = {
    "uv.lock": lambda path: read_uv(_toml(path)),
    "poetry.lock": lambda path: read_poetry(_toml(path), _roots_of(path)),
    "pdm.lock": _pdm,
    "pylock.toml": lambda path: read_pylock(_toml(path)),
    "Pipfile.lock": lambda path: read_pipfile(_json(path)),
    "package-lock.json": lambda path: read_package_lock(_json(path)),
    "npm-shrinkwrap.json": lambda path: read_package_lock(_json(path)),
    "pnpm-lock.yaml": _pnpm,
    "yarn.lock": lambda path: read_yarn(_text(path), _beside(path, "package.json", _json)),
    "bun.lock": lambda path: read_bun(parsed_json(without_last_commas(_text(path)))),
    "pyproject.toml": lambda path: read_project(_toml(path)),
}
"""The names of the lock files that are read, each with its reader."""


def reader_of(path: Path) -> Callable[[Path], LockReading] | None:
    """Return the reader of the format that the name of a file stands for; None if it is unknown."""
    if path.name in LOCK_FILES:
        return LOCK_FILES[path.name]
    if path.name.startswith("pylock.") and path.suffix == ".toml":
        return LOCK_FILES["pylock.toml"]
    return read_requirements if path.suffix in {".txt", ".in"} else None
