"""Read the roff language of manual pages: escapes, arguments, conditionals, and definitions.

No program is called: `man` and `groff` are not on every machine, and format pages for a terminal. Pages use
only a small part of the language: see man(7), groff_man(7) and groff_char(7).
"""

import re
from collections.abc import Iterator

# Special characters by their groff names: `\(aq` and `\[aq]` are an apostrophe.
_CHARACTERS = {
    "aq": "'", "cq": "'", "oq": "'", "dq": '"', "lq": '"', "rq": '"', "ga": "`", "ha": "^", "ti": "~",
    "rs": "\\", "sl": "/", "bu": "*", "em": "--", "en": "-", "hy": "-", "mi": "-", "co": "(C)", "rg": "(R)",
    "tm": "(TM)", "lB": "[", "rB": "]", "lC": "{", "rC": "}", "la": "<", "ra": ">", "->": "->", "<-": "<-",
    "at": "@", "sh": "#", "Do": "$", "Eu": "EUR", "ba": "|", "bv": "|", "or": "|", "ul": "_", "mu": "x",
    "pl": "+", "eq": "=", ">=": ">=", "<=": "<=", "!=": "!=", "+-": "+-", "de": "°", "sc": "§", "ps": "¶",
    "Fo": "<<", "Fc": ">>", "fo": "<", "fc": ">", "Bq": '"', "bq": "'", "ss": "ß", ":a": "ä", ":o": "ö",
    ":u": "ü", ":A": "Ä", ":O": "Ö", ":U": "Ü", "'e": "é", "`e": "è", "'a": "á", "`a": "à", "o/": "ø",
}  # fmt: skip
# Escapes of one character: `\-` is a minus sign, `\&` nothing.
_SINGLE = {
    "-": "-", "e": "\\", "E": "\\", "'": "'", "`": "`", " ": " ", "~": " ", "0": " ", "t": "\t", "\\": "\\",
    ".": ".", "(": "(", "&": "", "|": "", "^": "", "/": "", ",": "", ":": "", "%": "", ")": "", "c": "",
    "{": "", "}": "", "d": "", "u": "", "r": "", "p": "", "a": "", "!": "",
}  # fmt: skip

_ESCAPE = re.compile(
    r"""\\(?:
        \((?P<two>..)                          # \(aq
      | \[(?P<name>[^\]]{0,200}+)\]             # \[aq], \[u2019]
      | [*n](?:\((?P<string2>..)|\[(?P<string>[^\]]{0,200}+)\]|(?P<string1>.))   # \*(lq, \*[lq], \n(.x
      | [fFmMgkY](?:\(..|\[[^\]]{0,200}+\]|.)   # fonts, colours
      | s(?:[+-]?\d|[+-]?\(\d\d|[+-]?\[[^\]]{0,200}+\])   # sizes
      | [ABbCDhHlLNoRSvwxXZ]'[^']{0,1000}+'     # motions and drawings
      | (?P<one>.)
    )""",
    re.VERBOSE,
)
_STRINGS = {"lq": '"', "rq": '"', "R": "(R)", "Tm": "(TM)", "''": '"', "``": '"', "Aq": "'", "aq": "'"}
_UNICODE = re.compile(r"u([0-9A-F]{4,6})(?:_.*)?")
_CONDITION = re.compile(
    r"\.\s*(?:if|ie)\s+(?P<test>!?\w+|'[^']*'[^']*'|\([^)]*\)|\\n\S*+\s*+\S*+)\s*+(?P<rest>.*)"
)
_MAX_STRING_CHARS = 100  # strings may contain others: thirty that each double the last make gigabytes
_TRUE_TESTS = frozenset({"n", "1", "!t", "!0"})  # `n`: output for a terminal; `t`: for a typesetter


