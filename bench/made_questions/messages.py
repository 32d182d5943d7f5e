"""Questions from error and log messages: what a person pastes who saw one."""

import re
from collections.abc import Iterator, Sequence
from random import Random
from typing import Final, NamedTuple

from bench.made_questions.clean import key_of
from bench.made_questions.drafting import MOST_PLACES, grouped, sampled
from bench.made_questions.placeholders import filled, fixed_text, has_placeholder
from bench.made_questions.records import Draft, Literal, Place, SourceFile

_QUOTES: Final = re.compile(
    r"""^[a-zA-Z@$]{0,3}#*(?P<quote>\"\"\"|'''|"|'|`)(?P<text>.*?)(?P=quote)#*$""", re.DOTALL
)
_SIMPLE_ESCAPES: Final = {'\\"': '"', "\\'": "'", "\\`": "`", "\\t": " ", "\\\\": "\\", "\\$": "$"}
_RAISED: Final = re.compile(
    r"(?:\b(?:raise|throw new|throw)\s+)?(?:\w+\.)*\b([A-Z]\w*(?:Error|Exception))\s*\("
)
_PREFIXES: Final = (
    "Error: ",
    "ERROR: ",
    "error: ",
    "fatal: ",
    "[ERROR] ",
    "2026/03/02 10:12:01 ",
    "Warning: ",
)
_BAD: Final = re.compile(
    r"https?://|</?\w+|^\s*(?:usage|--?\w)|[{};]\s*$|\bfunction\b.*\(|=>|\\[nrux]|^SELECT |\(\?[:=!]|\[\^"
)
_LEAST_CHARS: Final = 15
_LEAST_WORDS: Final = 3


class Message(NamedTuple):
    """A message as it stands in its literal, and where."""

    text: str
    file: SourceFile
    literal: Literal


def messages(files: Sequence[SourceFile]) -> Iterator[Message]:
    """Yield the literals outside of tests that are messages of at least three words."""
    for file in files:
        for literal in [] if file.is_test else file.literals:
            text = joined_text(literal.parts)
            words = re.findall(r"[A-Za-z]{2,}", fixed_text(text))
            if len(words) >= _LEAST_WORDS and len(text) >= _LEAST_CHARS and not _BAD.search(text):
                yield Message(text, file, literal)


def message_text(literal: str) -> str:
    r"""Return a literal without quotes and escapes other than line ends; empty for what is no literal.

    >>> message_text(r'f"cannot open \"{path}\""')
    'cannot open "{path}"'
    """
    found = _QUOTES.match(literal)
    text = found["text"].replace("\\\n", "") if found else ""
    for escape, char in _SIMPLE_ESCAPES.items():
        text = text.replace(escape, char)
    return text


def joined_text(literals: Sequence[str]) -> str:
    r"""Return the first line that literals, joined, make.

    >>> joined_text(['"cannot open %s"', '", since it is locked\n"'])
    'cannot open %s, since it is locked'
    """
    text = "".join(map(message_text, literals)).strip()
    text = re.split(r"\n|\\n", text.removeprefix("\\n"), maxsplit=1)[0].strip(" ,;")
    for quote in "'`\"":
        if text.count(quote) == 1:
            text = text.strip(quote)
    return text.strip(" ,;")


def message_drafts(files: Sequence[SourceFile], random: Random) -> list[Draft]:
    """Return questions made of messages, for the lines that make them."""
    groups = [
        group
        for group in grouped(messages(files), lambda message: key_of(message.text))
        if len(group) <= MOST_PLACES
    ]
    drafts = []
    for group in sampled(groups, random):
        first = group[0]
        kind = "message_filled" if has_placeholder(first.text) else "message"
        gold = tuple(Place(m.file.path, m.literal.start, m.literal.end) for m in group)
        drafts.append(Draft(seen_message(first, random), kind, gold))
    return drafts


def seen_message(message: Message, random: Random, *, is_whole: bool = False) -> str:
    """Return a message as it may be pasted: values filled in, at times a prefix, or unless whole a part."""
    text = " ".join(filled(message.text, random).split())
    raised = _RAISED.search(message.literal.before)
    chance = random.random()
    if is_whole:
        return f"{raised[1]}: {text}" if raised else text
    if raised and chance < 0.3:
        return f"{raised[1]}: {text}"
    if chance < 0.15 and not re.match(r"(?i)err|warn|fatal|fail", text):
        return random.choice(_PREFIXES) + text
    words = text.split(" ")
    if chance > 0.87 and len(words) > 6:
        kept = random.randint(max(4, len(words) * 6 // 10), len(words) - 1)
        return " ".join(words[:kept])
    return text
