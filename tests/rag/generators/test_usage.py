"""What a generator is asked is counted, whatever way it is asked, and priced where prices are known."""

from collections.abc import Callable, Sequence
from collections.abc import Generator as PythonGenerator
from dataclasses import dataclass, replace
from itertools import islice
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import GeneratorError
from rag.generators import open_generator
from rag.generators.completion import (
    DEFAULT_SAMPLING,
    Completion,
    ContinuingGenerator,
    Sampling,
    SamplingGenerator,
    StreamingGenerator,
    complete,
    continue_text,
    generator_name,
    samples,
    stream,
    with_seed,
)
from rag.generators.usage import GeneratorUsage, MeteredGenerator, Prices
from rag.prompting.prompt import Prompt, make_prompt

PROMPT = make_prompt("sort a list", [], template="chat")


@dataclass(frozen=True)
class Everything:
    """A generator that can do all that generators can."""

    sampling: Sampling = DEFAULT_SAMPLING
    name: str = "test:everything"
    is_toy: bool = True

    def __call__(self, prompt: Prompt, /) -> Completion:
        return self._answer(f"seed {self.sampling.seed}")

    def _answer(self, text: str) -> Completion:
        return Completion(text, text, self.name, 100, 10, cached_tokens=40, cache_written_tokens=20)

    def stream(self, prompt: Prompt, /) -> PythonGenerator[str, None, Completion]:
        yield "one "
        yield "two"
        return self._answer("one two")

    def continue_text(self, text: str, /, stop: Sequence[str] = ()) -> Completion:
        return self._answer("more")

    def samples(self, prompt: Prompt, n: int, /) -> list[Completion]:
        first, *others = (self._answer(str(number)) for number in range(n))
        return [first, *(replace(one, prompt_tokens=None, cached_tokens=None) for one in others)]

    def count_tokens(self, text: str) -> int:
        return len(text)


def failing(prompt: Prompt) -> str:
    raise ValueError("no")


def plain(prompt: Prompt) -> str:
    return "text"


WAYS: dict[str, Callable[[MeteredGenerator], object]] = {
    "call": lambda metered: complete(metered, PROMPT),
    "stream": lambda metered: list(stream(metered, PROMPT)),
    "continue": lambda metered: continue_text(metered, "def f"),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_every_way_to_ask_is_counted(way: Callable[[MeteredGenerator], object]) -> None:
    metered = MeteredGenerator(Everything())
    way(metered)
    way(metered)
    assert replace(metered.usage, seconds=0.0) == GeneratorUsage(
        calls=2, prompt_tokens=200, cached_tokens=80, cache_written_tokens=40, completion_tokens=20
    )
    assert metered.usage.seconds > 0


def test_several_answers_of_one_call_read_the_prompt_once() -> None:
    metered = MeteredGenerator(Everything())
    assert len(samples(metered, PROMPT, 5)) == 5
    assert (metered.usage.calls, metered.usage.prompt_tokens, metered.usage.completion_tokens) == (1, 100, 50)


def test_a_metered_generator_offers_what_the_other_one_does() -> None:
    metered = MeteredGenerator(Everything())
    for protocol in (StreamingGenerator, ContinuingGenerator, SamplingGenerator):
        assert isinstance(metered, protocol)
        assert not isinstance(MeteredGenerator(plain), protocol)
    echo = MeteredGenerator(open_generator("echo"))
    assert isinstance(echo, ContinuingGenerator) and not isinstance(echo, StreamingGenerator)
    for wrapped in (metered, MeteredGenerator(metered)):
        assert wrapped.count_tokens("four") == 4 and wrapped.is_toy
        assert "count_tokens" in vars(wrapped)  # where protocols look from Python 3.12 on
    assert generator_name(metered) == "test:everything" and generator_name(MeteredGenerator(plain)) == "plain"
    with pytest.raises(AttributeError):
        metered.absent  # noqa: B018


def test_another_seed_reaches_the_generator_and_is_counted_with_the_rest() -> None:
    metered = MeteredGenerator(Everything())
    assert complete(with_seed(metered, 3), PROMPT).text == "seed 3"
    assert complete(replace(metered, sampling=Sampling(seed=7)), PROMPT).text == "seed 7"
    assert complete(metered, PROMPT).text == "seed 0"
    assert metered.usage.calls == 3


def test_what_fails_or_is_left_early_is_counted_as_failed() -> None:
    metered = MeteredGenerator(failing)
    with pytest.raises(GeneratorError):
        complete(metered, PROMPT)
    assert (metered.usage.calls, metered.usage.failed) == (1, 1)
    left = MeteredGenerator(Everything())
    pieces = stream(left, PROMPT)
    assert list(islice(pieces, 1)) == ["one "]
    pieces.close()
    assert (left.usage.calls, left.usage.failed) == (1, 1)


def test_an_answer_without_a_count_is_said_to_be_missing_in_the_sums() -> None:
    metered = MeteredGenerator(plain, Prices(1.0, 2.0))
    complete(metered, PROMPT)
    assert metered.usage.uncounted == 1 and metered.usage.prompt_tokens == 0
    assert metered.usage.line.startswith("1 call: the number of tokens is not known")


def test_threads_lose_no_call() -> None:
    metered = MeteredGenerator(Everything(), Prices(10.0, 100.0))

    def ask() -> None:
        for number in range(50):
            complete(with_seed(metered, number), PROMPT)

    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (metered.usage.calls, metered.usage.prompt_tokens) == (400, 40_000)
    assert metered.usage.cost == pytest.approx(400 * (100 * 10 + 10 * 100) / 1e6)


def test_cached_tokens_have_their_own_price() -> None:
    used = GeneratorUsage(
        calls=1, prompt_tokens=1_000_000, cached_tokens=600_000, cache_written_tokens=100_000
    )
    assert Prices(1.0, 5.0).cost(used) == 1.0
    assert Prices(1.0, 5.0, cached=0.1).cost(used) == pytest.approx(0.3 + 0.06 + 0.1)
    assert Prices(1.0, 5.0, 0.1, 1.25).cost(used) == pytest.approx(0.3 + 0.06 + 0.125)


def test_the_line_says_tokens_seconds_and_dollars() -> None:
    used = GeneratorUsage(
        2, prompt_tokens=12_345, cached_tokens=4_000, completion_tokens=95, seconds=1.44, cost=0.00123
    )
    assert used.line == "2 calls: 12,345 tokens read (4,000 of them cached), 95 written, 1.4 s, $0.0012"
    assert GeneratorUsage(1, failed=1, prompt_tokens=1, cost=3.0).line.endswith("1 failed, at least $3.00")


@pytest.mark.parametrize("text", ["", "1", "1,2,3,4", "a,b", "-1,2", "nan,1", "inf,1"])
def test_what_is_no_price_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Prices.parse(text)


USAGES = st.builds(
    GeneratorUsage,
    *[st.integers(0, 10**9) for _ in range(7)],
    st.integers(0, 10**6).map(float),
    st.none() | st.integers(0, 10**6).map(float),
)


@given(USAGES, USAGES, USAGES)
def test_sums_do_not_depend_on_the_order(
    one: GeneratorUsage, two: GeneratorUsage, three: GeneratorUsage
) -> None:
    assert one + two == two + one and (one + two) + three == one + (two + three)
    assert one + GeneratorUsage() == one
