"""A request that was sent, and the completions in what the server answered to it."""

from collections.abc import Generator as PythonGenerator
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final

from corpora.redaction.credentials import without_known, without_known_in_stream
from rag.generators.completion import Completion
from rag.generators.endpoints.event_stream import read_events
from rag.generators.endpoints.openai_endpoint import OpenAIEndpoint
from rag.generators.endpoints.protocol import Request, Said, TokenUsage, WireProtocol
from rag.generators.endpoints.server_answer import MALFORMED, ServerAnswer, encodable
from rag.generators.extraction.extract_code import extract_code
from rag.generators.stop_strings import before_stop, before_stop_in_stream
from rag.generators.tool_call import ToolCall

MAX_FINISH_CHARS: Final = 40
_BROKEN: Final = frozenset({"abort", "error"})  # how vLLM ends an answer that it gave up


@dataclass(frozen=True, slots=True)
class SentRequest:
    """A request, in what is needed to understand its answer.

    Args:
        endpoint: that it was sent to.
        protocol: in which it was.
        request: what was asked.
        body: what was sent, without what the server refused.
        name: of the generator, for its completions.
    """

    endpoint: OpenAIEndpoint
    protocol: WireProtocol
    request: Request
    body: dict[str, Any]
    name: str

    def completions(self, answer: ServerAnswer) -> list[Completion]:
        """Return the completions in an answer. Raises `GeneratorError` if it is not understood."""
        try:
            said = answer.json()
            found = self.protocol.answers(said, self.body)[: self.request.n]
            shares = _shares(self.protocol.usage(said), found, counts_one="timings" in said)
        except MALFORMED as error:
            raise self.endpoint.not_understood(answer, error) from error
        return [self._completion(*one) for one in zip(found, shares, strict=True)]

    def streamed(self, answer: ServerAnswer) -> PythonGenerator[str, None, Completion]:
        """Yield the text of a stream, and return its answer. Raises `GeneratorError` if it breaks off."""
        assert answer.pieces is not None
        endpoint, streamed = self.endpoint, self.protocol.stream()
        is_read, yielded = list[bool](), list[str]()
        with closing(answer.pieces):
            said = map(encodable, endpoint.texts(read_events(answer.pieces), streamed))
            texts = _noting_end(without_known_in_stream(said, endpoint.known()), is_read)
            stop = self._stops_left()
            for piece in before_stop_in_stream(texts, stop) if stop else texts:
                yielded.append(piece)
                yield piece
        text = "".join(yielded)
        if not is_read:  # it was cut at a string that the server did not look for
            return self._completion(Said(text, "stop"), TokenUsage())
        end = streamed.answer(text)
        try:
            found, usage = self.protocol.answers(end, self.body)[0], self.protocol.usage(end)
        except MALFORMED as error:
            last = ServerAnswer(200, "", None, b"the last event of its stream")
            raise endpoint.not_understood(last, error) from error
        return self._completion(found, usage)

    def _completion(self, said: Said, usage: TokenUsage) -> Completion:
        """Return an answer without credentials. Raises `GeneratorError` for one that the server gave up."""
        finish = encodable((said.finish or "stop")[:MAX_FINISH_CHARS])
        if finish in _BROKEN:
            raise self.endpoint.broke_off(ServerAnswer(200, "", None, f"it ended with {finish!r}".encode()))
        whole = without_known(encodable(said.text), self.endpoint.known())
        text = before_stop(whole, self._stops_left())
        return Completion(
            text=text,
            code=extract_code(text),
            generator=self.name,
            finish=finish if text == whole else "stop",
            log_likelihood=said.log_likelihood,
            missing=self.endpoint.hidden(encodable(said.missing)),
            left_out=self._left_out(),
            prompt_tokens=usage.prompt,
            completion_tokens=usage.completion,
            tool_calls=tuple(self._without_keys(call) for call in said.tool_calls),
            cached_tokens=usage.cached,
        )

    def _without_keys(self, call: ToolCall) -> ToolCall:
        return ToolCall(
            *(without_known(text, self.endpoint.known()) for text in (call.id, call.name, call.arguments))
        )

    def _stops_left(self) -> tuple[str, ...]:
        """Return the strings that should end an answer, and that the server does not look for."""
        return () if "stop" in self.body else self.request.sampling.stop

    def _left_out(self) -> tuple[str, ...]:
        """Return the sampling parameters that the server, or its protocol, does not take."""
        wanted = {"temperature", "seed"}
        if not self.body.keys() & {"max_completion_tokens", "max_output_tokens"}:
            wanted.add("max_tokens")
        if self.request.sampling.log_likelihood and "include" not in self.body:
            wanted.add("logprobs")
        lacked = (*self.endpoint.refused, *self.protocol.lacks)
        names = ("logprobs" if name == "include" else name for name in lacked)
        return tuple(name for name in names if name in wanted and name not in self.body)


def _noting_end(texts: Iterable[str], ended: list[bool]) -> Iterator[str]:
    yield from texts
    ended.append(True)


def _shares(usage: TokenUsage, found: Sequence[Said], *, counts_one: bool) -> list[TokenUsage]:
    """Divide what a server counted among its answers, such that the sums are what it counted.

    llama.cpp's server, which is known by its `timings`, counts the first answer only (`counts_one`).
    """
    if len(found) == 1:
        return [usage]
    if counts_one:
        return [usage, *[TokenUsage(prompt=0)] * (len(found) - 1)]
    ends = list(accumulate(len(one.text) + 1 for one in found))
    at = [0, *((usage.completion or 0) * end // ends[-1] for end in ends)]
    return [
        TokenUsage(
            usage.prompt if number == 0 or usage.prompt is None else 0,
            None if usage.completion is None else at[number + 1] - at[number],
            usage.cached if number == 0 or usage.cached is None else 0,
        )
        for number in range(len(found))
    ]
