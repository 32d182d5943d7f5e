"""What samples are tried on: test cases that were written, examples, values made up from types."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.evaluation.selection import request_for_tests
from rag.evaluation.selection.probes import Probe, example_probes, find_probes, written_probes
from rag.evaluation.selection.syntax import normal_form
from rag.evaluation.selection.typed_inputs import typed_calls
from rag.evaluation.task import Task

SHOWN = 'def f(xs: list[int]) -> int:\n    """Add.\n\n    >>> f([1, 2])\n    3\n    f([]) gives 0.\n    """\n'
TASK = Task("t", "add", shown=SHOWN, entry_point="f", tests="assert f([7]) == 7")


def claims_of(*texts: str) -> dict[str, dict[str, int]]:
    return {probe.call: dict(probe.claims) for probe in written_probes("f", texts)}


def test_equal_test_cases_are_counted_once_with_their_number() -> None:
    texts = ["f(1) == 2\nassert f( 1 )==2, 'message'\nassert f(1) == 3\n", "f(1) == 2\n\ndef g(): pass"]
    assert claims_of(*texts) == {"f(1)": {"__result__ == 2": 3, "__result__ == 3": 1}}


def test_five_test_cases_of_each_text_count() -> None:
    text = "\nassert ".join(f"f({n}) == {n}" for n in range(9))
    assert list(claims_of(text, "f(8) == 8")) == ["f(0)", "f(1)", "f(2)", "f(3)", "f(4)", "f(8)"]


CLAIMS = {
    "2 == f(1)": ("f(1)", "2 == __result__"),
    "f(1)": ("f(1)", "__result__"),
    "abs(f(1, y=2) - 0.5) < 1e-6": ("f(1, y=2)", "abs(__result__ - 0.5) < 1e-06"),
    "sorted(f([n for n in range(3)])) == [\n 1\n]": ("f([n for n in range(3)])", "sorted(__result__) == [1]"),
    "f(f(1)) == 1": ("f(f(1))", "__result__ == 1"),
    "f(1) == f(2)": ("f(1)", "__result__ == f(2)"),
}


@pytest.mark.parametrize("text", CLAIMS)
def test_a_test_case_is_a_call_and_a_claim(text: str) -> None:
    call, claim = CLAIMS[text]
    assert claims_of(text) == {call: {claim: 1}}


@pytest.mark.parametrize(
    "text",
    ["", "f(1", "f(1) ==", "g(1) == 2", "x.f(1) == 2", "all(f(n) for n in [1])", "f == 2", "\0", "(" * 999],
)
def test_what_is_no_test_case_of_the_function_is_left_out(text: str) -> None:
    assert not claims_of(text)


def test_a_deep_expression_is_left_out_and_harms_nothing() -> None:
    assert "f(1)" in claims_of("f(" + "-" * 5000 + "1) == 1", "f(1) == " + "1+" * 5000 + "1", "f(1) == 2")


def test_written_test_cases_go_before_examples_and_examples_before_types() -> None:
    written = find_probes(TASK, [], ["f([5]) == 5"])
    assert (written.origin, [probe.call for probe in written.calls]) == ("written", ["f([5])"])
    examples = find_probes(TASK, [], ["nothing of use"])
    assert (examples.origin, examples.calls) == (
        "examples",
        [Probe("f([1, 2])", {"__result__ == 3": 1}), Probe("f([])", {})],
    )
    bare = Task("t", "add", entry_point="f", tests="assert f([7]) == 7")
    types = find_probes(bare, ["no Python", "def f(xs: list[int]):\n    return 0"])
    assert types.origin == "types"
    assert all(probe.call.startswith("f([") and not probe.claims for probe in types.calls)
    assert find_probes(bare, ["no Python"]).origin == "none"
    assert find_probes(Task("t", "add"), ["def f(): pass"], ["f() == 1"]).origin == "none"


def test_examples_need_literal_arguments_and_may_be_badly_indented() -> None:
    text = "def f(x, y):\n    >>> f(x, 1)\n  f('a)', (1, 2))\n    >>> f(1, 2)\n   3"
    assert example_probes("f", text) == [Probe("f('a)', (1, 2))", {}), Probe("f(1, 2)", {})]


ANNOTATIONS: dict[str, type | tuple[type, ...]] = {
    "int": int,
    "float": float,
    "bool": bool,
    "str": str,
    "'bytes'": bytes,
    "List[int]": list,
    "typing.Sequence": list,
    "dict[str, list[float]]": dict,
    "set[str]": set,
    "tuple[int, str]": tuple,
    "tuple[int, ...]": tuple,
    "Optional[str]": (str, type(None)),
    "Union[int, str]": (int, str),
    "int | None": (int, type(None)),
}


@pytest.mark.parametrize("annotation", ANNOTATIONS)
def test_made_up_values_are_of_the_type_of_the_parameter(annotation: str) -> None:
    calls = typed_calls("f", [f"def f(x: {annotation}): pass"])
    assert calls == typed_calls("f", [f"def f(x: {annotation}): pass"])
    assert len(calls) > 1
    for call in calls:
        assert isinstance(eval(call, {"f": lambda x: x}), ANNOTATIONS[annotation])


def test_made_up_calls_fit_the_signature() -> None:
    source = "def f(a, b: Unknown = 1, /, *rest, c, d=2, **others):\n    return a, b, c"
    names: dict[str, object] = {"Unknown": object}
    exec(source, names)
    results = [eval(call, names) for call in typed_calls("f", [source])]
    assert len({type(value) for value in results[0] + results[1] + results[2]}) > 1


def test_the_request_ends_where_a_test_case_begins() -> None:
    request = request_for_tests(TASK)
    assert request.startswith(SHOWN)
    assert request.endswith("\nassert ")
    ast.parse(request + "f([]) == 0")


@given(st.text(max_size=40))
def test_any_text_has_a_normal_form_that_is_its_own(text: str) -> None:
    assert normal_form(normal_form(text)) == normal_form(text)
