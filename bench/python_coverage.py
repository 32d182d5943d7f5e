"""Compare the units of Python packages with what importing the packages shows.

    python -m bench.python_coverage --python VENV/bin/python [--runtime] [--only NAME] [-v]
    python -m bench.python_coverage --python VENV/bin/python --only NAME --inventory objects.inv [-v]

Each package is imported in bubblewrap, without network and with a read-only system, by an interpreter that
has it; `bench/python_members.py` says what counts as a member. Its source is read as `rag docs add` reads it.
The table has: objects; the share that has a unit under one of its names, of all and of those that are not
compiled code; objects with a docstring; the share (of all, and of those that are not compiled code) whose
unit holds at least 80 % of the words of the docstring; the places where modules and classes offer the
objects (a method that ten classes inherit is one object in ten places); and the share of places that a unit
names.

With `--inventory`, the truth is what the authors of a package document instead: the Python objects in the
`objects.inv` of its Sphinx site, of the same version, each under the very name that is written there.
"""

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import sphobjinv

from bench.arguments import argument_parser
from corpora.document import Section
from corpora.python.docstrings import SPHINX_FIELDS
from corpora.python.package import PythonPackage
from corpora.python.runtime_units import with_facts
from corpora.runtime.facts import Facts, asking_program, parse_facts
from corpora.spec import CorpusSpec
from rag.execution.bubblewrap import find_bubblewrap

PACKAGES = (
    "pandas", "numpy", "sqlalchemy", "sklearn", "requests", "fastapi", "django", "httpx", "pydantic",
    "matplotlib",
)  # fmt: skip
_ROLES = (
    "module", "class", "exception", "function", "decorator", "method", "classmethod", "staticmethod",
    "attribute", "property", "data",
)  # fmt: skip
_NOT_SEARCHED = "-1"  # Sphinx' priority of the canonical name of what is documented under another one
_SHARE_OF_WORDS = 0.8
_WORD = re.compile(r"\w+")
_MAX_SECONDS = 600
_ISOLATION = (
    "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--tmpfs", "/root",
    "--tmpfs", "/home", "--unshare-all", "--die-with-parent", "--new-session", "--clearenv",
    "--setenv", "HOME", "/tmp", "--chdir", "/tmp",
)  # fmt: skip
_ASKED = "import sys, sysconfig; print(sysconfig.get_path('purelib'), sys.base_prefix, sep='\\n')"


@dataclass(frozen=True)
class Missed:
    """A member that lacks a "unit", or whose unit lacks its "docstring"."""

    lacks: str
    name: str
    doc: str
    is_compiled: bool


