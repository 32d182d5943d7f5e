"""What a generator is, what it is asked for, and the record of what it answers."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Protocol, runtime_checkable

from corpora.errors import GeneratorError, RagError
from rag.prompting.prompt import Prompt

_FENCE = re.compile(r"(?P<indent>[ \t]*)(?P<ticks>`{3,}|~{3,})(?P<info>.*)")


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to generate; the same for every backend, each applies what it can.

    Args:
        temperature: low by default, since code is judged by whether it runs.
        max_tokens: of the completion, counted by the model.
        seed: the same seed gives the same completion wherever the backend honours it.
        stop: generation ends before the first of these.
        log_likelihood: ask for the probabilities of the tokens, where a backend gives them on demand only.

    """

    temperature: float = 0.2
    max_tokens: int = 512
    seed: int = 0
    stop: tuple[str, ...] = ()
    log_likelihood: bool = False


DEFAULT_SAMPLING = Sampling()


@dataclass(frozen=True, slots=True)
class Completion:
    """What a generator made of a prompt.

    `code` is the first fenced block of `text`, or all of it. Token counts are the model's own,
    None where the backend does not tell. `finish` says why generation ended, in the words of the
    backend: `stop`, or `length` where `max_tokens` cut it off. `rounds` is how often the generator was asked,
    `confidence` how likely the first hits were to answer the request, None where nobody looked.
    `log_likelihood` is the mean natural logarithm of its tokens' probabilities, None where nobody tells.
    """

    text: str
    code: str
    generator: str
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    finish: str = "stop"
    rounds: int = 1
    confidence: float | None = None
    log_likelihood: float | None = None


class Generator(Protocol):
    """Anything that makes a completion, or plain text, of a prompt."""

    def __call__(self, prompt: Prompt, /) -> Completion | str:
        """Answer `prompt`."""


@runtime_checkable
class StreamingGenerator(Generator, Protocol):
    """A generator that can also give its answer while it makes it."""

    def stream(self, prompt: Prompt, /) -> Iterator[str]:
        """Yield the text of the answer to `prompt`, piece by piece."""


def complete(generator: Generator, prompt: Prompt) -> Completion:
    """Call `generator`, whatever it returns or raises.

    Plain text becomes a `Completion`; an exception that is no `RagError` becomes a
    `GeneratorError` with that exception as its cause.
    """
    name = _name_of(generator)
    try:
        answer = generator(prompt)
    except RagError:
        raise
    except Exception as error:
        raise _failed(generator, error) from error
    if isinstance(answer, Completion):
        return answer
    if isinstance(answer, str):
        return Completion(answer, extract_code(answer), name)
    raise GeneratorError(
        f"the generator {name} returned no text",
        why=f"it returned a {type(answer).__name__}",
        fix="return a str or a rag.Completion",
    )


def stream(generator: Generator, prompt: Prompt) -> Iterator[str]:
    """Yield the text of an answer as it comes; all at once from a generator that does not stream.

    Raises:
        GeneratorError: the generator fails, before its first piece or between two; see `complete`.
    """
    if not isinstance(generator, StreamingGenerator):
        yield complete(generator, prompt).text
        return
    pieces = generator.stream(prompt)
    try:
        yield from pieces
    except RagError:
        raise
    except Exception as error:
        raise _failed(generator, error) from error


def _failed(generator: Generator, error: Exception) -> GeneratorError:
    return GeneratorError(
        f"the generator {_name_of(generator)} failed",
        why=f"it raised {type(error).__name__}: {error}",
        fix="see the exception that caused this one",
    )


def _name_of(generator: Generator) -> str:
    return str(getattr(generator, "__name__", type(generator).__name__))


def mean_log_probability(choice: Mapping[str, Any]) -> float | None:
    """The mean over the tokens of a choice of the chat API; None where the server told of none."""
    tokens = (choice.get("logprobs") or {}).get("content") or ()
    return fmean(token["logprob"] for token in tokens) if tokens else None


def extract_code(text: str) -> str:
    r"""Take the content of the first fenced block of `text`, or the whole text where there is none.

    A block that is never closed, as when generation was cut off, runs to the end. A fence that is
    indented, as in a list, takes its indentation from its content.

    >>> extract_code("Here you are:\n```python\nx = 1\n```\nDone.")
    'x = 1'
    """
    lines = text.replace("\r\n", "\n").split("\n")  # not splitlines: a form feed ends no line of code
    for number, line in enumerate(lines):
        opening = _FENCE.fullmatch(line)
        if opening and not (opening["ticks"][0] == "`" and "`" in opening["info"]):
            block = _until_closed(lines[number + 1 :], opening["ticks"], opening["indent"])
            if any(line.strip() for line in block):
                return "\n".join(block)
            # Nothing behind the only fence: it closes a block that small models forget to open.
            return "\n".join(lines[:number]).strip("\n")
    return text.strip("\n")


def _until_closed(lines: list[str], ticks: str, indent: str) -> list[str]:
    """Take the lines before the fence that closes `ticks`, without the fence's `indent`."""
    content: list[str] = []
    for line in lines:
        closing = line.strip()
        if len(closing) >= len(ticks) and not closing.strip(ticks[0]):
            break
        content.append(line.removeprefix(indent))
    return content
