"""Running samples on many calls: the result of each, whatever the program does."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.evaluation.sample import Sample
from rag.evaluation.selection.behaviour import NOTHING, Behaviour, CallResult, observe
from rag.evaluation.selection.probes import Probe
from rag.evaluation.selection.run_calls import written
from rag.evaluation.task import Task
from rag.execution import Limits, Sandbox, open_sandbox
from tests.sandboxes import ISOLATION

TASK = Task("t", "", entry_point="f")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with open_sandbox(ISOLATION, Limits(timeout_seconds=3, memory_mb=256, output_kb=16)) as opened:
        yield opened


def tried(sandbox: Sandbox, program: str, *calls: str, claims: Sequence[str] = ()) -> Behaviour:
    probes = [Probe(call, dict.fromkeys(claims, 1)) for call in calls]
    return observe(TASK, [Sample("t", "none", 0, program, program)], probes, sandbox)[0]


def test_every_call_gets_its_outcome_and_its_claims(sandbox: Sandbox) -> None:
    claims = ["__result__ == 0.5", "__result__ < g", "unknown", "1 / 0"]
    seen = tried(sandbox, "g = 1\ndef f(x):\n    return 1 / x", "f(2)", "f(0)", "f(0.5)", claims=claims)
    holds = CallResult(True, "0.5", frozenset(claims[:2]))
    assert seen.results == (holds, CallResult(False, "ZeroDivisionError"), CallResult(True, "2"))
    assert seen.runs


@pytest.mark.parametrize("program", ["def f(:", "1 / 0", "raise SystemExit(0)", "import os; os._exit(0)"])
def test_a_program_whose_top_level_does_not_end_well_does_not_run(sandbox: Sandbox, program: str) -> None:
    seen = tried(sandbox, program, "f(1)")
    assert (seen.runs, seen.results) == (False, (NOTHING,))


HANGS = {
    "loops": "while True: pass",
    "sleeps": "import time; time.sleep(60)",
    "loops and catches exceptions": """
        while True:
            try:
                while True: pass
            except Exception: pass""",
}


@pytest.mark.parametrize("name", HANGS)
def test_a_call_that_hangs_loses_no_other(sandbox: Sandbox, name: str) -> None:
    program = f"def f(x):\n    if x == 1:\n        {HANGS[name]}\n    return x"
    results = tried(sandbox, program, "f(0)", "f(1)", "f(2)").results
    assert results == (CallResult(True, "0"), CallResult(False, "_OverTime"), CallResult(True, "2"))


def test_a_program_that_hangs_each_time_is_given_up(sandbox: Sandbox) -> None:
    results = tried(sandbox, "def f():\n    while True: pass", *["f()"] * 8).results
    assert results == (CallResult(False, "_OverTime"),) * 5 + (NOTHING,) * 3


def test_what_came_before_the_end_of_the_process_is_kept(sandbox: Sandbox) -> None:
    program = "import os\ndef f(x):\n    return x if x < 1 else os._exit(0)"
    assert tried(sandbox, program, "f(0)", "f(1)", "f(0)").results == (
        CallResult(True, "0"),
        NOTHING,
        NOTHING,
    )


def test_calls_may_print_as_much_as_they_like(sandbox: Sandbox) -> None:
    program = "import os\ndef f():\n    print('x' * 10**6)\n    os.write(1, b'x' * 10**6)\n    return 1"
    assert tried(sandbox, program, "f()", "f()").results == (CallResult(True, "1"),) * 2


def test_what_a_program_prints_is_only_data(sandbox: Sandbox) -> None:
    lines = ["[0, true]", '[9, true, "1", []]', '[0, "x", "1", []]', "[0, true, 1, []]", "[" * 5000, "é\x00"]
    program = f"print('-- results of calls --')\nfor line in {lines!r}: print(line)\ndef f(): return 7"
    assert tried(sandbox, program, "f()").results == (CallResult(True, "7"),)
    assert tried(sandbox, f"{program}\n1 / 0", "f()").results == (NOTHING,)


def test_names_of_the_program_do_not_reach_the_harness(sandbox: Sandbox) -> None:
    program = "json = os = list = exec = globals = repr = eval = run_calls = None\ndef f(): return [1, 'a']"
    assert tried(sandbox, program, "f()").results == (CallResult(True, "[1, 'a']"),)


def test_long_values_are_distinguished_by_a_checksum(sandbox: Sandbox) -> None:
    program = "def f(last): return 'x' * 10_000 + last"
    first, again, other = tried(sandbox, program, "f('a')", "f('a')", "f('b')").results
    assert first == again != other
    assert len(first.text) < 100


def test_iterators_are_taken_up_and_objects_have_no_address(sandbox: Sandbox) -> None:
    program = "class C: pass\ndef f(x):\n    return C() if x else (n for n in range(3))"
    drawn, made = tried(sandbox, program, "f(0)", "f(1)", claims=["list(__result__) == [0, 1, 2]"]).results
    assert drawn == CallResult(True, "[0, 1, 2]", frozenset(["list(__result__) == [0, 1, 2]"]))
    assert made.text == "<__main__.C object>"


def test_a_program_that_draws_lots_draws_the_same_ones(sandbox: Sandbox) -> None:
    first, again = tried(sandbox, "import random\ndef f(): return random.random()", "f()", "f()").results
    assert first == again


def test_the_same_code_runs_once(sandbox: Sandbox) -> None:
    programs = [
        "import time\ndef f(): return time.time_ns()",
        "import time\ndef f():\n    return (time.time_ns())",
    ]
    samples = [Sample("t", "none", number, text, text) for number, text in enumerate(programs)]
    one, other = observe(TASK, samples, [Probe("f()", {})], sandbox)
    assert one == other


EQUAL: list[tuple[Any, Any]] = [
    (True, 1),
    (2.0, 2),
    (-0.0, 0),
    (0.1 + 0.2, 0.3),
    ({3, 1, 2}, {2, 3, 1}),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1.0}),
    ([(1, {2})], [(1.0, frozenset([2]))]),
]
DIFFERENT: list[tuple[Any, Any]] = [
    ("1", 1),
    ([1], (1,)),
    (set(), {}),
    ("1, 2", "1,2"),
    ([1, 2], [2, 1]),
    (None, "None"),
    (123456.7, 123456.8),
]


@pytest.mark.parametrize(("one", "other"), EQUAL)
def test_equal_values_are_written_the_same(one: object, other: object) -> None:
    assert written(one) == written(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_values_are_written_differently(one: object, other: object) -> None:
    assert written(one) != written(other)


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
)


@given(plain, plain)
def test_values_are_written_the_same_if_they_are_equal(one: object, other: object) -> None:
    assert (written(one) == written(other)) == (one == other)
