"""Wheels of exact versions, fetched by pip into the cache and kept there. No code of theirs is run."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from corpora.dependencies.package_name import check_pin
from corpora.errors import CorpusError
from corpora.network.cache import cache_folder
from corpora.network.fetching import check_fetching
from corpora.outside.child_process import clean_environment, isolated_python, run_bounded

if TYPE_CHECKING:
    from packaging.version import Version

# A wheel for any of these will do, since only its source is read: first what this Python could install.
_OTHER_PYTHONS: Final = ("3.13", "3.12", "3.11", "3.10", "3.9", "3.8")
_PLATFORMS: Final = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64", "any")
_SECONDS: Final = 300
_MAX_OUTPUT_BYTES: Final = 5_000_000
_MAX_PROBLEM_CHARS: Final = 500
# Of the user's settings for pip, those stay that say where packages come from. These would add to what is
# asked for, or let pip build a source distribution, which runs its code.
_NOT_OURS: Final = (
    "PIP_CONSTRAINT", "PIP_REQUIREMENT", "PIP_EDITABLE", "PIP_GROUP", "PIP_NO_BINARY", "PIP_ONLY_BINARY",
    "PIP_PREFER_BINARY", "PIP_DEST", "PIP_PLATFORM", "PIP_ABI", "PIP_IMPLEMENTATION", "PIP_PYTHON",
    "PIP_LOG", "PIP_REPORT", "PIP_BUILD_CONSTRAINT", "PIP_CONFIG_SETTINGS", "PIP_PREFIX", "PIP_TARGET",
)  # fmt: skip


def fetched_wheel(name: str, version: str) -> Path:
    """The wheel of `name` (as PEP 503 spells it) at exactly `version`; fetched the first time.

    Raises `CorpusError` where there is no such wheel, no way to the package index, or the version is none.
    """
    check_pin(name, version)
    folder = cache_folder("wheels")
    if known := _kept(folder, name, version):
        return known
    check_fetching(f"{name} {version}")
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


def _kept(folder: Path, name: str, version: str) -> Path | None:
    """The wheel in the cache; its version may have a builder's part, `2.6.0+cpu`."""
    from packaging.version import Version

    wanted = Version(version)
    found = [
        path
        for path, library, its in _wheels(folder)
        if library == name and (its == wanted or Version(its.public) == wanted)
    ]
    return min(found, default=None)


def _wheels(folder: Path) -> Iterator[tuple[Path, str, "Version"]]:
    """The wheels in a folder, with their names as PEP 503 spells them and their versions."""
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    for entry in os.scandir(folder):
        if entry.name.endswith(".whl") and entry.is_file(follow_symlinks=False):
            try:
                library, version, _, _ = parse_wheel_filename(entry.name)
            except InvalidWheelFilename:
                continue
            yield Path(entry.path), library, version


def _other_targets() -> list[list[str]]:
    platforms = [part for platform in _PLATFORMS for part in ("--platform", platform)]
    return [["--python-version", python, *platforms] for python in _OTHER_PYTHONS]


def _download(folder: Path, requirement: str, options: list[str]) -> str:
    """Have pip fetch a wheel; why it did not, in a line."""
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        command = isolated_python("-m", "pip", "download", "--quiet", "--no-deps", "--no-input")
        command += ["--only-binary", ":all:", "--dest", temporary, *options, "--", requirement]
        try:
            done = run_bounded(
                command,
                seconds=_SECONDS,
                max_bytes=_MAX_OUTPUT_BYTES,
                cwd=temporary,
                env=pip_environment(),
            )
        except OSError as error:
            return f"pip did not answer: {error}"
        for wheel, _, _ in _wheels(Path(temporary)):
            name, rest = wheel.name.split("-", 1)
            shutil.move(wheel, folder / f"{name.lower()}-{rest}")
        lines = done.stderr.decode("utf-8", "replace").splitlines()
        errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR")]
        return (one_line(errors[-1]) if errors else "pip failed") if done.returncode else ""


def one_line(text: str) -> str:
    """What another program said, without control characters and of a bounded length."""
    shown = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(shown.split())[:_MAX_PROBLEM_CHARS]


def pip_environment() -> dict[str, str]:
    """Return the environment for pip: the user's package indexes, and nothing that changes what is asked."""
    return clean_environment({"PIP_DISABLE_PIP_VERSION_CHECK": "1"}, without=_NOT_OURS)


def _is_missing(problem: str) -> bool:
    return "No matching distribution" in problem or "Could not find a version" in problem
