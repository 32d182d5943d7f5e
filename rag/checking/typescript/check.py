"""Check programs of TypeScript and JavaScript against the packages that they import."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from corpora.counted import counted
from corpora.errors import RagError
from corpora.outside.files import read_outside
from corpora.outside.json_documents import parsed_json
from rag.checking.finding import CheckReport, Finding, Unchecked
from rag.checking.typescript.compiler import Compiler, find_compiler
from rag.checking.typescript.packages import (
    CountedPackages,
    NamedPackage,
    is_installed,
    locked_packages,
    named_package,
)
from rag.checking.typescript.program import ScriptProgram
from rag.checking.typescript.records import finding_of
from rag.checking.typescript.room import TypescriptRoom, temporary_room

_SECONDS: Final = 240.0
_MAX_CONTEXT: Final = 500
_MAX_CONTEXT_BYTES: Final = 1_000_000
_MAX_SEEN: Final = 20_000
_ADDS: Final = (b"declare module", b"declare global", b"\nimport '", b'\nimport "')
_NOT_ENTERED: Final = frozenset({"node_modules", "dist", "build", "out", "coverage"})


@dataclass
class _Report:
    findings: list[Finding] = field(default_factory=list)
    unchecked: list[Unchecked] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    libraries: set[tuple[str, str]] = field(default_factory=set)


def check_scripts(
    programs: Sequence[ScriptProgram],
    packages: Sequence[str] = (),
    lock: Path | None = None,
    compiler: Compiler | None = None,
    seconds: float = _SECONDS,
) -> CheckReport:
    """Check programs of TypeScript and JavaScript; nothing of them or of a package runs.

    Args:
        programs: the programs. What imports no package has nothing to be checked.
        packages: packages that take the place of those that are installed: `npm:zod@4.1.0`, or paths.
        lock: a lock file whose versions count. By default what is installed counts, else the lock file above.
        compiler: node and the compiler; by default it is looked for, and fetched.
        seconds: how long the compiler may take. What it has not checked then is in the report as unchecked.

    Raises:
        RagError: a package or the lock file cannot be read.
    """
    report = _Report()
    checked = [one for one in programs if not one.is_declaration]
    importing: list[ScriptProgram] = []
    for one in checked:
        if one.packages and one.problem:
            report.unchecked.append(Unchecked(one.path, one.problem))
        elif one.packages:
            importing.append(one)
    named = [named_package(location) for location in packages]
    counted_packages = CountedPackages(named)
    usable = _with_packages(importing, counted_packages, lock, report)
    ready = _ready(usable, compiler, report)
    if ready is not None:
        with temporary_room() as folder:
            room = TypescriptRoom(Path(folder), ready, seconds)
            room.add_packages(usable, counted_packages, installed=lock is None)
            _check(room, usable, [one for one in programs if one not in usable], report)
    left_out = {one.path for one in report.unchecked} | {one.path for one in importing if one not in usable}
    counting = [one for one in checked if one.path not in left_out]
    return CheckReport(
        tuple(report.findings),
        len(counting),
        sum(one.text.count("\n") + 1 for one in counting),
        tuple(sorted(report.libraries)),
        tuple(report.unchecked),
        tuple(report.notes),
    )


def _ready(programs: Sequence[ScriptProgram], compiler: Compiler | None, report: _Report) -> Compiler | None:
    """Return the compiler if there is something to check; without one, the programs are unchecked."""
    if not programs or compiler is not None:
        return compiler if programs else None
    try:
        return find_compiler()
    except RagError as error:
        report.notes.append(str(error))
        report.unchecked += [Unchecked(one.path, "there is no compiler of TypeScript") for one in programs]
        return None


def _with_packages(
    programs: Sequence[ScriptProgram], found: CountedPackages, lock: Path | None, report: _Report
) -> list[ScriptProgram]:
    """Return the programs of whose packages one is there; fetch what is locked and not installed."""
    missing = list(programs) if lock is not None else [one for one in programs if not is_installed(one)]
    if missing:
        locked_packages(missing, lock, found)
    report.notes += found.problems
    without = [one for one in missing if not _is_counted(one, found)]
    for one in without:
        if one.is_named:
            reason = "none of the packages that it imports is installed or locked"
            report.unchecked.append(Unchecked(one.path, reason))
    if others := [one for one in without if not one.is_named]:
        report.notes.append(
            f"{counted(len(others), 'file')} of TypeScript or JavaScript, as {others[0].path}: none of the "
            "packages that they import is installed or locked, so that nothing of them is checked"
        )
    return [one for one in programs if one not in without]


def _is_counted(program: ScriptProgram, found: CountedPackages) -> bool:
    def names(packages: Sequence[NamedPackage]) -> set[str]:
        return {one.name for one in packages}

    if names(found.named) & program.packages:
        return True
    return any(
        names(packages) & program.packages and folder.parent in program.place.parents
        for folder, packages in found.fetched.items()
    )


def _check(
    room: TypescriptRoom, programs: Sequence[ScriptProgram], others: Sequence[ScriptProgram], report: _Report
) -> None:
    placed: dict[str, ScriptProgram] = {}
    for one in programs:
        try:
            placed[room.add_program(one.place, one.text)] = one
        except OSError as error:
            report.unchecked.append(Unchecked(one.path, error.strerror or str(error)))
    context: list[str] = []
    for place, text in _context(programs, others):
        try:
            context.append(room.add_program(place, text))
        except (OSError, ValueError):
            continue
    names: dict[Path, frozenset[str]] = {}
    try:
        lines, early = room.run(list(placed), context)
    except RagError as error:
        lines, early = [], str(error)
    said: dict[int, dict[str, Any]] = {}
    for line in lines:
        match line:
            case {"file": int(number)}:
                said[number] = line
            case {"libraries": list(pairs)}:
                report.libraries |= {
                    (f"npm:{name}", str(version)) for name, version in (p for p in pairs if len(p) == 2)
                }
    for number, program in enumerate(placed.values()):
        found = _Report()
        _note(program, said.get(number), early or "the compiler said nothing of it", found)
        folder = program.place.parent
        own = names.setdefault(folder, frozenset(_own_names(folder))) if found.findings else frozenset()
        report.unchecked += found.unchecked
        report.findings += [one for one in found.findings if one.library not in own]


def _note(program: ScriptProgram, line: dict[str, Any] | None, early: str, report: _Report) -> None:
    match line:
        case {"findings": list(found)}:
            for one in found:
                finding = finding_of(program.path, one) if isinstance(one, dict) else None
                if finding is not None:
                    report.findings.append(finding)
        case {"unread": str(reason)}:
            report.unchecked.append(Unchecked(program.path, reason))
        case _:
            report.unchecked.append(Unchecked(program.path, early))


def _own_names(folder: Path) -> Iterator[str]:
    """Yield the names of the packages that a folder belongs to: they know what they import of themselves."""
    for above in (folder, *folder.parents):
        with suppress(OSError, ValueError):
            facts = parsed_json(read_outside(above / "package.json", max_bytes=_MAX_CONTEXT_BYTES))
            if isinstance(facts, dict):
                yield f"npm:{facts.get('name')}"


def _context(
    programs: Sequence[ScriptProgram], others: Sequence[ScriptProgram]
) -> Iterator[tuple[Path, str]]:
    """Yield what else the compiler has to know: other programs, and what in their project adds to types.

    A program may use what another file of the project adds to a library: by `declare module`, or by an
    import for that alone, as in the set-up of tests.
    """
    known = {one.place for one in programs}
    for one in others:
        if one.place not in known and not one.problem:
            known.add(one.place)
            yield one.place, one.text
    for count, place in enumerate(_adding(programs, known)):
        if count >= _MAX_CONTEXT:
            return
        yield place, place.read_bytes().decode("utf-8", "replace")


def _adding(programs: Sequence[ScriptProgram], known: set[Path]) -> Iterator[Path]:
    seen = 0
    roots = [_project_of(one.place) for one in programs]
    for root in dict.fromkeys(filter(None, roots)):
        for folder, folders, names in os.walk(root):
            folders[:] = [name for name in folders if name not in _NOT_ENTERED and not name.startswith(".")]
            for name in sorted(names):
                place = Path(folder) / name
                seen += 1
                if seen > _MAX_SEEN:
                    return
                if place not in known and name.endswith((".ts", ".tsx", ".mts")) and _adds(place):
                    known.add(place)
                    yield place


def _adds(place: Path) -> bool:
    try:
        if place.is_symlink() or not place.is_file() or place.stat().st_size > _MAX_CONTEXT_BYTES:
            return False
        data = b"\n" + place.read_bytes()
    except OSError:
        return False
    return place.name.endswith(".d.ts") or any(mark in data for mark in _ADDS)


def _project_of(place: Path) -> Path | None:
    """Return the nearest folder above with a package.json; None without one."""
    return next((folder for folder in place.parents if (folder / "package.json").is_file()), None)
