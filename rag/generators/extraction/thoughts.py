"""Thoughts of reasoning models: what stands before an answer, or between its parts, and is none of it."""

import re
from bisect import bisect_left
from typing import Final

# <think> (Qwen, DeepSeek, Phi-4, SmolLM3, Nemotron), <thinking> (Claude), <thought> (EXAONE), <reasoning>;
# [THINK] (Magistral); ◁think▷ (Kimi); <|begin_of_thought|> (OpenThinker); <|START_THINKING|> (Command A);
# <|channel>thought ... <channel|> (Gemma 4); <|inner_prefix|> (Apertus).
_NAMES = "think|thinking|thoughts?|reasoning|reflection|scratchpad|seed:think"
_TAG: Final = re.compile(
    rf"(?P<open><(?:{_NAMES})>|\[THINK\]|◁think▷|<\|begin_of_thought\|>|<\|START_THINKING\|>"
    rf"|<\|channel>(?:thought|analysis)\b|<\|inner_prefix\|>)"
    rf"|</(?:{_NAMES})>|\[/THINK\]|◁/think▷|<\|end_of_thought\|>|<\|END_THINKING\|>|<channel\|>|<\|inner_suffix\|>",
    re.IGNORECASE,
)
_QUOTES: Final = frozenset("\"'`\\")
_IN_PATTERN: Final = frozenset("\"'`\\?*+)]}")
_FENCE: Final = "```"
_MOST_INDENT: Final = 200  # characters of white space before a tag that begins a line
_FENCE_LINE: Final = re.compile(r"^[ \t>]*(?:`{3,}|~{3,})[^`\n]*$", re.MULTILINE)

# gpt-oss writes messages in channels: <|channel|>analysis<|message|>...<|end|>, and then the channel "final"
_CHANNEL: Final = re.compile(r"(?<![\"'`\\])<\|channel\|>(?=\s*(?:analysis|commentary|final)\b)")
_MESSAGE: Final = "<|message|>"
_ROLE: Final = "assistant"
_END_OF_MESSAGE: Final = re.compile(r"<\|(?:end|return|call|start)\|>")
# A server that drops control tokens leaves the words between them: "analysisI need...assistantfinalHere is".
_BARE_CHANNEL, _BARE_FINAL = "analysis", "assistantfinal"
# Granite 3.2 marks its thoughts by sentences.
_THOUGHT_PROCESS: Final = re.compile(r"\s*Here(?: is|'s) my thought process:", re.IGNORECASE)
_RESPONSE: Final = re.compile(r"^Here(?: is|'s) my response:", re.IGNORECASE | re.MULTILINE)

# What a model repeats of its template: the header of its own turn, and the box that GLM puts an answer into.
_MARKS: Final = re.compile(
    r"\A\s*(?:<\|start_header_id\|>\w{1,20}<\|end_header_id\|>|<\|im_start\|>\w{1,20}|<start_of_turn>\w{1,20}"
    r"|<\|start_of_role\|>\w{1,20}<\|end_of_role\|>|<\|assistant\|>)[ \t]*\n*"
    r"|(?<![\"'`\\])<\|(?:begin|end)_of_box\|>(?![\"'`\\])"
)

# What ends a text where a server passes control tokens on. In code, such a token stands between quotes.
_END_OF_TEXT: Final = re.compile(
    r"(?:(?<=```)|(?<![\"'`\\]))(?:<\|(?:endoftext|im_end|eot_id|end_of_text|end|return|EOT|eom_id|end_of_turn)\|>"
    r"|<end_of_turn>|<file_sep>|<｜end▁of▁sentence｜>|</s>(?=\s*\Z))(?![\"'`\\])"  # noqa: RUF001
)


def without_thoughts(text: str) -> str:
    r"""Return `text` without the thoughts in it; empty where it was cut off while the model still thought.

    Some chat templates end with the opening tag, so that an answer has only the closing one. Tags inside of
    quotes or fenced blocks are part of a program about such tags.

    >>> without_thoughts("<think>Add them?</think>\nreturn a + b")
    '\nreturn a + b'
    >>> without_thoughts("<|channel|>analysis<|message|>Hm<|end|><|channel|>final<|message|>x")
    'x'
    """
    text = _MARKS.sub("", _without_spans(_response(_final_message(text))))
    end = _END_OF_TEXT.search(text)
    return text[: end.start()] if end else text


def _final_message(text: str) -> str:
    """Return the last message in the channel `final`, else that in none; empty if all are in others."""
    if not _CHANNEL.search(text):
        starts = text.lstrip().startswith(_BARE_CHANNEL)
        return text.rpartition(_BARE_FINAL)[2] if starts and _BARE_FINAL in text else text
    final = unnamed = ""
    for part in _CHANNEL.split(text)[1:]:
        header, _, message = part.partition(_MESSAGE)
        body, *behind = _END_OF_MESSAGE.split(message)
        final = body if header.split()[0].startswith("final") else final
        for piece in behind:  # "assistant", "assistant<|message|>return 1", or "return 1" without any header
            head, mark, said = piece.rpartition(_MESSAGE)
            is_answer = head.strip() in ("", _ROLE) and (mark or said.strip() != _ROLE)
            unnamed = said if is_answer and said.strip() else unnamed
    return final or unnamed


def _response(text: str) -> str:
    if not _THOUGHT_PROCESS.match(text):
        return text
    parts = _RESPONSE.split(text)
    return parts[-1] if len(parts) > 1 else ""


def _without_spans(text: str) -> str:
    """Return `text` without what stands between an opening tag and the next closing one."""
    fences = [fence.start() for fence in _FENCE_LINE.finditer(text)]
    kept: list[str] = []
    at = 0  # where the text begins that is neither kept nor dropped yet
    begun = False  # whether thoughts began that have not ended yet
    shown = 0  # opening tags that are part of a program, whose closing tags are, too
    for tag in _TAG.finditer(text):
        # Fences in thoughts that were dropped do not count: they may be left open.
        is_fenced = (bisect_left(fences, tag.start()) - bisect_left(fences, at)) % 2 == 1
        if begun:
            if not tag["open"] and not _is_quoted(text, tag):
                at, begun = tag.end(), False
        elif tag["open"]:
            begun = _begins_line(text, tag.start()) and not is_fenced
            if begun:
                kept.append(text[at : tag.start()])
            else:
                shown += 1
        elif shown:
            shown -= 1
        elif not _is_quoted(text, tag) and (_is_at_margin(text, tag) or not is_fenced):
            kept, at = [], tag.end()  # all before it were thoughts, whose opening tag the template wrote
    return "".join(kept) + ("" if begun else text[at:])


def _is_quoted(text: str, tag: re.Match[str]) -> bool:
    """Return whether a tag is part of a string or of a pattern, such as `"<think>.*?</think>"`."""
    before, behind = text[max(tag.start() - 1, 0) : tag.start()], text[tag.end() : tag.end() + 1]
    is_span = before == "`" and text[tag.start() - 3 : tag.start()] != _FENCE
    is_string = before in _QUOTES and before != "`"
    return is_span or is_string or (behind in _IN_PATTERN and not text.startswith(_FENCE, tag.end()))


def _begins_line(text: str, start: int) -> bool:
    before = text[max(start - _MOST_INDENT, 0) : start]
    return not before.rpartition("\n")[2].strip() and ("\n" in before or len(before) < _MOST_INDENT)


def _is_at_margin(text: str, tag: re.Match[str]) -> bool:
    """Return whether a tag begins or ends its line."""
    return _begins_line(text, tag.start()) or text[tag.end() : tag.end() + 1] in ("\n", "\r", "")
