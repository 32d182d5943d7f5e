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
# rest of a file anew from each of its comments is counted, too.
_READ_BYTES: Final = 1024
# A step is a piece read, or about a hundred operations of the parser. Of 3,200 files in twenty languages none
# took more than 0.025 steps per byte (median 0.008); hostile files take 10 and more.
_STEPS_PER_BYTE: Final = 0.06
_FREE_STEPS: Final = 2_000
_LOOK_STEPS: Final = 31  # a mask: the clock is read in one of 32 steps
_FREE_SECONDS: Final = 0.5
_SECONDS_PER_BYTE: Final = 1e-6  # twice what an ordinary file takes
# No count stops the single step in which the parser, at the end of the file, tries all ways to combine what
# it did not understand, which takes the square of its size. So parsing is given up before, where it stays in
# one place. Of the ordinary files, the worst takes 51 steps more than 0.03 per byte in one place, the next
# one 29.
_LOCAL_STEPS_PER_BYTE: Final = 0.03
_MAX_LOCAL_STEPS: Final = 40
# An expendable process just parses; the system ends it where that takes twenty times as long as usual.
_PARSING_SECONDS: Final = 0.5
_PARSING_SECONDS_PER_BYTE: Final = 10e-6
# Everything else that is done with a file may be slower, such as reading YAML.
_READING_SECONDS: Final = 6.0
_READING_SECONDS_PER_BYTE: Final = 20e-6
_MOST_READING_SECONDS: Final = 900.0
_SHORTEST_SECONDS: Final = 1e-6  # 0 would stop the timer

MAX_RISKLESS_BYTES: Final = 32_000
"""Bytes that a process that must not die should parse at most.

A grammar can spend long in one step, before it reports anything: 100 KB of a file of Zig took 15 seconds and
4 GB, 30 KB took 1.2 seconds and 0.4 GB.
"""


class NotParsed(Exception):
    """The text is not worth parsing, or parsing it was stopped; the message says why."""


class Risky(Exception):
    """The text may take long to parse, so that only an expendable process should try."""


class _Mode(NamedTuple):
    """How texts are parsed; see the functions that set each field."""

    is_expendable: bool = False
    reports_risk: bool = False
    refuses: str = ""


# tree-sitter 0.26.1 never frees what its callable returns. So there is one buffer of each size, used again
# and again, and only one thread parses at a time.
_BUFFERS: Final = tuple(bytearray(size) for size in range(_READ_BYTES + 1))
_ONE_AT_A_TIME: Final = RLock()
_USUAL: Final = _Mode()
_MODE: Final = ContextVar("mode", default=_USUAL)


@contextmanager
def expendable() -> Iterator[None]:
    """Let the system end this process, a worker, where a block of `reading_time_limit` takes too long.

    In the block, `parse` gives up nothing by itself. Where the system has no such timer, nothing changes.
    """
    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    with _parsing(is_expendable=True):
        yield


@contextmanager
def reading_time_limit(nbytes: int) -> Iterator[None]:
    """Bound the processor time of the block, in which a file of `nbytes` is read.

    It takes effect in an `expendable` process only. The bound is so wide that a block either takes far less
    or hangs.
    """
    with _ended_after(_READING_SECONDS + nbytes * _READING_SECONDS_PER_BYTE):
        yield


@contextmanager
def whole_reading_time_limit(nbytes: int) -> Iterator[None]:
    """Bound the processor time of the block, in which many files of `nbytes` together are read at once.

    The limit of the block that this one is in, which is that of one file, starts anew after it.
    """
    if not _MODE.get().is_expendable:
        yield
        return
    before = signal.getitimer(signal.ITIMER_PROF)[0]
    allowed = min(_READING_SECONDS + nbytes * _READING_SECONDS_PER_BYTE, _MOST_READING_SECONDS)
    signal.setitimer(signal.ITIMER_PROF, allowed)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, before)


@contextmanager
def _ended_after(seconds: float) -> Iterator[None]:
    if not _MODE.get().is_expendable:
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
def risk_reported() -> Iterator[None]:
    """Let `parse` raise `Risky` in the block where it would give up what an expendable process may try."""
    with _parsing(reports_risk=True):
        yield


