"""What samples do when they are tried: each different program runs once, on all calls."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from rag.evaluation.sample import Sample
from rag.evaluation.selection.syntax import normal_form
from rag.evaluation.selection.trials import Trial
from rag.evaluation.task import Task
from rag.execution import Program, Sandbox, Verdict

CALL_SECONDS = 0.1
"""For each call: as in the published code of CodeT, but of processor time, which load leaves alone."""
_INSIDE = Path(__file__).with_name("run_calls.py").read_text(encoding="utf-8")
_MARK = "-- results of calls --"


class Outcome(NamedTuple):
    """What came of a call: its value as text, or the name of an exception; and the claims that hold."""

    returned: bool
    text: str
    claims: frozenset[str] = frozenset()


NOTHING = Outcome(False, "")
"""Of a call that was not made, since the program had ended or hung before."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What one sample does.

    Args:
        code: its program in a form that leaves out layout and comments: the same for the same code.
        runs: whether the program compiles and its top level ends well.
        outcomes: one for each trial, in their order; of a task without a function, of the program itself.
    """

    code: str
    runs: bool
    outcomes: tuple[Outcome, ...]


def observe(
    task: Task, samples: Sequence[Sample], calls: Sequence[Trial], sandbox: Sandbox, workers: int = 1
) -> list[Behaviour]:
    """Run each different program among `samples` once, on all `calls`, without the tests of the task."""
    sources = [task.source(sample.answer) for sample in samples]
    codes = [normal_form(source) if task.language == "python" else source for source in sources]
    different = dict(zip(codes, sources, strict=True))
    tests = _tests(calls) if calls else ""
    programs = (Program(source, tests, language=task.language) for source in different.values())
    verdicts = sandbox.run_all(programs, workers)
    seen = {code: _behaviour(code, calls, verdict) for code, verdict in zip(different, verdicts, strict=True)}
    return [seen[code] for code in codes]


def _tests(calls: Sequence[Trial]) -> str:
    names = {
        "__name__": "run_calls",
        "mark": _MARK,
        "calls": [(trial.call, list(trial.claims)) for trial in calls],
        "seconds": CALL_SECONDS,
    }
    text = f"{_INSIDE}\nrun_calls(program, mark, calls, seconds)\n"
    # not by the names `exec` and `globals`, which the program may have given to something else
    inside = '__import__("builtins")'
    return f"{inside}.exec({text!r}, {{**{names!r}, 'program': {inside}.globals()}})"


def _behaviour(code: str, calls: Sequence[Trial], verdict: Verdict) -> Behaviour:
    if not calls:
        return Behaviour(code, verdict.passed, (Outcome(verdict.passed, verdict.stdout),))
    _, mark, results = verdict.stdout.rpartition(f"\n{_MARK}\n")
    told: dict[int, Outcome] = {}
    for line in results.splitlines() if mark else ():
        if result := _outcome(line, calls):
            told.setdefault(*result)
    return Behaviour(code, bool(mark), tuple(told.get(number, NOTHING) for number in range(len(calls))))


def _outcome(line: str, calls: Sequence[Trial]) -> tuple[int, Outcome] | None:
    """What a line tells; None if it is none of ours: whatever the program can print may come here."""
    try:
        number, returned, text, holds = json.loads(line)
        claims = list(calls[number].claims)
        held = frozenset(claim for claim, hold in zip(claims, holds, strict=True) if hold is True)
    except (ValueError, TypeError, IndexError, RecursionError):
        return None
    if returned not in (True, False) or not isinstance(text, str):
        return None
    return number, Outcome(bool(returned), text, held)
