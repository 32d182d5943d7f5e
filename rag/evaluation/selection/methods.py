"""Scores of samples by how they behave, and by how they agree with each other.

`METHODS` names them; higher is better, and only the scores of one task can be compared.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

from rag.evaluation.sample import Sample
from rag.evaluation.selection.behaviour import Behaviour
from rag.evaluation.selection.trials import Trials


@dataclass(frozen=True, slots=True)
class Observed:
    """The samples of one task, what each did, and what they were tried on."""

    samples: Sequence[Sample]
    behaviours: Sequence[Behaviour]
    trials: Trials


Method = Callable[[Observed], list[float]]


def executable(observed: Observed) -> list[float]:
    """1 for a program that compiles and whose top level runs, else 0."""
    return [float(behaviour.runs) for behaviour in observed.behaviours]


def mbr_exec(observed: Observed) -> list[float]:
    """Share of the samples with the same results of all calls: minimum Bayes risk with the loss 0 or 1.

    Shi et al. 2022, section 3. A sample whose calls all fail agrees with nobody; where some do, the name of
    the exception is the result of the call.
    """
    results = [_results(behaviour) for behaviour in observed.behaviours]
    alike = Counter(results)
    return [alike[one] / len(results) if any(returned for returned, _ in one) else 0.0 for one in results]


def mbr_exec_soft(observed: Observed) -> list[float]:
    """Share of the samples with the same value of a call, on average over the calls.

    Minimum Bayes risk with the share of calls on which two samples differ as loss. A call that fails agrees
    with nobody.
    """
    results = [_results(behaviour) for behaviour in observed.behaviours]
    scores = [0.0] * len(results)
    for column in zip(*results, strict=True):
        alike = Counter(column)
        for number, result in enumerate(column):
            scores[number] += alike[result] if result[0] else 0
    cells = sum(map(len, results)) or 1  # samples times calls
    return [score / cells for score in scores]


def codet(observed: Observed) -> list[float]:
    """Root of the number of samples that pass the same test cases, times the number of these: dual agreement.

    Chen et al. 2022, section 2.2, with the root as in their published code; both numbers count what was
    written several times as often as it was written.
    """
    calls = observed.trials.calls
    passed = [
        frozenset(
            (number, claim) for number, outcome in enumerate(behaviour.outcomes) for claim in outcome.claims
        )
        for behaviour in observed.behaviours
    ]
    alike = Counter(passed)
    return [sqrt(alike[one]) * sum(calls[number].claims[claim] for number, claim in one) for one in passed]


def likelihood(observed: Observed) -> list[float]:
    """Mean log-likelihood of the tokens; a sample of which it is not known comes below all others."""
    values = [sample.log_likelihood for sample in observed.samples]
    unknown = min((value for value in values if value is not None), default=0.0) - 1
    return [unknown if value is None else value for value in values]


METHODS: dict[str, Method] = {
    "executable": executable,
    "mbr-exec": mbr_exec,
    "mbr-exec-soft": mbr_exec_soft,
    "codet": codet,
    "likelihood": likelihood,
}


def _results(behaviour: Behaviour) -> tuple[tuple[bool, str], ...]:
    return tuple((outcome.returned, outcome.text) for outcome in behaviour.outcomes)
