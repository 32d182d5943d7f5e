"""Several answers to one prompt, and the calls of tools in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from corpora.errors import GeneratorError, PromptRefused
from rag.generators import open_generator
from rag.generators.completion import (
    DEFAULT_SAMPLING,
    Completion,
    Sampling,
    SamplingGenerator,
    complete,
    samples,
)
from rag.generators.tool_call import ToolCall, read_tool_calls
from rag.prompting.message import Image, Message
from rag.prompting.prompt import Prompt, make_prompt

PROMPT = make_prompt("roll a die", [], template="chat")


@dataclass(frozen=True)
class Seeded:
    sampling: Sampling = DEFAULT_SAMPLING

    def __call__(self, prompt: Prompt, /) -> str:
        return f"{prompt.query} {self.sampling.seed}"


@dataclass(frozen=True)
class AtOnce(Seeded):
    given: int = 3

    def samples(self, prompt: Prompt, n: int, /) -> Sequence[Completion]:
        return [Completion(str(number), "", "at once") for number in range(self.given)]


def test_a_generator_is_asked_once_for_each_answer_with_the_next_seed() -> None:
    answers = samples(Seeded(Sampling(seed=5)), PROMPT, 3)
    assert [one.text for one in answers] == ["roll a die 5", "roll a die 6", "roll a die 7"]


def test_a_function_without_a_seed_is_asked_as_often() -> None:
    assert [one.text for one in samples(lambda prompt: prompt.query, PROMPT, 2)] == ["roll a die"] * 2


def test_a_generator_that_gives_several_is_asked_once() -> None:
    assert isinstance(AtOnce(), SamplingGenerator) and not isinstance(Seeded(), SamplingGenerator)
    assert [one.text for one in samples(AtOnce(), PROMPT, 3)] == ["0", "1", "2"]


def test_too_few_answers_are_an_error() -> None:
    with pytest.raises(GeneratorError, match="did not give 4 answers"):
        samples(AtOnce(), PROMPT, 4)


@pytest.mark.parametrize("n", [0, -1, 1001])
def test_a_number_of_answers_that_nobody_wants_is_refused(n: int) -> None:
    with pytest.raises(GeneratorError, match="cannot be asked for"):
        samples(Seeded(), PROMPT, n)


# tools


def test_calls_of_tools_are_read_from_a_message() -> None:
    said = [{"id": "c1", "type": "function", "function": {"name": "look_up", "arguments": '{"name": "x"}'}}]
    assert read_tool_calls(said) == (ToolCall("c1", "look_up", '{"name": "x"}'),)


def test_arguments_that_are_an_object_and_a_call_without_a_list_are_read_too() -> None:
    said = {"id": 3, "function": {"name": "look_up", "arguments": {"name": "é"}}}
    assert read_tool_calls(said) == (ToolCall("3", "look_up", '{"name": "\\u00e9"}'),)
    assert read_tool_calls(None) == read_tool_calls([]) == ()


@pytest.mark.parametrize(
    "said",
    [
        3,
        [3],
        [{}],
        [{"function": {"name": ""}}],
        [{"function": {"name": "a\x1b[2J"}}],
        [{"function": {"name": "a b"}}],
        [{"function": {"name": "x" * 201}}],
        [{"function": {"name": "x"}, "id": "i" * 201}],
        [{"function": {"name": "x", "arguments": "x" * 1_000_001}}],
        [{"function": {"name": "x"}}] * 129,
    ],
)
def test_calls_that_no_tool_could_take_are_refused(said: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        read_tool_calls(said)


# images


def test_a_generator_that_reads_text_only_says_so_of_an_image() -> None:
    asked = make_prompt([Message("user", "what is this?", (Image("image/png", b"x"),))], [])
    with pytest.raises(PromptRefused, match="command does not look at images"):
        complete(open_generator("command", command="cat"), asked)