def isolated(base: str, *command: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command in bubblewrap; `base` is the folder that its interpreter itself is installed in."""
    whole = [find_bubblewrap(), *_ISOLATION, "--ro-bind", base, base, *command]
    return subprocess.run(whole, capture_output=True, timeout=_MAX_SECONDS, check=False)


def members_of(python: Path, base: str, package: str) -> list[dict[str, Any]]:
    """Return the members of a package as `python_members.py` lists them, in a sandbox."""
    script = Path(__file__).with_name("python_members.py")
    done = isolated(base, str(python.absolute()), "-I", "-B", str(script), package)
    if done.returncode:
        raise SystemExit(f"{package} cannot be imported: {done.stderr.decode()[-2000:]}")
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


def facts_of(python: Path, base: str, package: str) -> Facts:
    """Return what a package says of itself when it runs, as `rag docs add --runtime` asks it."""
    program = asking_program(f"ask({{{package!r}: {package!r}}}, [], [], {{}})")
    done = isolated(base, str(python.absolute()), "-I", "-B", "-c", program)
    return parse_facts(done.stdout, [package])


def units_of(location: Path, facts: Facts | None = None) -> dict[str, list[Section]]:
    """Return the units of a package by each of their names, completed by `facts` if there are any."""
    units: dict[str, list[Section]] = {}
    corpus = PythonPackage(CorpusSpec("bench", "package", str(location), max_file_bytes=10_000_000))
    read = with_facts(corpus.units(), facts) if facts else corpus.units()
    for page in read.pages.values():
        for section in page if not isinstance(page, str) else ():
            for name in (section.name, *section.aliases):
                units.setdefault(name, []).append(section)
    return units


def holds(unit: Section, doc: str) -> bool:
    """Return whether a unit holds most words of a docstring."""
    said = set(_WORD.findall(doc)) - SPHINX_FIELDS  # (`rtype` is shown as "Returns")
    shown = set(_WORD.findall(f"{unit.name} {unit.signature} {unit.text}"))
    return len(said & shown) >= _SHARE_OF_WORDS * len(said)


@dataclass(frozen=True)
class Row:
    """The figures of one package: of objects, and of the places where classes and modules offer them."""

    objects: int
    with_unit: float
    of_source: float
    documented: int
    carried: float
    carried_of_source: float
    places: int
    places_with_unit: float


def compare(rows: list[dict[str, Any]], units: dict[str, list[Section]]) -> tuple[Row, list[Missed]]:
    """Return the figures of one package, and what was missed.

    A method that ten classes inherit is one object in ten places. An object has a unit if it has one under
    any of its names, a place if it has one under the name of its own class or module.
    """
    names: dict[str, list[str]] = {}
    docs: dict[str, str] = {}
    compiled = set()
    places = 0
    for row in rows:
        if row["compiled"]:
            compiled.add(row["object"])
        names.setdefault(row["object"], []).extend(row["names"])
        docs[row["object"]] = docs.get(row["object"]) or row["doc"]
        places += any(name in units for name in row["names"])
    missed = []
    for key, known in names.items():
        found = [unit for name in known for unit in units.get(name, ())]
        if not found:
            missed.append(Missed("unit", known[0], docs[key], key in compiled))
        elif docs[key] and not any(holds(unit, docs[key]) for unit in found):
            missed.append(Missed("docstring", known[0], docs[key], key in compiled))
    documented = sum(map(bool, docs.values()))
    without = sum(one.lacks == "unit" for one in missed)
    of_source = sum(one.lacks == "unit" and not one.is_compiled for one in missed)
    lacking = sum(bool(one.doc) for one in missed)
    documented_of_source = sum(bool(doc) for key, doc in docs.items() if key not in compiled)
    lacking_of_source = sum(bool(one.doc) and not one.is_compiled for one in missed)
    in_source = max(len(names) - len(compiled), 1)
    return Row(
        len(names), 100 * (1 - without / len(names)), 100 * (1 - of_source / in_source),
        documented, 100 * (1 - lacking / max(documented, 1)),
        100 * (1 - lacking_of_source / max(documented_of_source, 1)),
        len(rows), 100 * places / len(rows),
    ), missed  # fmt: skip


def documented_names(inventory: Path, package: str) -> dict[str, str]:
    """Return the names of a package that an inventory lists, each with its role: `class`, `method`, ..."""
    listed = sphobjinv.Inventory(inventory).objects
    return {
        entry.name: entry.role
        for entry in listed
        if entry.domain == "py" and entry.role in _ROLES and f"{entry.name}.".startswith(f"{package}.")
        if entry.priority != _NOT_SEARCHED
    }


def compare_names(listed: dict[str, str], units: dict[str, list[Section]], *, verbose: bool) -> None:
    """Print how many of the documented names have a unit under exactly that name, by role."""
    missed = {name: role for name, role in listed.items() if name not in units}
    share = 100 * (1 - len(missed) / max(len(listed), 1))
    print(f"{len(listed):7} documented names, {share:6.2f} % with a unit")
    for role in sorted({*listed.values()}):
        known, lacking = (sum(one == role for one in names.values()) for names in (listed, missed))
        print(f"  {role:13} {known:6}  {100 * (1 - lacking / known):6.2f} %")
    for name, role in missed.items() if verbose else ():
        print(f"  no unit ({role}): {name}")


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--python", type=Path, required=True, help="interpreter that has the packages")
    parser.add_argument("--only", action="append", help="package to measure; may be repeated")
    parser.add_argument("--runtime", action="store_true", help="complete the units by what a run shows")
    parser.add_argument("--inventory", type=Path, help="objects.inv of the one package that --only names")
    parser.add_argument("-v", "--verbose", action="store_true", help="list what is missed")
    options = parser.parse_args()
    asked = [str(options.python), "-I", "-c", _ASKED]
    site, base = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.splitlines()
    if options.inventory:
        (package,) = options.only or [""]
        units = units_of(Path(site) / package)
        compare_names(documented_names(options.inventory, package), units, verbose=options.verbose)
        return
    print(
        "              objects  unit %  of source  documented  carried  of source  places  unit %  units    s"
    )
    for package in options.only or PACKAGES:
        rows = members_of(options.python, base, package)
        start = perf_counter()
        facts = facts_of(options.python, base, package) if options.runtime else None
        units = units_of(Path(site) / package, facts)
        seconds = perf_counter() - start
        row, missed = compare(rows, units)
        distinct = len({id(unit) for found in units.values() for unit in found})
        print(
            f"{package:12} {row.objects:7}  {row.with_unit:6.2f}  {row.of_source:9.2f}  {row.documented:10}"
            f"  {row.carried:9.2f}  {row.carried_of_source:9.2f}  {row.places:6}  {row.places_with_unit:6.2f}"
            f"  {distinct:5}  {seconds:4.0f}",
            flush=True,
        )
        if options.verbose:
            for one in missed:
                place = "compiled" if one.is_compiled else "source"
                print(f"  no {one.lacks} ({place}): {one.name}  {' '.join(one.doc.split())[:60]}")


if __name__ == "__main__":
    main()