@contextmanager
def parsing_refused(why: str) -> Iterator[None]:
    """Let `parse` raise `NotParsed(why)` in the block, for a file that has ended a process before."""
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

    Args:
        data: source code in UTF-8.
        language: selects the grammar.
        max_bytes: overrides the limit of the language.

    Raises:
        NotParsed: the text is not worth parsing, or parsing it took too many steps or too long.
        Risky: in a block of `risk_reported`, instead of giving up.
        Exception: what `load_parser` raises.
    """
    mode = _MODE.get()
    if mode.refuses:
        raise NotParsed(mode.refuses)
    if why := why_not_parsed(data, max_bytes or GRAMMARS[language].max_bytes):
        raise NotParsed(why)
    if mode.reports_risk and len(data) > MAX_RISKLESS_BYTES:
        raise Risky(f"it has more than {MAX_RISKLESS_BYTES} bytes")
    parser = load_parser(language)
    if mode.is_expendable:
        with _ended_after(_PARSING_SECONDS + len(data) * _PARSING_SECONDS_PER_BYTE):
            return parser.parse(data).root_node
    return _parse_bounded(parser, data, mode)


def _parse_bounded(parser: Parser, data: bytes, mode: _Mode) -> Node:
    """Parse in a process that must not die: once within bounds and, if that succeeds, again for the tree."""
    read, count, check = _bounded_callbacks(data, mode)
    with _ONE_AT_A_TIME:
        try:
            parser.parse(read, progress_callback=count)
        except SystemError as error:  # Ctrl-C while it was reading, for which it does not stop
            parser.reset()
            raise _first(error) from None
        except BaseException:
            parser.reset()  # else it would go on with this text when it is given the next one
            raise
        check()
        # The nodes of the first tree have no text, and the second parse must not start from that tree: now
        # and then the result would be another one.
        return parser.parse(data).root_node


def _first(error: BaseException) -> BaseException:
    """Return what was raised first: every later call ends in a SystemError caused by the one before."""
    while isinstance(error, SystemError) and error.__cause__ is not None:
        error = error.__cause__
    return error


def _bounded_callbacks(  # noqa: C901 (functions that share their counts)
    data: bytes, mode: _Mode
) -> tuple[Callable[[int, object], bytes | bytearray], Callable[[int, bool], bool], Callable[[], None]]:
    """Return what a parser calls to read a text, what it calls to report a step, and a check for the end.

    The last two raise where the steps or the time are used up; during the second, Ctrl-C is noticed, too.
    (They share variables, since they are called about ten thousand times per megabyte.)
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
        if left < 0:  # an exception does not get through a scanner, but the end of the text stops it
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
        if offset < end:  # (at the end it may stay: it reduces a long list and balances the tree)
            if offset > furthest:
                local_steps -= (offset - furthest) * _LOCAL_STEPS_PER_BYTE
                furthest = offset
            local_steps = local_steps + 1 if local_steps > 0 else 1
            if local_steps > _MAX_LOCAL_STEPS:
                raise give_up(f"the parser makes no progress at byte {furthest}")
        return False

    def check() -> None:
        look()
        if is_late:
            raise give_up(f"the parser took more than {seconds:.1f} seconds")
        if left < 0:
            raise give_up(f"the parser took more than {allowed} steps")

    def give_up(why: str) -> Exception:
        return Risky(why) if mode.reports_risk else NotParsed(f"not parsed: {why}")

    return read, count, check


@lru_cache(maxsize=len(GRAMMARS))
def load_parser(language: str) -> Parser:
    """Return the parser of `language`, made once per process.

    Raises:
        KeyError: there is no grammar for the language.
        ImportError, AttributeError: its wheel is not installed, or is another one of this name.
        ValueError: its format does not fit this version of tree-sitter.
    """
    from tree_sitter import Language, Parser

    grammar = GRAMMARS[language]
    return Parser(Language(getattr(import_module(grammar.module), grammar.factory)()))
