"""Build an evaluation set from what changed between two versions of a library."""

import hashlib
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Final

from corpora.api.changes import CHANGE_KINDS, ChangeKind
from corpora.dependencies.package_name import check_pin, exact_version, normalized_name, required
from corpora.errors import RagError, SandboxError
from corpora.library_api import read_api
from corpora.python.package import PythonPackage
from corpora.spec import CorpusSpec
from rag.api.diff_apis import diff_apis
from rag.evaluation.environments import Environments, environment_name, make_environments
from rag.evaluation.questions import Gold, GoldQuestion
from rag.evaluation.task import Task
from rag.evaluation.upgrades.candidates import find_candidates
from rag.evaluation.upgrades.drafts import DraftMaker, signature_of_draft
from rag.evaluation.upgrades.intents import intent_of
from rag.evaluation.upgrades.records import ApiCandidate, BuiltSet, LeftOutChange, Purpose, TaskDraft
from rag.evaluation.upgrades.trials import Trials
from rag.execution import Limits, Sandbox, open_sandbox
from rag.prompting.fence import safe_line

MOST_TASKS: Final = 100
"""The number of tasks, and that of questions, where no other is asked for."""
_MOST_TRIED: Final = 3  # examples of an object
_ENOUGH: Final = "there are as many as were asked for"
_SAME: Final = "several objects are described in these words"

