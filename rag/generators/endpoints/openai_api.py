"""Any endpoint that speaks the chat and text completions protocols of OpenAI, hosted or on this machine."""

from collections.abc import Generator as PythonGenerator
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from corpora.redaction.credentials import without_known, without_known_in_stream
from rag.generators.completion import DEFAULT_SAMPLING, Completion, Sampling
from rag.generators.endpoints.chat_answer import (
    MALFORMED,
    ChatAnswer,
    StreamedAnswer,
    content_text,
    encodable,
    log_likelihood,
    missing_reason,
    usage_of,
)
from rag.generators.endpoints.chat_messages import chat_messages
from rag.generators.endpoints.event_stream import read_events
from rag.generators.endpoints.openai_endpoint import OpenAIEndpoint, leave_out
from rag.generators.extraction.extract_code import extract_code
from rag.prompting.prompt import Prompt

MAX_FINISH_CHARS = 40


@dataclass(frozen=True, slots=True)
class OpenAIChat:
    """A chat model behind an OpenAI-compatible endpoint.

    A parameter that the endpoint refuses is left out, and the request sent again; `left_out` of a completion
    names it, and no later request has it. Without `logprobs`, the log-likelihood of a completion is None.

    The key is read from OPENAI_API_KEY at each call, never kept and never shown; servers on this
    machine usually need none.

    Args:
        model: name of the model at the endpoint.
        base_url: address of the API, without `/chat/completions`; by default OPENAI_BASE_URL, else OpenAI's.
        sampling: how to generate.
        timeout_seconds: time for each try, from the look-up of the server's name to the last byte.

    """

    model: str
    base_url: str = ""
    sampling: Sampling = DEFAULT_SAMPLING
    timeout_seconds: float = 120.0
    _refused_by_server: dict[str, None] = field(default_factory=dict, repr=False, compare=False)

    def __call__(self, prompt: Prompt, /) -> Completion:
        """Answer `prompt` in one request, tried again while the server is busy."""
        endpoint = self._endpoint("chat/completions")
        with endpoint.client() as client:
            body = self._body(prompt)
            return self._completion(endpoint, endpoint.ask(client, body), body)

    def continue_text(self, text: str, /, stop: Sequence[str] = ()) -> Completion:
        """Return what the model writes after a text, by the protocol of text completions.

        It is for models that fill in the middle or only continue text; not every server offers it.
        """
        endpoint = self._endpoint("completions")
        with endpoint.client() as client:
            body = self._with_sampling({"model": self.model, "prompt": text}, (*stop, *self.sampling.stop))
            answer = endpoint.ask(client, body)
            try:
                said = answer.json()
                choice = said["choices"][0]
                message = {
                    "message": {"content": choice["text"]},
                    "finish_reason": choice.get("finish_reason"),
                }
                return self._made(endpoint, message, said, body)
            except MALFORMED as error:
                raise endpoint.not_understood(answer, error) from error

    def stream(self, prompt: Prompt, /) -> PythonGenerator[str, None, Completion]:
        """Yield the answer to `prompt` as it comes, within the same bounds, and return it as a whole."""
        endpoint = self._endpoint("chat/completions")
        with endpoint.client() as client:
            body = self._body(prompt, stream=True)
            answer = endpoint.ask(client, body)
            if answer.pieces is not None:
                return (yield from self._streamed(endpoint, answer, body))
            completion = self._completion(endpoint, answer, body)  # a server that knows no streams
            yield completion.text
            return completion

    @property
    def name(self) -> str:
        """Return how its completions name it."""
        return f"openai:{self.model}"

    @property
    def url(self) -> str:
        """Return the address that requests of a chat are sent to."""
        return self._endpoint("chat/completions").url

    def _endpoint(self, path: str) -> OpenAIEndpoint:
        return OpenAIEndpoint(self.model, path, self.base_url, self.timeout_seconds, self._refused_by_server)

    def _body(self, prompt: Prompt, *, stream: bool = False) -> dict[str, Any]:
        body = self._with_sampling(
            {"model": self.model, "messages": chat_messages(prompt.messages)},
            self.sampling.stop,
        )
        if self.sampling.log_likelihood and not stream and "logprobs" not in self._refused_by_server:
            body["logprobs"] = True
        if stream:
            body |= {"stream": True}
            if "stream_options" not in self._refused_by_server:
                body["stream_options"] = {"include_usage": True}
        return body

    def _with_sampling(self, body: dict[str, Any], stop: Sequence[str]) -> dict[str, Any]:
        body |= {
            "temperature": self.sampling.temperature,
            "max_tokens": self.sampling.max_tokens,
            "seed": self.sampling.seed,
        }
        if stop:
            body["stop"] = list(stop)
        for name in self._refused_by_server:
            leave_out(body, name)
        return body

    def _streamed(
        self, endpoint: OpenAIEndpoint, answer: ChatAnswer, body: Mapping[str, Any]
    ) -> PythonGenerator[str, None, Completion]:
        """Yield the text of a stream, and return its answer. Raises `GeneratorError` if it breaks off."""
        assert answer.pieces is not None
        streamed = StreamedAnswer()
        yielded: list[str] = []
        with closing(answer.pieces):
            texts = map(encodable, self._texts(endpoint, answer.pieces, streamed))
            for piece in without_known_in_stream(texts, endpoint.known()):
                yielded.append(piece)
                yield piece
        said = streamed.as_answer("".join(yielded))
        return self._made(endpoint, said["choices"][0], said, body)

    def _texts(
        self, endpoint: OpenAIEndpoint, pieces: Iterator[bytes], streamed: StreamedAnswer
    ) -> Iterator[str]:
        """Yield the text in each event of a stream, whose other parts `streamed` keeps."""
        for event in read_events(pieces):
            if event == "[DONE]":
                return
            answer = ChatAnswer(200, "", None, event.encode())
            try:
                said = answer.json()
                if said.get("error"):
                    break
                yield streamed.take(said)
            except MALFORMED as error:
                raise endpoint.not_understood(answer, error) from error
        else:
            if streamed.finish:
                return
            answer = ChatAnswer(200, "", None, b"its stream ended before the answer did")
        raise endpoint.broke_off(answer)

    def _completion(
        self, endpoint: OpenAIEndpoint, answer: ChatAnswer, body: Mapping[str, Any]
    ) -> Completion:
        try:
            said = answer.json()
            return self._made(endpoint, said["choices"][0], said, body)
        except MALFORMED as error:
            raise endpoint.not_understood(answer, error) from error

    def _made(
        self, endpoint: OpenAIEndpoint, choice: dict[str, Any], said: dict[str, Any], body: Mapping[str, Any]
    ) -> Completion:
        """Return the completion in an answer. Raises one of `MALFORMED` if it is none."""
        message = choice["message"]
        text = without_known(encodable(content_text(message["content"])), endpoint.known())
        finish = str(choice.get("finish_reason") or "stop")[:MAX_FINISH_CHARS]
        prompt_tokens, completion_tokens = usage_of(said)
        missing = "" if text.strip() else missing_reason(message, finish)
        return Completion(
            text=text,
            code=extract_code(text),
            generator=self.name,
            finish=encodable(finish),
            log_likelihood=log_likelihood(choice),
            missing=endpoint.hidden(encodable(missing)),
            left_out=self._left_out(body),
            prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens,
        )

    def _left_out(self, body: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the sampling parameters that `body` lacks because the server refuses them."""
        kept = {*body, "stream_options"}
        if "max_completion_tokens" in body:
            kept.add("max_tokens")
        unwanted = {"stop": not self.sampling.stop, "logprobs": not self.sampling.log_likelihood}
        return tuple(name for name in self._refused_by_server if name not in kept and not unwanted.get(name))
