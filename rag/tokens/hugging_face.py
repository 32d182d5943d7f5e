"""Count tokens with a `tokenizer.json`, as models on the hub of Hugging Face have it."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from corpora.errors import MissingExtra
from rag.tokens.token_counter import VocabularyCounter, tokenizer_errors_explained, vocabulary_bytes

if TYPE_CHECKING:
    from tokenizers import Tokenizer

TOKENIZER_EXTRA = "tokens"


def open_tokenizer_file(path: str, *, control_tokens: bool = False) -> VocabularyCounter:
    """Return what counts with the tokenizer in a file.

    Args:
        path: of the file.
        control_tokens: whether control tokens in a text count as such, or as the text that they are.

    Raises:
        TokenizerError: the file is too large, or holds no tokenizer.
        MissingExtra: the package tokenizers is not installed.
    """
    try:
        from tokenizers import Tokenizer  # optional
    except ImportError as error:
        raise MissingExtra("tokenizers", TOKENIZER_EXTRA) from error
    name = f"tokenizers:{path}"
    content = vocabulary_bytes(path, name)
    with tokenizer_errors_explained(name, "cannot be read"):
        return counter_of(Tokenizer.from_buffer(content), name, control_tokens=control_tokens)


def tokenizer_file_counter(path: Path, *, control_tokens: bool = False) -> VocabularyCounter:
    """Return what counts with the tokenizer in a file, opened once for each state of it.

    Raises errors as `open_tokenizer_file` does.
    """
    try:
        state = path.stat()
    except OSError:
        return open_tokenizer_file(str(path), control_tokens=control_tokens)
    return _opened(path, state.st_mtime_ns, state.st_size, control_tokens)


@lru_cache(maxsize=4)
def _opened(path: Path, changed_ns: int, size: int, control_tokens: bool) -> VocabularyCounter:
    return open_tokenizer_file(str(path), control_tokens=control_tokens)


def counter_of(tokenizer: "Tokenizer", name: str, *, control_tokens: bool) -> VocabularyCounter:
    """Return what counts with a tokenizer: whole texts, without what it adds at their ends."""
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = not control_tokens

    def encode(text: str) -> Sequence[int]:
        # A lone surrogate cannot be encoded; no model is ever sent one.
        sendable = text.encode("utf-8", "replace").decode("utf-8")
        return tokenizer.encode(sendable, add_special_tokens=False).ids

    return VocabularyCounter(name, encode)