BuildProgress = Callable[[str, int, int], None]
"""Called with the name of a step, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True)
class BuildSettings:
    """How a set is built.

    Args:
        environments: the folder of the environments of both versions, made where they are missing.
        requirements: further pins for both environments, such as `numpy==1.26.4`.
        most: the largest number of tasks, and that of questions.
        seed: decides which are taken where there are more.
        isolation: of the sandbox, see `rag.execution.open_sandbox`.
        limits: of each program.
        pythons: version of Python -> interpreter, as for `make_environments`.
        made_here: use only environments that this user made on this machine.
    """

    environments: Path
    requirements: tuple[str, ...] = ()
    most: int = MOST_TASKS
    seed: int = 0
    isolation: str = "bwrap"
    limits: Limits = Limits(timeout_seconds=20.0, memory_mb=1024)  # noqa: RUF009  frozen
    pythons: tuple[tuple[str, str], ...] = ()
    made_here: bool = False


def build_evaluation_set(
    package: str,
    old: str,
    new: str,
    settings: BuildSettings,
    *,
    report: Callable[[str], None] = lambda line: None,
    progress: BuildProgress = lambda step, done, of: None,
) -> BuiltSet:
    """Build questions and tasks about what is new or changed in a version of a library.

    What the docstrings of the newer version say an object is for, without its name, is a question, which the
    unit of that object answers. An example of the docstring is a task: the use of the object is what an
    answer has to write, and the output of the example its test. The package runs only in the sandbox.

    Args:
        package: name of the distribution.
        old: the older version.
        new: the newer version.
        settings: how it is built.
        report: is called with a line for each environment.
        progress: is called while examples are run.

    Raises:
        CorpusError: one of the versions cannot be read.
        SandboxError: an interpreter of the settings does not run.
        RagError: a further pin is none, or nothing that is new can be asked about.
    """
    for version in (old, new):
        check_pin(package, version)
    _check_pins(settings.requirements)
    library = normalized_name(package)
    before, after = (read_api(f"{library}=={version}") for version in (old, new))
    found = diff_apis(before, after)
    units = PythonPackage(CorpusSpec(library, "package", f"{library}=={new}")).units()
    left_out: list[LeftOutChange] = []
    asked: list[tuple[ApiCandidate, str]] = []
    for one in find_candidates(found, after, units):
        if isinstance(one, LeftOutChange):
            left_out.append(one)
            continue
        intent, reason = intent_of(one)
        if reason:
            left_out.append(_left_out(one, "both", reason))
        else:
            asked.append((one, intent))
    asked = _spread(asked, settings.seed)
    if not asked:
        raise RagError(
            f"nothing can be asked about {library} {new}",
            why=f"{len(found.changes)} changes since {old} leave nothing whose docstring says what it is for",
            fix=f"see what changed: rag api diff {library} {old} {new}",
        )
    questions = _questions(asked, settings.most, left_out)
    python = "{}.{}".format(*sys.version_info[:2])
    pins = {version: (f"{library}=={version}", *settings.requirements) for version in (new, old)}
    wanted = [Task(version, "", requirements=pins[version], python=python) for version in (new, old)]
    make_environments(
        wanted,
        settings.environments,
        pythons=dict(settings.pythons),
        report=report,
        made_here=settings.made_here,
    )
    maker = DraftMaker(after, pins[new], python)
    opened = Environments(settings.environments, _opener(settings, after.tops), made_here=settings.made_here)
    with opened as places:
        trials = Trials(places.sandbox_of, {pins[new]: pins[old]})
        tasks = _tasks(asked, maker, trials, settings, left_out, progress)
    return BuiltSet(
        library,
        old,
        new,
        tuple(tasks),
        tuple(questions),
        tuple(sorted(left_out, key=_place)),
        dict(found.counts()),
        _installed(settings.environments.resolve() / environment_name(wanted[0])),
        settings.seed,
    )


def _check_pins(requirements: Iterable[str]) -> None:
    """Raise `RagError` where a further requirement is not a name with one version."""
    for one in requirements:
        parsed = required(one)
        if parsed is None or not exact_version(parsed) or parsed.url:
            raise RagError(
                f"{safe_line(one)} cannot be pinned",
                why="it is not a name with an exact version",
                fix="give one like numpy==1.26.4",
            )


def _place(one: LeftOutChange) -> tuple[int, str, str, str]:
    return CHANGE_KINDS.index(one.kind), one.name, one.parameter, one.purpose


def _left_out(candidate: ApiCandidate, purpose: Purpose, reason: str, detail: str = "") -> LeftOutChange:
    return LeftOutChange(candidate.name, candidate.parameter, candidate.kind, purpose, reason, detail)


def _spread(asked: Sequence[tuple[ApiCandidate, str]], seed: int) -> list[tuple[ApiCandidate, str]]:
    """Return candidates with kinds in turn, those of a kind in an order that the seed decides."""

    def place(one: tuple[ApiCandidate, str]) -> str:
        return hashlib.sha256(f"{seed}\0{one[0].label}".encode()).hexdigest()

    by_kind: dict[ChangeKind, list[tuple[ApiCandidate, str]]] = {}
    for one in sorted(asked, key=place):
        by_kind.setdefault(one[0].kind, []).append(one)
    kinds = [by_kind[kind] for kind in CHANGE_KINDS if kind in by_kind]
    turns = range(max(map(len, kinds), default=0))
    return [kind[turn] for turn in turns for kind in kinds if turn < len(kind)]


def _questions(
    asked: Iterable[tuple[ApiCandidate, str]], most: int, left_out: list[LeftOutChange]
) -> list[GoldQuestion]:
    """Return a question for each object; one for several that are described in the same words."""
    found: dict[str, GoldQuestion] = {}
    for candidate, intent in asked:
        gold = Gold(symbol=candidate.name)
        if before := found.get(intent):
            if gold not in before.gold:
                found[intent] = replace(before, gold=(*before.gold, gold))
            left_out.append(_left_out(candidate, "retrieval", _SAME, "a further answer to it"))
        elif len(found) >= most:
            left_out.append(_left_out(candidate, "retrieval", _ENOUGH))
        else:
            found[intent] = GoldQuestion(intent, (gold,), candidate.kind)
    return [*found.values()]


def _tasks(
    asked: Sequence[tuple[ApiCandidate, str]],
    maker: DraftMaker,
    trials: Trials,
    settings: BuildSettings,
    left_out: list[LeftOutChange],
    progress: BuildProgress,
) -> list[Task]:
    """Return a task for each object that has an example that can be one."""
    tasks: list[Task] = []
    seen: set[str] = set()
    for number, (candidate, intent) in enumerate(asked, start=1):
        if len(tasks) >= settings.most:
            left_out.append(_left_out(candidate, "generation", _ENOUGH))
            continue
        task, reason, detail = _first(maker.drafts(candidate, intent), trials, seen)
        if task:
            tasks.append(task)
        else:
            left_out.append(_left_out(candidate, "generation", reason, detail))
        progress("examples", number, len(asked))
    return sorted(tasks, key=lambda one: one.task_id)


def _first(drafts: Iterable[TaskDraft | str], trials: Trials, seen: set[str]) -> tuple[Task | None, str, str]:
    """Return the first draft that is a task; or why there is none, and a detail."""
    reason, detail, tried = "", "", 0
    for draft in drafts:
        if isinstance(draft, str):
            reason = reason or draft
        elif (known := signature_of_draft(draft.task)) in seen:
            reason, detail = "another task has the same example", ""
        elif tried < _MOST_TRIED:
            tried += 1
            seen.add(known)
            reason, detail = trials.why_not(draft)
            if not reason:
                return draft.task, "", ""
    return None, reason, detail


def _opener(settings: BuildSettings, tops: Sequence[str]) -> Callable[[str | None], Sandbox]:
    """Return what opens a sandbox; one that has imported the library, if it can be imported."""

    def open_in(python: str | None) -> Sandbox:
        if python is None:
            raise SandboxError("no sandbox for a task without pins", why="none is made here", fix="")
        try:
            return open_sandbox(settings.isolation, settings.limits, tuple(tops), python)
        except SandboxError:  # the library cannot be imported, or too little is installed: each task says so
            return open_sandbox(settings.isolation, settings.limits, (), python)

    return open_in


def _installed(home: Path) -> dict[str, str]:
    """Return the distributions in an environment with their versions; nothing of it is run."""
    found = metadata.distributions(path=[str(one) for one in sorted(home.glob("lib/python3*/site-packages"))])
    named = ((str(one.metadata["Name"]), one.version) for one in found)
    kept = {normalized_name(name): version for name, version in named if name and name != "None"}
    return {name: kept[name] for name in sorted(kept) if name not in {"pip", "setuptools"}}
