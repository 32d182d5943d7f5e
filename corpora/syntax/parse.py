"""Parse source code with a bound on the work: a grammar's error recovery can take minutes over 30 KB."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from importlib import import_module
from threading import RLock
from time import thread_time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from corpora.syntax.grammars import GRAMMARS
from corpora.syntax.parsable import why_not_parsed

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

# What tree-sitter reads at once. It asks for a piece again each time it goes back to it, so that scanning the
# rest of a file from each of its comments is counted too.
_READ_BYTES: Final = 1024
# A step is a piece read or about a hundred operations of the parser. Of 3,200 files in twenty languages none
# took more than 0.025 steps a byte, the median is 0.008; hostile ones take 10 and more.
_STEPS_PER_BYTE: Final = 0.06
_FREE_STEPS: Final = 2_000
_LOOK_STEPS: Final = 31  # a mask: the clock is looked at in one of 32 steps
_FREE_SECONDS: Final = 0.5
_SECONDS_PER_BYTE: Final = 1e-6  # twice what an honest file takes
# No count stops the step in which the parser, at the end of the file, tries all ways to put together what it
# did not understand: it takes the square of its size. So it is given up early, where it stays in one place.
# Of the honest files one takes 51 steps more than 0.03 a byte there, the next 29.
_LOCAL_STEPS_PER_BYTE: Final = 0.03
_MAX_LOCAL_STEPS: Final = 40
# A process that may die just parses, and the system ends it where that takes twenty times as long as usual.
_PARSING_SECONDS: Final = 0.5
_PARSING_SECONDS_PER_BYTE: Final = 10e-6
# All else that is done with a file may be slower, such as reading YAML.
_READING_SECONDS: Final = 6.0
_READING_SECONDS_PER_BYTE: Final = 20e-6
_SHORTEST_SECONDS: Final = 1e-6  # 0 would stop the timer

MAX_RISKLESS_BYTES: Final = 32_000
"""What a process that must live should parse at most.

