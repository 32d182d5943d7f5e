"""Imports of packages that nothing provides: invented ones, and optional ones that are not installed.

Nothing else can be said of a package that is not there, so that each is reported once, with the number of its
places. What the project or something installed lists as optional is no mistake: it only cannot be checked.
"""

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from corpora.counted import counted
from corpora.dependencies.environment_folder import distributions_in
from corpora.dependencies.package_name import normalized_name, required
from corpora.dependencies.pip_locks import project_roots
from corpora.outside.files import read_outside
from corpora.python.dist_info import OutsideDistribution
from rag.checking.finding import Finding, Severity
from rag.checking.guards import ignored_lines, is_guarded
from rag.checking.libraries import Libraries
from rag.checking.nearest import nearest_name
from rag.checking.programs.program import CheckedProgram

if TYPE_CHECKING:
    from packaging.requirements import Requirement

_RULE: Final = "unknown-package"
_MAX_PROJECT_BYTES: Final = 1_000_000
_MAX_SHOWN: Final = 12
_MAX_NAME: Final = 120
_DEFERRED: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
# Distributions are called after what they are for: `python-dateutil`, `PyYAML`, `GitPython`, `ruamel.yaml`.
_OF_PYTHON: Final = re.compile(r"^(?:python|py)-?|-?(?:python|py)$")
_OTHERWISE: Final = {"pil": "pillow", "cv2": "opencv-python", "bs4": "beautifulsoup4", "attr": "attrs"}


@dataclass
class _Places:
    """Where a package is imported that is not there: what each import is, by what happens without it."""

    failing: list[tuple[CheckedProgram, ast.stmt]] = field(default_factory=list)
    deferred: list[tuple[CheckedProgram, ast.stmt]] = field(default_factory=list)
    guarded: int = 0


def unknown_packages(
    programs: Sequence[CheckedProgram],
    libraries: Libraries,
    own: frozenset[str],
    optional: Iterable[tuple[str, bool]],
) -> tuple[list[Finding], list[str]]:
    """Return a finding for each package that nothing provides, and notes on optional ones.

    An import that programs expect to fail is none. One in a function fails only if that is called: it is a
    warning, and nothing if another place expects it to fail, or if something installed lists the package.

    Args:
        programs: what is checked.
        libraries: those that there are.
        own: top-level names of the programs' own modules.
        optional: names of distributions that may or may not be there, each with whether the project itself
            lists it; asked for only if a package is missing.
    """
    places = _unknown(programs, libraries, own)
    listed: dict[str, bool] = {}
    for name, is_own in optional if places else ():
        listed[normalized_name(name)] = listed.get(normalized_name(name), False) or is_own
    findings: list[Finding] = []
    absent: list[str] = []
    for top, found in sorted(places.items()):
        owners = [is_own for name, is_own in listed.items() if _may_provide(name, top)]
        if any(owners) or (owners and not found.failing):
            absent.append(top)
        elif found.failing or (found.deferred and not found.guarded):
            findings.append(_finding(top, found, libraries))
    return findings, [_note(absent)] if absent else []


def optional_requirements(
    sites: Sequence[Path], roots: Sequence[Path], own: frozenset[str]
) -> Iterator[tuple[str, bool]]:
    """Yield what may or may not be installed: the names of distributions, and whether the project lists them.

    Args:
        sites: folders of packages of an environment, whose distributions list it.
        roots: folders that the programs' own modules are imported from; the `pyproject.toml` in or above them
            lists groups and extras.
        own: top-level names of these modules; an installed distribution of such a name is the project.
    """
    for folder in {place for root in roots for place in (root, root.parent)}:
        with suppress(OSError, ValueError, RecursionError):
            text = read_outside(folder / "pyproject.toml", max_bytes=_MAX_PROJECT_BYTES).decode("utf-8-sig")
            yield from ((edge.name, True) for edge in project_roots(tomllib.loads(text)))
    projects = {normalized_name(name) for name in own}
    listed = {normalized_name(library): [*_of_extras(place)] for library, _, place in distributions_in(sites)}
    for library, found in listed.items():
        for one in found:
            yield one.name, library in projects
            if library in projects and one.extras:  # `kombu[redis]`: what kombu lists for this extra
                yield from (
                    (further.name, True)
                    for further in listed.get(normalized_name(one.name), ())
                    if any(f'"{extra}"' in str(further.marker) for extra in one.extras)
                )


def _of_extras(described: Path) -> Iterator["Requirement"]:
    for line in OutsideDistribution(described).metadata.get_all("Requires-Dist") or ():
        if "extra" in line and (requirement := required(line)) is not None:
            yield requirement


def _unknown(
    programs: Sequence[CheckedProgram], libraries: Libraries, own: frozenset[str]
) -> dict[str, _Places]:
    found: dict[str, _Places] = defaultdict(_Places)
    for program in programs:
        ignored = ignored_lines(program)
        for node, top in _imports(program):
            if top in own or top == "__main__" or libraries.has(top) is not False:
                continue
            if is_guarded(program, node, _RULE) or not ignored.isdisjoint({node.lineno, node.end_lineno}):
                found[top].guarded += 1
            elif any(isinstance(parent, _DEFERRED) for _, parent in program.above(node)):
                found[top].deferred.append((program, node))
            else:
                found[top].failing.append((program, node))
    return found


def _imports(program: CheckedProgram) -> Iterator[tuple[ast.stmt, str]]:
    for node in program.of_type(ast.Import, ast.ImportFrom):
        match node:
            case ast.Import():
                yield from ((node, alias.name.partition(".")[0]) for alias in node.names)
            case ast.ImportFrom(module=str(module), level=0):
                yield node, module.partition(".")[0]


def _may_provide(distribution: str, top: str) -> bool:
    """Return whether a distribution of this normalized name may have a top-level name.

    >>> [_may_provide(name, "yaml") for name in ("pyyaml", "yaml", "yaml-tools", "toml")]
    [True, True, True, False]
    """
    wanted = normalized_name(top.lstrip("_"))  # `_pytest` is in pytest
    wanted = _OTHERWISE.get(wanted, wanted)
    return wanted in {distribution, _OF_PYTHON.sub("", distribution)} or distribution.startswith(f"{wanted}-")


def _finding(top: str, found: _Places, libraries: Libraries) -> Finding:
    every = found.failing or found.deferred
    program, node = min(every, key=lambda one: (one[0].path, one[1].lineno))
    more = len(found.failing) + len(found.deferred) - 1
    severity: Severity = "error" if found.failing else "warning"
    shown = top if len(top) <= _MAX_NAME else f"{top[:_MAX_NAME]}..."
    message = f"no installed or locked package provides {shown!r}"
    message += f" (imported in {counted(more, 'more place')})" if more else ""
    last = node.lineno != node.end_lineno
    end = len(program.lines[node.lineno - 1]) if last else (node.end_col_offset or 0)
    return Finding(
        program.path,
        node.lineno,
        program.column(node.lineno, node.col_offset),
        end + 1 if last else program.column(node.lineno, end),
        _RULE,
        severity,
        message,
        top,
        nearest=nearest_name(top, (name for one in libraries.found for name in one.tops)),
    )


def _note(absent: Sequence[str]) -> str:
    more = f" and {len(absent) - _MAX_SHOWN} more" if len(absent) > _MAX_SHOWN else ""
    shown = ", ".join(absent[:_MAX_SHOWN])
    return f"optional and not installed, so that their use is not checked: {shown}{more}"
