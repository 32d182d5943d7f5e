"""Count tokens with an encoding of OpenAI, from a file on this machine: nothing is ever downloaded."""

import hashlib
import os
import tempfile
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from corpora.errors import MissingExtra, UnknownName
from rag.tokens.hugging_face import TOKENIZER_EXTRA
from rag.tokens.token_counter import (
    TokenizerError,
    VocabularyCounter,
    tokenizer_errors_explained,
    vocabulary_bytes,
)

if TYPE_CHECKING:
    from tiktoken import Encoding

_WORDS: Final = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"
_ENDINGS: Final = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
_R50K: Final = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"
_CL100K: Final = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"
    r"|\s++$|\s*[\r\n]|\s+(?!\S)|\s"
)
_O200K: Final = (
    rf"{_WORDS}*[\p{{Ll}}\p{{Lm}}\p{{Lo}}\p{{M}}]+{_ENDINGS}|{_WORDS}+[\p{{Ll}}\p{{Lm}}\p{{Lo}}\p{{M}}]*{_ENDINGS}"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_MAX_TOKENS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class _Known:
    """An encoding: the pattern that splits a text, and how to recognise the file of its ranks.

    Args:
        pattern: splits a text into what is merged.
        sha256: of the file.
        cached: the name under which tiktoken keeps it.
        control_tokens: its control tokens.
    """

    pattern: str
    sha256: str
    cached: str
    control_tokens: tuple[str, ...] = ("<|endoftext|>",)


_FIM: Final = ("<|endoftext|>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|endofprompt|>")
_R50K_BASE = _Known(
    _R50K, "306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930",
    "0ea1e91bbb3a60f729a8dc8f777fd2fc07cd8df4",
)  # fmt: skip
_P50K_BASE = _Known(
    _R50K, "94b5ca7dff4d00767bc256fdd1b27e5b17361d7b8a5f968547f9f23eb70d2069",
    "ec7223a39ce59f226a68acc30dc1af2788490e15",
)  # fmt: skip
_CL100K_BASE = _Known(
    _CL100K, "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    "9b5ad71b2ce5302211f9c61530b329a4922fc6a4", _FIM,
)  # fmt: skip
_O200K_BASE = _Known(
    _O200K, "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    "fb374d419588a4632f3f557e76b4b70aebbca790", ("<|endoftext|>", "<|endofprompt|>"),
)  # fmt: skip
_ENCODINGS: Final = {
    "r50k_base": _R50K_BASE,
    "p50k_base": _P50K_BASE,
    "cl100k_base": _CL100K_BASE,
    "o200k_base": _O200K_BASE,
}


def open_encoding(named: str, *, control_tokens: bool = False) -> VocabularyCounter:
    """Return what counts with an encoding.

    Args:
        named: the encoding, whose file tiktoken has kept; or the path of its file.
        control_tokens: whether control tokens in a text count as such, or as the text that they are.

    Raises:
        UnknownName: there is neither such an encoding nor such a file.
        TokenizerError: the file is not here, or is not the file of an encoding.
        MissingExtra: the package tiktoken is not installed.
    """
    try:
        from tiktoken import Encoding  # optional
    except ImportError as error:
        raise MissingExtra("tiktoken", TOKENIZER_EXTRA) from error
    name = f"tiktoken:{named}"
    known = _ENCODINGS.get(named)
    if known is None and Path(named).name == named and not Path(named).is_file():
        raise UnknownName("encoding", named, _ENCODINGS, fix="name one of these, or the path of its file")
    content = vocabulary_bytes(_cached(named, known) if known else named, name)
    digest = hashlib.sha256(content).hexdigest()
    if known is None or digest != known.sha256:
        known = next((one for one in _ENCODINGS.values() if known is None and one.sha256 == digest), None)
    if known is None:
        raise TokenizerError(
            f"the tokenizer {name} cannot be read",
            why=f"its file is not, to the byte, that of {', '.join(_ENCODINGS)}: its pattern is not known",
            fix="fetch the file again, or give a tokenizer.json: tokenizers:FILE",
        )
    with tokenizer_errors_explained(name, "cannot be read"):
        ranks = _ranks(content)
        special = {token: len(ranks) + number for number, token in enumerate(known.control_tokens)}
        encoding = Encoding(named, pat_str=known.pattern, mergeable_ranks=ranks, special_tokens=special)
    return VocabularyCounter(name, _encoder(encoding, special if control_tokens else {}))


def _encoder(encoding: "Encoding", special: Mapping[str, int]) -> Callable[[str], list[int]]:
    def encode(text: str) -> list[int]:
        return encoding.encode(text, allowed_special=set(special), disallowed_special=())

    return encode


def _ranks(content: bytes) -> dict[bytes, int]:
    """Return the tokens of a file by their ranks: a line has a token in base 64, and its rank."""
    pairs = (line.split() for line in content.splitlines()[:_MAX_TOKENS] if line)
    return {b64decode(token): int(rank) for token, rank in pairs}


def _cached(named: str, known: _Known) -> Path:
    """Return where tiktoken keeps the file of an encoding. Raises `TokenizerError` if it has none."""
    variables = (os.environ.get(name) for name in ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR"))
    folder = next(filter(None, variables), "") or Path(tempfile.gettempdir(), "data-gym-cache")
    path = Path(folder, known.cached)
    if not path.is_file():
        raise TokenizerError(
            f"the encoding {named} is not on this machine",
            why=f"tiktoken keeps none at {path}, and nothing is downloaded to count tokens",
            fix=f"let tiktoken fetch it once, by tiktoken.get_encoding({named!r}) in Python, or name "
            "its file: tiktoken:FILE",
        )
    return path