def unescape(text: str, strings: dict[str, str] | None = None) -> str:
    r"""Return `text` with its escape sequences replaced, up to a comment (`\"`).

    Args:
        text: a line or an argument.
        strings: those that the page defines, by name (`.ds`).

    >>> unescape(r"\fB\-\-all\fP \(aqx\(aq")
    "--all 'x'"
    """
    if "\\" not in text:
        return text
    known = strings if strings is not None else {}

    def replace(found: re.Match[str]) -> str:
        groups = found.groupdict()
        if name := groups["two"] or groups["name"]:
            if code := _UNICODE.fullmatch(name):
                return chr(int(code[1], 16))
            return _CHARACTERS.get(name, "")
        for group in ("string2", "string", "string1"):
            if (name := groups[group]) is not None:
                return known.get(name, _STRINGS.get(name, ""))
        return _SINGLE.get(groups["one"], groups["one"]) if groups["one"] else ""

    # NUL marks where a comment starts, as the pattern would take `\"` for an escaped quotation mark.
    return _ESCAPE.sub(replace, text.replace('\\"', "\0")).partition("\0")[0]


def arguments(text: str) -> list[str]:
    """Split the arguments of a request: `a "b c" d` is `a`, `b c` and `d`; `""` in quotes is one quote."""
    found = re.findall(r'"((?:[^"]|"")*)"?|((?:\\.|[^\s"\\])(?:\\.|[^\s\\])*)', text)
    return [quoted.replace('""', '"') or plain for quoted, plain in found]


class Lines:
    """The lines of a page without comments, definitions and conditional text that is not for terminals.

    `strings` holds the strings that the lines so far have defined.
    """

    def __init__(self, source: str) -> None:
        self.strings: dict[str, str] = {}
        self._source = re.sub(r"\\\n", "", source).split("\n")  # a backslash joins a line with the next

    def __iter__(self) -> Iterator[str]:
        """Yield each line with its escapes."""
        number, was_true = 0, True
        while number < len(self._source):
            line = self._source[number]
            number += 1
            if line.startswith(("'", ".")):
                line = "." + line[1:].lstrip()  # `'   br` and `.  br` are `.br`
                name = line[1:].split(maxsplit=1)[0] if len(line) > 1 else ""
                if not name or name.startswith('\\"'):
                    continue
                if name in {"de", "de1", "am", "ig"}:  # the body of a macro, or text to ignore
                    number = self._after_definition(number, line)
                    continue
                if name in {"if", "ie", "el"}:
                    line, number, was_true = self._chosen(line, number, was_true)
                    if not line:
                        continue
                if name == "ds":  # .ds Name value
                    _, key, *value = [*line.split(maxsplit=2), ""]
                    said = unescape(value[0].lstrip('"')[:_MAX_STRING_CHARS], self.strings)
                    self.strings[key] = said[:_MAX_STRING_CHARS]
                    continue
            yield line

    def _after_definition(self, number: int, line: str) -> int:
        """Return the number of the line after a definition, which ends at `..` or its own end macro."""
        words = line.split()
        end = (
            "." + words[2]
            if len(words) > 2
            else "." + words[1]
            if words[0] == ".ig" and len(words) > 1
            else ".."
        )
        while number < len(self._source) and self._source[number].rstrip() != end:
            number += 1
        return number + 1

    def _chosen(self, line: str, number: int, was_true: bool) -> tuple[str, int, bool]:
        r"""Return the rest of a conditional line, the number of the next one, and whether its test holds.

        The rest of `.if n text` is `text`. If the test fails, it is empty and a block `\{ ... \}` is skipped.
        """
        if line.startswith(".el"):
            holds, rest = not was_true, line[3:].strip()
        else:
            found = _CONDITION.match(line)
            holds = found is not None and found["test"] in _TRUE_TESTS
            rest = found["rest"].strip() if found else ""
        opened = rest.count("\\{")
        rest = rest.replace("\\{", "").replace("\\}", "").strip()
        if opened and not holds:
            depth = opened
            while number < len(self._source) and depth > 0:
                depth += self._source[number].count("\\{") - self._source[number].count("\\}")
                number += 1
        return (rest if holds else ""), number, holds
