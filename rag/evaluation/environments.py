"""Virtual environments for tasks that need exact versions of libraries, made of wheels by venv and pip."""

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
from corpora.python.fetch import pip_environment, printable_line
from rag.evaluation.interpreter import Interpreter, interpreter_for
from rag.evaluation.task import Task
from rag.execution import Sandbox

_MARKER: Final = "environment.json"  # written last: an environment without it is half made
_PROBLEM: Final = "problem.txt"  # alone in the folder of an environment that could not be made
_READABLE_CHARS: Final = 60  # of a name; a file system takes 255 bytes, and a set may have a dozen packages
_MAX_OUTPUT_BYTES: Final = 10_000_000
_MAX_MARKER_BYTES: Final = 1_000_000
_AGREED: Final = "environment"  # for `corpora.outside.consent`: its interpreter is run
_SECONDS: Final = 1800  # scipy and its like over a slow line


@dataclass(frozen=True, slots=True)
class Made:
    """What came of the environment of one set of requirements.

    Args:
        name: of its folder; see `environment_name`.
        requirements: of the set, sorted.
        wished: version of Python that the tasks ask for, or empty.
        python: the version that it has, or would have had: another than `wished` where none such is at hand.
        problem: why it could not be made, one line; empty if it is there.
    """

    name: str
    requirements: tuple[str, ...]
    wished: str
    python: str
    problem: str = ""


class Environments:
    """The sandboxes of tasks, one for each environment; a context manager.

    Args:
        folder: where `make_environments` made them.
        open_in: opens a sandbox with the interpreter at a path, or with its own for None.
        made_here: take only environments that this user made on this machine. The interpreter of one is
            run, and a folder that nobody named may have come with a repository.
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
        """Where `task` is run; opened the first time. Any thread may ask.

        A task without requirements runs in the interpreter of `open_in(None)`, whatever Python it wishes.

        Raises:
            SandboxError: its environment is not there, or no sandbox starts with it.
        """
        name, python = "", None
        if task.requirements:
            name, python = environment_name(task), self._interpreter_of(task)
        with self._lock:
            if name not in self._opened:
                try:
                    self._opened[name] = self._open_in(python)
                except SandboxError as error:  # kept: all tasks of the set ask, and a start may take a while
                    self._opened[name] = error
            opened = self._opened[name]
        if isinstance(opened, SandboxError):
            raise opened
        return opened

    def why_not(self, task: Task) -> str:
        """Empty if the environment of `task` is there and a sandbox starts with it, else why not, a line."""
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
            f"the environment {home.name} is not there",
            why=_told_problem(home) or "it has not been made here",
            fix=f"make it: rag eval --make-environments --environments {self.folder}",
        )


def environment_name(task: Task) -> str:
    """The name of the environment for the requirements and the Python of `task`, whatever their order.

    For example `numpy-1.21.6-torch-1.9.0-5d41402a`: what is needed, cut where there is much of it, and
    a hash of all of it.
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
    tell: Callable[[str], None],
    made_here: bool = False,
) -> list[Made]:
    """Make an environment for each set of requirements of `tasks`; those that are there are left alone.

    Only wheels are installed: to build a package runs its code, outside of any sandbox. Where a package has
    none, `pip wheel` makes one of it in a place that is trusted, and PIP_FIND_LINKS names the folder. Nothing
    but pip uses the network, as the user has set it up, but without the user's constraints.

    Args:
        tasks: those without requirements need none.
        folder: where they are made. The sandbox "bwrap" takes none below /tmp.
        pythons: version of Python -> interpreter, for those that are not on the PATH as `python3.9`.
            Where none is at hand, the running one takes its place, and `Made.python` says so.
        tell: is given a line for each set.
        made_here: make those anew that this user did not make on this machine; see `Environments`.

    Raises:
        SandboxError: an interpreter of `pythons` does not run, or another process makes environments here.
    """
    from filelock import FileLock, Timeout

    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if folder.is_relative_to("/tmp"):  # noqa: S108 (what is told is that it is not to be used)
        tell(f"{folder}: a sandbox 'bwrap' has a /tmp of its own, and can use no environment in this one")
    sets = {environment_name(task): task for task in tasks if task.requirements}
    wishes = {task.python for task in sets.values()}
    interpreters = {wish: interpreter_for(wish, pythons) for wish in sorted(wishes)}
    result: list[Made] = []
    try:
        with FileLock(folder / "lock", timeout=0):
            for number, task in enumerate(sets.values(), start=1):
                made, news = _make(task, folder, interpreters[task.python], made_here=made_here)
                tell(f"environment {number} of {len(sets)}, {made.name}: {news}")
                result.append(made)
    except Timeout as error:
        raise SandboxError(
            f"the environments in {folder} cannot be made now",
            why="another process is making some there",
            fix="wait for it, or name another folder",
        ) from error
    return result


