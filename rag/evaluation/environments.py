"""Virtual environments for tasks that need exact versions of libraries, made from wheels by venv and pip."""

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Final

from corpora.dependencies.package_name import problem_with_pin
from corpora.errors import SandboxError
from corpora.outside.child_process import run_bounded
from corpora.outside.consent import agree, has_agreed
from corpora.outside.files import read_outside
from corpora.python.fetching.listing import pip_environment
from corpora.python.fetching.wheels import printable_line
from corpora.python.interpreters import Interpreter
from rag.evaluation.interpreter import interpreter_for
from rag.evaluation.task import Task
from rag.execution import Sandbox
from rag.execution.environment_seal import environment_seal

_MARKER: Final = "environment.json"  # written last, so an environment without it is incomplete
_PROBLEM: Final = "problem.txt"  # the only file in the folder of an environment that could not be made
_READABLE_CHARS: Final = 60  # of a name; file systems allow 255 bytes, and a set may have a dozen packages
_MAX_OUTPUT_BYTES: Final = 10_000_000
_MAX_MARKER_BYTES: Final = 1_000_000
_AGREED: Final = "environment"  # the kind of consent, see `corpora.outside.consent`: its interpreter is run
_SECONDS: Final = 1800  # enough for scipy over a slow connection


@dataclass(frozen=True, slots=True)
class MadeEnvironment:
    """The environment for one set of requirements, or why it could not be made.

    Args:
        name: name of its folder; see `environment_name`.
        requirements: the set of requirements, sorted.
        wished: version of Python that the tasks ask for, or empty.
        python: version that it has, or would have; differs from `wished` where no such Python was found.
        problem: why it could not be made, in one line; empty if it was.
    """

    name: str
    requirements: tuple[str, ...]
    wished: str
    python: str
    problem: str = ""


class Environments:
    """The sandboxes of tasks, one for each environment; a context manager.

    Args:
        folder: where `make_environments` made the environments.
        open_in: opens a sandbox with the interpreter at a path, or with its own interpreter for None.
        made_here: use only environments that this user made on this machine. The interpreter of an
            environment is run, and a folder that the user did not name may have come with a repository.
    """

    def __init__(
        self, folder: Path, open_in: Callable[[str | None], Sandbox], *, made_here: bool = False
    ) -> None:
        self.folder = folder
        self._made_here = made_here
        self._open_in = open_in
        self._opened: dict[str, Sandbox | SandboxError] = {}
        self._lock = Lock()

    def sandbox_of(self, task: Task) -> Sandbox:
        """Return the sandbox for `task`, opened at the first call. Safe to call from any thread.

        A task without requirements runs in the interpreter of `open_in(None)`, whichever Python it asks for.

        Raises:
            SandboxError: there is no environment for it, or no sandbox starts with it.
        """
        name, python = "", None
        if task.requirements:
            name, python = environment_name(task), self._interpreter_of(task)
        with self._lock:
            if name not in self._opened:
                try:
                    self._opened[name] = self._open_in(python)
                except SandboxError as error:  # kept, since every task of the set asks and a start takes time
                    self._opened[name] = error
            opened = self._opened[name]
        if isinstance(opened, SandboxError):
            raise opened
        return opened

    def why_not(self, task: Task) -> str:
        """Return in one line why no sandbox starts for `task`; empty if one does."""
        if not task.requirements:
            return ""
        try:
            self.sandbox_of(task)
        except SandboxError as error:
            wished = f" on Python {task.python}" if task.python else ""
            needed = f"{', '.join(_wanted(task))}{wished}"
            return " ".join(f"{needed}: {error.what}: {error.why}; {error.fix}".split())
        return ""

    def close(self) -> None:
        """Close all sandboxes."""
        with self._lock:
            for opened in self._opened.values():
                if isinstance(opened, Sandbox):
                    opened.close()
            self._opened.clear()

    def __enter__(self) -> "Environments":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _interpreter_of(self, task: Task) -> str:
        home = self.folder.resolve() / environment_name(task)
        if _finished(home, task) and (not self._made_here or has_agreed(*_facts(home))):
            return str(_interpreter_in(home))
        raise SandboxError(
            f"there is no environment {home.name}",
            why=_recorded_problem(home) or "it has not been made here",
            fix=f"make it: rag eval --make-environments --environments {self.folder}",
        )


