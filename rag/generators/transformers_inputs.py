"""What a model of the library transformers is given: a chat, a text, or passages that its decoder fuses.

Fusion-in-Decoder: Izacard and Grave, "Leveraging Passage Retrieval with Generative Models for Open Domain
Question Answering", EACL 2021; DocPrompting (Zhou et al. 2023) feeds documentation to T5 and CodeT5 so. Each
passage is encoded with the question by itself; the decoder attends to the states of all of them at once.
"""

from collections.abc import Sequence
from typing import Any, Final

from rag.prompting.fence import clean
from rag.prompting.message import Message
from rag.prompting.prompt import Prompt

_ROOM_FOR_PASSAGE: Final = 32  # tokens of a passage that a long question leaves at least


def chat_or_text(tokenizer: Any, prompt: Prompt) -> Any:
    """Return the tokens of a prompt: by the chat template of the tokenizer, or as one text without one."""
    if not getattr(tokenizer, "chat_template", None):
        return tokenizer(prompt.text, return_tensors="pt")
    from jinja2 import TemplateError

    try:
        return _templated(tokenizer, prompt.messages)
    except TemplateError:  # it knows no system messages
        first, *rest = prompt.messages
        if first.role != "system" or not rest:
            raise
        merged = Message(rest[0].role, f"{first.content}\n\n{rest[0].content}")
        return _templated(tokenizer, (merged, *rest[1:]))


def _templated(tokenizer: Any, messages: Sequence[Message]) -> Any:
    turns = [{"role": message.role, "content": message.content} for message in messages]
    return tokenizer.apply_chat_template(
        turns, add_generation_prompt=True, return_tensors="pt", return_dict=True
    )


def fusion_texts(prompt: Prompt) -> list[str]:
    """Return a text for each passage of a prompt, with the question; the question alone if there are none.

    The form is that of the models of both papers, which have seen nothing else.
    """
    question = f"question: {prompt.query}"
    texts = []
    for hit in prompt.hits:
        title = " ".join(clean(hit.chunk.symbol or hit.chunk.location).split())
        texts.append(f"{question} title: {title} context: {clean(hit.chunk.text)}")
    return texts or [question]


def fused_states(model: Any, tokenizer: Any, texts: Sequence[str], most_tokens: int) -> dict[str, Any]:
    """Encode each text by itself, and return the states of all in a row, as arguments of `generate`.

    Args:
        model: an encoder-decoder.
        tokenizer: its tokenizer.
        texts: each a question and a passage.
        most_tokens: the most of each text, unless the question alone takes more.
    """
    import torch  # optional
    from transformers.modeling_outputs import BaseModelOutput

    batch = tokenizer(
        list(texts), padding=True, truncation=True, max_length=most_tokens, return_tensors="pt"
    ).to(model.device)
    with torch.no_grad():
        states = model.get_encoder()(
            input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]
        ).last_hidden_state
    fused = states.reshape(1, -1, states.shape[-1])  # passages x tokens x width -> 1 x all tokens x width
    return {
        "encoder_outputs": BaseModelOutput(last_hidden_state=fused),
        "attention_mask": batch["attention_mask"].reshape(1, -1),
    }


def room_for(tokenizer: Any, prompt: Prompt, passage_tokens: int) -> int:
    """Return the tokens of each text of a fusion: more than `passage_tokens` if the question is that long."""
    question = len(tokenizer(f"question: {prompt.query}")["input_ids"])
    return max(passage_tokens, question + _ROOM_FOR_PASSAGE)
