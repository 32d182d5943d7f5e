"""Make retrieved text harmless: nothing in it can leave its fence, hide, or read as a control token.

A passage is data that somebody else wrote. Three things keep it apart from the request: a fence that it
cannot close, no invisible characters, and no sequence that the tokenizer of a model maps to a control token.
Words that merely *ask* something of the model stay as they are; the templates say that passages are reference
material and not instructions.
"""

import re
from functools import lru_cache
from typing import Final

from corpora.outside.characters import INVISIBLE, LONE_SURROGATES, is_plain
from rag.prompting.control_tokens import defuse

__all__ = ["clean", "defuse", "fence", "safe_line"]

_LINE_BREAKS = re.compile("\r\n?|[\u0085\u2028\u2029]")

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor movement
    r"|\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)"  # OSC and its like: titles, hyperlinks
    r"|\x1b[ -/]*[0-~]"
)

_BACKTICKS = re.compile(r"`+")
_NOT_IN_TAG = re.compile(r"[^A-Za-z0-9+#_.-]")

_CACHED: Final = 4_096  # lines: names and places are shown again and again
MAX_LINE_CHARS = 300  # of a title or path: a longer one would only use up the budget


def clean(text: str) -> str:
    """Remove control characters, terminal escapes and invisible characters; end lines with a line feed."""
    if is_plain(text):
        return text
    text = _LINE_BREAKS.sub("\n", text)
    text = INVISIBLE.sub("", _ESCAPES.sub("", text))
    return LONE_SURROGATES.sub("\ufffd", text)


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


@lru_cache(maxsize=_CACHED)
def safe_line(text: str) -> str:
    """Return `text` as a single line, cleaned, defused and without backticks: for titles, paths, versions."""
    line = " ".join(defuse(clean(text)).split()).replace("`", "'")
    return line if len(line) <= MAX_LINE_CHARS else line[: MAX_LINE_CHARS - 1] + "…"