def environment_name(task: Task) -> str:
    """Return the name of the environment for the requirements, in any order, and the Python of `task`.

    For example `numpy-1.21.6-torch-1.9.0-5d41402a`: the requirements, shortened if there are many, and a hash
    of all of them and the version of Python.
    """
    wanted = _wanted(task)
    digest = hashlib.sha256("\n".join([task.python, *wanted]).encode()).hexdigest()[:8]
    readable = re.sub(r"[^a-z0-9.]+", "-", "-".join(wanted).lower())[:_READABLE_CHARS].strip("-.")
    return f"{readable}-{digest}"


def make_environments(
    tasks: Iterable[Task],
    folder: Path,
    *,
    pythons: Mapping[str, str] = {},
    report: Callable[[str], None],
    made_here: bool = False,
) -> list[MadeEnvironment]:
    """Make an environment for each set of requirements of `tasks`; existing ones are left alone.

    Only wheels are installed, since building a package runs its code outside of any sandbox. For a package
    without a wheel, run `pip wheel` on a machine that may run that code, and name the folder of the result in
    PIP_FIND_LINKS. Only pip uses the network, with the user's settings but without the user's constraints.

    Args:
        tasks: tasks; those without requirements need no environment.
        folder: where the environments are made.
        pythons: version of Python -> interpreter, for versions that are not on the PATH as `python3.9`.
            Where a version is not found, the running one takes its place, as `MadeEnvironment.python` says.
        report: is called with one line for each set.
        made_here: make those again that this user did not make on this machine; see `Environments`.

    Raises:
        SandboxError: an interpreter of `pythons` does not run, or another process makes environments here.
    """
    from filelock import FileLock, Timeout

    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    sets = {environment_name(task): task for task in tasks if task.requirements}
    wishes = {task.python for task in sets.values()}
    interpreters = {wish: interpreter_for(wish, pythons) for wish in sorted(wishes)}
    result: list[MadeEnvironment] = []
    try:
        with FileLock(folder / "lock", timeout=0):
            for number, task in enumerate(sets.values(), start=1):
                made, news = _make(task, folder, interpreters[task.python], made_here=made_here)
                report(f"environment {number} of {len(sets)}, {made.name}: {news}")
                result.append(made)
    except Timeout as error:
        raise SandboxError(
            f"the environments in {folder} cannot be made now",
            why="another process is making environments there",
            fix="wait until it has finished, or name another folder",
        ) from error
    return result


def _make(
    task: Task, folder: Path, interpreter: Interpreter, *, made_here: bool
) -> tuple[MadeEnvironment, str]:
    """Make an environment, unless it exists; return it, and what to report of it."""
    home = folder / environment_name(task)
    made = MadeEnvironment(home.name, _wanted(task), task.python, interpreter.version)
    if (there := _finished(home, task)) and (not made_here or has_agreed(*_facts(home))):
        old = Interpreter(str(home), there)
        # An environment that was made while the wished Python was missing is replaced once there is one.
        if old.fits(task.python) or not interpreter.fits(task.python):
            return replace(made, python=there), f"already made, with Python {there}"
    if home.is_symlink():
        home.unlink()
    elif home.exists():
        shutil.rmtree(home)
    if problem := _inexact(made.requirements) or _install(made.requirements, home, interpreter):
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir()
        (home / _PROBLEM).write_text(problem, encoding="utf-8")
        return replace(made, problem=problem), f"not made with Python {interpreter.version}: {problem}"
    marker = {"requirements": made.requirements, "wished": task.python, "python": interpreter.version}
    (home / _MARKER).write_text(json.dumps(marker), encoding="utf-8")
    agree(*_facts(home))
    instead = "" if interpreter.fits(task.python) else f", since no Python {task.python} was found"
    return made, f"made with Python {interpreter.version}{instead}"


