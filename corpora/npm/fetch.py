"""Fetch npm packages at exact versions into the cache, by npm itself and without running their scripts."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from corpora.dependencies.archive_hashes import check_archive, problem_with_archive
from corpora.dependencies.package_name import check_pin
from corpora.errors import CorpusError
from corpora.network.batches import Pin, fetch_batches
from corpora.network.cache import cache_folder
from corpora.network.fetching import check_fetching
from corpora.outside.child_process import clean_environment, find_program, run_bounded
from corpora.outside.json_documents import parsed_json
from corpora.python.fetching.wheels import printable_line

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
    kept = _kept(name, version)
    if kept.is_file() and not problem_with_archive(kept, hashes):
        return kept
    check_fetching(f"{name} {version}")
    npm = find_program("npm")
    problem = _pack(npm, [Pin(name, version, hashes)]) if npm else "npm is not installed"
    if problem:
        raise CorpusError(
            f"cannot fetch {name} {version}",
            why=problem,
            fix=f"run this to see the whole error: npm pack {name}@{version}"
            if npm
            else "install Node.js, or name a folder or a .tgz made by npm pack elsewhere",
        )
    return kept


def fetch_tarballs(pins: Sequence[Pin]) -> Iterator[int]:
    """Fetch the tarballs of packages into the cache, many with one start of npm.

    Yields:
        how many have been asked for so far. What cannot be fetched is left out: `fetched_tarball` says why.

    Raises:
        CorpusError: a name or a version is not valid, or fetching is not allowed now.
    """
    for pin in pins:
        check_pin(pin.name, pin.version, "npm")
        check_fetching(f"{pin.name} {pin.version}")
    if npm := find_program("npm"):
        yield from fetch_batches(pins, lambda batch: not _pack(npm, batch))


def _kept(name: str, version: str) -> Path:
    """Return where the tarball of a package is in the cache, if it is there."""
    # `@types+react-19.3.0.tgz` for `@types/react`; npm's own name, `types-react`, is that of another package.
    return cache_folder("npm") / f"{name.replace('/', '+')}-{version}.tgz"


def _pack(npm: str, pins: Sequence[Pin]) -> str:
    """Have npm fetch tarballs into the cache; return why it failed in a line, empty if it did not.

    Raises `CorpusError` for a single one that has none of its hashes; of several, it is left out.
    """
    with tempfile.TemporaryDirectory(dir=cache_folder("npm")) as temporary:
        # npm reads the `.npmrc` of the project around the working folder. With a package.json, this folder is
        # a project of its own.
        (Path(temporary) / "package.json").write_text("{}", encoding="utf-8")
        command = [npm, "pack", "--json", "--ignore-scripts", "--loglevel", "error", "--prefix", temporary]
        command += ["--pack-destination", temporary, "--", *(f"{pin.name}@{pin.version}" for pin in pins)]
        try:
            done = run_bounded(
                command,
                seconds=_SECONDS * len(pins),
                max_bytes=_MAX_OUTPUT_BYTES * len(pins),
                cwd=temporary,
                env=clean_environment({"GIT_TERMINAL_PROMPT": "0"}),
            )
        except OSError as error:
            return f"npm did not answer: {error}"
        if done.returncode:
            return printable_line(_reason(done.stderr.decode("utf-8", "replace")))
        packed = _packed(pins, done.stdout, Path(temporary))
        if len(pins) == 1 and packed:
            check_archive(packed[pins[0]], pins[0].hashes)
        for pin, tarball in packed.items():
            if not problem_with_archive(tarball, pin.hashes):
                shutil.move(tarball, _kept(pin.name, pin.version))
        return "" if len(packed) == len(pins) else "npm fetched something else"


def _packed(pins: Sequence[Pin], output: bytes, folder: Path) -> dict[Pin, Path]:
    """Return the tarballs that npm wrote to a folder: the only one, or those that its output names."""
    tarballs = [path for path in sorted(folder.glob("*.tgz")) if not path.is_symlink() and path.is_file()]
    if len(pins) == 1:
        return dict(zip(pins, tarballs, strict=False))
    try:
        listed = parsed_json(output)
    except ValueError:
        return {}
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    files = [str(entry.get("filename")) for entry in entries]
    named = {
        (entry.get("name"), entry.get("version")): folder / file
        for entry, file in zip(entries, files, strict=True)
        # (`@types/react` and `types-react` have one name of file: one overwrote the other)
        if folder / file in tarballs and files.count(file) == 1
    }
    return {pin: named[pin[:2]] for pin in pins if pin[:2] in named}


def _reason(stderr: str) -> str:
    """Return npm's first error line that is not just a code: `404 Not Found - ...`."""
    lines = [line.split("error", 1)[-1].strip() for line in stderr.splitlines() if "error" in line]
    reasons = [line for line in lines if line and not line.startswith("code ")]
    return reasons[0] if reasons else "npm failed"
