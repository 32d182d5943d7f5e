"""Count tokens by the server of a model, where it has an endpoint for that: llama.cpp's and vLLM have one."""

import os
from dataclasses import dataclass, field
from typing import Any

from corpora.errors import GeneratorUnavailable
from rag.generators.endpoints.connections import Connections
from rag.generators.endpoints.openai_endpoint import URL_VARIABLE, OpenAIEndpoint
from rag.generators.endpoints.server_answer import MALFORMED


@dataclass(frozen=True, slots=True)
class ServerTokens:
    """Counts tokens by the endpoint `/tokenize` of a server, in one request for each text.

    It is asked about whole prompts only; their parts are estimated.

    Args:
        model: name of the model at the server.
        base_url: address of its API, as for the generator; by default OPENAI_BASE_URL.
        control_tokens: whether control tokens in a text count as such, or as the text that they are.
        timeout_seconds: time for each try.
    """

    model: str
    base_url: str = ""
    control_tokens: bool = False
    timeout_seconds: float = 30.0
    _connections: Connections = field(default_factory=Connections, repr=False, compare=False)

    @property
    def name(self) -> str:
        """Return how prompts name what counted their tokens."""
        return f"server:{self.model}"

    @property
    def is_costly(self) -> bool:
        """Whether each count is a request."""
        return True

    def __call__(self, text: str, /) -> int:
        """Return the number of tokens of a text.

        Raises:
            GeneratorUnavailable: no server is named.
            GeneratorError: the server has no such endpoint, or fails.
        """
        endpoint = self._endpoint()
        # llama.cpp's server reads the first group, vLLM the second; each passes over what it does not know.
        body: dict[str, Any] = {"content": text, "add_special": False, "parse_special": self.control_tokens}
        body |= {"model": self.model, "prompt": text, "add_special_tokens": False}
        with endpoint.session() as client:
            answer = endpoint.ask(client, body)
            try:
                said = answer.json()
                return int(said["count"]) if "count" in said else len(said["tokens"])
            except MALFORMED as error:
                raise endpoint.not_understood(answer, error) from error

    def _endpoint(self) -> OpenAIEndpoint:
        base = (self.base_url or os.environ.get(URL_VARIABLE, "")).rstrip("/")
        if not base:
            raise GeneratorUnavailable(
                "there is no server that counts tokens",
                why="none is named, and OpenAI's own has no endpoint for that",
                fix="name one with --base-url, or count by --tokenizer tiktoken:o200k_base",
            )
        # The endpoint is beside the API, not in it.
        return OpenAIEndpoint(
            self.model,
            "tokenize",
            base.removesuffix("/v1"),
            self.timeout_seconds,
            connections=self._connections,
        )
