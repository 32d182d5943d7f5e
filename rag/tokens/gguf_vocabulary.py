"""Count tokens with the vocabulary in a GGUF file, without its weights.

llama.cpp splits a text by a pattern that the file only names (`src/llama-vocab.cpp`), then merges bytes.
Patterns of common families are here; llama.cpp itself, which loads the model, counts for others.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final, TypeGuard

from corpora.errors import MissingExtra, reason_of
from rag.tokens.gguf_metadata import GgufValue, read_gguf_metadata
from rag.tokens.hugging_face import TOKENIZER_EXTRA, counter_of
from rag.tokens.llama_tokenizer import open_llama_tokenizer
from rag.tokens.token_counter import (
    TokenCounter,
    TokenizerError,
    VocabularyCounter,
    tokenizer_errors_explained,
)

_GPT2: Final = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
_END: Final = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_WORD: Final = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+"
_PATTERNS: Final[Mapping[str, tuple[str, ...]]] = {
    "gpt-2": (_GPT2,),
    "qwen2": (rf"{_WORD}|\p{{N}}{_END}",),
    "llama-bpe": (rf"{_WORD}|\p{{N}}{{1,3}}{_END}",),
    "smollm": (r"\p{N}", _GPT2),
    "starcoder": (r"\p{N}", _GPT2),
    "refact": (r"\p{N}", _GPT2),
}
_SAME: Final = {
    "llama3": "llama-bpe", "llama-v3": "llama-bpe", "falcon3": "llama-bpe", "pixtral": "llama-bpe",
    "phi-2": "gpt-2", "jina-code": "gpt-2", "deepseek-r1-qwen": "qwen2", "megrez": "qwen2",
    "codeshell": "starcoder",
}  # fmt: skip
_KEYS: Final = {f"tokenizer.ggml.{name}": name for name in ("model", "pre", "tokens", "token_type", "merges")}
_CONTROL_TYPES: Final = frozenset({3, 4})  # control tokens, and those that users have added


def open_gguf_counter(path: str | Path, *, control_tokens: bool = False) -> TokenCounter:
    """Return what counts as the model in a GGUF file does; opened once for each state of a file.

    Args:
        path: of the file.
        control_tokens: whether control tokens in a text count as such, or as the text that they are.

    Raises:
        TokenizerError: the file is no GGUF file, or has no vocabulary.
        MissingExtra: neither tokenizers nor xllamacpp is installed.
    """
    name = f"gguf:{path}"
    try:
        state = Path(path).stat()
        return _opened(Path(path), state.st_mtime_ns, state.st_size, control_tokens)
    except (OSError, ValueError) as error:
        raise TokenizerError(
            f"the tokenizer {name} cannot be read",
            why=reason_of(error) if isinstance(error, OSError) else str(error),
            fix="give the path of a complete GGUF file",
        ) from error


@lru_cache(maxsize=4)
def _opened(path: Path, changed_ns: int, size: int, control_tokens: bool) -> TokenCounter:
    """Return the counter for a file in the state that it has since a time."""
    name = f"gguf:{path.name}"
    found = {_KEYS[key]: value for key, value in read_gguf_metadata(path, _KEYS).items()}
    pre = found.get("pre")
    patterns = _PATTERNS.get(_SAME.get(pre, pre)) if isinstance(pre, str) else None
    if found.get("model") == "gpt2" and patterns and _has_tokenizers():
        with tokenizer_errors_explained(name, "cannot be read"):
            return _byte_level(name, found, patterns, control_tokens=control_tokens)
    try:
        return open_llama_tokenizer(path, control_tokens=control_tokens)
    except MissingExtra as error:
        raise MissingExtra("tokenizers", TOKENIZER_EXTRA) from error


def _has_tokenizers() -> bool:
    try:
        import tokenizers  # noqa: F401  optional
    except ImportError:
        return False
    return True


def _byte_level(
    name: str, found: Mapping[str, GgufValue], patterns: tuple[str, ...], *, control_tokens: bool
) -> VocabularyCounter:
    """Return a counter that merges bytes as GPT-2 does, after a text is split by patterns.

    Raises:
        ValueError: the vocabulary is damaged.
    """
    from tokenizers import AddedToken, Regex, Tokenizer, models, pre_tokenizers  # optional

    tokens, merges, types = (found.get(key) for key in ("tokens", "merges", "token_type"))
    if not (_are_texts(tokens) and _are_texts(merges)):
        raise ValueError("its vocabulary is incomplete")
    pairs = [(first, second) for first, _, second in (merge.partition(" ") for merge in merges)]
    # Llama 3 takes a word of its vocabulary whole, even where merges do not lead to it.
    whole = any("{1,3}" in pattern for pattern in patterns)
    model = models.BPE(
        vocab={token: number for number, token in enumerate(tokens)}, merges=pairs, ignore_merges=whole
    )
    tokenizer = Tokenizer(model)
    splits = [pre_tokenizers.Split(Regex(pattern), behavior="isolated") for pattern in patterns]
    last = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([*splits, last])
    if control_tokens and isinstance(types, list):
        special = [
            token for token, kind in zip(tokens, types, strict=False) if kind in _CONTROL_TYPES and token
        ]
        tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in special])
    return counter_of(tokenizer, name, control_tokens=control_tokens)


def _are_texts(value: GgufValue) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
