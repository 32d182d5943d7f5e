"""Scores of samples by their behaviour and by how they agree with each other.

`METHODS` is the table of them. Higher is better; scores of different tasks cannot be compared.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

from rag.evaluation.sample import Sample
from rag.evaluation.selection.behaviour import Behaviour
from rag.evaluation.selection.probes import Probes


@dataclass(frozen=True, slots=True)
class Observed:
    """The samples of one task, the behaviour of each, and the calls that they were tried on."""

    samples: Sequence[Sample]
    behaviours: Sequence[Behaviour]
    probes: Probes


Method = Callable[[Observed], list[float]]


def executable(observed: Observed) -> list[float]:
    """Score 1 for a program that compiles and whose top level runs, else 0."""
    return [float(behaviour.runs) for behaviour in observed.behaviours]


def mbr_exec(observed: Observed) -> list[float]:
    """Score the share of samples with the same results of all calls: minimum Bayes risk with 0-1 loss.

    Shi et al. 2022, section 3. A sample whose calls all fail agrees with none. Where only some calls fail,
    the name of the exception counts as the result of the call.
    """
    results = [_results(behaviour) for behaviour in observed.behaviours]
    alike = Counter(results)
    return [alike[one] / len(results) if any(returned for returned, _ in one) else 0.0 for one in results]


def mbr_exec_soft(observed: Observed) -> list[float]:
    """Score the share of samples with the same value of a call, averaged over the calls.

    This is minimum Bayes risk whose loss is the share of calls on which two samples differ. A call that fails
    agrees with none.
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
    """Score sqrt(samples that pass the same test cases) * (number of these test cases): dual agreement.

    Chen et al. 2022, section 2.2, with the square root of their published code. Samples and test cases that
    were written several times count as often as they were written.

    Three samples pass test cases A and B, one passes C alone: 3.46 for each of the three, 1 for the fourth.
    """
    calls = observed.probes.calls
    passed = [
        frozenset(
            (number, claim) for number, result in enumerate(behaviour.results) for claim in result.claims
        )
        for behaviour in observed.behaviours
    ]
    alike = Counter(passed)
    return [sqrt(alike[one]) * sum(calls[number].claims[claim] for number, claim in one) for one in passed]


def likelihood(observed: Observed) -> list[float]:
    """Score the mean log-likelihood of the tokens; a sample without one scores 1 less than the lowest."""
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
    return tuple((result.returned, result.text) for result in behaviour.results)
