"""Lines of code as pieces with a colour each, for a page that makes text of them and never markup."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

_MOST_CHARS: Final = 40_000  # what is longer stays without colours
_LANGUAGES: Final = {"c#": "csharp", "c++": "cpp", "shell": "bash"}
_COLOURS: Final = (
    ("Comment", "comment"),
    ("Literal.String", "string"),
    ("Literal.Number", "number"),
    ("Keyword", "keyword"),
    ("Name.Function", "name"),
    ("Name.Class", "name"),
    ("Name.Decorator", "name"),
    ("Name.Builtin", "builtin"),
    ("Operator.Word", "keyword"),
)

ColouredLine = list[tuple[str, str]]
"""Pieces of a line: a colour, empty for none, and the text. Together they are the line."""


def coloured_lines(lines: Sequence[str], language: str) -> list[ColouredLine]:
    """Return lines of code in pieces with a colour each; without colours where the language is not known.

    >>> coloured_lines(["x = 1"], "python")
    [[('', 'x = '), ('number', '1')]]
    """
    plain: list[ColouredLine] = [[("", line)] if line else [] for line in lines]
    lexer = _lexer(language)
    text = "\n".join(lines)
    if lexer is None or len(text) > _MOST_CHARS:
        return plain
    found: list[ColouredLine] = [[]]
    for colour, part in _merged((_colour(str(kind)), part) for kind, part in lexer.get_tokens(text)):
        first, *rest = part.split("\n")
        if first:
            found[-1].append((colour, first))
        for line in rest:
            found.append([(colour, line)] if line else [])
    found = found[: len(lines)]
    same = ["".join(part for _, part in line) for line in found] == list(lines)
    return found if same else plain


def _merged(pieces: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    held: tuple[str, str] | None = None
    for colour, part in pieces:
        if held is not None and held[0] == colour:
            held = (colour, held[1] + part)
            continue
        if held is not None:
            yield held
        held = (colour, part)
    if held is not None:
        yield held


def _colour(kind: str) -> str:
    name = kind.removeprefix("Token.")
    return next((colour for start, colour in _COLOURS if name.startswith(start)), "")


@lru_cache(maxsize=64)
def _lexer(language: str) -> Any:
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(_LANGUAGES.get(language, language), stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
