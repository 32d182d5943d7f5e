"""Measure `rag check` on the newest releases of popular packages, as they are and broken on purpose.

    python -m bench.api_check_packages FOLDER [--download] [--only NAME ...] [--show] [--broken EACH]

`--download` installs each package with what it requires into an environment of its own below FOLDER (wheels
only; nothing of them is compiled or run), and moves the package itself out to FOLDER/packages, so that it is
checked like a project against what it is pinned to. Optional dependencies are not installed.

Working code should raise nothing: the table shows the findings of each package by rule, and the share of
files without one. Warnings of what is deprecated are counted apart: they may be right. `--show` prints each.

`--broken` makes mistakes in the same files, see `bench.broken_calls`, and counts those that are found. Names
of other versions are those of the wheels in FOLDER/before.
"""

import os
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bench.arguments import argument_parser
from bench.broken_calls import MISTAKES, WAYS, broken_programs
from corpora.api.diff import diff
from corpora.library_api import read_api
from corpora.python.source import find_package
from rag.checking.check import check_code, check_programs
from rag.checking.environment import checked_environment
from rag.checking.finding import CheckReport, Finding
from rag.checking.inference.ty import Ty
from rag.checking.libraries import Libraries
from rag.checking.programs.sources import read_programs

PACKAGES = (
    "celery", "fastapi", "httpx", "ipython", "seaborn", "sqlmodel", "scrapy", "tox", "mkdocs", "sphinx",
    "poetry", "altair", "black", "jupyter-client", "alembic", "dash", "xarray", "streamlit", "scikit-learn",
    "statsmodels",
)  # fmt: skip
# Checked once at the end: nothing was changed because of what was found in them.
UNSEEN = ("pre-commit", "datasette", "cookiecutter", "flask-sqlalchemy", "papermill", "typer")
_SITE = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"


@dataclass(frozen=True)
class Release:
    """A package that lies in a folder of its own, and the environment with what it requires."""

    name: str
    folder: Path
    environment: Path


