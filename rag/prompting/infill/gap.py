"""The gap in a file where code is wanted, and how much of what stands around it is shown."""

from dataclasses import dataclass, replace
from typing import Final

_BEFORE: Final = 0.75
"""Share of the lines that are shown which stand before the gap: they say more than those after it."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A place in a file where code is wanted.

    Args:
        prefix: the text of the file before it.
        suffix: the text after it; empty at the end of a file.
        path: of the file, relative to the repository; empty if it has none.
        language: of the file, as `python`; empty if it is not known.
        repository: name of the repository; empty if there is none.
    """

    prefix: str
    suffix: str = ""
    path: str = ""
    language: str = ""
    repository: str = ""

    @property
    def lines(self) -> int:
        """Return how many lines there are, that of the gap counted once."""
        return self.prefix.count("\n") + self.suffix.count("\n") + 1

    def share(self, lines: int) -> tuple[int, int]:
        """Return how many of `lines` lines stand above the gap, and how many below; one is its own."""
        above, below = self.prefix.count("\n"), self.suffix.count("\n")
        others = max(0, lines - 1)
        before = min(above, max(round(others * _BEFORE), others - below))
        return before, min(below, others - before)

    def around(self, lines: int) -> "Gap":
        """Return the gap with at most `lines` lines of the file, those nearest to it; its own always."""
        before, after = self.share(lines)
        return replace(self, prefix=_last_lines(self.prefix, before), suffix=_first_lines(self.suffix, after))

    def near(self, chars: int) -> "Gap":
        """Return the gap with at most so many characters of its own line, those nearest to it."""
        before, after = self.prefix[self.prefix.rfind("\n") + 1 :], self.suffix.partition("\n")[0]
        most_after = max(chars - int(chars * _BEFORE), chars - len(before))
        shown_after = min(len(after), most_after)
        shown_before = min(len(before), chars - shown_after)
        return replace(
            self,
            prefix=self.prefix[: len(self.prefix) - len(before)] + before[len(before) - shown_before :],
            suffix=after[:shown_after] + self.suffix[len(after) :],
        )


def gap_at(text: str, line: int, column: int) -> Gap:
    r"""Return the gap at a place in a text.

    Args:
        text: of the file.
        line: 1-based; a line after the last one is the end of the text.
        column: 1-based, in characters; a column after the end of the line is its end.

    >>> gap_at("def f(x):\n    return \n", 2, 12)
    Gap(prefix='def f(x):\n    return ', suffix='\n', path='', language='', repository='')
    """
    begin = 0
    for _ in range(line - 1):
        following = text.find("\n", begin)
        if following < 0:
            begin = len(text)
            break
        begin = following + 1
    end = text.find("\n", begin)
    end = len(text) if end < 0 else end
    at = min(begin + max(0, column - 1), end)
    if text[at - 1 : at] == "\r" and at == end:
        at = max(begin, at - 1)
    return Gap(text[:at], text[at:])


def _last_lines(text: str, breaks: int) -> str:
    """Return the end of a text from its last line breaks on, without the first of them."""
    at = len(text)
    for _ in range(breaks + 1):
        at = text.rfind("\n", 0, at)
        if at < 0:
            return text
    return text[at + 1 :]


def _first_lines(text: str, breaks: int) -> str:
    """Return the beginning of a text up to a line break, without that."""
    at = -1
    for _ in range(breaks + 1):
        at = text.find("\n", at + 1)
        if at < 0:
            return text
    return text[:at]