A grammar can take a step before it has reported anything: 100 KB of one file of zig took 15 seconds and
4 GB in one, 30 KB 1.2 seconds and 0.4 GB.
"""


class NotParsed(Exception):
    """The text is not worth parsing, or parsing it was stopped; the message says why."""


class Risky(Exception):
    """The text may take long to parse, which only a process that may die should try."""


class _Mode(NamedTuple):
    """How texts are parsed: see the functions that set it."""

    may_die: bool = False
    tells_risky: bool = False
    refuses: str = ""


# tree-sitter 0.26.1 never lets go of what its callable returns: so one buffer of each size goes back and
# forth, and a single thread parses.
_BUFFERS: Final = tuple(bytearray(size) for size in range(_READ_BYTES + 1))
_ONE_AT_A_TIME: Final = RLock()
_USUAL: Final = _Mode()
_MODE: Final = ContextVar("mode", default=_USUAL)


@contextmanager
def expendable() -> Iterator[None]:
    """Have the system end this process where a block of `in_time` takes too long; for worker processes.

    In the block, `parse` gives up nothing by itself. Where the system has no such timer, nothing changes.
    """
    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    with _parsing(may_die=True):
        yield


@contextmanager
def in_time(nbytes: int) -> Iterator[None]:
    """Mark the block in which a file of `nbytes` is read: it takes far less time than allowed, or hangs.

    What counts is processor time, and only in an `expendable` process.
    """
    with _ended_after(_READING_SECONDS + nbytes * _READING_SECONDS_PER_BYTE):
        yield


@contextmanager
def _ended_after(seconds: float) -> Iterator[None]:
    if not _MODE.get().may_die:
        yield
        return
    before = signal.getitimer(signal.ITIMER_PROF)[0]  # of the block that this one is in
    allowed = min(seconds, before or seconds)
    signal.setitimer(signal.ITIMER_PROF, allowed)
    try:
        yield
    finally:
        left = signal.getitimer(signal.ITIMER_PROF)[0]
        signal.setitimer(signal.ITIMER_PROF, before and max(before - allowed + left, _SHORTEST_SECONDS))


@contextmanager
def risk_told() -> Iterator[None]:
    """Have `parse` raise `Risky` in the block where it would give up what another process may try."""
    with _parsing(tells_risky=True):
        yield


@contextmanager
def nothing_parsed(why: str) -> Iterator[None]:
    """Have `parse` raise `NotParsed(why)` in the block, for a file that has ended a process."""
    with _parsing(refuses=why):
        yield


@contextmanager
def _parsing(**changes: Any) -> Iterator[None]:
    before = _MODE.set(_MODE.get()._replace(**changes))
    try:
        yield
    finally:
        _MODE.reset(before)


def parse(data: bytes, language: str, max_bytes: int = 0) -> Node:
    """Return the root of the syntax tree of `data`, source code in `language`, a key of `GRAMMARS`.

    `max_bytes` overrides the limit of the language. Raises `NotParsed`, `Risky` in `risk_told`, and what
    `load_parser` raises.
    """
    mode = _MODE.get()
    if mode.refuses:
        raise NotParsed(mode.refuses)
    if why := why_not_parsed(data, max_bytes or GRAMMARS[language].max_bytes):
        raise NotParsed(why)
    if mode.tells_risky and len(data) > MAX_RISKLESS_BYTES:
        raise Risky(f"it has more than {MAX_RISKLESS_BYTES} bytes")
    parser = load_parser(language)
    if mode.may_die:
        with _ended_after(_PARSING_SECONDS + len(data) * _PARSING_SECONDS_PER_BYTE):
            return parser.parse(data).root_node
    return _parse_bounded(parser, data, mode)


def _parse_bounded(parser: Parser, data: bytes, mode: _Mode) -> Node:
    """Parse where nothing can end this process: twice, the first time under watch."""
    read, count, check = _counting(data, mode)
    with _ONE_AT_A_TIME:
        try:
            parser.parse(read, progress_callback=count)
        except SystemError as error:  # Ctrl-C while it read, which it does not stop for
            parser.reset()
            raise _first(error) from None
        except BaseException:
            parser.reset()  # it would go on with this text at the next one
            raise
        check()
        # The first tree knows no text of its nodes, and handing it over gives another one now and then.
        return parser.parse(data).root_node


def _first(error: BaseException) -> BaseException:
    """Find what was raised first: each call that goes on ends in a SystemError, caused by the one before."""
    while isinstance(error, SystemError) and error.__cause__ is not None:
        error = error.__cause__
    return error


def _counting(  # noqa: C901 (functions that share their counts)
    data: bytes, mode: _Mode
) -> tuple[Callable[[int, object], bytes | bytearray], Callable[[int, bool], bool], Callable[[], None]]:
    """What a parser reads a text by, what it reports its steps to, and what is called in the end.

    The last two raise where the steps are used up, or the time; Ctrl-C is also noticed in the second. (They
    share variables: they are called some ten thousand times a megabyte.)
    """
    allowed = left = _FREE_STEPS + int(len(data) * _STEPS_PER_BYTE)
    seconds = _FREE_SECONDS + len(data) * _SECONDS_PER_BYTE
    latest = thread_time() + seconds
    is_late = False
    end = len(data.rstrip()) - 1
    furthest, local_steps = 0, 0.0

    def look() -> None:
        nonlocal left, is_late
        if left >= 0 and thread_time() > latest:
            left, is_late = -1, True

    def read(start: int, _point: object) -> bytes | bytearray:
        nonlocal left
        left -= 1
        if not left & _LOOK_STEPS:
            look()
        if left < 0:  # no exception gets through a scanner, but it stops here
            return b""
        piece = data[start : start + _READ_BYTES]
        buffer = _BUFFERS[len(piece)]
        buffer[:] = piece
        return buffer

    def count(offset: int, _has_error: bool) -> bool:
        nonlocal left, furthest, local_steps
        left -= 1
        if left < 0 or not left & _LOOK_STEPS:
            check()
        if offset < end:  # (there it reduces a long list, and balances the tree)
            if offset > furthest:
                local_steps -= (offset - furthest) * _LOCAL_STEPS_PER_BYTE
                furthest = offset
            local_steps = local_steps + 1 if local_steps > 0 else 1
            if local_steps > _MAX_LOCAL_STEPS:
                raise give_up(f"the parser does not get on at byte {furthest}")
        return False

    def check() -> None:
        look()
        if is_late:
            raise give_up(f"the parser took more than {seconds:.1f} seconds")
        if left < 0:
            raise give_up(f"the parser took more than {allowed} steps")

    def give_up(why: str) -> Exception:
        return Risky(why) if mode.tells_risky else NotParsed(f"not parsed: {why}")

    return read, count, check


@lru_cache(maxsize=len(GRAMMARS))
def load_parser(language: str) -> Parser:
    """Return the parser of `language`, made once per process.

    Raises `KeyError` for a language without grammar, `ImportError` or `AttributeError` where its wheel is
    not installed or is another one, `ValueError` where its format is not the one of the runtime.
    """
    from tree_sitter import Language, Parser

    grammar = GRAMMARS[language]
    return Parser(Language(getattr(import_module(grammar.module), grammar.factory)()))
