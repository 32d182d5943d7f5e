"""Measure how much of a question stands in a text word for word, through the placeholders of messages.

A program writes `cannot open %s: %v`; its user pastes `cannot open /etc/app.toml: permission denied`. Only
words are compared, so that punctuation, quotes and escapes do not matter.
"""

import re
from typing import Final, NamedTuple

from indexers.search.literals import literals_in

_WORDS: Final = re.compile(r"\w+")
_PLACEHOLDER: Final = re.compile(
    r"%\([^()\s]*\)[a-zA-Z]"  # %(name)s
    r"|%[-+#0-9.*$]*[a-zA-Z@]"  # %s, %-10d, %1$s, %@
    r"|[$#]?\{[^{}\n]*\}"  # {}, {name!r}, ${name}, #{name}
    r"|\$\w+|\\\([^()\n]*\)|\\[nrt]"  # $name, \(name), \n
)
# What stands between the parts of a literal that is written in several: `"..." +\n "..."`.
_JOINT: Final = re.compile(
    r"([\"'`])[ \t]{0,40}+(?:(?:[+.\\~]|<>|\.\.)[ \t]{0,40}+)?\n"
    r"[ \t]{0,200}+(?:(?:[+.~]|<>|\.\.)[ \t]{0,40}+)?[fbru]{0,2}\1"
)
_MAKES: Final = re.compile(
    r"(?i)(?:raise|throw|panic|err|fail|log|warn|fatal|abort|exception|reject|bail|ensure|print|puts|write|die|exit|echo"
    r"|message|msg|debug|info|alert|report)"
)
_CHECKS: Final = re.compile(r"(?i)(?:assert|expect|match|contains|equal|should|translat|msgid|==|\bin\b)\W*$")
_BEFORE: Final = 80  # characters before a literal that tell what is done with it
_MAX_QUESTION_WORDS: Final = 120
_LEAST_COVERED: Final = 0.6  # of the words of a literal, for it to have made the message
_MAX_TEXT_CHARS: Final = 20_000


class Verbatim(NamedTuple):
    """What of a question stands in a text, as shares of the words of the question.

    `run` is the longest row of words; `made` the words of the literal that makes the message, 0 if there is
    none; `is_made` tells that the literal is raised, logged or printed rather than compared.
    """

    run: float = 0.0
    made: float = 0.0
    is_made: bool = False


class VerbatimQuestion:
    """A question that texts are compared with."""

    def __init__(self, question: str) -> None:
        self._words = [word.lower() for word in _WORDS.findall(question)[:_MAX_QUESTION_WORDS]]
        self._text = _spaced(self._words)

    def in_text(self, text: str) -> Verbatim:
        """Return what of the question stands in `text`."""
        if len(self._words) < 2:
            return Verbatim()
        text = _JOINT.sub("", text[:_MAX_TEXT_CHARS])
        made, is_made = 0, False
        for literal in literals_in(text):
            words = self._made_by(literal)
            if words > made:
                made, is_made = words, _is_made(text, literal)
        count = len(self._words)
        return Verbatim(self._longest_run(text) / count, made / count, is_made)

    def _made_by(self, literal: str) -> int:
        """Return how many words of the question come from `literal`; 0 unless they are most of it."""
        found, at, all_words = 0, 0, 0
        for part in _PLACEHOLDER.split(literal):
            words = [word.lower() for word in _WORDS.findall(part)]
            all_words += len(words)
            if not words:
                continue
            place = self._text.find(_spaced(words), at)
            if place >= 0:
                found += len(words)
                at = place + len(_spaced(words)) - 1
        return found if found >= 2 and found >= _LEAST_COVERED * all_words else 0

    def _longest_run(self, text: str) -> int:
        """Return the length of the longest row of words of the question that stands in `text`, in words."""
        within = _spaced([word.lower() for word in _WORDS.findall(text)])
        longest = 0
        for start in range(len(self._words)):
            while (
                start + longest < len(self._words)
                and _spaced(self._words[start : start + longest + 1]) in within
            ):
                longest += 1
        return longest if longest > 1 else 0


def _is_made(text: str, literal: str) -> bool:
    place = text.find(literal)
    before = text[max(place - _BEFORE, 0) : max(place - 1, 0)]
    return bool(_MAKES.search(before)) and not _CHECKS.search(before)


def _spaced(words: list[str]) -> str:
    return f" {' '.join(words)} "
