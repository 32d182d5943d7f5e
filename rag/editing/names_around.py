"""The names that code around a cursor uses, those nearest to it first.

The code is being written, so that it may not parse: names are found by their form, in the lines around the
cursor and in the heads of what holds it, and resolved through the imports of the file.

    from shop.cart import Cart          shop.cart.Cart       (an import)
    def total(cart: Cart):              cart stands for Cart
        cart.items                      shop.cart.Cart.items
        rows.group()                    .group               (a member of something unknown)
"""

import ast
import builtins
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from corpora.syntax.imported_symbols import imported_symbols
from corpora.syntax.module_name import module_name
from corpora.syntax.parse_python import parse_python
from corpora.syntax.python_imports import imported_names, imported_names_in_lines, resolve_name

LINES_BEFORE: Final = 30
LINES_AFTER: Final = 12
_MOST_LINES: Final = 120  # of a long function, on each side
MAX_USED: Final = 60
_MAX_LINE_CHARS: Final = 500
_HEAD_DISTANCE: Final = 15  # of the names in a head above the window: as if they stood there
_NAME: Final = r"[^\W\d]\w{0,80}"
_CHAIN: Final = re.compile(rf"(?<![\w.])({_NAME}(?:(?:\.|::|->){_NAME}){{0,8}})")
_OF_RESULT: Final = re.compile(rf"(?<=[\])])\.({_NAME})")
_STRING: Final = re.compile(r"\"(?:[^\"\\\n]|\\.){0,300}\"|'(?:[^'\\\n]|\\.){0,300}'")
_COMMENTS: Final = {"python": "#", "ruby": "#", "bash": "#", "elixir": "#", "lua": "--", "haskell": "--"}
_SLASHES: Final = "//"
_ANNOTATED: Final = re.compile(rf"\b({_NAME})\s?:\s?[\"']?(?:{_NAME}\.){{0,4}}([A-Z]\w{{0,80}})")
_CONSTRUCTED: Final = re.compile(
    rf"\b({_NAME})\s?=\s?(?:await |new )?((?:{_NAME}\.){{0,4}}[A-Z]\w{{0,80}})\("
)
_DECLARED: Final = re.compile(
    rf"\b([A-Z]\w{{0,80}})(?:<[^<>\n]{{0,80}}>)?[ \t&*]{{1,4}}({_NAME})[ \t]{{0,4}}[=;,)]"
)
"""`Cart cart = ...`, `total(Cart cart)`: of languages that write the type first."""

_BASES: Final = re.compile(rf"^\s*class\s+{_NAME}\s*\(([^)\n]{{1,200}})")
_WORDS: Final = frozenset(dir(builtins)) | frozenset(
    """
    abstract and as assert async await break case catch class const continue def default del do elif else end
    enum except export extends finally fn for from func function global if impl import in instanceof interface
    is lambda let local loop match mod module mut new nil nonlocal not null or package pass private protected
    pub public raise ref require return self cls static struct super switch then this throw trait true false
    try type typeof undefined union unless until use using var void when where while with yield
    """.split()  # noqa: SIM905 (a list to read)
)
_OWN: Final = frozenset({"self", "cls", "this"})


@dataclass(frozen=True, slots=True)
class UsedName:
    """A name that code uses.

    Attributes:
        name: qualified as far as imports and types show it; `.group` for a member of something unknown.
        spelled: as it stands in the code.
        distance: lines from the cursor.
    """

    name: str
    spelled: str
    distance: int

    @property
    def is_known(self) -> bool:
        """Whether it is more than the last part of a name."""
        return not self.name.startswith(".")


def names_around(text: str, line: int, language: str, path: str = "") -> list[UsedName]:
    """Return the names that the code around a line uses, each once, the nearest first.

    Args:
        text: of the whole file.
        line: of the cursor, 1-based.
        language: of the file, as `corpora.syntax.languages` names it.
        path: of the file in its repository, to which relative imports refer.
    """
    lines = text.split("\n")
    line = min(max(line, 1), len(lines))
    aliases = _aliases(text, lines, line, language, path)
    shown = [*_window(lines, line), *_heads(lines, line)]
    plain = [(distance, _without_texts(lines[number - 1], language)) for number, distance in shown]
    types = _types([code for _, code in plain], aliases)
    found: dict[str, UsedName] = {}
    for distance, code in sorted(plain, key=lambda one: one[0]):
        for spelled in _spelled(code, aliases):
            if language == "python" and "." not in spelled and spelled not in aliases:
                continue  # a variable, or something of the file itself
            for name in _resolved(spelled, aliases, types):
                found.setdefault(name, UsedName(name, spelled, distance))
    return list(found.values())[:MAX_USED]


def enclosing_function(text: str, line: int) -> str:
    """Return the name of the innermost function around a line, by its head; empty if there is none."""
    lines = text.split("\n")
    line = min(max(line, 1), len(lines))
    for number, _ in [(line, 0), *_heads(lines, line)]:
        if defined := _DEFINED.match(lines[number - 1][:_MAX_LINE_CHARS]):
            return defined[1] or defined[2]
    return ""


_DEFINED: Final = re.compile(
    rf"\s*(?:(?:export|default|public|private|protected|static|async|pub(?:\(\w{{1,20}}\))?|unsafe|override|final)\s+)"
    rf"{{0,5}}(?:(?:def|function|fn|func|fun)\s+(?:\([^)\n]{{0,80}}\)\s*)?({_NAME})"
    rf"|(?:const|let|var)\s+({_NAME})\s*=\s*(?:async\s*)?(?:\(|function\b))"
)


