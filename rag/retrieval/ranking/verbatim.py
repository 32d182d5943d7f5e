"""Measure how much of a question stands in a text word for word, through the placeholders of messages.

A program writes `cannot open %s: %v`; its user pastes `cannot open /etc/app.toml: permission denied`. Only
words are compared, so that punctuation, quotes and escapes do not matter.
"""

import re
from typing import Final, NamedTuple

from indexers.search.literals import literals_in
from indexers.tokens import STOP_WORDS

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
_HALF_SURE: Final = 3  # words behind the first, without stop words, that make it half sure
_LEAST_RUN: Final = 3  # words; two side by side are counted by the phrases
_MAX_TEXT_CHARS: Final = 20_000


class Verbatim(NamedTuple):
    """What of a question stands in a text, 0 to 1.

    Attributes:
        run: share of the words of the question that stand in a row, of the longest row.
        made: how surely a literal of the text makes the message that the question is, or holds: the share of
            the words of the question that are from it, or more if many words are.
        is_made: whether that literal is raised, logged or printed rather than compared.
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
        made, is_made = 0.0, False
        for literal in literals_in(text):
            sure = self._made_by(literal)
            if sure > made:
                made, is_made = sure, _is_made(text, literal)
        return Verbatim(self._longest_run(text) / len(self._words), made, is_made)

    def _made_by(self, literal: str) -> float:
        """Return how surely the question comes from `literal`; 0 unless it has most words of it."""
        found, at, all_words, telling = 0, 0, 0, 0
        for part in _PLACEHOLDER.split(literal):
            words = [word.lower() for word in _WORDS.findall(part)]
            all_words += len(words)
            if not words:
                continue
            place = self._text.find(_spaced(words), at)
            if place >= 0:
                found += len(words)
                telling += sum(word not in STOP_WORDS for word in words)
                at = place + len(_spaced(words)) - 1
        if found < 2 or found < _LEAST_COVERED * all_words:
            return 0.0
        # Values of a log line and frames of a traceback make the share small, but the literal no less sure.
        return max(found / len(self._words), 1 - 2 ** ((1 - telling) / _HALF_SURE))

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
        return longest if longest >= _LEAST_RUN else 0


def _is_made(text: str, literal: str) -> bool:
    place = text.find(literal)
    before = text[max(place - _BEFORE, 0) : max(place - 1, 0)]
    return bool(_MAKES.search(before)) and not _CHECKS.search(before)


def _spaced(words: list[str]) -> str:
    return f" {' '.join(words)} "
