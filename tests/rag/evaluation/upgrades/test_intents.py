"""What a docstring says an object is for, without its name, and the examples that it has."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.evaluation.upgrades.docstring_examples import DocExample, examples_in
from rag.evaluation.upgrades.intents import gives_away, intent_of
from rag.evaluation.upgrades.records import ApiCandidate

MEAN = ApiCandidate("added", "shop.running_mean", "", "", ("shop.running_mean",))
GIVEN_AWAY = "the intent gives the name away"
TOO_LITTLE = "its docstring says too little of what it is for"


def intent(text: str, candidate: ApiCandidate = MEAN) -> str:
    """Return the intent, or why there is none."""
    return "".join(intent_of(replace(candidate, text=text)))


def test_an_intent_is_the_first_sentences_without_marks_examples_and_sections() -> None:
    said = (
        "Average of *all* values seen so far, as :func:`~statistics.fmean`. It takes any iterable of numbers."
    )
    kept = "Average of all values seen so far, as fmean. It takes any iterable of numbers"
    assert intent(said) == kept
    assert intent(f"{said}\n\n>>> running_mean([1])\n1.0\n\nMore of it is said here.") == kept
    assert intent(f"{said}\n\nParameters\n----------\nvalues : list\n    Those to average.") == kept
    assert intent(f"{said}\n\nArgs:\n    values: those to average.") == kept
    assert intent(f"{said}\n\n.. versionadded:: 2.0 of this library of ours") == kept


def test_the_name_is_it_where_it_stands_as_code() -> None:
    assert intent("Average of values: ``running_mean`` never ends by itself.") == (
        "Average of values: it never ends by itself"
    )
    assert "running_mean" not in intent("Average all of the values that running_mean() is given.")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Compute the running mean of the values.", GIVEN_AWAY),
        ("Compute running means of the values.", GIVEN_AWAY),
        ("Compute the running mean of the values. Any iterable of numbers will do.", GIVEN_AWAY),
        ("See the guide for all of this.", TOO_LITTLE),
        ("Average.", TOO_LITTLE),
        (">>> running_mean([1])\n1.0", TOO_LITTLE),
        ("\x00\x1b[2J", TOO_LITTLE),
    ],
)
def test_an_intent_that_gives_the_name_away_or_says_too_little_is_none(text: str, reason: str) -> None:
    assert intent(text) == reason


def test_control_characters_of_a_docstring_are_not_kept() -> None:
    assert intent("Average of all \x1b[31mvalues\u202e seen so far.").isprintable()


def test_inflections_give_a_name_away_and_parts_of_words_do_not() -> None:
    assert gives_away("It adds two prices", "add")
    assert gives_away("Adding two prices", "add")
    assert gives_away("It parses prices", "parse")
    assert gives_away("Convert it to JSON lines", "to_json")
    assert gives_away("A zoned date time", "ZonedDateTime")
    assert not gives_away("The address of a shop", "add")
    assert not gives_away("A mean that is running", "running_mean")


@pytest.mark.parametrize(
    "listed",
    [
        "Parameters\n----------\nvalues : list\n    Those.\nstep : int\n    How many of them are left out.",
        "Args:\n    values: Those.\n    step (int): How many of them\n        are left out. And more.",
        "Parameters:\n  values: Those.\n  step (int): How many of them are left out.",
        "If *step* is given, many of them are left out.",
        "With ``step=2``, many of them are left out.",
    ],
)
def test_a_new_parameter_is_described_as_the_option(listed: str) -> None:
    found = intent(f"Average of values seen so far.\n\n{listed}", replace(MEAN, parameter="step"))
    assert found.startswith("Average of values seen so far. ")
    assert "the option" in found.lower()
    assert found.endswith("of them are left out")
    assert "step" not in found


def test_a_parameter_of_which_nothing_is_said_leaves_no_intent() -> None:
    reason = intent("Average of values seen so far.", replace(MEAN, parameter="step"))
    assert reason == "its docstring does not say what the parameter does"


def test_a_member_is_asked_about_with_its_class() -> None:
    member = replace(MEAN, name="shop.Basket.mean", holder="shop.Basket")
    assert intent("Average of all its prices.", member) == "Basket: Average of all its prices"


def test_examples_keep_their_blocks_options_and_output() -> None:
    text = """Add.

    >>> x = [1,
    ...      2]
    >>> x  # doctest: +SKIP
    [1, 2]

    Text.

    >>> print("a\\n  b")
    a
      b
    ```
    """
    assert examples_in(text) == [
        DocExample("x = [1,\n     2]", "", (), 0),
        DocExample("x  # doctest: +SKIP", "[1, 2]", ("+SKIP",), 0),
        DocExample('print("a\\n  b")', "a\n  b", (), 1),
    ]


@given(st.lists(st.sampled_from([">>> ", ">>> x = 1", "... y", "", "  out", ">>>", "...", "\t>>> z"])))
def test_any_docstring_has_examples_that_are_lines_of_it(lines: list[str]) -> None:
    found = examples_in("\n".join(lines))
    assert len(found) == sum(line.strip() == ">>>" or line.strip().startswith(">>> ") for line in lines)
    assert [one.block for one in found] == sorted(one.block for one in found)
