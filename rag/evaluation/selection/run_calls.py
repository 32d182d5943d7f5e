"""Call a program's function on many inputs in one process, and print the result of each call.

This text runs inside the sandbox, after the program, on Python 3.8 or later. It has a namespace of its own,
so that neither hides the names of the other.
"""

from __future__ import annotations

import itertools
import json
import numbers
import os
import re
import signal
import sys
import zlib
from collections.abc import Callable
from typing import Any

_MOST_CHARS = 64  # a longer value is shortened, so that the results of a thousand calls fit the output limit
_MOST_ITEMS = 1000  # taken from an iterator, which may be endless
_MOST_OVERTIMES = 5  # after so many calls over time, the other calls of a program are not made
_WALL = 10  # wall time of a call, in multiples of its processor time: for calls that sleep
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_FLOAT_DIGITS = 10  # rounding, or another order of a sum, changes the last ones


class _OverTime(BaseException):
    """A call that took too long. Not an `Exception`, so that a program that catches those misses it."""


def run_calls(program: dict[str, Any], mark: str, calls: list[tuple[str, list[str]]], seconds: float) -> None:
    """Print a line with `mark`, then for each call a JSON array: number, returned, text, claims that hold.

    Args:
        program: namespace of the program.
        mark: separates what the program printed, above it, from the results.
        calls: source of each expression, and of its claims, which call its value `__result__`.
        seconds: processor time that each call may take.
    """
    os.write(1, f"\n{mark}\n".encode())
    results = os.dup(1)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)  # what the calls print is not a result, and may be a lot
    os.dup2(silence, 2)
    for kind in (signal.SIGPROF, signal.SIGALRM):
        signal.signal(kind, _stop)
    overtimes = 0
    for number, (call, claims) in enumerate(calls):
        if "random" in sys.modules:
            sys.modules["random"].seed(0)  # a random program gives the same results each time
        returned, text, holds = _outcome(program, call, claims, seconds)
        os.write(results, json.dumps([number, returned, text, holds]).encode() + b"\n")
        overtimes += not returned and text == _OverTime.__name__
        if overtimes == _MOST_OVERTIMES:
            break
    _limit(0)


def _outcome(
    program: dict[str, Any], call: str, claims: list[str], seconds: float
) -> tuple[bool, str, list[bool]]:
    """Return whether the call returned, its value or the name of its exception, and which claims hold."""

    def answer() -> tuple[Any, str]:
        value = eval(call, program)  # noqa: S307 (in a sandbox)
        if hasattr(value, "__next__"):
            value = list(itertools.islice(value, _MOST_ITEMS))
        return value, _shortened(written(value))

    def holds(claim: str) -> bool:
        try:
            return bool(_within(seconds, lambda: eval(claim, program)))  # noqa: S307
        except BaseException:
            return False

    try:
        program["__result__"], text = _within(seconds, answer)
    except BaseException as error:
        return False, type(error).__name__, [False] * len(claims)
    return True, text, [holds(claim) for claim in claims]


def _within(seconds: float, action: Callable[[], Any]) -> Any:
    try:
        _limit(seconds)
        return action()
    finally:
        _limit(0)


def _limit(seconds: float) -> None:
    # The signal repeats, since a bare `except:` of the program may catch the first exception.
    signal.setitimer(signal.ITIMER_PROF, seconds, seconds)
    signal.setitimer(signal.ITIMER_REAL, _WALL * seconds, _WALL * seconds)


def _stop(*_: object) -> None:
    raise _OverTime


def _shortened(text: str) -> str:
    if len(text) <= _MOST_CHARS:
        return text
    check = zlib.crc32(text.encode("utf-8", "surrogatepass"))
    return f"{text[:_MOST_CHARS]}... {len(text)} {check:08x}"


def written(value: Any) -> str:
    """Return the value as text, equal for equal values, in whatever order a set or dictionary has them.

    >>> written({2, 1.0}), written([True, 0.1 + 0.2]), written({"b": None, "a": (2,)})
    ('set(1, 2)', '[1, 0.3]', "{'a': (2), 'b': None}")
    """
    if isinstance(value, numbers.Real):
        return _number(value)
    if isinstance(value, dict):
        pairs = (f"{written(key)}: {written(item)}" for key, item in value.items())
        return "{" + ", ".join(sorted(pairs)) + "}"
    if isinstance(value, (set, frozenset)):
        return f"set({', '.join(sorted(map(written, value)))})"
    if isinstance(value, (list, tuple)):
        items = ", ".join(map(written, value))
        return f"[{items}]" if isinstance(value, list) else f"({items})"
    return _ADDRESS.sub("", repr(value))


def _number(value: Any) -> str:
    if isinstance(value, numbers.Integral) or float(value).is_integer():
        return repr(int(value))
    return f"{float(value):.{_FLOAT_DIGITS}g}"
