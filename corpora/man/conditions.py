r"""Evaluate the conditions of roff: `.if n`, `.ie \n(.g`, `.if '\*(x'y'`."""

import re
from collections.abc import Callable
from typing import Final

from corpora.man.escapes import Names, unescape

_TOKEN = re.compile(r"\s*(?:(?P<number>\d+\.?\d*|\.\d+)[a-zA-Z]?|(?P<mark><=|>=|==|<>|[-+*/%<>=&:()!]))")
_DEFINED = re.compile(r"([dr])\s*((?!\\\{)\S+)\s*")  # `d name`: a string or macro; `r name`: a register
# \n(.g, \n[.g], \w'..': a parenthesis in them is none of the expression.
_SKIPPED = re.compile(r"\\(?:[n*][+-]?(?:\(..|\[[^\]]{0,200}\]|.)|w(.)(?:(?!\1).){0,200}\1|.)")
_MAX_DEPTH: Final = 20
_TESTS: Final = {"n": True, "t": False, "o": True, "e": False, "v": False}  # `n`: for a terminal
_OPERATORS: Final[dict[str, Callable[[float, float], float]]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right if right else 0,
    "%": lambda left, right: left % right if right else 0,
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
    "=": lambda left, right: left == right,
    "==": lambda left, right: left == right,
    "&": lambda left, right: left > 0 and right > 0,
    ":": lambda left, right: left > 0 or right > 0,
}


def split_condition(text: str, names: Names, macros: frozenset[str]) -> tuple[bool, str]:
    r"""Return whether the condition at the start of `text` holds, and what follows it.

    Args:
        text: what follows `.if` or `.ie`.
        names: the strings and registers that are defined.
        macros: the names of macros that are defined.

    >>> split_condition("n .sp", Names(), frozenset())
    (True, '.sp')
    """
    text = text.lstrip()
    wanted = True
    while text.startswith("!"):
        text, wanted = text[1:].lstrip(), not wanted
    if text[:1] in {"'", '"'}:  # 'a'b' compares two texts
        left, _, rest = text[1:].partition(text[0])
        right, _, rest = rest.partition(text[0])
        return (unescape(left, names) == unescape(right, names)) == wanted, rest.lstrip()
    if found := _DEFINED.match(text):
        known = (names.strings.keys() | macros) if found[1] == "d" else names.numbers.keys()
        return (found[2] in known) == wanted, text[found.end() :]
    if text[:1] in _TESTS and not text[1:2].isalnum():
        return _TESTS[text[0]] == wanted, text[1:].lstrip()
    end = _expression_end(text)
    value, _ = _value(unescape(text[:end], names), 0, 0)
    return (value > 0) == wanted, text[end:].lstrip()


def number_of(text: str, names: Names) -> int:
    """Return the value of an expression, 0 if it is none."""
    return int(max(min(_value(unescape(text, names), 0, 0)[0], 1e9), -1e9))


def _expression_end(text: str) -> int:
    r"""Return where an expression ends: at a blank outside of parentheses and escapes, or at `\{`."""
    depth = number = 0
    while number < len(text):
        if text.startswith("\\{", number) or (text[number].isspace() and depth <= 0):
            break
        if text[number] == "\\":
            found = _SKIPPED.match(text, number)
            number = found.end() if found else number + 1
            continue
        depth += (text[number] == "(") - (text[number] == ")")
        number += 1
    return number


def _value(text: str, at: int, depth: int) -> tuple[float, int]:
    """Evaluate an expression from left to right, without precedence, as roff does."""
    value, at = _operand(text, at, depth)
    while found := _TOKEN.match(text, at):
        mark = found["mark"]
        if mark not in _OPERATORS:
            break
        right, at = _operand(text, found.end(), depth)
        value = max(min(float(_OPERATORS[mark](value, right)), 1e12), -1e12)
    return value, at


def _operand(text: str, at: int, depth: int) -> tuple[float, int]:
    found = _TOKEN.match(text, at)
    if found is None or depth > _MAX_DEPTH:
        return 0, len(text)
    if found["number"]:
        return min(float(found["number"][:12]), 1e12), found.end()
    if found["mark"] == "(":
        value, at = _value(text, found.end(), depth + 1)
        closing = _TOKEN.match(text, at)
        return value, closing.end() if closing and closing["mark"] == ")" else at
    value, at = _operand(text, found.end(), depth + 1)
    return {"-": -value, "!": float(value <= 0)}.get(found["mark"], value), at
