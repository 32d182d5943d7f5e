"""Open what counts tokens by a name such as `tokenizers:FILE`."""

from collections.abc import Callable
from typing import Final

from corpora.errors import UnknownName
from rag.tokens.estimate import estimate_tokens, estimate_with_control_tokens
from rag.tokens.gguf_vocabulary import open_gguf_counter
from rag.tokens.hugging_face import open_tokenizer_file
from rag.tokens.tiktoken_encoding import open_encoding
from rag.tokens.token_counter import ESTIMATE, TokenCounter, TokenizerError

_OPENERS: Final[dict[str, Callable[..., TokenCounter]]] = {
    "gguf": open_gguf_counter,
    "tiktoken": open_encoding,
    "tokenizers": open_tokenizer_file,
}
TOKENIZER_FORMS: Final = ("tokenizers:FILE", "tiktoken:NAME", "tiktoken:FILE", "gguf:FILE", ESTIMATE)
"""What `open_token_counter` opens."""


def open_token_counter(name: str, *, control_tokens: bool = False) -> TokenCounter:
    """Open what counts tokens.

    Args:
        name: `tokenizers:FILE` for a tokenizer.json, `tiktoken:NAME` or `tiktoken:FILE` for an encoding of
            OpenAI, `gguf:FILE` for the vocabulary of a local model, or `estimate`.
        control_tokens: whether control tokens in a text count as such, as they do in prompts to fill in the
            middle, or as the text that they are.

    Raises:
        UnknownName: there is no such kind of tokenizer, or no such encoding.
        TokenizerError: the file cannot be read, or holds no tokenizer.
        MissingExtra: a package is missing.
    """
    kind, colon, rest = name.partition(":")
    if name == ESTIMATE:
        return estimate_with_control_tokens if control_tokens else estimate_tokens
    if kind not in _OPENERS:
        raise UnknownName("tokenizer", name, TOKENIZER_FORMS)
    if not (colon and rest):
        raise TokenizerError(
            f"{name} names no tokenizer",
            why="what it is read from is missing",
            fix=f"write one of: {', '.join(TOKENIZER_FORMS)}",
        )
    return _OPENERS[kind](rest, control_tokens=control_tokens)
