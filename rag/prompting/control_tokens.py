"""Break up sequences that the tokenizer of a model maps to control tokens.

A page that holds `<|im_end|>` could end the user's turn and begin one of its own. Such sequences come from
chat templates, tool calls and fill-in-the-middle training; families of models differ in the names and share a
few shapes. A shape that nothing else uses is matched as a whole, so that future tokens are caught, too; one
that occurs in everyday text (`<div>`, `[0]`) is matched by the names in the tables below.
"""

import re
from functools import cache
from typing import Final

# A tokenizer may normalize its input (NFKC) before it looks for tokens, so the wide forms count as well.
_LESS, _GREATER, _BAR = "<\uff1c\ufe64", ">\uff1e\ufe65", "|\uff5c"
_OPEN, _CLOSE = "\\[\uff3b", "\\]\uff3d"

# <name>, </name>
_ANGLE_NAMES: Final = (
    # sentencepiece and its heirs: Llama, Mistral, Gemma, T5, Phi
    "s|unk|pad|bos|eos|mask|cls|sep|eod|eop|sop|eot|eoc|bot|"
    # Gemma, FunctionGemma, PaliGemma
    "(?:start|end)_of_(?:turn|role|text|image|utterance|audio|video)|image_soft_token|audio_soft_token|"
    "(?:start|end)_function_(?:call|response|declarations?)|escape|loc\\d{4}|seg\\d{3}|"
    # reasoning and tool calls: Qwen, DeepSeek, GLM, Hunyuan, Nemotron, MiniMax, Seed-OSS
    "think|thinking|tool_calls?|tool_response|tool_sep|tool_outputs?|function_calls|function_results|"
    "arg_key|arg_value|TOOLCALL|AVAILABLE_TOOLS|TOOL_RESPONSE|(?:minimax|seed|longcat|ernie):[a-z_]{1,40}|"
    # Command-R, Aya
    "(?:BOS|EOS|PAD|UNK|CLS|SEP|MASK|EOP|EOT)_TOKEN|PAD|UNK|CLS|SEP|MASK|results|"
    # CodeLlama, StarCoder, CodeGemma, Granite, SmolLM, Refact
    "PRE|SUF|MID|EOT|FILL_ME|fim_(?:prefix|middle|suffix|pad)|file_sep|repo_?name|gh_stars|"
    "issue_(?:start|comment|closed)|jupyter_(?:start|text|code|output|script)|empty_output|"
    "commit_(?:before|msg|after)|pr_?(?:status|is_merged|base|file|diff|diff_hunk|comment|event_id|review)?|"
    "intermediate_to_code|code_to_intermediate|endoftext|startoftext|"
    # numbered spares: Nemotron, Baichuan, T5, Gemma, InternLM, Yi
    "SPECIAL_\\d{1,4}|reserved_\\d{1,4}|extra_id_\\d{1,4}|unused_?\\d{1,4}|"
    "reserved_token_\\d{1,4}|extra_\\d{1,4}|beginofutterance|endofutterance|end_of_utterance|"
    # InternLM, Falcon-H1, MiniCPM, Bailing
    "eoh|eoa|eosys|TOKENS_UNUSED_\\d{1,4}|AI|\u7528\u6237|role|HUMAN|ASSISTANT"
)
# Gemma 4 closes what it opens by moving the bar: <|turn> ... <turn|>
_BARRED_NAMES: Final = (
    "turn|channel|tool|tool_call|tool_response|image|audio|video|think|message|call|start|end|eot"
)
# [NAME], [/NAME]
_BRACKET_NAMES: Final = (
    # Mistral (v1 to v15), Pixtral, Magistral, Voxtral
    "INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|ARGS|CALL_ID|THINK|"
    "MODEL_SETTINGS|PREFIX|SUFFIX|MIDDLE|IMG|IMG_BREAK|IMG_END|AUDIO|BEGIN_AUDIO|TRANSCRIBE|STREAMING_PAD|"
    "STREAMING_WORD|NEXT_AUDIO_TEXT|REPEAT_AUDIO_TEXT|"
    # GLM, BERT, Kimi, EXAONE, InternLM
    "[gs]?MASK|CLS|SEP|PAD|UNK|BOS|EOS|EOT|UNUSED_TOKEN_\\d{1,4}|unused\\d{1,4}|extra_id_\\d{1,4}"
)
# Falcon: >>QUESTION<<
_FALCON_NAMES: Final = (
    "TITLE|ABSTRACT|INTRODUCTION|SUMMARY|COMMENT|ANSWER|QUESTION|DOMAIN|PREFIX|SUFFIX|MIDDLE|"
    "EMAIL_ADDRESS|IP_ADDRESS|PASSWORD|KEY"
)

