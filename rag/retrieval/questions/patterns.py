r"""Find the regular expressions in a question: `re:open_\w+`, and with blanks `re:/raise \w+ from e/`."""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple, Protocol

from corpora.errors import RagError

PATTERN_SHARE: Final = "pattern"
"""Name of the share that puts the hits that match a regular expression before the others."""

MAX_PATTERNS: Final = 8
"""Regular expressions in one question."""

_PATTERN: Final = re.compile(r"(?<!\S)re:(?:/((?:\\.|[^\\/]|/(?!\s|$))+)/(?=\s|$)|(\S+))")
_LEAD: Final = 1.0  # from the last hit that matches to the first one that does not


class SearchCutShort(UserWarning):
    """A regular expression was not tried on all texts of an index: there were too many."""


class PatternQuestion(NamedTuple):
    """A question without its regular expressions, and these."""

    text: str
    patterns: tuple[str, ...]


class _Ranked(Protocol):
    @property
    def chunk_id(self) -> int: ...

    score: float

    def add(self, name: str, share: float) -> None: ...


def split_patterns(question: str, pattern: str = "") -> PatternQuestion:
    r"""Split a question of one line into its regular expressions and the rest; `pattern` is one more of them.

    In several lines, as of an error message or of code, nothing is a regular expression.

    >>> split_patterns(r"where is re:open_\w+ called")
    PatternQuestion(text='where is called', patterns=('open_\\w+',))
    >>> split_patterns("re:/from e$/")
    PatternQuestion(text='', patterns=('from e$',))

    Raises:
        RagError: there are too many.
    """
    given = [pattern] if pattern else []
    text = question
    if "\n" not in question.strip():
        found = [*_PATTERN.finditer(question)]
        given += [one[1] if one[1] is not None else one[2] for one in found]
        if found:
            text = " ".join(_PATTERN.sub(" ", question).split())
    patterns = tuple(dict.fromkeys(given))
    if len(patterns) > MAX_PATTERNS:
        raise RagError(
            f"the question has {len(patterns)} regular expressions",
            why=f"at most {MAX_PATTERNS} are taken",
            fix="ask several questions",
        )
    return PatternQuestion(text, patterns)


def put_matching_first(candidates: Iterable[_Ranked], matched: Iterable[int]) -> None:
    """Raise the scores of candidates that match a regular expression, all by the same, above the others."""
    ids = set(matched)
    if not ids:
        return
    matching = [one for one in candidates if one.chunk_id in ids]
    others = [one.score for one in candidates if one.chunk_id not in ids]
    lowest = min((one.score for one in matching), default=0.0)
    lift = _LEAD + max(0.0, max(others, default=lowest) - lowest)
    for one in matching:
        one.add(PATTERN_SHARE, lift)
