"""What a generator was asked and what that cost: calls, tokens, seconds, and dollars if prices are known."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Generator as PythonGenerator
from dataclasses import dataclass, field, replace
from math import isfinite
from threading import Lock
from time import monotonic
from typing import Any, Final, Self, TypeVar

from corpora.counted import counted
from rag.generators.completion import Completion, complete, continue_text, samples, stream
from rag.generators.wrapped import WrappedGenerator
from rag.prompting.prompt import Prompt

_PRICED_TOKENS: Final = 1_000_000
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class GeneratorUsage:
    """What was asked of a generator.

    Args:
        calls: how often it was asked.
        failed: how many of these calls gave no answer.
        uncounted: how many answers came without their number of tokens, which is missing in the sums.
        prompt_tokens: tokens of all prompts, by the count of the backend.
        cached_tokens: those of them that it had read before.
        cache_written_tokens: those of them that it kept for later requests.
        completion_tokens: tokens of all answers.
        seconds: how long the calls took together, also where they ran side by side.
        cost: US dollars for the tokens that were counted; None where no prices are known.
    """

    calls: int = 0
    failed: int = 0
    uncounted: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    cache_written_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    cost: float | None = None

    def __add__(self, other: "GeneratorUsage") -> "GeneratorUsage":
        costs = [one.cost for one in (self, other) if one.cost is not None]
        return GeneratorUsage(
            self.calls + other.calls,
            self.failed + other.failed,
            self.uncounted + other.uncounted,
            self.prompt_tokens + other.prompt_tokens,
            self.cached_tokens + other.cached_tokens,
            self.cache_written_tokens + other.cache_written_tokens,
            self.completion_tokens + other.completion_tokens,
            self.seconds + other.seconds,
            sum(costs) if costs else None,
        )

    @classmethod
    def of(cls, answers: Sequence[Completion], seconds: float = 0.0) -> Self:
        """Return what one call used that gave `answers`; of those of one request, one names its prompt."""
        counts = [
            one for one in answers if one.prompt_tokens is not None or one.completion_tokens is not None
        ]
        return cls(
            calls=1,
            uncounted=len(answers) - len(counts),
            prompt_tokens=sum(one.prompt_tokens or 0 for one in counts),
            cached_tokens=sum(one.cached_tokens or 0 for one in counts),
            cache_written_tokens=sum(one.cache_written_tokens or 0 for one in counts),
            completion_tokens=sum(one.completion_tokens or 0 for one in counts),
            seconds=seconds,
        )

    @property
    def line(self) -> str:
        """What was used, on one line: `2 calls: 812 tokens read, 95 written, 1.4 s, $0.0012`."""
        cached = f" ({self.cached_tokens:,} of them cached)" if self.cached_tokens else ""
        is_known = self.prompt_tokens or self.completion_tokens
        parts = [f"{self.prompt_tokens:,} tokens read{cached}, {self.completion_tokens:,} written"]
        parts = parts if is_known else ["the number of tokens is not known"]
        if self.seconds:
            parts.append(f"{self.seconds:.1f} s")
        if self.failed:
            parts.append(f"{self.failed:,} failed")
        if self.uncounted and is_known:
            parts.append(f"{counted(self.uncounted, 'answer')} without a count")
        if self.cost is not None:
            parts.append(f"{'at least ' if self.uncounted or self.failed else ''}${_dollars(self.cost)}")
        return f"{counted(self.calls, 'call')}: {', '.join(parts)}"


def _dollars(cost: float) -> str:
    return f"{cost:,.2f}" if cost >= 1 or not cost else f"{cost:.2g}" if cost >= 1e-4 else f"{cost:.5f}"


@dataclass(frozen=True, slots=True)
class Prices:
    """What tokens cost, in US dollars for a million of them, as the user's contract or price list says.

    Args:
        prompt: of prompts.
        completion: of answers.
        cached: of prompts that the backend had read before; by default as of others.
        cache_written: of prompts that it keeps for later requests, likewise.

    Raises:
        ValueError: one is no price.
    """

    prompt: float
    completion: float
    cached: float | None = None
    cache_written: float | None = None

    def __post_init__(self) -> None:
        given = (self.prompt, self.completion, self.cached, self.cache_written)
        if not all(one is None or (isfinite(one) and one >= 0) for one in given):
            raise ValueError("a price is a number, and not below zero")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `PROMPT,COMPLETION`, or that and a third one for cached prompts.

        Raises:
            ValueError: it is something else.

        >>> Prices.parse("0.25,2").completion
        2.0
        """
        prices = [float(part) for part in text.split(",")]
        if len(prices) not in (2, 3):
            raise ValueError("two prices are needed, or three")
        return cls(*prices)

    def cost(self, usage: GeneratorUsage) -> float:
        """Return the dollars that the tokens of `usage` cost."""
        cached = self.prompt if self.cached is None else self.cached
        written = self.prompt if self.cache_written is None else self.cache_written
        fresh = max(0, usage.prompt_tokens - usage.cached_tokens - usage.cache_written_tokens)
        sums = (
            fresh * self.prompt,
            usage.cached_tokens * cached,
            usage.cache_written_tokens * written,
            usage.completion_tokens * self.completion,
        )
        return sum(sums) / _PRICED_TOKENS


