"""Generators: what they are, how they are asked, and the record of their answers."""

from collections.abc import Generator as PythonGenerator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, is_dataclass, replace
from typing import Final, Protocol, cast, runtime_checkable

from corpora.errors import GeneratorError, PromptRefused, RagError
from rag.cancellation import end_if_cancelled
from rag.generators.checked_answer import AnswerCheck
from rag.generators.extraction.extract_code import extract_code
from rag.generators.tool_call import ToolCall
from rag.prompting.prompt import Prompt

MAX_SAMPLES: Final = 1_000  # of one prompt: five times what published estimates of pass@100 take


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to generate, for every backend; each applies what it can.

    Args:
        temperature: randomness of the choice of tokens; low by default, since code has to run.
        max_tokens: maximum length of the completion, counted by the model.
        seed: the same seed gives the same completion if the backend supports it.
        stop: strings before the first of which generation ends.
        log_likelihood: whether to ask for the probabilities of tokens, if they are given on demand only.

    """

    temperature: float = 0.2
    max_tokens: int = 512
    seed: int = 0
    stop: tuple[str, ...] = ()
    log_likelihood: bool = False


DEFAULT_SAMPLING = Sampling()


@dataclass(frozen=True, slots=True)
class Completion:
    """The answer of a generator to a prompt.

    Args:
        text: the whole answer.
        code: the code in `text`; see `extract_code`.
        generator: name of the generator, such as `openai:MODEL`.
        prompt_tokens: tokens of the prompt, by the model's own count; None if the backend does not say. Of
            several answers of one request, the first has them and the others 0.
        completion_tokens: tokens of the answer, likewise.
        finish: why generation ended, in the words of the backend: `stop`, or `length` if `max_tokens` cut
            it off.
        rounds: how often the generator was asked.
        confidence: how likely the first hits were to answer the request, from 0 to 1; None if nobody looked.
        log_likelihood: mean natural logarithm of the probabilities of the tokens; None if they are not known.
        missing: why there is no answer, such as a refusal of the model; empty where there is one, or where
            nobody knows.
        left_out: sampling parameters that the backend does not take, and that this answer was made without.
        check: what a check of its code found; None if it was not checked.
        tool_calls: the tools that the model asks to call, beside the text or instead of it.
        cached_tokens: those of `prompt_tokens` that the backend had read before, and charges less for; None
            if it does not say.
        cache_written_tokens: those of `prompt_tokens` that it keeps for the next request, likewise.
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
    missing: str = ""
    left_out: tuple[str, ...] = ()
    check: AnswerCheck | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    cached_tokens: int | None = None
    cache_written_tokens: int | None = None

    @property
    def no_code_reason(self) -> str:
        """Why there is no code in the answer, in words; empty where there is some."""
        if self.code.strip():
            return ""
        if self.text.strip():
            return f"it holds only thoughts{', and was cut off in them' if self.is_cut else ''}"
        return self.missing or ("it was cut off before its first word" if self.is_cut else "it is empty")

    @property
    def is_cut(self) -> bool:
        """Whether the limit of tokens ended the answer."""
        return is_cut_off(self.finish)


def is_cut_off(finish: str) -> bool:
    """Return whether an answer ended at the limit of tokens, from what a backend says of its end."""
    return finish in ("length", "max_tokens", "model_length", "model_context_window_exceeded")


class Generator(Protocol):
    """Any callable that answers a prompt with a completion or with plain text."""

    def __call__(self, prompt: Prompt, /) -> Completion | str:
        """Answer `prompt`."""


@runtime_checkable
class StreamingGenerator(Generator, Protocol):
    """A generator that can also give its answer piece by piece, while it is being written."""

    def stream(self, prompt: Prompt, /) -> Iterator[str]:
        """Yield the text of the answer to `prompt`, piece by piece.

        What a generator function returns at its end, if it is a `Completion`, is the whole answer; without
        it, nothing is known of the answer but its text.
        """


@runtime_checkable
class SamplingGenerator(Generator, Protocol):
    """A generator that can give several answers to a prompt, for less than as many calls."""

    def samples(self, prompt: Prompt, n: int, /) -> Sequence[Completion]:
        """Return `n` answers to `prompt`, each drawn for itself."""


@runtime_checkable
class ContinuingGenerator(Generator, Protocol):
    """A generator that can also continue a text as it is, without roles or a chat template."""

    def continue_text(self, text: str, /, stop: Sequence[str] = ()) -> Completion:
        """Return what follows `text`, up to the first of the texts `stop`, which is left out."""


@runtime_checkable
class CountingGenerator(Generator, Protocol):
    """A generator that can also count the tokens of a text as its model does."""

    def count_tokens(self, text: str, /, *, control_tokens: bool = False) -> int:
        """Return how many tokens a text has.

        Control tokens in it count as such, or as the text that they are.
        """


