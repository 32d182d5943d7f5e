"""Select among the samples of a task without its tests."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from corpora.errors import UnknownName
from rag.evaluation.sample import Sample
from rag.evaluation.selection.behaviour import observe
from rag.evaluation.selection.methods import METHODS, Observed
from rag.evaluation.selection.probes import ProbeOrigin, find_probes
from rag.evaluation.task import Task
from rag.execution import Sandbox


@dataclass(frozen=True, slots=True)
class Ranked:
    """A sample with its scores, one for each method; the first decides, the others break ties."""

    sample: Sample
    scores: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """The samples of a task, best first.

    Args:
        method: the method that was asked for.
        origin: the source of the calls that they were tried on: "written" by a generator, "examples" of the
            task, made up from "types", or "none".
        ranked: all samples, best first.
    """

    method: str
    origin: ProbeOrigin
    ranked: tuple[Ranked, ...]


def select(
    method: str, task: Task, samples: Sequence[Sample], sandbox: Sandbox, written: Sequence[str] = ()
) -> Selection:
    """Order the samples of `task` by a method, without running its tests.

    Args:
        method: a name in `METHODS`, or several joined by `+`, such as "mbr-exec+likelihood": each breaks the
            ties of those before it. Remaining ties go to the code that more samples have, then to the lower
            number.
        task: the task that they answer.
        samples: samples of one context.
        sandbox: where they are run.
        written: texts with test cases from a generator; see `request_for_tests`.

    Raises:
        UnknownName: there is no such method.
    """
    return rank_samples(method, observe_samples(task, samples, sandbox, written))


def observe_samples(
    task: Task, samples: Sequence[Sample], sandbox: Sandbox, written: Sequence[str] = (), workers: int = 1
) -> Observed:
    """Run the samples once, for any number of methods, on the calls that can be found for `task`."""
    probes = find_probes(task, [task.source(sample.answer) for sample in samples], written)
    return Observed(samples, observe(task, samples, probes.calls, sandbox, workers), probes)


def rank_samples(method: str, observed: Observed) -> Selection:
    """Order samples that have been run by a method, as `select` does.

    Raises:
        UnknownName: there is no such method.
    """
    columns = []
    for name in method.split("+"):
        if name not in METHODS:
            raise UnknownName("selection method", name, METHODS)
        columns.append(METHODS[name](observed))
    # Of samples with equal scores, the code that was written most often is the likeliest to be right.
    codes = Counter(behaviour.code for behaviour in observed.behaviours)
    ranked = [
        Ranked(sample, scores)
        for sample, scores in zip(observed.samples, zip(*columns, strict=True), strict=True)
    ]
    alike = [codes[behaviour.code] for behaviour in observed.behaviours]

    def place(number: int) -> tuple[tuple[float, ...], int, int]:
        return tuple(-score for score in ranked[number].scores), -alike[number], ranked[number].sample.number

    best_first = sorted(range(len(ranked)), key=place)
    return Selection(method, observed.probes.origin, tuple(ranked[number] for number in best_first))
