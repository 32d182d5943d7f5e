r"""Resolve the escape sequences of roff: `\fB\-\-all\fP` is `--all`."""

import re
from collections.abc import Mapping
from typing import Final

from corpora.man.characters import CHARACTERS, STRINGS

JOIN: Final = "\x1f"
r"""What `\c` becomes: the next line follows without a blank. No page holds this control character itself."""

# Escapes of one character: `\-` is a minus sign, `\&` nothing.
_SINGLE = {
    "-": "-", "e": "\\", "E": "\\", "'": "'", "`": "`", " ": " ", "~": " ", "0": " ", "t": "\t", "\\": "\\",
    ".": ".", "(": "(", "&": "", "|": "", "^": "", "/": "", ",": "", ":": "", "%": "", ")": "", "c": JOIN,
    "{": "", "}": "", "d": "", "u": "", "r": "", "p": "", "a": "", "!": "", "_": "_",
}  # fmt: skip
_NAME = r"(?:\((?P<{0}2>..)|\[(?P<{0}>[^\]]{{0,200}}+)\]|(?P<{0}1>.))"  # (xx, [name] or x
_ESCAPE = re.compile(
    rf"""\\(?:
        \((?P<two>..)                          # \(aq
      | \[(?P<name>[^\]]{{0,200}}+)\]           # \[aq], \[u2019]
      | \*{_NAME.format("string")}             # \*(lq, \*[lq]
      | n(?P<step>[+-]?){_NAME.format("number")}   # \n(.x, \n+x
      | [fFmMgkYV](?:\(..|\[[^\]]{{0,200}}+\]|.)   # fonts, colours
      | s(?:[+-]?\(\d\d|[+-]?\[[^\]]{{0,200}}+\]|[+-]?'[^']{{0,20}}+'|[1-3]\d|[+-]?\d)   # sizes
      | \$(?:\(..|\[[^\]]{{0,200}}+\]|.)          # arguments, outside a macro
      | (?P<shape>[ABbCDhHlLNoRSvwxXZ])(?P<mark>['"!|/^])      # motions and drawings
        (?P<inner>(?:\\w'[^']{{0,99}}+'|(?!(?P=mark)).){{0,1000}}+)(?P=mark)
      | (?P<one>.)
    )""",
    re.VERBOSE,
)
_UNICODE = re.compile(r"u([0-9A-F]{4,6})(?:_.*)?")
_CODE = re.compile(r"char(\d{1,3})")
_MOTION = re.compile(r"\+?(?:0*[1-9]|\d*\.\d|\\w)")  # to the right: `\h'4n'`, `\h'+03'`, `\h'\w"x"u'`
_TYPED: Final = {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2010": "-", "\u2212": "-"}
_MAX_LINE_CHARS: Final = 1_000_000
_MAX_REPLACED_CHARS: Final = 5_000_000


class Names:
    """The strings and number registers that a page has defined so far."""

    def __init__(self) -> None:
        self.strings: dict[str, str] = {}
        self.numbers: dict[str, int] = {}
        self.steps: dict[str, int] = {}
        self._chars = 0  # that strings were replaced by

    def string(self, name: str) -> str:
        """Return a string of the page or of the macro packages; empty for all after 5 million characters."""
        key = name.split(maxsplit=1)[0] if " " in name.strip() else name  # \\*[name argument]
        found = self.strings.get(key, STRINGS.get(key, ""))
        self._chars += len(found)
        return found if self._chars <= _MAX_REPLACED_CHARS else ""

    def number(self, name: str, step: str = "") -> int:
        """Return the value of a register, after a step up or down; 0 if it is not defined."""
        if step:
            change = self.steps.get(name, 0)
            self.numbers[name] = self.numbers.get(name, 0) + (change if step == "+" else -change)
        return self.numbers.get(name, 1 if name == ".g" else 0)


def unescape(text: str, names: Names | None = None) -> str:
    r"""Return `text` with its escape sequences replaced, up to a comment (`\"`, `\#`).

    Args:
        text: a line or an argument.
        names: the strings and registers that the page defines.

    >>> unescape(r"\fB\-\-all\fP \(aqx\(aq")
    "--all 'x'"
    """
    if "\\" not in text:
        return text
    known = names if names is not None else Names()

    def replace(found: re.Match[str]) -> str:
        groups = found.groupdict()
        if name := groups["two"] or groups["name"]:
            return _character(name)
        if (string := _named(groups, "string")) is not None:
            return known.string(string)
        if (number := _named(groups, "number")) is not None:
            return str(known.number(number, groups["step"])) if number in {*known.numbers, ".g"} else ""
        if shape := groups["shape"]:
            return _shape(shape, groups["inner"])
        return _SINGLE.get(groups["one"], groups["one"]) if groups["one"] else ""

    # NUL marks where a comment starts, as the pattern would take `\"` for an escaped quotation mark. `\\`
    # comes first: `\\"` is a backslash before a quotation mark.
    marked = re.sub(r'\\(?:\\|(["#]))', lambda found: "\0" if found[1] else found[0], text[:_MAX_LINE_CHARS])
    return _ESCAPE.sub(replace, marked.partition("\0")[0])


def _named(groups: Mapping[str, str | None], kind: str) -> str | None:
    for name in (groups[f"{kind}2"], groups[kind], groups[f"{kind}1"]):
        if name is not None:
            return name
    return None


def _character(name: str) -> str:
    if (code := _UNICODE.fullmatch(name)) and not 0xD800 <= (point := int(code[1], 16)) < 0xE000:
        return _typed(chr(point)) if point < 0x110000 and point >= 32 else ""
    if code := _CODE.fullmatch(name):
        return chr(int(code[1])) if 32 <= int(code[1]) < 256 else ""
    return CHARACTERS.get(name, "")


def _typed(character: str) -> str:
    """Return the character that people type for a typographic one, as for those with a name."""
    return _TYPED.get(character, character)


def _shape(shape: str, inner: str) -> str:
    r"""Return what motions and drawings show: a motion to the right (`\h'4n'`) is a blank."""
    if shape == "h":
        return " " if _MOTION.match(inner) else ""
    if shape == "C":
        return _character(inner)
    if shape == "N":
        return _character(f"char{inner}")
    return inner.replace("\\", "") if shape in "oZ" else ""
