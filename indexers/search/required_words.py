r"""Find the words that each match of a regular expression must hold, so that the index can be asked for them.

The index knows whole words, by their stems: of `open_\w+`, it does not know which words begin so. Only a word
between two characters that belong to no word is certain:

    return parse_date\(   ->  parse_date
    ^import \w+ as np$    ->  as np

Where it is not certain that all texts that match have a word, there is none.
"""

import re
from collections.abc import Iterable
from importlib import import_module
from typing import Any, Final

from indexers.tokens import tokenize

# A pattern is rewritten to words and these marks.
_BREAK: Final = " "  # at least one character of ASCII that belongs to no word, or the edge of a line
_MAYBE: Final = "\1"  # such characters, or nothing
_ANYTHING: Final = "\0"
_BREAKS: Final = re.compile(f"[{_MAYBE}{_BREAK}]+")
_WORD_CHARACTER: Final = re.compile(r"[A-Za-z0-9_]")
# What RE2 and Python read differently: named classes, operations on sets, and `{,5}`.
_READ_DIFFERENTLY: Final = re.compile(r"\[[^\]]*(?:\[|--|&&|~~|\|\|)|\{,")
_LAST_ASCII: Final = 127


def required_words(pattern: str) -> list[tuple[str, ...]]:
    r"""Return rows of tokens, each of which stands in every text that the expression `pattern` matches.

    >>> required_words(r"return parse_date\("), required_words(r"open_\w+")
    ([('pars', 'date', 'parsedate')], [])
    """
    if _READ_DIFFERENTLY.search(pattern):
        return []
    try:
        parsed: Any = import_module("re._parser").parse(pattern)
        if parsed.state.flags & re.IGNORECASE:  # parseDate and parsedate have other tokens
            return []
        text = _rewritten(parsed)
    except Exception:  # the parser of `re` is no public interface: without it, all texts are read
        return []
    text = _BREAKS.sub(lambda found: _BREAK if _BREAK in found[0] else _ANYTHING, text)
    rows = (tuple(tokenize(_inside(part))) for part in text.split(_ANYTHING))
    return list(dict.fromkeys(row for row in rows if row))


def _inside(part: str) -> str:
    """Return what stands between the first break and the last one: the words that are whole."""
    first, last = part.find(_BREAK), part.rfind(_BREAK)
    return part[first:last] if first >= 0 else ""


def _rewritten(parsed: Iterable[tuple[Any, Any]]) -> str:
    return "".join(_item(str(operation), value) for operation, value in parsed)


def _item(operation: str, value: Any) -> str:
    match operation:
        case "LITERAL":
            return _character(value)
        case "IN":
            return _BREAK if all(_is_break(str(kind), one) for kind, one in value) else _ANYTHING
        case "AT":
            # The edge of a word may be a letter beyond ASCII, which RE2 takes for no letter.
            return "" if "BOUNDARY" in str(value) else _BREAK
        case "SUBPATTERN":
            _, added, removed, inner = value
            return _ANYTHING if added or removed else _rewritten(inner)
        case "MAX_REPEAT" | "MIN_REPEAT":
            return _repeated(value[0], _rewritten(value[2]))
        case _:
            return _ANYTHING


def _repeated(least: int, inner: str) -> str:
    is_break = inner != "" and not inner.strip(_BREAK)
    if is_break:
        return _BREAK if least else _MAYBE
    return f"{_ANYTHING}{inner}{_ANYTHING}" if least else _ANYTHING


def _character(code: int) -> str:
    if code > _LAST_ASCII:
        return _ANYTHING
    return chr(code) if _WORD_CHARACTER.match(chr(code)) else _BREAK


def _is_break(kind: str, value: Any) -> bool:
    """Return whether a part of a set holds only characters of ASCII that belong to no word."""
    match kind:
        case "LITERAL":
            return _character(value) == _BREAK
        case "RANGE":
            return value[1] <= _LAST_ASCII and all(
                _character(code) == _BREAK for code in range(value[0], value[1] + 1)
            )
        case "CATEGORY":
            return str(value) == "CATEGORY_SPACE"
        case _:
            return False