def _make(task: Task, folder: Path, interpreter: Interpreter, *, made_here: bool) -> tuple[Made, str]:
    """Make one, unless it is there; and what is to be told of it."""
    home = folder / environment_name(task)
    made = Made(home.name, _wanted(task), task.python, interpreter.version)
    if (there := _finished(home, task)) and (not made_here or has_agreed(*_facts(home))):
        old = Interpreter(str(home), there)
        # one that was made when the wished Python was not at hand gives way when it is
        if old.fits(task.python) or not interpreter.fits(task.python):
            return replace(made, python=there), f"it is there, with Python {there}"
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
    instead = "" if interpreter.fits(task.python) else f", as no Python {task.python} is at hand"
    return made, f"made with Python {interpreter.version}{instead}"


def _finished(home: Path, task: Task) -> str:
    """The version of Python of an environment that is there and whole, else empty."""
    try:
        marker = json.loads(read_outside(home / _MARKER, max_bytes=_MAX_MARKER_BYTES))
    except (OSError, ValueError):  # never finished, or killed while writing
        return ""
    told = (tuple(marker["requirements"]), marker["wished"])
    # (a link to an interpreter that was removed since does not exist)
    is_whole = told == (_wanted(task), task.python) and _interpreter_in(home).exists()
    return str(marker["python"]) if is_whole else ""


def _told_problem(home: Path) -> str:
    """Why the environment could not be made; empty where that was not told."""
    try:
        problem = read_outside(home / _PROBLEM, max_bytes=_MAX_MARKER_BYTES)
    except OSError:
        return ""
    return printable_line(problem.decode("utf-8", "replace"))


def _facts(home: Path) -> tuple[str, str, str]:
    """What is remembered of an environment that was made here: where it is, and which Python it starts."""
    try:
        settings = (home / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace")
    except OSError:
        settings = ""
    return _AGREED, str(home.resolve()), settings


def _interpreter_in(home: Path) -> Path:
    return home / "bin" / "python"


def _wanted(task: Task) -> tuple[str, ...]:
    """Its requirements, sorted, each spelled in one way: `Werkzeug == 2.0` is `werkzeug==2.0`."""
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
    """Which of them is no name with one version; pip takes options, paths and addresses in the same place."""
    from packaging.requirements import InvalidRequirement, Requirement

    for requirement in requirements:
        try:
            parsed = Requirement(requirement)
        except InvalidRequirement:
            return f"{requirement!r} is no requirement"
        exact = next(iter(parsed.specifier), None)
        if exact and (problem := problem_with_pin(parsed.name, exact.version.removesuffix(".*"))):
            return problem
        operators = [one.operator for one in parsed.specifier if not one.version.endswith("*")]
        if parsed.url or operators != ["=="]:
            return f"{requirement!r} names no exact version"
    return ""


def _install(requirements: Sequence[str], home: Path, interpreter: Interpreter) -> str:
    """Make the environment; why it failed, in a line, or empty."""
    if problem := _run([interpreter.path, "-I", "-m", "venv", str(home)], home.parent):
        return problem
    # its own pip: a newer one does not run on an old Python, and would read the markers for another
    pip = [str(_interpreter_in(home)), "-I", "-m", "pip", "install", "--quiet", "--no-input"]
    return _run([*pip, "--only-binary", ":all:", "--", *requirements], home)


def _run(command: Sequence[str], folder: Path) -> str:
    """Run venv or pip in a folder; the last line that says what went wrong, or empty."""
    try:
        done = run_bounded(
            command, seconds=_SECONDS, max_bytes=_MAX_OUTPUT_BYTES, cwd=folder, env=pip_environment()
        )
    except OSError as error:
        return " ".join(str(error).split())
    if done.returncode == 0:
        return ""
    told = (done.stdout + done.stderr).decode("utf-8", "replace")
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    # where versions conflict, the last line only says where to read of conflicts; the one above it, which
    errors = [line for line in lines if line.startswith("ERROR") and "ResolutionImpossible" not in line]
    last = [*lines, *errors][-1:] or [f"it ended with {done.returncode}"]
    return printable_line(last[0].removeprefix("ERROR: "))
