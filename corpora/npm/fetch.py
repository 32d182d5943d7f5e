"""Fetch npm packages at exact versions into the cache, by npm itself and without running their scripts."""

import shutil
import tempfile
from pathlib import Path
from typing import Final

from corpora.dependencies.archive_hashes import check_archive, problem_with_archive
from corpora.dependencies.package_name import check_pin
from corpora.errors import CorpusError
from corpora.network.cache import cache_folder
from corpora.network.fetching import check_fetching
from corpora.outside.child_process import clean_environment, find_program, run_bounded
from corpora.python.fetch import printable_line

_SECONDS: Final = 300
_MAX_OUTPUT_BYTES: Final = 5_000_000


def fetched_tarball(name: str, version: str, hashes: tuple[str, ...] = ()) -> Path:
    """Return the tarball of `name` at exactly `version`, from the cache or fetched.

    Args:
        name: of the package.
        version: its version.
        hashes: those that it may have, see `corpora.dependencies.archive_hashes`; none if it may be any.

    Raises:
        CorpusError: it is not the one that is locked; npm is not installed, finds no such version, or cannot
            reach its registry; or fetching is not allowed now.
    """
    check_pin(name, version, "npm")
    # `@types+react-19.3.0.tgz` for `@types/react`; npm's own name, `types-react`, is that of another package.
    kept = cache_folder("npm") / f"{name.replace('/', '+')}-{version}.tgz"
    if kept.is_file() and not problem_with_archive(kept, hashes):
        return kept
    check_fetching(f"{name} {version}")
    npm = find_program("npm")
    problem = _pack(npm, f"{name}@{version}", kept, hashes) if npm else "npm is not installed"
    if problem:
        raise CorpusError(
            f"cannot fetch {name} {version}",
            why=problem,
            fix=f"run this to see the whole error: npm pack {name}@{version}"
            if npm
            else "install Node.js, or name a folder or a .tgz made by npm pack elsewhere",
        )
    return kept


def _pack(npm: str, package: str, kept: Path, hashes: tuple[str, ...]) -> str:
    """Have npm fetch a tarball to `kept`; return why it failed in a line, empty if it did not.

    Raises `CorpusError` for one that has none of the `hashes`.
    """
    with tempfile.TemporaryDirectory(dir=kept.parent) as temporary:
        # npm reads the `.npmrc` of the project around the working folder. With a package.json, this folder is
        # a project of its own.
        (Path(temporary) / "package.json").write_text("{}", encoding="utf-8")
        command = [npm, "pack", "--ignore-scripts", "--loglevel", "error", "--prefix", temporary]
        command += ["--pack-destination", temporary, "--", package]
        try:
            done = run_bounded(
                command,
                seconds=_SECONDS,
                max_bytes=_MAX_OUTPUT_BYTES,
                cwd=temporary,
                env=clean_environment({"GIT_TERMINAL_PROMPT": "0"}),
            )
        except OSError as error:
            return f"npm did not answer: {error}"
        found = [path for path in sorted(Path(temporary).glob("*.tgz")) if not path.is_symlink()]
        if done.returncode or not found:
            return printable_line(_reason(done.stderr.decode("utf-8", "replace")))
        check_archive(found[0], hashes)
        shutil.move(found[0], kept)
    return ""


def _reason(stderr: str) -> str:
    """Return npm's first error line that is not just a code: `404 Not Found - ...`."""
    lines = [line.split("error", 1)[-1].strip() for line in stderr.splitlines() if "error" in line]
    reasons = [line for line in lines if line and not line.startswith("code ")]
    return reasons[0] if reasons else "npm failed"
