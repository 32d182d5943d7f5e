"""Wheels of exact versions, fetched by pip into the cache and kept there. No code of theirs is run."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from corpora.cache import cache_folder
from corpora.errors import CorpusError

# A wheel for any of these will do, since only its source is read: first what this Python could install.
_OTHER_PYTHONS: Final = ("3.13", "3.12", "3.11", "3.10", "3.9", "3.8")
_PLATFORMS: Final = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64", "any")
_SECONDS: Final = 300


def fetched_wheel(name: str, version: str) -> Path:
    """The wheel of `name` (as PEP 503 spells it) at exactly `version`; fetched the first time.

    Raises `CorpusError` where there is no such wheel, no way to the package index, or the version is none.
    """
    _check(name, version)
    folder = cache_folder("wheels")
    if known := _kept(folder, name, version):
        return known
    problem = ""
    for options in ([], *_other_targets()):
        problem = _download(folder, f"{name}=={version}", options) or problem
        if known := _kept(folder, name, version):
            return known
        if not _is_missing(problem):
            break
    raise CorpusError(
        f"cannot fetch {name} {version}",
        why=problem or "pip fetched something else",
        # pip builds a source distribution to learn what it needs, and so runs its code: we never ask it to.
        fix=f"see what this says: pip download --no-deps --only-binary :all: {name}=={version}  (has it no "
        f"wheel, fetch its .tar.gz from the package index and name that file instead)",
    )


def _check(name: str, version: str) -> None:
    """Refuse `1.26.*` and the like: which version that means would be a guess."""
    from packaging.version import InvalidVersion, Version

    try:
        Version(version)
    except InvalidVersion as error:
        raise CorpusError(
            f"{version!r} is no exact version of {name}",
            why="documentation is kept for exact versions, and none is guessed",
            fix=f"write the whole version, as in pkg:{name}==1.2.3",
        ) from error


def _kept(folder: Path, name: str, version: str) -> Path | None:
    """The wheel in the cache; names of wheels have underscores, versions perhaps a builder's part."""
    stem = f"{name.replace('-', '_')}-{version}"
    found = sorted(path for end in ("", "+*") for path in folder.glob(f"{stem}{end}-*.whl"))
    return found[0] if found else None


def _other_targets() -> list[list[str]]:
    platforms = [part for platform in _PLATFORMS for part in ("--platform", platform)]
    return [["--python-version", python, *platforms] for python in _OTHER_PYTHONS]


def _download(folder: Path, requirement: str, options: list[str]) -> str:
    """Have pip fetch a wheel; why it did not, in a line."""
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-input"]
        command += ["--only-binary", ":all:", "--dest", temporary, *options, requirement]
        # Constraints are for what is installed; here the version is what was asked for.
        environment = {**os.environ, "PIP_CONSTRAINT": "", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        try:
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"pip did not answer: {error}"
        for wheel in Path(temporary).glob("*.whl"):
            name, rest = wheel.name.split("-", 1)
            shutil.move(wheel, folder / f"{name.lower()}-{rest}")
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        return (errors[-1].removeprefix("ERROR: ") if errors else "pip failed") if done.returncode else ""


def _is_missing(problem: str) -> bool:
    return "No matching distribution" in problem or "Could not find a version" in problem
