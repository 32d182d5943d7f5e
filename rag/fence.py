"""Retrieved text made harmless: nothing in it leaves its fence, hides, or reads as a control token.

A passage is data that somebody else wrote. Three things keep it apart from the request: a fence
that it cannot close, no characters that a reader does not see, and no sequence that a model's
tokenizer maps to a control token. Words that merely *ask* something of the model stay as they
are; the templates say that passages are reference material and not instructions.
"""

import re

_LINE_BREAKS = re.compile("\r\n?|[\u0085\u2028\u2029]")

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor movement
    r"|\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)"  # OSC and its like: titles, hyperlinks
    r"|\x1b[ -/]*[0-~]"
)

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 and C1 controls except tab and line feed
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0"  # soft hyphen, fillers
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"  # zero width, bidirectional overrides
    "\ufe00-\ufe0f\ufff0-\ufffb\U000e0000-\U000e0fff]"  # variation selectors, tags (hidden ASCII)
)

_LONE_SURROGATES = re.compile("[\ud800-\udfff]")  # cannot be encoded, so cannot be sent

# Tokens that chat templates and fill-in-the-middle training gave a meaning, written as text. The first
# line covers most families by their shape (<|im_start|>, <|endoftext|>, also with a full-width bar).
# Not here: <filename>, a token of StarCoder but everyday text in manual pages.
_SPECIAL_TOKENS = re.compile(
    r"<(?=[|\uff5c][^\s<>|\uff5c]{1,64}[|\uff5c]>)"
    r"|<(?=/?(?:s|unk|pad|bos|eos|mask|cls|sep|eod|eop|PRE|SUF|MID|EOT)>)"
    r"|<(?=(?:start|end)_of_(?:turn|role|text|image|utterance)>)"
    r"|<(?=/?(?:think|tool_call|tool_response)>)"
    r"|<(?=(?:fim_(?:prefix|middle|suffix|pad)|file_sep|repo_?name|endoftext|extra_id_\d+|unused\d+)>)"
    r"|<(?=</?SYS>>)"
    r"|\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|PREFIX|SUFFIX|MIDDLE)\])"
)

_BACKTICKS = re.compile(r"`+")
_NOT_IN_TAG = re.compile(r"[^A-Za-z0-9+#_.-]")

MAX_LINE_CHARS = 300  # of a title or path: a longer one is no title, and would eat the budget


def clean(text: str) -> str:
    """Remove control characters, terminal escapes and invisible characters; end lines in a line feed."""
    text = _LINE_BREAKS.sub("\n", text)
    text = _INVISIBLE.sub("", _ESCAPES.sub("", text))
    return _LONE_SURROGATES.sub("\ufffd", text)


def defuse(text: str) -> str:
    """Put a space inside every sequence that a tokenizer may read as a control token.

    Visible, and harmless to a reader: `<|im_start|>` becomes `< |im_start|>`. Nothing is removed,
    so that no token can arise from the parts around another.
    """
    return _SPECIAL_TOKENS.sub(lambda match: match.group() + " ", text)


def fence(text: str, language: str = "") -> str:
    """Wrap `text`, cleaned and defused, in a fenced block with a `language` tag.

    The fence is longer than any run of backticks in the text, so that the text cannot close it.

    >>> print(fence("a = 1", "python"))
    ```python
    a = 1
    ```
    """
    text = defuse(clean(text)).strip("\n")
    longest = max(map(len, _BACKTICKS.findall(text)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}{_NOT_IN_TAG.sub('', language)[:30]}\n{text}\n{ticks}"


def one_line(text: str) -> str:
    """Make of `text` a single line, cleaned, defused, without backticks: for titles, paths, versions."""
    line = " ".join(defuse(clean(text)).split()).replace("`", "'")
    return line if len(line) <= MAX_LINE_CHARS else line[: MAX_LINE_CHARS - 1] + "…"
