"""Tiny random models of the library transformers, with tokenizers trained on the spot."""

from pathlib import Path
from typing import Any

TEXTS = [
    "question: parse a date title: dates.parse context: def parse(text): return text.split('-')",
    "count one two three four five six seven eight nine ten and tell what comes next",
    "import json, open a file, read its lines and return a list of names in their order",
]
CHAT_TEMPLATE = "{% for m in messages %}<{{ m.role }}>{{ m.content }}</s>{% endfor %}<assistant>"
NO_SYSTEM = (
    "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}" + CHAT_TEMPLATE
)


SCALE = 0.05  # of the logits: random ones are so far apart that one token is always chosen


def tokenizer(*, chat_template: str = "", ends: bool = False) -> Any:
    """Return a tokenizer of bytes; `ends` is whether it closes each text, as those of the T5 family do."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = [*map(chr, range(33, 127)), "\u0120", "\u010a"]  # what prints, a blank, the end of a line
    made.train_from_iterator(
        TEXTS,
        trainers.BpeTrainer(vocab_size=320, special_tokens=["<pad>", "</s>"], initial_alphabet=alphabet),
    )
    if ends:
        made.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    make: Any = PreTrainedTokenizerFast
    found = make(tokenizer_object=made, pad_token="<pad>", eos_token="</s>")
    if chat_template:
        found.chat_template = chat_template
    return found


def decoder_model(folder: Path, *, chat_template: str = CHAT_TEMPLATE, positions: int = 2048) -> Path:
    """Save a decoder-only model of two layers."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=320,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=positions,
        pad_token_id=0,
        eos_token_id=1,
        bos_token_id=1,
        initializer_range=0.5,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer(chat_template=chat_template).save_pretrained(folder)
    return folder


def encoder_decoder(folder: Path) -> Path:
    """Save a model of the T5 family of two layers."""
    import torch
    from transformers import T5Config, T5ForConditionalGeneration

    torch.manual_seed(1)
    options: dict[str, Any] = dict(
        vocab_size=320,
        d_model=32,
        d_kv=16,
        d_ff=64,
        num_layers=2,
        num_heads=2,
        pad_token_id=0,
        eos_token_id=1,
        decoder_start_token_id=0,
        initializer_factor=3.0,
        tie_word_embeddings=False,
    )
    config = T5Config(**options)
    model: Any = T5ForConditionalGeneration(config)
    model.lm_head.weight.data.mul_(SCALE)
    model.save_pretrained(folder)
    tokenizer(ends=True).save_pretrained(folder)
    return folder