# Every sequence begins with one of these.
_FIRST: Final = re.compile(f"[{_LESS}{_GREATER}{_BAR}{_OPEN}{_CLOSE}]")
_INSIDE = f"[^\\s{_LESS}{_GREATER}{_BAR}]"
_TOKENS: Final = (
    # <|name|>, <|name>, </|name|>: most families, and DeepSeek with its wide bar
    f"(?<=[{_LESS}])(?=/?[{_BAR}]{_INSIDE}{{1,64}}[{_BAR}]?[{_GREATER}])"
    # Kimi K2.5 forgets the last bracket of one of its tokens; Gemma quotes strings with <|"|>
    f"|(?<=[{_LESS}])(?=[{_BAR}]im_[a-z]{{1,16}}[{_BAR}])"
    f"|(?<=[{_LESS}])(?=(?:{_BARRED_NAMES})[{_BAR}][{_GREATER}])"
    f"|(?<=[{_LESS}])(?=/?(?:{_ANGLE_NAMES})[{_GREATER}])"
    # DeepSeek V3.2: the token is \uff5cDSML\uff5c alone, tags are made of it
    "|(?<=[\uff5c|])(?=DSML[\uff5c|])"
    # Command-R's citations <co: 1,2> and </co: 1,2>; Llama 2's <<SYS>>; Llama 3.1's <function=name>
    f"|(?<=[{_LESS}])(?=/?co: ?\\d)|(?<=[{_LESS}])(?=[{_LESS}]/?SYS[{_GREATER}]{{2}})"
    f"|(?<=[{_LESS}])(?=(?:function|parameter)=[^\\s{_LESS}{_GREATER}]{{1,64}}[{_GREATER}])"
    # EXAONE: [|user|]
    f"|(?<=[{_OPEN}])(?=[{_BAR}][^\\s{_OPEN}{_CLOSE}{_BAR}]{{1,64}}[{_BAR}][{_CLOSE}])"
    f"|(?<=[{_OPEN}])(?=/?(?:{_BRACKET_NAMES})[{_CLOSE}])"
    # MiniMax begins, continues and ends with ]~!b[, ]~b], [e~[
    f"|(?<=[{_CLOSE}])(?=~(?:!b[{_OPEN}]|b[{_CLOSE}]))|(?<=[{_OPEN}])(?=e~[{_OPEN}])"
    f"|(?<=[{_GREATER}])(?=[{_GREATER}](?:{_FALCON_NAMES})[{_LESS}]{{2}})"
)

# `<filename>` is a token of StarCoder, and everyday text in manual pages: there the space goes behind the
# name, since `grep < filename>` would be a redirection.
_PLACEHOLDERS: Final = re.compile(f"(?<=[{_LESS}])(filename)(?=[{_GREATER}])")


@cache
def _tokens() -> re.Pattern[str]:
    """Return the expression of all sequences, compiled when a text first needs it: that takes 10 ms."""
    # One set of characters at its head: whatever is none of them is passed over at once.
    return re.compile(f"{_FIRST.pattern}(?:{_TOKENS})")


def defuse(text: str) -> str:
    """Put a space into every sequence that a tokenizer may read as a control token.

    The change is visible, and harmless to a reader. Nothing is removed, so that no token can arise from the
    parts around another.

    >>> defuse("<|im_start|>system")
    '< |im_start|>system'
    """
    if not _FIRST.search(text):
        return text
    text = _tokens().sub(lambda found: found[0] + " ", text)
    return _PLACEHOLDERS.sub(r"\1 ", text)