@dataclass(slots=True)
class Ledger:
    """Adds up what several threads used."""

    total: GeneratorUsage = GeneratorUsage()
    _lock: Any = field(default_factory=Lock, repr=False)

    def add(self, usage: GeneratorUsage) -> None:
        """Add what one call used."""
        with self._lock:
            self.total += usage


@dataclass(eq=False)
class MeteredGenerator(WrappedGenerator):
    """Counts what another generator is asked, also by several threads, and offers the same methods.

    Args:
        generator: the other one.
        prices: what its tokens cost; None where that is not known.
        ledger: where the sums are kept, which copies with other sampling share.
        sampling: see `WrappedGenerator`.

    >>> from rag import make_prompt, open_generator
    >>> metered = MeteredGenerator(open_generator("echo"), prices=Prices(1.0, 5.0))
    >>> answer = metered(make_prompt("sort a list", []))
    >>> metered.usage.calls, metered.usage.prompt_tokens == answer.prompt_tokens
    (1, True)
    """

    prices: Prices | None = None
    ledger: Ledger = field(default_factory=Ledger, repr=False)

    @property
    def usage(self) -> GeneratorUsage:
        """What was used so far."""
        return self.ledger.total

    def around(self) -> Mapping[str, Callable[..., Any]]:
        """Return the methods that are counted beside a plain call."""
        return {"stream": self._stream, "continue_text": self._continue_text, "samples": self._samples}

    def __call__(self, prompt: Prompt, /) -> Completion:
        """Answer `prompt`, and count it."""
        return self._counted(lambda: complete(self.generator, prompt), lambda answer: [answer])

    def _continue_text(self, text: str, /, stop: Sequence[str] = ()) -> Completion:
        return self._counted(lambda: continue_text(self.generator, text, stop), lambda answer: [answer])

    def _samples(self, prompt: Prompt, n: int, /) -> tuple[Completion, ...]:
        return self._counted(lambda: samples(self.generator, prompt, n), lambda answers: answers)

    def _stream(self, prompt: Prompt, /) -> PythonGenerator[str, None, Completion]:
        begun, answers = monotonic(), list[Completion]()
        try:
            answer = yield from stream(self.generator, prompt)
            answers.append(answer)
        finally:  # also if it failed, or was left before its end: some of it was paid for
            self._note(answers, begun)
        return answer

    def _counted(
        self, ask: Callable[[], _Answer], answers_in: Callable[[_Answer], Iterable[Completion]]
    ) -> _Answer:
        begun, answers = monotonic(), list[Completion]()
        try:
            answer = ask()
            answers += answers_in(answer)
        finally:
            self._note(answers, begun)
        return answer

    def _note(self, answers: Sequence[Completion], begun: float) -> None:
        seconds = monotonic() - begun
        used = (
            GeneratorUsage.of(answers, seconds)
            if answers
            else GeneratorUsage(calls=1, failed=1, seconds=seconds)
        )
        self.ledger.add(replace(used, cost=self.prices.cost(used)) if self.prices else used)
