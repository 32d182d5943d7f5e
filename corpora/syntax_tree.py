"""Parse source code with a bound on the work: a grammar's error recovery can take minutes over 30 KB."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from time import thread_time
from typing import TYPE_CHECKING, Final

from corpora.grammars import GRAMMARS
from corpora.parsable import why_not_parsed

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

# What tree-sitter reads at once. It asks for a piece again each time it goes back to it, so that scanning the
# rest of a file from each of its comments is counted too.
_READ_BYTES: Final = 1024
# A step is a piece read or about a hundred operations of the parser. Of 3,200 files in twenty languages none
# took more than 0.025 steps a byte, the median is 0.008; hostile ones take 10 and more. Steps and not seconds
# are counted, so that the same file is cut the same way on every machine.
_STEPS_PER_BYTE: Final = 0.06
_FREE_STEPS: Final = 2_000
# Nor may the parser stay in one place: what it does not understand it keeps, and at the end of the file it
# tries all ways to put that together, in a step that nothing can stop and that takes the square of its size.
# The honest file that stays longest in one place takes 51 steps more than 0.03 a byte, the next one 29.
_LOCAL_STEPS_PER_BYTE: Final = 0.03
_MAX_LOCAL_STEPS: Final = 100
# What stays below takes 15 seconds a megabyte at worst: an honest file of that size half a second.
_MAX_SECONDS: Final = 4.0


class NotParsed(Exception):
    """The text is not worth parsing, or parsing it was stopped; the message says why."""


def parse(data: bytes, language: str, max_bytes: int = 0) -> Node:
    """Return the root of the syntax tree of `data`, source code in `language`, a key of `GRAMMARS`.

    `max_bytes` overrides the limit of the language. Raises `NotParsed`, and what `load_parser` raises.
    """
    if why := why_not_parsed(data, max_bytes or GRAMMARS[language].max_bytes):
        raise NotParsed(why)
    parser = load_parser(language)
    text = _CountedText(data)
    try:
        tree = parser.parse(text.read, progress_callback=text.count)
    except SystemError as error:  # Ctrl-C while it read, which it does not stop for
        parser.reset()
        raise error.__cause__ or error from None
    except BaseException:
        parser.reset()  # it would go on with this text at the next one
        raise
    text.check()
    text.steps_left = None
    return tree.root_node


class _CountedText:
    """The text that a parser reads piece by piece, and the steps that it may still take.

    `count` raises where the steps are used up; Ctrl-C is also noticed in it. The tree keeps the
    object and reads the text of its nodes from it, for which no step is counted.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._end = len(data.rstrip()) - 1
        self._allowed = _FREE_STEPS + int(len(data) * _STEPS_PER_BYTE)
        self.steps_left: int | None = self._allowed
        self._furthest = 0
        self._local_steps = 0.0
        self._latest = thread_time() + _MAX_SECONDS
        self._is_late = False

    def read(self, start: int, _point: object) -> bytes:
        """Return the piece of the text that begins at the byte `start`."""
        if self.steps_left is not None:
            self.steps_left -= 1
            self._is_late = self._is_late or thread_time() > self._latest
            if self.steps_left < 0 or self._is_late:  # no exception gets through a scanner, but it stops here
                return b""
        return self._data[start : start + _READ_BYTES]

    def check(self) -> None:
        """Raise `NotParsed` where the steps are used up, or the time."""
        if self.steps_left is not None and self.steps_left < 0:
            raise NotParsed(f"not parsed: the parser took more than {self._allowed} steps")
        if self._is_late or thread_time() > self._latest:
            raise NotParsed(f"not parsed: the parser took more than {_MAX_SECONDS:.0f} seconds")

    def count(self, offset: int, _has_error: bool) -> bool:
        """Count a step of the parser; never ask it to stop, but raise instead."""
        assert self.steps_left is not None
        self.steps_left -= 1
        self.check()
        if offset < self._end:  # (there it reduces a long list, and balances the tree)
            passed = max(offset - self._furthest, 0)
            self._furthest += passed
            self._local_steps = max(self._local_steps - passed * _LOCAL_STEPS_PER_BYTE, 0.0) + 1
            if self._local_steps > _MAX_LOCAL_STEPS:
                raise NotParsed(f"not parsed: the parser does not get on at byte {self._furthest}")
        return False


@lru_cache(maxsize=len(GRAMMARS))
def load_parser(language: str) -> Parser:
    """Return the parser of `language`, made once per process.

    Raises `KeyError` for a language without grammar, `ImportError` or `AttributeError` where its wheel is
    not installed or is another one, `ValueError` where its format is not the one of the runtime.
    """
    from tree_sitter import Language, Parser

    grammar = GRAMMARS[language]
    return Parser(Language(getattr(import_module(grammar.module), grammar.factory)()))