def download(folder: Path, name: str) -> None:
    """Install a package with what it requires, and move it out of its environment; once."""
    place, environment = folder / "packages" / name, folder / "environments" / name
    if place.is_dir():
        return
    site = environment / _SITE
    shutil.rmtree(environment, ignore_errors=True)
    site.mkdir(parents=True)
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-compile", "--disable-pip-version-check"]
    subprocess.run([*command, "--only-binary", ":all:", "--target", str(site), name], check=True)
    described = next(site.glob(f"{name.replace('-', '[-_]')}-*.dist-info"))
    draft = place.with_name(f"{name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    (draft / "src").mkdir(parents=True)
    for top in find_package(str(described)).tops:
        for found in (site / top, site / f"{top}.py"):
            if found.exists():
                shutil.move(found, draft / "src" / found.name)
    draft.rename(place)


def releases(folder: Path, names: tuple[str, ...]) -> Iterator[Release]:
    """Yield the packages that were downloaded."""
    for name in names:
        if (folder / "packages" / name).is_dir():
            yield Release(name, folder / "packages" / name / "src", folder / "environments" / name)


def cpu_seconds() -> float:
    """Return the CPU seconds of this process and of its children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def checked(release: Release) -> tuple[CheckReport, float]:
    """Return the report on a package, and the CPU seconds that it took."""
    start = cpu_seconds()
    report = check_code([release.folder], python=str(release.environment))
    return report, cpu_seconds() - start


def show_precision(found: list[Release], *, every: bool) -> None:
    """Check each package, and print a table."""
    files, flagged, lines = 0, 0, 0
    rules: Counter[str] = Counter()
    print(f"{'package':16} files  lines errors flagged deprecated    CPU lines/s")
    for release in found:
        report, seconds = checked(release)
        errors = [one for one in report.findings if one.severity == "error"]
        warned = len(report.findings) - len(errors)
        wrong = {one.path for one in errors}
        files, flagged, lines = files + report.files, flagged + len(wrong), lines + report.lines
        rules.update(one.rule for one in report.findings)
        print(
            f"{release.name:16} {report.files:5} {report.lines:6} {len(errors):6} {len(wrong):7} {warned:10} "
            f"{seconds:6.1f} {report.lines / seconds:7.0f}",
            flush=True,
        )
        for one in report.findings if every else ():
            path = Path(one.path).relative_to(release.folder)
            print(f"    {path}:{one.line}: {one.rule}: {one.message} [{one.library} {one.version}]")
        for note in (*report.notes, *(f"{one.path}: {one.reason}" for one in report.unchecked)):
            print(f"    {note}")
    print(f"{files} files, {lines} lines; without an error: {1 - flagged / max(files, 1):.4f} of files")
    print(", ".join(f"{rule}: {count}" for rule, count in rules.most_common()))


def show_recall(found: list[Release], before: list[Path], each: int, *, every: bool) -> None:
    """Check programs that were broken on purpose, and print how many mistakes were found."""
    made: Counter[tuple[str, str]] = Counter()
    seen: Counter[tuple[str, str]] = Counter()
    for release in found:
        sources = read_programs([release.folder])
        environment = checked_environment(release.folder, None, str(release.environment))
        libraries = environment.libraries
        tops = {target.partition(".")[0] for one in sources.programs for target in one.imported.values()}
        tops = {top for top in tops - sources.own if libraries.owner(top) is not None}
        gone = removed_names(libraries, before)
        broken = [*broken_programs([*sources.programs], frozenset(tops), libraries, gone, each)]
        programs = tuple(one.program for one in broken)
        report = check_programs(replace(sources, programs=programs), environment, Ty())
        by_path: dict[str, list[Finding]] = defaultdict(list)
        for finding in report.findings:
            by_path[finding.path].append(finding)
        for one in broken:
            kind = one.mistake, one.way
            made[kind] += 1
            if any(_names(each, one.put_in) for each in by_path[one.program.path]):
                seen[kind] += 1
            elif every:
                print(f"missed: {release.name}: {one.mistake}, {one.way}: {one.put_in}: {one.shown[:110]}")
        print(f"{release.name}: {len(broken)} broken programs", flush=True)
    print(f"{'':16}" + "".join(f"{way:>16}" for way in WAYS))
    for mistake in MISTAKES:
        cells = [f"{seen[mistake, way]:4} of {made[mistake, way]:4}" for way in WAYS]
        print(f"{mistake:16}" + "".join(f"{cell:>16}" for cell in cells))
    for what, ways in (("imported, annotated or constructed", WAYS[:3]), ("all", WAYS)):
        count = sum(number for (_, way), number in made.items() if way in ways)
        right = sum(number for (_, way), number in seen.items() if way in ways)
        print(f"{what}: {right} of {count}  {right / max(count, 1):.3f}")


def removed_names(libraries: Libraries, before: list[Path]) -> dict[str, list[str]]:
    """Return the names that older wheels have and the libraries have not, by what holds them."""
    found: dict[str, list[str]] = defaultdict(list)
    for wheel in before:
        old = read_api(str(wheel))
        newer = next((one for one in libraries.found if one.name == old.library), None)
        if newer is None or newer.model is None:
            continue
        for change in diff(old, newer.model).changes:
            place = newer.model.find(change.name.rpartition(".")[0])
            if change.kind == "removed" and place is not None and place.object is not None:
                found[place.path].append(change.name.rpartition(".")[2])
    return {path: sorted(names) for path, names in found.items()}


def _names(finding: Finding, name: str) -> bool:
    return finding.name.rpartition(".")[2] == name or f"'{name}'" in finding.message


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--download", action="store_true")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME")
    parser.add_argument("--unseen", action="store_true", help="six other packages, kept for the end")
    parser.add_argument("--broken", type=int, metavar="EACH", help="mistakes of each kind in each package")
    parser.add_argument("--show", action="store_true", help="print each finding")
    options = parser.parse_args()
    names = tuple(options.only) or (UNSEEN if options.unseen else PACKAGES)
    folder = options.folder.absolute()
    for name in names if options.download else ():
        download(folder, name)
    found = [*releases(folder, names)]
    if options.broken:
        show_recall(found, sorted((folder / "before").glob("*.whl")), options.broken, every=options.show)
    else:
        show_precision(found, every=options.show)


if __name__ == "__main__":
    main()
