"""Ask packages at run time what their source does not show: in the sandbox, each in its own environment.

A package that crashes, hangs or prints anything else costs its facts, and nothing besides: what static
reading found stays.
"""

import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final

from corpora.counted import counted
from corpora.errors import CorpusError, RagError, SandboxError
from corpora.network.cache import cache_folder
from corpora.network.fetching import check_fetching
from corpora.outside.child_process import isolated_python, run_bounded
from corpora.python.fetching.listing import pip_environment
from corpora.python.fetching.wheels import printable_line
from corpora.python.source import PackageSource, find_package
from corpora.runtime.facts import MAX_FACTS_BYTES, Facts, asking_program, facts_file, keep_facts, parse_facts
from corpora.spec import CorpusSpec
from rag.execution import Limits, Program, Sandbox, open_sandbox
from rag.execution.environment_seal import environment_seal
from rag.notes import Listener, print_nothing

LIMITS: Final = Limits(
    timeout_seconds=180, memory_mb=3072, disk_mb=256, processes=128, output_kb=MAX_FACTS_BYTES // 1000
)
_SECONDS: Final = 300  # for all attempts at one package
_INSTALLING_SECONDS: Final = 900  # a package with its dependencies may be a gigabyte
_MAX_OUTPUT_BYTES: Final = 10_000_000
_SHOWN: Final = 3
_ATTEMPTS: Final = 4  # the module that a crash is the fault of is left out of the next


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking one package.

    Attributes:
        corpus: name of its corpus.
        objects: number of its public objects.
        failed: modules that could not be imported, each with the reason.
        problem: why there are no facts, in one line; empty if there are.
    """

    corpus: str
    objects: int = 0
    failed: tuple[tuple[str, str], ...] = ()
    problem: str = ""


def ask_packages(
    specs: Iterable[CorpusSpec],
    *,
    again: bool = False,
    note: Listener = print_nothing,
    limits: Limits = LIMITS,
) -> list[Asked]:
    """Ask each of the packages whose corpus wants facts, and keep them for the corpus to read.

    Args:
        specs: corpora; those of another kind, and those without `runtime`, are left alone.
        again: also ask packages whose facts of this version are there.
        note: is called with one line before each package that is asked, and one after it.
        limits: of each attempt to import a package.

    Raises:
        SandboxError: there is no sandbox here; then nothing has been done.
        CorpusError: a package is not found, or is none that can be installed from a wheel.
    """
    wanted = [spec for spec in specs if spec.runtime and spec.kind == "package"]
    sources = [(spec, find_package(spec.location, spec.environment, spec.hashes)) for spec in wanted]
    named = [(spec, source, _requirement(spec, source)) for spec, source in sources]
    located = [(*one, facts_file(one[1].library, one[1].version, one[1].stamp)) for one in named]
    todo = [one for one in located if again or not one[3].exists()]
    if todo:
        open_sandbox().close()  # before anything is fetched
    asked = []
    for spec, source, requirement, file in todo:
        note(f"asking {source.library} {source.version} at run time, in the sandbox")
        found = _ask(spec, source, requirement, limits)
        if isinstance(found, bytes):
            keep_facts(file, found)
            facts = parse_facts(found, source.tops)
            found = Asked(spec.name, len(facts.objects), facts.failed)
        asked.append(found)
        note(_said(asked[-1]))
    return asked


def ask_again(specs: Iterable[CorpusSpec], note: Listener) -> None:
    """Ask those packages whose facts of their version are not there, before an update; an error is noted."""
    for spec in specs:
        try:
            ask_packages([spec], note=note)
        except SandboxError as error:
            note(f"{error.what}, so only the source of packages is read: {error.why}; {error.fix}")
            return
        except RagError as error:
            note(f"{error.what}, so it is not asked at run time: {error.why}; {error.fix}")


def _said(asked: Asked) -> str:
    """Return in one line what came of it."""
    if asked.problem:
        return f"{asked.corpus} told nothing at run time, so only its source is read: {asked.problem}"
    lacking = ", ".join(f"{module} ({why})" for module, why in asked.failed[:_SHOWN])
    more = f" and {len(asked.failed) - _SHOWN} more" if len(asked.failed) > _SHOWN else ""
    failed = f"; not imported: {lacking}{more}" if lacking else ""
    return f"{asked.corpus} told of {counted(asked.objects, 'object')} at run time{failed}"


def _requirement(spec: CorpusSpec, source: PackageSource) -> str:
    """Return what pip is to install: the wheel that the corpus is read from, or a name at a version.

    Raises:
        CorpusError: the corpus is a folder or a source distribution, which would have to be built.
    """
    location = Path(spec.location)
    if location.suffix == ".whl":
        return str(location)
    if not source.version or (location.is_absolute() and location.suffix != ".dist-info"):
        raise CorpusError(
            f"{spec.name} cannot be asked at run time",
            why="only wheels are installed for that: to build one runs its code outside of the sandbox",
            fix=f"name a wheel or a version, as in pkg:{source.library}==1.0, or leave out --runtime",
        )
    return f"{source.library}=={source.version}"


def _ask(spec: CorpusSpec, source: PackageSource, requirement: str, limits: Limits) -> bytes | Asked:
    """Return what a package printed, or why it told nothing."""
    try:
        check_fetching(requirement)
        folder = Path(tempfile.mkdtemp(prefix=f"{source.library}-", dir=cache_folder("environments")))
    except (RagError, OSError) as error:
        return Asked(spec.name, problem=" ".join(str(error).split()))
    try:
        python = folder / "environment" / "bin" / "python"
        if problem := _install(requirement, python):
            return Asked(spec.name, problem=problem)
        output, problem = _run(source, python, limits)
    except SandboxError as error:
        return Asked(spec.name, problem=f"{error.what}: {error.why}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Asked(spec.name, problem=problem) if problem else output


def _install(requirement: str, python: Path) -> str:
    """Make the environment of the interpreter `python` from wheels; return in one line why that failed.

    The interpreter is not run any more when something is installed: `.pth` files would run with it.
    """
    home = str(python.parents[1])
    pip = ["-m", "pip", "--python", str(python), "install", "--quiet", "--no-input", "--no-compile"]
    try:
        problem = _run_pip(isolated_python("-m", "venv", "--without-pip", home), python.parents[2])
        seal = environment_seal(Path(home))
        if not problem:
            command = isolated_python(*pip, "--only-binary", ":all:", "--", requirement)
            problem = _run_pip(command, python.parents[2])
        if not problem and environment_seal(Path(home)) != seal:
            problem = "it replaces the interpreter of its environment"
    except OSError as error:
        problem = " ".join(str(error).split())
    return problem


def _run_pip(command: list[str], folder: Path) -> str:
    """Run venv or pip in a folder; return in one line why that failed. Raises `OSError` for no end."""
    done = run_bounded(
        command,
        seconds=_INSTALLING_SECONDS,
        max_bytes=_MAX_OUTPUT_BYTES,
        cwd=folder,
        env=pip_environment(),
    )
    lines = done.stderr.decode("utf-8", "replace").splitlines() if done.returncode else []
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR")]
    return printable_line((errors or lines or ["pip failed"])[-1]) if done.returncode else ""


def _run(source: PackageSource, python: Path, limits: Limits) -> tuple[bytes, str]:
    """Return what a package printed, and why it holds no facts; empty if it does."""
    deadline = monotonic() + _SECONDS
    skip: list[str] = []
    with open_sandbox(limits=limits, python=str(python)) as sandbox:
        for _ in range(_ATTEMPTS):
            seconds = min(limits.timeout_seconds, deadline - monotonic())
            facts, output, how = _attempt(sandbox, source.tops, skip, seconds)
            if facts.is_complete or facts.last_import in {"", *skip, *source.tops}:
                break
            skip.append(facts.last_import)
            if deadline - monotonic() < 1:
                break
    broken = [why for module, why in facts.failed if module in source.tops]
    if not facts.is_complete:
        return output, f"{facts.last_import or 'it'}: {how}"
    if not facts.objects:
        return output, broken[0] if broken else "it shows no public object"
    return output, ""


def _attempt(
    sandbox: Sandbox, tops: tuple[str, ...], skip: list[str], seconds: float
) -> tuple[Facts, bytes, str]:
    call = f"ask({dict(zip(tops, tops, strict=True))!r}, [], {skip!r}, {{}})"
    program = Program(asking_program(call), timeout_seconds=seconds)
    verdict = sandbox.run(program)
    output = verdict.stdout.encode("utf-8", "replace")
    return parse_facts(output, tops), output, f"{verdict.status}: {verdict.detail}".rstrip(": ")
