"""Packages of npm at exact versions, fetched by npm into the cache. No script of theirs is run."""

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from corpora.cache import cache_folder
from corpora.errors import CorpusError

_SECONDS: Final = 300


def fetched_tarball(name: str, version: str) -> Path:
    """The tarball of `name` at exactly `version`; fetched the first time.

    Raises `CorpusError` where npm is not installed, has no such version, or cannot reach its registry.
    """
    # `@types/react` -> `@types+react-19.3.0.tgz`: `types-react` is another package.
    kept = cache_folder("npm") / f"{name.replace('/', '+')}-{version}.tgz"
    if kept.is_file():
        return kept
    npm = shutil.which("npm")
    problem = _pack(npm, f"{name}@{version}", kept) if npm else "npm is not installed"
    if problem:
        raise CorpusError(
            f"cannot fetch {name} {version}",
            why=problem,
            fix=f"see what this says: npm pack {name}@{version}"
            if npm
            else "install Node.js, or name a folder or a .tgz made by npm pack elsewhere",
        )
    return kept


def _pack(npm: str, package: str, kept: Path) -> str:
    """Have npm fetch a tarball and keep it; why it did not, in a line."""
    with tempfile.TemporaryDirectory(dir=kept.parent) as temporary:
        command = [npm, "pack", package, "--ignore-scripts", "--loglevel", "error"]
        command += ["--pack-destination", temporary]
        try:
            done = subprocess.run(
                command, cwd=temporary, capture_output=True, text=True, timeout=_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"npm did not answer: {error}"
        found = sorted(Path(temporary).glob("*.tgz"))
        if done.returncode or not found:
            return _reason(done.stderr)
        shutil.move(found[0], kept)
    return ""


def _reason(stderr: str) -> str:
    """The first line of npm's that says something: `npm error 404 Not Found - ...`."""
    lines = [line.split("error", 1)[-1].strip() for line in stderr.splitlines() if "error" in line]
    told = [line for line in lines if line and not line.startswith("code ")]
    return told[0] if told else "npm failed"