def continue_text(generator: Generator, text: str, stop: Sequence[str] = ()) -> Completion:
    """Have a generator continue a text.

    Raises:
        GeneratorError: it cannot, or it fails.
    """
    if not isinstance(generator, ContinuingGenerator):
        raise GeneratorError(
            f"the generator {generator_name(generator)} cannot continue a text",
            why="it only answers requests, and has no method continue_text",
            fix="use a local model, an OpenAI-compatible endpoint with text completions, or a command",
        )
    end_if_cancelled()
    try:
        return generator.continue_text(text, stop)
    except RagError:
        raise
    except Exception as error:
        raise _failed(generator, error) from error


def complete(generator: Generator, prompt: Prompt) -> Completion:
    """Call `generator` and return its answer as a `Completion`, even if it is plain text.

    Raises:
        GeneratorError: it fails, or returns something else. An exception that is not a `RagError` is the
            cause of this one.
    """
    name = generator_name(generator)
    end_if_cancelled()
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
    raise _no_text(generator, answer)


def samples(generator: Generator, prompt: Prompt, n: int) -> tuple[Completion, ...]:
    """Return `n` answers to a prompt: of one call if the generator can, else of `n` with seeds one apart.

    Raises:
        GeneratorError: it fails, or gives fewer; see `complete`. No part of the answers is returned.
    """
    if not 1 <= n <= MAX_SAMPLES:
        raise GeneratorError(
            f"{n} answers cannot be asked for",
            why="there is no such number",
            fix=f"choose 1 to {MAX_SAMPLES}",
        )
    if not isinstance(generator, SamplingGenerator):
        first = getattr(getattr(generator, "sampling", None), "seed", 0)
        return tuple(complete(with_seed(generator, first + number), prompt) for number in range(n))
    end_if_cancelled()
    try:
        answers = tuple(generator.samples(prompt, n))
    except RagError:
        raise
    except Exception as error:
        raise _failed(generator, error) from error
    if len(answers) != n or not all(isinstance(one, Completion) for one in answers):
        raise GeneratorError(
            f"the generator {generator_name(generator)} did not give {n} answers",
            why=f"its method samples returned {len(answers)} objects, or some that are no rag.Completion",
            fix="return one rag.Completion for each answer that was asked for",
        )
    return answers


def with_seed(generator: Generator, seed: int, *, log_likelihood: bool = False) -> Generator:
    """Return a generator with another seed, for several answers to one prompt; as it is without `Sampling`.

    Args:
        generator: any one.
        seed: of its answers.
        log_likelihood: whether to ask for the probabilities of tokens, too.
    """
    sampling = getattr(generator, "sampling", None)
    if not is_dataclass(generator) or not isinstance(sampling, Sampling):
        return generator
    likely = sampling.log_likelihood or log_likelihood
    asked = replace(sampling, seed=seed, log_likelihood=likely)
    return generator if asked == sampling else cast(Generator, replace(generator, sampling=asked))


def refuse_images(prompt: Prompt, name: str) -> None:
    """Raise `PromptRefused` for a prompt with images, for the generator `name`, which reads text only."""
    if any(message.images for message in prompt.messages):
        raise PromptRefused(
            f"the generator {name} does not look at images",
            why="the prompt holds one, and this generator reads text only",
            fix="leave the image out, or use a model that takes images with `openai` or `anthropic`",
        )


def stream(generator: Generator, prompt: Prompt) -> PythonGenerator[str, None, Completion]:
    """Yield the text of an answer as it comes, and return the whole answer.

    A generator that does not stream gives all at once.

    Raises:
        GeneratorError: the generator fails, before its first piece or between two; see `complete`.
    """
    if not isinstance(generator, StreamingGenerator):
        completion = complete(generator, prompt)
        yield completion.text
        return completion
    pieces: Iterator[str] | None = None
    text: list[str] = []
    try:
        pieces = iter(generator.stream(prompt))
        while True:
            try:
                piece = next(pieces)
            except StopIteration as end:
                if isinstance(end.value, Completion):
                    return end.value
                break
            if not isinstance(piece, str):
                raise _no_text(generator, piece)
            text.append(piece)
            yield piece
    except RagError:
        raise
    except Exception as error:
        raise _failed(generator, error) from error
    finally:  # whoever leaves a stream early ends it at once, not when memory is freed
        if close := getattr(pieces, "close", None):
            close()
    whole = "".join(text)
    return Completion(whole, extract_code(whole), generator_name(generator))


def _failed(generator: Generator, error: Exception) -> GeneratorError:
    return GeneratorError(
        f"the generator {generator_name(generator)} failed",
        why=f"it raised {type(error).__name__}: {error}",
        fix="see the exception that caused this one",
    )


def _no_text(generator: Generator, answer: object) -> GeneratorError:
    return GeneratorError(
        f"the generator {generator_name(generator)} returned no text",
        why=f"it returned a {type(answer).__name__}",
        fix="return a str or a rag.Completion, and yield a str from a stream",
    )


def generator_name(generator: Generator) -> str:
    """Return how a generator is called: its `name`, such as `openai:MODEL`, or that of its class."""
    named = getattr(generator, "name", "")
    return named if isinstance(named, str) and named else _plain_name(generator)


def _plain_name(generator: Generator) -> str:
    return str(getattr(generator, "__name__", type(generator).__name__))
