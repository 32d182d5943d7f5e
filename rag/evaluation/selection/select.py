"""Choose among the samples of a task without its tests."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from corpora.errors import UnknownName
from rag.evaluation.sample import Sample
from rag.evaluation.selection.behaviour import observe
from rag.evaluation.selection.methods import METHODS, Observed
from rag.evaluation.selection.trials import Origin, find_trials
from rag.evaluation.task import Task
from rag.execution import Sandbox


@dataclass(frozen=True, slots=True)
class Ranked:
    """A sample with its scores, one for each method, the first the decisive one."""

    sample: Sample
    scores: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """The samples of a task, best first.

    Args:
        method: as it was asked for.
        origin: where the calls come from that they were tried on: "written" by a generator, "examples" of the
            task, made up after "types", or "none".
        ranked: all samples.
    """

    method: str
    origin: Origin
    ranked: tuple[Ranked, ...]


def select(
    method: str, task: Task, samples: Sequence[Sample], sandbox: Sandbox, written: Sequence[str] = ()
) -> Selection:
    """Order the samples of `task` by a method, without running its tests.

    Args:
        method: a name in METHODS, or several with `+` between them: each decides where those before it
            leave a tie, as in "mbr-exec+likelihood". Then the code that more samples have goes first, then
            the lower number.
        task: what they answer.
        samples: of one context.
        sandbox: to run them in.
        written: texts of test cases by a generator, see `request_for_tests`.

    Raises:
        UnknownName: there is no such method.
    """
    return rank(method, observe_samples(task, samples, sandbox, written))


def observe_samples(
    task: Task, samples: Sequence[Sample], sandbox: Sandbox, written: Sequence[str] = (), workers: int = 1
) -> Observed:
    """Run the samples on what can be found for `task`: once, for however many methods."""
    trials = find_trials(task, [task.source(sample.answer) for sample in samples], written)
    return Observed(samples, observe(task, samples, trials.calls, sandbox, workers), trials)


def rank(method: str, observed: Observed) -> Selection:
    """As `select`, of samples that have been run."""
    columns = []
    for name in method.split("+"):
        if name not in METHODS:
            raise UnknownName("selection method", name, METHODS)
        columns.append(METHODS[name](observed))
    codes = Counter(behaviour.code for behaviour in observed.behaviours)
    ranked = [
        Ranked(sample, scores)
        for sample, scores in zip(observed.samples, zip(*columns, strict=True), strict=True)
    ]
    alike = [codes[behaviour.code] for behaviour in observed.behaviours]

    def place(number: int) -> tuple[tuple[float, ...], int, int]:
        return tuple(-score for score in ranked[number].scores), -alike[number], ranked[number].sample.number

    best_first = sorted(range(len(ranked)), key=place)
    return Selection(method, observed.trials.origin, tuple(ranked[number] for number in best_first))
