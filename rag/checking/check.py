"""Check programs against the libraries that they use, without running them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

from corpora.errors import MissingExtra, RagError
from corpora.python.fetching.yanked import yank_note
from rag.checking.environment import CheckedEnvironment, checked_environment
from rag.checking.finding import CheckReport, Finding, Unchecked
from rag.checking.inference.suspicion import Suspicion
from rag.checking.inference.ty import Ty
from rag.checking.inference.type_inference import Inferred, TypeInference
from rag.checking.programs.collection import collection_paused
from rag.checking.programs.program import CheckedProgram
from rag.checking.programs.sources import CheckedSources, read_programs
from rag.checking.references import References
from rag.checking.refused_arguments import Looked, looked_at
from rag.checking.rules import MAX_FINDINGS, ProgramCheck
from rag.checking.subclasses import OwnSubclasses
from rag.checking.typescript.check import check_scripts
from rag.checking.typescript.packages import is_npm_lock, is_npm_package
from rag.checking.unknown_packages import optional_requirements, unknown_packages

_WITHOUT_TYPES: Final = (
    "types are not inferred, so that only imports and what follows from them is checked; "
    "run: pip install 'docprompting[check]'"
)


def check_code(
    paths: Sequence[str | Path] = (),
    *,
    text: str | None = None,
    lock: str | Path | None = None,
    python: str = "",
    packages: Sequence[str] = (),
    types: bool = True,
) -> CheckReport:
    """Check programs against the libraries that they use; nothing of either runs.

    Args:
        paths: files and folders.
        text: a program of Python that is in no file; reported as `-`.
        lock: the lock file whose versions count; one of npm for TypeScript and JavaScript.
        python: the environment whose versions count: its folder or its interpreter.
        packages: what takes the place of those: `pandas==2.2.3`, paths of wheels, `npm:zod@4.1.0`.
        types: whether types are inferred, by `ty` of the extra `check`; without it, a note says so.

    Returns:
        What was found. If neither `lock` nor `python` is given, the lock files in the working folder count,
        else the active environment, else that of this program. For TypeScript and JavaScript, `node_modules`
        of each file counts, else the lock file above it.

    Raises:
        RagError: a path, the lock file, the environment or a package cannot be read, or types cannot be
            inferred.
    """
    check = CodeCheck(lock, python, tuple(packages), types)
    return check.of(read_programs(paths, text, beside=Path.cwd()))


@dataclass(frozen=True)
class CodeCheck:
    """Checks programs, one after the other, against the same libraries; nothing of either runs.

    Args:
        lock: the lock file whose versions count; one of npm for TypeScript and JavaScript.
        python: the environment whose versions count: its folder or its interpreter.
        packages: what takes the place of those: `pandas==2.2.3`, paths of wheels, `npm:zod@4.1.0`.
        types: whether types are inferred, by `ty` of the extra `check`; without it, a note says so.
        beside: the folder of modules of the user's own, which programs may import; None for none.
        folder: of the project, whose lock files or environment count if neither `lock` nor `python` is given,
            as in `check_code`; None for the working folder.
    """

    lock: str | Path | None = None
    python: str = ""
    packages: tuple[str, ...] = ()
    types: bool = True
    beside: Path | None = None
    folder: Path | None = None

    @cached_property
    def environment(self) -> CheckedEnvironment:
        """What programs are checked against. Raises `RagError` if it cannot be read."""
        lock = Path(self.lock) if self.lock is not None and self._npm_lock is None else None
        packages = [one for one in self.packages if not is_npm_package(one)]
        return checked_environment(self.folder or Path.cwd(), lock, self.python, packages)

    @property
    def _npm_lock(self) -> Path | None:
        lock = Path(self.lock) if self.lock is not None else None
        return lock if lock is not None and is_npm_lock(lock) else None

    def __call__(self, text: str) -> CheckReport:
        """Check a program that is in no file; what cannot be checked is told in `unchecked` of the report.

        Raises:
            RagError: the libraries cannot be read.
        """
        sources = read_programs((), text, beside=self.beside)
        if sources.programs:
            self.environment  # noqa: B018  its errors are not those of the program
        try:
            return self.of(sources)
        except RagError as error:
            why = f"{error.what}: {error.why}"
            return CheckReport((), 0, 0, unchecked=(*sources.unchecked, Unchecked("-", why)))

    def of(self, sources: CheckedSources) -> CheckReport:
        """Check programs that have been read.

        Raises:
            RagError: the libraries cannot be read, or types cannot be inferred.
        """
        self.environment.libraries.read.clear()  # a report names the libraries of its own programs
        inference: TypeInference | None = None
        notes: tuple[str, ...] = ()
        if self.types and sources.programs:
            try:
                inference = Ty()
            except MissingExtra:
                notes = (_WITHOUT_TYPES,)
        report = check_programs(sources, self.environment, inference, notes)
        if not sources.scripts:
            return report
        packages = [one for one in self.packages if is_npm_package(one)]
        return _together(report, check_scripts(sources.scripts, packages, self._npm_lock))


def _together(one: CheckReport, other: CheckReport) -> CheckReport:
    return CheckReport(
        tuple(sorted((*one.findings, *other.findings), key=_place)),
        one.files + other.files,
        one.lines + other.lines,
        (*one.libraries, *other.libraries),
        (*one.unchecked, *other.unchecked),
        (*one.notes, *other.notes),
    )


def _place(finding: Finding) -> tuple[str, int, int, int, str]:
    return finding.path, finding.cell, finding.line, finding.column, finding.rule


@collection_paused()
def check_programs(
    sources: CheckedSources,
    environment: CheckedEnvironment,
    inference: TypeInference | None,
    notes: Sequence[str] = (),
) -> CheckReport:
    """Check programs that have been read.

    Args:
        sources: the programs.
        environment: what they are checked against.
        inference: a type checker; None to do without types.
        notes: what limits the check, for the report.

    Raises:
        RagError: types cannot be inferred.
    """
    findings: list[Finding] = []
    unchecked = list(sources.unchecked)
    subclasses = OwnSubclasses(sources.programs)

    def infer(programs: Sequence[CheckedProgram]) -> list[Inferred]:
        return _inferred(programs, sources, environment, inference)

    def look(program: CheckedProgram, known: Inferred) -> Looked:
        references = References(program, known, environment.libraries, sources.own, subclasses)
        return ProgramCheck(references).looked()

    for program, found in zip(sources.programs, looked_at(sources.programs, infer, look), strict=True):
        findings += found
        if len(found) >= MAX_FINDINGS:
            unchecked.append(
                Unchecked(program.path, f"after {MAX_FINDINGS} findings, the rest of it was left out")
            )
    optional = optional_requirements(environment.sites, sources.roots, sources.own)
    unknown, absent = unknown_packages(sources.programs, environment.libraries, sources.own, optional)
    findings += unknown
    notebooks = {program.path: program for program in sources.programs if program.cells}
    findings = [_in_cell(one, notebooks[one.path]) if one.path in notebooks else one for one in findings]
    read = environment.libraries.read.values()
    return CheckReport(
        tuple(sorted(findings, key=_place)),
        len(sources.programs),
        sum(len(program.lines) for program in sources.programs),
        tuple(sorted({(library.name, library.version) for library in read})),
        tuple(unchecked),
        (*notes, *absent, *_unreadable(environment, sources.own), *_yanked(environment)),
    )


def _in_cell(finding: Finding, notebook: CheckedProgram) -> Finding:
    cell, line = notebook.place_of(finding.line)
    return replace(finding, cell=cell, line=line)


def _unreadable(environment: CheckedEnvironment, own: frozenset[str]) -> list[str]:
    """Return a line for each library that a program uses and whose API cannot be read."""
    return [
        f"{library.name} {library.version} cannot be read, so that its use is not checked: "
        f"{library.why_unread() or 'it is not the file that is locked'}"
        for library in environment.libraries.read.values()
        if not own.intersection(library.tops) and library.model is None
    ]


def _yanked(environment: CheckedEnvironment) -> list[str]:
    """Return a line for each library that was fetched at a version which its authors took back."""
    read = environment.libraries.read.values()
    return [said for one in read if one.version and (said := yank_note(one.name, one.version))]


def _inferred(
    programs: Sequence[CheckedProgram],
    sources: CheckedSources,
    environment: CheckedEnvironment,
    inference: TypeInference | None,
) -> list[Inferred]:
    """Return what the type checker says of each program; nothing without one."""
    if inference is None:
        return [Inferred() for _ in programs]
    libraries = environment.libraries
    owners = [library for top in _tops(programs) if (library := libraries.owner(top)) is not None]
    used = list(dict.fromkeys(owners))
    search = environment.search_path(used, sources.roots)
    others = [library for library in used if sources.own.isdisjoint(library.tops)]
    return inference.infer(programs, search, Suspicion(programs, others, libraries, sources.own))


def _tops(programs: Sequence[CheckedProgram]) -> list[str]:
    return sorted({target.partition(".")[0] for program in programs for target in program.imported.values()})
