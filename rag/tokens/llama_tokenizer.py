"""Count tokens by llama.cpp, which loads a model to know its vocabulary and asks for no context."""

import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from corpora.errors import MissingExtra
from rag.tokens.token_counter import tokenizer_errors_explained

_CONTEXT_TOKENS: Final = 256  # nothing is ever generated
_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class LlamaTokenizer:
    """A model that is loaded to count tokens: each count is an exchange over the loopback interface.

    Args:
        name: of the model's file.
        server: llama.cpp's.
        key: without which it answers nobody.
        control_tokens: whether control tokens in a text count as such, or as the text that they are.
    """

    name: str
    server: Any
    key: str
    control_tokens: bool = False

    def __call__(self, text: str, /) -> int:
        """Return the number of tokens. Raises `TokenizerError` if the server does not say."""
        import httpx  # `import rag` stays light

        sent = text.encode("utf-8", "replace").decode("utf-8")
        body = {"content": sent, "add_special": False, "parse_special": self.control_tokens}
        with tokenizer_errors_explained(self.name, "cannot count the tokens of a text"):
            answer = httpx.post(
                f"{self.server.listening_address}/tokenize",
                json=body,
                headers={"Authorization": f"Bearer {self.key}"},
                timeout=_SECONDS,
                trust_env=False,  # a proxy would not reach the loopback interface
            )
            answer.raise_for_status()
            return len(answer.json()["tokens"])


@lru_cache(maxsize=1)
def open_llama_tokenizer(path: Path, *, control_tokens: bool = False) -> LlamaTokenizer:
    """Load a model to count tokens.

    Raises:
        MissingExtra: xllamacpp is not installed.
        TokenizerError: the model cannot be loaded.
    """
    try:
        import xllamacpp  # optional
    except ImportError as error:
        raise MissingExtra("xllamacpp", "local") from error
    name, key = f"gguf:{path.name}", secrets.token_urlsafe()
    parameters = xllamacpp.CommonParams()
    parameters.verbosity = -1  # llama.cpp logs to stderr otherwise
    parameters.model.path = str(path)
    parameters.n_ctx = _CONTEXT_TOKENS
    parameters.n_parallel = 1
    parameters.warmup = False
    parameters.api_keys = [key]
    with tokenizer_errors_explained(name, "cannot be loaded"):
        return LlamaTokenizer(name, xllamacpp.Server(parameters), key, control_tokens)
