"""Choosing among samples without the tests of their task."""

from collections.abc import Iterator, Sequence
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import UnknownName
from rag.evaluation.sample import Sample
from rag.evaluation.selection import METHODS, Observed, Selection, observe_samples, rank_samples, select
from rag.evaluation.selection.behaviour import Behaviour, CallResult
from rag.evaluation.selection.probes import Probe, Probes
from rag.evaluation.task import Task
from rag.execution import Limits, Sandbox, open_sandbox
from tests.sandboxes import ISOLATION

TASK = Task("t", "double a number", entry_point="f", tests="assert False, 'never to be run'")
WRITTEN = ["f(1) == 2\nassert f(2) == 4\nassert f(3) == 6\n", "f(0) == 0"]
DOUBLE = "def f(x):\n    return 2 * x\n"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with open_sandbox(ISOLATION, Limits(timeout_seconds=5, memory_mb=256, output_kb=16)) as opened:
        yield opened


def samples_of(*answers: str, likelihoods: Sequence[float] = ()) -> list[Sample]:
    known: list[float | None] = [*likelihoods, *[None] * (len(answers) - len(likelihoods))]
    return [
        Sample("t", "none", number, answer, answer, known[number]) for number, answer in enumerate(answers)
    ]


def numbers(selection: Selection) -> list[int]:
    return [one.sample.number for one in selection.ranked]


def by_hand(results: Sequence[Sequence[CallResult]], calls: Sequence[Probe] = ()) -> Observed:
    """Return samples with different code and with these results."""
    behaviours = [Behaviour(str(number), True, tuple(each)) for number, each in enumerate(results)]
    return Observed(samples_of(*(each.code for each in behaviours)), behaviours, Probes("written", calls))


def values(*texts: str) -> list[CallResult]:
    return [CallResult(True, text) for text in texts]


FAILS = CallResult(False, "TypeError")


def test_mbr_exec_counts_the_samples_with_the_same_results() -> None:
    observed = by_hand([values("1", "2"), values("1", "3"), values("1", "2"), [FAILS, FAILS], [FAILS, FAILS]])
    assert METHODS["mbr-exec"](observed) == [2 / 5, 1 / 5, 2 / 5, 0, 0]


def test_where_some_calls_fail_how_they_fail_is_a_result() -> None:
    observed = by_hand([[*values("1"), FAILS], [*values("1"), FAILS], values("1", "2")])
    assert METHODS["mbr-exec"](observed) == [2 / 3, 2 / 3, 1 / 3]


def test_soft_mbr_exec_counts_the_calls_on_which_two_agree() -> None:
    observed = by_hand([values("1", "2"), values("1", "3"), [*values("1"), FAILS]])
    # the first call: three agree; the second: each alone, and the failure with nobody
    assert METHODS["mbr-exec-soft"](observed) == pytest.approx([4 / 6, 4 / 6, 3 / 6])


results = st.tuples(st.booleans(), st.sampled_from("ab")).map(lambda pair: CallResult(*pair))
rows = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(results, min_size=width, max_size=width), min_size=1, max_size=8)
)


@given(rows)
def test_soft_mbr_exec_is_the_mean_gain_over_all_pairs(table: list[list[CallResult]]) -> None:
    def gain(one: list[CallResult], other: list[CallResult]) -> float:
        return sum(a.returned and a == b for a, b in zip(one, other, strict=True)) / len(one)

    expected = [sum(gain(one, other) for other in table) / len(table) for one in table]
    assert METHODS["mbr-exec-soft"](by_hand(table)) == pytest.approx(expected)


