"""What samples do when they are run: each different program runs once, on all calls."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from rag.evaluation.sample import Sample
from rag.evaluation.selection.probes import Probe
from rag.evaluation.selection.syntax import normal_form
from rag.evaluation.task import Task
from rag.execution import Program, Sandbox, Verdict

CALL_SECONDS = 0.1
"""Limit of each call as in the published code of CodeT, but of processor time: load does not change it."""
_INSIDE = Path(__file__).with_name("run_calls.py").read_text(encoding="utf-8")
_MARK = "-- results of calls --"


class CallResult(NamedTuple):
    """The result of a call: its value as text, or the name of an exception, and the claims that hold."""

    returned: bool
    text: str
    claims: frozenset[str] = frozenset()


NOTHING = CallResult(False, "")
"""The result of a call that was not made, since the program had ended or hung before."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What one sample does.

    Args:
        code: its program without layout and comments, so that equal code is equal text.
        runs: whether the program compiles and its top level ends well.
        results: one for each call, in their order; for a task without a function, that of the program itself.
    """

    code: str
    runs: bool
    results: tuple[CallResult, ...]


def observe(
    task: Task, samples: Sequence[Sample], calls: Sequence[Probe], sandbox: Sandbox, workers: int = 1
) -> list[Behaviour]:
    """Run each different program among `samples` once, on all `calls`, without the tests of the task."""
    sources = [task.source(sample.answer) for sample in samples]
    codes = [normal_form(source) if task.language == "python" else source for source in sources]
    # Samples that differ only in layout and comments share one run.
    different = dict(zip(codes, sources, strict=True))
    tests = _tests(calls) if calls else ""
    programs = (Program(source, tests, language=task.language) for source in different.values())
    verdicts = sandbox.run_all(programs, workers)
    seen = {code: _behaviour(code, calls, verdict) for code, verdict in zip(different, verdicts, strict=True)}
    return [seen[code] for code in codes]


def _tests(calls: Sequence[Probe]) -> str:
    names = {
        "__name__": "run_calls",
        "mark": _MARK,
        "calls": [(probe.call, list(probe.claims)) for probe in calls],
        "seconds": CALL_SECONDS,
    }
    text = f"{_INSIDE}\nrun_calls(program, mark, calls, seconds)\n"
    # Not by the names `exec` and `globals`: the program may have given them another meaning.
    inside = '__import__("builtins")'
    return f"{inside}.exec({text!r}, {{**{names!r}, 'program': {inside}.globals()}})"


def _behaviour(code: str, calls: Sequence[Probe], verdict: Verdict) -> Behaviour:
    if not calls:
        return Behaviour(code, verdict.passed, (CallResult(verdict.passed, verdict.stdout),))
    # Without the mark, the program ended or hung before the first call.
    _, mark, results = verdict.stdout.rpartition(f"\n{_MARK}\n")
    found: dict[int, CallResult] = {}
    for line in results.splitlines() if mark else ():
        if result := _outcome(line, calls):
            found.setdefault(*result)
    return Behaviour(code, bool(mark), tuple(found.get(number, NOTHING) for number in range(len(calls))))


def _outcome(line: str, calls: Sequence[Probe]) -> tuple[int, CallResult] | None:
    """Parse one line of results; None if it is not one, since a program can print anything here."""
    try:
        number, returned, text, holds = json.loads(line)
        claims = list(calls[number].claims)
        held = frozenset(claim for claim, hold in zip(claims, holds, strict=True) if hold is True)
    except (ValueError, TypeError, IndexError, RecursionError):
        return None
    if returned not in (True, False) or not isinstance(text, str):
        return None
    return number, CallResult(bool(returned), text, held)
