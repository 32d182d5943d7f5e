"""Wheels of exact versions, fetched by pip into the cache and kept there; their code is not run."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from corpora.dependencies.archive_hashes import CHECK_LOCK, STRONG, not_listed, problem_with_archive
from corpora.dependencies.package_name import check_pin, is_distribution_name, is_python_version
from corpora.errors import CorpusError
from corpora.network.batches import Pin, fetch_batches
from corpora.network.cache import cache_folder
from corpora.network.fetching import check_fetching
from corpora.outside.child_process import isolated_python, run_bounded
from corpora.python.fetching.listing import pip_environment, sdist_address
from corpora.python.fetching.yanked import remember_yanked, yanked_in_download

if TYPE_CHECKING:
    from packaging.version import Version

# A wheel for any of these serves, since only its source is read; one for this Python is tried first.
_OTHER_PYTHONS: Final = ("3.13", "3.12", "3.11", "3.10", "3.9", "3.8")
_PLATFORMS: Final = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64", "any")
_SECONDS: Final = 300
_ASKING_SECONDS: Final = 30
_NEWEST: Final = re.compile(r"[\w.-]{1,214} \(([^\s()]{1,128})\)")  # pandas (2.3.3)
_AVAILABLE: Final = re.compile(r"^Available versions: (.*)$", re.MULTILINE)
_IS_TOLD: Final = "location(s) to search for versions of"  # by pip, where it tells of every file
_WHEEL: Final = re.compile(r"(?<=/)[\w.%+!-]{1,300}\.whl\b")
_MAX_LISTED_CHARS: Final = 100_000
_MAX_OUTPUT_BYTES: Final = 5_000_000
_MAX_PROBLEM_CHARS: Final = 500
_NO_ANSWER: Final = ("WARNING: Retrying (", "WARNING: Could not fetch URL", "connection error:")
_MISMATCH: Final = "DO NOT MATCH THE HASHES"  # of what pip says
_FOR_ALL: Final = "the wheel has another hash"
_FOR_ONE: Final = "the wheel for this machine has another hash"
_EXPECTED: Final = re.compile(r"Expected (sha\d{3}) ")
_GOT: Final = re.compile(r"\bGot {1,40}([0-9a-f]{64,128})\b")


class NoWheel(CorpusError):
    """The package index has a version of a package, and no wheel of it."""


def fetched_wheel(name: str, version: str, hashes: tuple[str, ...] = ()) -> Path:
    """Return the path of the wheel of `name` (normalized, PEP 503) at exactly `version`; fetch it if needed.

    Args:
        name: of the distribution.
        version: its version.
        hashes: those that it may have, see `corpora.dependencies.archive_hashes`; none if it may be any.

    Raises:
        NoWheel: the package index has this version in another form only.
        CorpusError: name or version is not valid, fetching is not permitted, the package index cannot be
            reached, or it has no such version.
    """
    check_pin(name, version)
    if known := kept_wheel(name, version, hashes):
        return known
    folder = cache_folder("wheels")
    check_fetching(f"{name} {version}")
    pin = Pin(name, version, hashes)
    problem = _download(folder, [pin], [])
    known = kept_wheel(name, version, hashes)
    if not known and _is_missing(problem):
        for options in _other_targets(name, version):
            problem = _download(folder, [pin], options) or problem
            known = kept_wheel(name, version, hashes)
            if known or not _is_missing(problem):
                break
    if known:
        return known
    if problem.startswith((_FOR_ALL, _FOR_ONE)):
        found = problem.rpartition(" ")[2]
        raise CorpusError(
            f"cannot fetch {name} {version}",
            why=not_listed("what the package index has", found, len(hashes)),
            fix=CHECK_LOCK,
        )
    versions = _versions(name) if "No matching distribution" in problem else []
    if versions and not _has_it(version, versions) and sdist_address(name, version):
        versions.append(version)  # pip lists no yanked versions
    kind = NoWheel if _has_it(version, versions) else CorpusError
    raise kind(
        f"cannot fetch {name} {version}",
        why=_why_missing(name, version, versions) or problem or "pip fetched something else",
        fix=f"see what this prints: pip download --no-deps --only-binary :all: {name}=={version}",
    )


def fetch_wheels(pins: Sequence[Pin]) -> Iterator[int]:
    """Fetch the wheels of distributions into the cache, many with one start of pip.

    Yields:
        how many have been asked for so far. What cannot be fetched, or only for another Python, is left
        out: `fetched_wheel` fetches it or says why it cannot.

    Raises:
        CorpusError: a name or a version is not valid, or fetching is not permitted.
    """
    for pin in pins:
        check_pin(pin.name, pin.version)
        check_fetching(_requirement(pin))
    folder = cache_folder("wheels")
    # Where pip is given a hash for one, it wants one for each.
    groups = [[pin for pin in pins if bool(_strong(pin)) is are_strong] for are_strong in (True, False)]
    for before, group in ((0, groups[0]), (len(groups[0]), groups[1])):
        for done in fetch_batches(group, lambda batch: not _download(folder, batch, [])):
            yield before + done


def newest_version(name: str) -> str:
    """Return the newest version of a distribution that the package index has; empty if that is not known.

    The index is only asked where fetching is permitted.
    """
    return next(iter(_versions(name)), "")


def _versions(name: str) -> list[str]:
    """Return the versions of a distribution that the package index has, in any form, the newest first."""
    said = _asked_index(name) or ""
    found = _NEWEST.match(said[:_MAX_PROBLEM_CHARS])
    listed = _AVAILABLE.search(said[:_MAX_LISTED_CHARS])
    versions = [found[1] if found else "", *(listed[1].split(", ") if listed else ())]
    return list(dict.fromkeys(version for version in versions if is_python_version(version)))


def _asked_index(name: str, *options: str) -> str | None:
    """Return what pip prints about the versions of a distribution; None if the index cannot be asked."""
    if not is_distribution_name(name):
        return None
    command = isolated_python("-m", "pip", "index", "versions", "--no-input", *options, "--", name)
    try:
        check_fetching(name)
        done = run_bounded(
            command, seconds=_ASKING_SECONDS, max_bytes=_MAX_OUTPUT_BYTES, env=pip_environment()
        )
    except (CorpusError, OSError):
        return None
    return done.stdout.decode("utf-8", "replace")


def _why_missing(name: str, version: str, versions: list[str]) -> str:
    """Return why a version has no wheel, as the index knows its versions; empty if it knows none."""
    if _has_it(version, versions):
        return f"the package index has {name} {version} as a source distribution only, with no wheel"
    if versions:
        return f"the package index has no version {version} of {name}; its newest one is {versions[0]}"
    return ""


def _has_it(version: str, versions: list[str]) -> bool:
    """Return whether a version is among others: `6.0.0` is the same as `6.0`."""
    from packaging.version import Version

    return Version(version) in map(Version, versions)


def kept_wheel(name: str, version: str, hashes: tuple[str, ...] = ()) -> Path | None:
    """Return the wheel in the cache, or None; its version may have a local part, as in `2.6.0+cpu`."""
    from packaging.version import Version

    wanted = Version(version)
    found = [
        path
        for path, library, its in _wheels(cache_folder("wheels"))
        if library == name and (its == wanted or Version(its.public) == wanted)
        if not problem_with_archive(path, hashes)
    ]
    return min(found, default=None)


def _wheels(folder: Path) -> Iterator[tuple[Path, str, "Version"]]:
    """Yield the wheels in a folder with their normalized names and their versions."""
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    for entry in os.scandir(folder):
        if entry.name.endswith(".whl") and entry.is_file(follow_symlinks=False):
            try:
                library, version, _, _ = parse_wheel_filename(entry.name)
            except InvalidWheelFilename:
                continue
            yield Path(entry.path), library, version


def _other_targets(name: str, version: str) -> list[list[str]]:
    """Return the options of pip that ask for a wheel for other Pythons than this one, as far as there may be.

    Each costs a start of pip. Only where it does not tell which wheels the index has, all are asked for.
    """
    made_for = _pythons_of_wheels(name, version)
    named = {f"cp{python.replace('.', '')}": python for python in _OTHER_PYTHONS}
    if made_for is None or not made_for <= named.keys():
        pythons = list(_OTHER_PYTHONS)
    else:
        pythons = [python for tag, python in named.items() if tag in made_for]
    platforms = [part for platform in _PLATFORMS for part in ("--platform", platform)]
    return [["--python-version", python, *platforms] for python in pythons]


def _pythons_of_wheels(name: str, version: str) -> set[str] | None:
    """Return the tags of Pythons (`cp38`) of all wheels that the index has of a version; None if unknown."""
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename
    from packaging.version import Version

    said = _asked_index(name, "-vv")  # tells of every file that is left out, and why
    if said is None or _IS_TOLD not in said:
        return None
    wanted, found = Version(version), set[str]()
    for file in set(_WHEEL.findall(said)):
        try:
            library, its, _, tags = parse_wheel_filename(unquote(file))
        except InvalidWheelFilename:
            continue
        if library == name and (its == wanted or Version(its.public) == wanted):
            found |= {tag.interpreter for tag in tags}
    return found


def _download(folder: Path, pins: Sequence[Pin], options: list[str]) -> str:
    """Let pip fetch wheels; return in one line why it did not, or an empty string.

    Of several wheels of one version, pip takes one that has one of the hashes.
    """
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        command = isolated_python("-m", "pip", "download", "--quiet", "--no-deps", "--no-input")
        command += ["--only-binary", ":all:", "--dest", temporary, *options]
        if all(map(_strong, pins)):
            named = Path(temporary) / "requirements.txt"
            lines = [
                " ".join([_requirement(pin), *(f"--hash={one}" for one in _strong(pin))]) for pin in pins
            ]
            named.write_text("\n".join(lines), encoding="utf-8")
            command += ["--require-hashes", "--requirement", str(named)]
        else:
            command += ["--", *map(_requirement, pins)]
        try:
            done = run_bounded(
                command,
                seconds=_SECONDS * len(pins),
                max_bytes=_MAX_OUTPUT_BYTES,
                cwd=temporary,
                env=pip_environment(),
            )
        except OSError as error:
            return f"pip did not answer: {error}"
        for wheel, _, _ in _wheels(Path(temporary)):
            name, rest = wheel.name.split("-", 1)
            shutil.move(wheel, folder / f"{name.lower()}-{rest}")
        said = done.stderr.decode("utf-8", "replace")
        for yanked in yanked_in_download(said):
            remember_yanked(*yanked)
        if done.returncode and _MISMATCH in said:
            expected = _EXPECTED.search(said)
            found = _GOT.search(said, expected.end()) if expected else None
            # A wheel for any machine is the same one for any Python: it need not be fetched again.
            place = _FOR_ALL if "-none-any.whl" in said else _FOR_ONE
            return f"{place} {f'{expected[1]}:{found[1]}' if expected and found else ''}"
        if done.returncode and any(mark in said for mark in _NO_ANSWER):
            # (What it says in the end, that there is no such version, is then said of other places alone.)
            return "the package index cannot be reached"
        lines = said.splitlines()
        errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR")]
        return (printable_line(errors[-1]) if errors else "pip failed") if done.returncode else ""


def _strong(pin: Pin) -> list[str]:
    """Return the hashes of a package that pip can check."""
    return [one for one in pin.hashes if one.startswith(STRONG)]


def _requirement(pin: Pin) -> str:
    return f"{pin.name}=={pin.version}"


def printable_line(text: str) -> str:
    """Return the output of another program as one line of bounded length, without control characters."""
    shown = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(shown.split())[:_MAX_PROBLEM_CHARS]


def _is_missing(problem: str) -> bool:
    """Return whether there may be a wheel for another Python or platform."""
    # (The last is what pip says instead where the user has a file of constraints that names the package.)
    said = (_FOR_ONE, "No matching distribution", "Could not find a version", "ResolutionImpossible")
    return any(text in problem for text in said)
