"""Messages are read from their literals, with values in place of what the program fills in."""

from random import Random

import pytest

from bench.made_questions.messages import joined_text
from bench.made_questions.outline import read_units
from bench.made_questions.placeholders import filled, fixed_text, has_placeholder
from bench.made_questions.records import SourceFile


@pytest.mark.parametrize(
    ("literals", "message"),
    [
        (['"cannot open %s"'], "cannot open %s"),
        (["f'no cart {name!r}\\n'"], "no cart {name!r}"),
        (['"cannot open"', '" the cart"'], "cannot open the cart"),
        (['r#"no "cart" here"#'], 'no "cart" here'),
        (['"no \\"cart\\" here"'], 'no "cart" here'),
        (['@"no cart"'], "no cart"),
        (['"""\n    no cart\n    there"""'], "no cart"),
        (["no literal"], ""),
    ],
)
def test_the_first_line_of_a_literal_is_the_message(literals: list[str], message: str) -> None:
    assert joined_text(literals) == message


@pytest.mark.parametrize(
    "message",
    [
        "took %d of %5.2f",
        "no cart %(name)s for %-10s",
        "no cart {} of {0} and {total:,}",
        "no cart #{cart.name}",
        "no cart ${cart} for $user",
        "no cart \\(cart.name)",
        "no cart: %w",
        "no cart %+v of %q",
        "size %zu, offset %lld",
    ],
)
def test_every_placeholder_is_filled(message: str) -> None:
    assert has_placeholder(message)
    text = filled(message, Random(3))
    assert not has_placeholder(text)
    assert fixed_text(message).split()[0] in text


def test_percentages_and_prices_stay() -> None:
    assert not has_placeholder("100% of 5 $ are paid")


def test_a_variable_between_two_literals_is_a_placeholder() -> None:
    data = b'class A { void f() { throw new CartError("no cart \'" + cart.name + "\' is here"); } }'
    file = SourceFile("A.java", "java", data, is_test=False)
    assert read_units(file)
    assert joined_text(file.literals[0].parts) == "no cart '{cart.name}' is here"