def _finished(home: Path, task: Task) -> str:
    """Return the version of Python of an environment that is complete, else an empty string."""
    try:
        marker = json.loads(read_outside(home / _MARKER, max_bytes=_MAX_MARKER_BYTES))
    except (OSError, ValueError):  # never finished, or killed while writing it
        return ""
    recorded = (tuple(marker["requirements"]), marker["wished"])
    # `exists` is false for a link to an interpreter that was removed since.
    is_complete = recorded == (_wanted(task), task.python) and _interpreter_in(home).exists()
    return str(marker["python"]) if is_complete else ""


def _recorded_problem(home: Path) -> str:
    """Return why the environment could not be made; empty where no reason was recorded."""
    try:
        problem = read_outside(home / _PROBLEM, max_bytes=_MAX_MARKER_BYTES)
    except OSError:
        return ""
    return printable_line(problem.decode("utf-8", "replace"))


def _facts(home: Path) -> tuple[str, str, str]:
    """Return what the consent to an environment made here is about: its place, and the Python it starts."""
    try:
        settings = (home / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace")
    except OSError:
        settings = ""
    return _AGREED, str(home.resolve()), settings


def _interpreter_in(home: Path) -> Path:
    return home / "bin" / "python"


def _wanted(task: Task) -> tuple[str, ...]:
    """Return the requirements of a task, sorted, in one spelling: `Werkzeug == 2.0` is `werkzeug==2.0`."""
    return tuple(sorted({_spelled(requirement) for requirement in task.requirements}))


def _spelled(requirement: str) -> str:
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    try:
        parsed = Requirement(requirement)
    except InvalidRequirement:
        return requirement.strip()
    parsed.name = canonicalize_name(parsed.name)
    return str(parsed)


def _inexact(requirements: Sequence[str]) -> str:
    """Return which of them is not a name with one version, empty if none.

    In the same place, pip would accept options, paths and addresses.
    """
    from packaging.requirements import InvalidRequirement, Requirement

    for requirement in requirements:
        try:
            parsed = Requirement(requirement)
        except InvalidRequirement:
            return f"{requirement!r} is not a requirement"
        exact = next(iter(parsed.specifier), None)
        if exact and (problem := problem_with_pin(parsed.name, exact.version.removesuffix(".*"))):
            return problem
        operators = [one.operator for one in parsed.specifier if not one.version.endswith("*")]
        if parsed.url or operators != ["=="]:
            return f"{requirement!r} names no exact version"
    return ""


def _install(requirements: Sequence[str], home: Path, interpreter: Interpreter) -> str:
    """Make the environment; return in one line why that failed, empty if it did not."""
    if problem := _run([interpreter.path, "-I", "-m", "venv", str(home)], home.parent):
        return problem
    # The pip of the environment: a newer one does not run on an old Python, and reads markers for another.
    pip = [str(_interpreter_in(home)), "-I", "-m", "pip", "install", "--quiet", "--no-input"]
    seal = environment_seal(home)
    problem = _run([*pip, "--only-binary", ":all:", "--", *requirements], home)
    return problem or ("" if environment_seal(home) == seal else "a package replaces the interpreter")


def _run(command: Sequence[str], folder: Path) -> str:
    """Run venv or pip in a folder; return the last line that says what went wrong, empty if nothing did."""
    try:
        done = run_bounded(
            command, seconds=_SECONDS, max_bytes=_MAX_OUTPUT_BYTES, cwd=folder, env=pip_environment()
        )
    except OSError as error:
        return " ".join(str(error).split())
    if done.returncode == 0:
        return ""
    output = (done.stdout + done.stderr).decode("utf-8", "replace")
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    # Where versions conflict, the last line says where to read about conflicts, the one above which they are.
    errors = [line for line in lines if line.startswith("ERROR") and "ResolutionImpossible" not in line]
    last = [*lines, *errors][-1:] or [f"it ended with exit code {done.returncode}"]
    return printable_line(last[0].removeprefix("ERROR: "))