def test_codet_multiplies_the_root_of_the_samples_by_the_test_cases_they_pass() -> None:
    calls = [Probe("f(1)", {"a": 3, "b": 1}), Probe("f(2)", {"c": 2})]
    passes_a = [CallResult(True, "", frozenset("a")), CallResult(True, "")]
    passes_a_and_c = [CallResult(True, "", frozenset("a")), CallResult(True, "", frozenset("c"))]
    observed = by_hand([passes_a, passes_a, passes_a_and_c, values("", "")], calls)
    assert METHODS["codet"](observed) == pytest.approx([sqrt(2) * 3, sqrt(2) * 3, 5, 0])


def test_samples_without_a_likelihood_come_below_those_that_have_one(sandbox: Sandbox) -> None:
    observed = observe_samples(TASK, samples_of(*[DOUBLE] * 3, likelihoods=[-9.0, -1.0]), sandbox)
    assert numbers(rank_samples("likelihood", observed)) == [1, 0, 2]


def test_each_method_chooses_the_right_one_and_no_test_of_the_task_is_run(sandbox: Sandbox) -> None:
    answers = ["def f(x: return", "def f(x):\n    return x\n", DOUBLE, "def f(x): return x + x", "1 / 0"]
    observed = observe_samples(TASK, samples_of(*answers), sandbox, WRITTEN, workers=2)
    assert observed.probes.origin == "written"
    assert METHODS["executable"](observed) == [0, 1, 1, 1, 0]
    for method in ("mbr-exec", "mbr-exec-soft", "codet"):
        assert numbers(rank_samples(method, observed))[:2] == [2, 3], method


def test_ties_go_to_the_code_that_more_samples_have_then_to_the_lower_number(sandbox: Sandbox) -> None:
    answers = ["def f(x): return x", DOUBLE, "def f(x): return 3 * x", "def f(x): return (2 * x)  # two"]
    assert numbers(select("executable", TASK, samples_of(*answers), sandbox)) == [1, 3, 0, 2]


def test_a_second_method_decides_where_the_first_leaves_a_tie(sandbox: Sandbox) -> None:
    samples = samples_of("1 / 0", DOUBLE, "def f(x): return x", likelihoods=[-1, -3, -2])
    selection = select("executable+likelihood", TASK, samples, sandbox)
    assert numbers(selection) == [2, 1, 0]
    assert selection.ranked[0].scores == (1, -2)


def test_the_order_in_which_samples_are_given_does_not_matter(sandbox: Sandbox) -> None:
    samples = samples_of(DOUBLE, "def f(x): return 0", "def f(x): return x * 2", "def f(x): return x")
    forth = select("mbr-exec-soft+codet", TASK, samples, sandbox, WRITTEN)
    back = select("mbr-exec-soft+codet", TASK, samples[::-1], sandbox, WRITTEN)
    assert forth == back


def test_without_samples_there_is_nothing_to_choose(sandbox: Sandbox) -> None:
    for method in METHODS:
        assert select(method, TASK, [], sandbox, WRITTEN).ranked == ()


def test_an_unknown_method_is_reported(sandbox: Sandbox) -> None:
    with pytest.raises(UnknownName, match="selection method 'mbr'") as caught:
        select("executable+mbr", TASK, samples_of(DOUBLE), sandbox)
    assert "codet" in caught.value.why


def test_what_programs_print_is_compared_where_there_is_no_function(sandbox: Sandbox) -> None:
    task = Task("t", "print one", language="bash")
    observed = observe_samples(task, samples_of("echo 2", "echo 1", "printf '1\\n'", "exit 1"), sandbox)
    assert observed.probes.origin == "none"
    assert METHODS["executable"](observed) == [1, 1, 1, 0]
    assert METHODS["mbr-exec"](observed) == [1 / 4, 2 / 4, 2 / 4, 0]


def test_what_stands_around_the_answer_belongs_to_the_program(sandbox: Sandbox) -> None:
    task = Task("t", "", before="def f(x):\n    return ", after="\nassert f(0) == 0\n", entry_point="f")
    assert METHODS["executable"](observe_samples(task, samples_of("x", "x + 1"), sandbox)) == [1, 0]