def _window(lines: Sequence[str], line: int) -> Iterator[tuple[int, int]]:
    """Yield the numbers of the lines around a line, with their distances from it; all of its function."""
    first, last = _function(lines, line)
    start = max(1, min(line - LINES_BEFORE, first), line - _MOST_LINES)
    end = min(len(lines), max(line + LINES_AFTER, last), line + _MOST_LINES)
    for number in range(start, end + 1):
        # What stands after the cursor was mostly written for another purpose.
        yield number, line - number if number <= line else 2 * (number - line)


def _function(lines: Sequence[str], line: int) -> tuple[int, int]:
    """Return the first and the last line of the innermost function around a line, else the line."""
    for number, _ in _heads(lines, line):
        if _DEFINED.match(lines[number - 1][:_MAX_LINE_CHARS]):
            depth = _indentation(lines[number - 1])
            last = line
            while last < min(len(lines), line + _MOST_LINES):
                code = lines[last]
                if (
                    code.strip()
                    and _indentation(code) <= depth
                    and not code.lstrip().startswith((")", "]", "}"))
                ):
                    break
                last += 1
            return number, last
    return line, line


def _heads(lines: Sequence[str], line: int) -> Iterator[tuple[int, int]]:
    """Yield the lines above that are less and less indented, the heads of what holds the cursor."""
    depth = _indentation(lines[line - 1]) if lines[line - 1].strip() else _depth_above(lines, line)
    for number in range(line - 1, 0, -1):
        code = lines[number - 1]
        if (
            code.strip()
            and _indentation(code) < depth
            and not code.lstrip().startswith((")", "]", "}", "#", "//"))
        ):
            depth = _indentation(code)
            yield number, min(line - number, _HEAD_DISTANCE)
            if not depth:
                return


def _depth_above(lines: Sequence[str], line: int) -> int:
    """Return how deep a blank line is taken to be: as its own blanks say, else as the line above it."""
    own = len(lines[line - 1].rstrip("\r"))
    if own:
        return own
    above = next((one for one in reversed(lines[: line - 1]) if one.strip()), "")
    return _indentation(above) + (1 if above.rstrip().endswith((":", "{", "(", "[")) else 0)


def _indentation(code: str) -> int:
    return len(code) - len(code.lstrip())


def _without_texts(code: str, language: str) -> str:
    """Return a line of code with empty strings and without a comment."""
    code = _STRING.sub("''", code[:_MAX_LINE_CHARS])
    return code.partition(_COMMENTS.get(language, _SLASHES))[0]


def _spelled(code: str, aliases: Mapping[str, str]) -> Iterator[str]:
    for found in _CHAIN.finditer(code):
        spelled = found[1].replace("::", ".").replace("->", ".")
        # A word alone is a name of elsewhere if it is called, or written like a class.
        if (
            "." in spelled
            or spelled in aliases
            or spelled[:1].isupper()
            or code[found.end() :][:1] in {"(", "!", "<"}
        ):
            yield spelled
    for found in _OF_RESULT.finditer(code):
        yield f".{found[1]}"


def _resolved(spelled: str, aliases: dict[str, str], types: dict[str, list[str]]) -> Iterator[str]:
    """Yield what a spelled name may be, qualified; nothing for what no import and no type can explain."""
    first, dot, rest = spelled.partition(".")
    if not first:
        yield spelled
        return
    if known := resolve_name(spelled, aliases):
        yield known
        if rest.count(".") or (rest and not rest[:1].isupper()):
            yield resolve_name(first, aliases)  # of `Cart.total`, the class itself, too
        return
    if first in types and rest:
        yield from (f"{kind}.{rest.partition('.')[0]}" for kind in types[first])
        return
    if dot:
        yield f".{rest.rpartition('.')[2]}"
    elif first not in _WORDS:
        yield first


def _types(codes: Sequence[str], aliases: dict[str, str]) -> dict[str, list[str]]:
    """Return the classes of names, from annotations, constructors, and the bases of classes around."""
    found: dict[str, list[str]] = {}
    for code in codes:
        for pattern in (_ANNOTATED, _CONSTRUCTED):
            for match in pattern.finditer(code):
                found.setdefault(match[1], []).append(resolve_name(match[2], aliases) or match[2])
        for match in _DECLARED.finditer(code):
            found.setdefault(match[2], []).append(resolve_name(match[1], aliases) or match[1])
        if bases := _BASES.match(code):
            named = [base.strip() for base in bases[1].split(",") if "=" not in base]
            for own in _OWN:
                found.setdefault(own, []).extend(resolve_name(base, aliases) or base for base in named)
    return {name: list(dict.fromkeys(kinds)) for name, kinds in found.items()}


def _aliases(text: str, lines: Sequence[str], line: int, language: str, path: str) -> dict[str, str]:
    """Return what imported names stand for."""
    if language != "python":
        return imported_symbols(text, language, path)
    module, is_package = module_name(path), PurePosixPath(path).name == "__init__.py"
    for tree in _trees(text, lines, line):
        return imported_names(tree, module, is_package=is_package)
    return imported_names_in_lines(text)


def _trees(text: str, lines: Sequence[str], line: int) -> Iterator[ast.Module]:
    """Yield the tree of a file, else of the file without the line of the cursor, else of what is above it."""
    without = [*lines]
    without[line - 1] = " " * _indentation(lines[line - 1]) + "pass"
    for code in (text, "\n".join(without), "\n".join(lines[: line - 1]), _head_of_file(lines)):
        tree = parse_python(code)
        if tree is not None:
            yield tree
            return


def _head_of_file(lines: Sequence[str]) -> str:
    """Return the lines above the first definition, where most imports are."""
    begins = ("def ", "class ", "async def ", "@")
    end = next((number for number, code in enumerate(lines) if code.startswith(begins)), len(lines))
    return "\n".join(lines[:end])
