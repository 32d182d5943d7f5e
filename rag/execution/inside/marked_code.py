"""The conventions shared by the code that prepares tests and the code that runs them."""

from __future__ import annotations

import builtins
import sys
from types import CodeType

# our own copy: a program that replaces `len` or `all` changes nothing here
globals()["__builtins__"] = dict(vars(builtins))

MARK = "\0of the tests:"
NAME = "tests.py"
CHECKING = ("cmath", "math", "numpy", "operator", "pandas", "scipy", "statistics", "torch", "unittest")


def without_lines(code: CodeType) -> CodeType:
    """Return the same code with all of it in line 0, so that a trace function cannot jump in it.

    Python only allows jumps to lines from the first line of the code on. That is said to be line 1, which has
    no instruction. (Having no lines at all would prevent jumps too, but `inspect` needs a number.)
    """
    units = len(code.co_code) // 2
    constants = tuple(without_lines(item) if isinstance(item, CodeType) else item for item in code.co_consts)
    if sys.version_info >= (3, 11):  # noqa: UP036 (a sandbox may be older) entries of up to 8 units, no columns; the first goes up one line
        lengths = [8] * (units // 8) + [units % 8] * bool(units % 8)
        deltas = [1, *[0] * (len(lengths) - 1)]  # a signed number: 2 * 1 + 1 is -1
        table = b"".join(bytes([0xE8 | (n - 1), 3 if d else 0]) for n, d in zip(lengths, deltas))  # noqa: B905
        return code.replace(co_consts=constants, co_firstlineno=1, co_linetable=table)
    if sys.version_info >= (3, 10):  # noqa: UP036
        chunks = [254] * (2 * units // 254) + [2 * units % 254] * bool(2 * units % 254)
        table = b"".join(bytes([n, 0 if number else 0xFF]) for number, n in enumerate(chunks))
        return code.replace(co_consts=constants, co_firstlineno=1, co_linetable=table)
    return code.replace(co_consts=constants, co_firstlineno=1, co_lnotab=b"\0\xff")
