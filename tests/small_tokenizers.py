"""Five small tokenizers, three of them trained here, and files that hold them."""

import struct
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from rag.tokens.hugging_face import counter_of
from rag.tokens.token_counter import TokenCounter, VocabularyCounter

TEXT = [
    "def parse(date):\n    return datetime.strptime(date, '%Y-%m-%d')\n",
    "The passages below were retrieved as reference material, each after its source.",
    "for line in lines:\n    print(line, end='')\n```text\nstrptime(string[, format])\n```",
    "version: python, version unknown; repository acme/mono; commit 01234567",
]


@cache
def byte_level() -> Tokenizer:
    """Train byte pairs as GPT-2 has them."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        show_progress=False,
        special_tokens=["<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator(TEXT, trainer)
    return tokenizer


@cache
def word_piece() -> Tokenizer:
    """Train pieces of words as BERT has them."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=200, show_progress=False, special_tokens=["[UNK]"])
    tokenizer.train_from_iterator(TEXT, trainer)
    return tokenizer


@cache
def unigram() -> Tokenizer:
    """Train pieces with probabilities as SentencePiece has them."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=150, show_progress=False, special_tokens=["<unk>"], unk_token="<unk>"
    )
    tokenizer.train_from_iterator(TEXT, trainer)
    return tokenizer


def count_words(text: str) -> int:
    """Return how many words a text has."""
    return len(text.split())


def count_bytes(text: str) -> int:
    """Return how many bytes a text has."""
    return len(text.encode("utf-8", "replace"))


def five_counters() -> Mapping[str, TokenCounter]:
    """Return counters of five kinds by their names."""
    return {
        "byte level": _counter(byte_level()),
        "word pieces": _counter(word_piece()),
        "unigram": _counter(unigram()),
        "words": count_words,
        "bytes": count_bytes,
    }


def _counter(tokenizer: Tokenizer) -> VocabularyCounter:
    return counter_of(tokenizer, "trained here", control_tokens=False)


def write_gguf(path: Path, tokenizer: Tokenizer, *, pre: str = "gpt-2", control: Sequence[str] = ()) -> None:
    """Write a GGUF file with the vocabulary of a byte-level tokenizer, and no weights."""
    import json

    model = json.loads(tokenizer.to_str())["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].__getitem__)
    merges = [one if isinstance(one, str) else " ".join(one) for one in model["merges"]]
    fields = [
        _field("general.name", 8, _text("tiny")),
        _field("tokenizer.ggml.model", 8, _text("gpt2")),
        _field("tokenizer.ggml.pre", 8, _text(pre)),
        _field("tokenizer.ggml.tokens", 9, _texts(tokens)),
        _field("tokenizer.ggml.merges", 9, _texts(merges)),
        _field(
            "tokenizer.ggml.token_type",
            9,
            struct.pack("<IQ", 5, len(tokens))
            + struct.pack(f"<{len(tokens)}i", *(3 if one in control else 1 for one in tokens)),
        ),
    ]
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, len(fields)) + b"".join(fields))


def _text(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def _texts(texts: Sequence[str]) -> bytes:
    return struct.pack("<IQ", 8, len(texts)) + b"".join(map(_text, texts))


def _field(key: str, kind: int, value: bytes) -> bytes:
    return _text(key) + struct.pack("<I", kind) + value
