"""Read the roff language of manual pages: arguments, conditionals, strings, registers and macros.

No program is called: `man` and `groff` are not on every machine, and format pages for a terminal. Pages use
only a part of the language: see man(7), groff_man(7) and groff(7).
"""

import re
from collections.abc import Iterator
from typing import Final

from corpora.man.conditions import number_of, split_condition
from corpora.man.escapes import JOIN, Names, unescape

_MAX_STRING_CHARS: Final = 1000  # strings may contain others: thirty that each double the last make gigabytes
_MAX_STRINGS: Final = 5_000
_MAX_MACRO_LINES: Final = 2_000
_MAX_CALLS: Final = 20_000  # of macros in a page
_MAX_CALLED_CHARS: Final = 5_000_000
_MAX_ARGUMENT_CHARS: Final = 4_000
_MAX_SEARCHED_LINES: Final = 200_000
_ARGUMENT = re.compile(
    r"\\(?:\$(?:\((?P<two>\d\d)|\[(?P<name>\d{1,3})\]|(?P<one>[\d*@]))|n(?:\(\.\$|\[\.\$\]))"
)
_CONTINUED = re.compile(r"(?<!\\)(?:\\\\)*+\\\Z")
_DEFINITIONS: Final = frozenset({"de", "de1", "am", "am1", "ig", "dei", "ami"})
# A page that defines one of these changes how it looks: what it means is known.
_STANDARD: Final = frozenset(
    "TH SH SS TP TQ IP PP P LP HP RS RE B I BR RB BI IB IR RI SM SB R nf fi EX EE br sp UR UE MT ME SY YS OP "  # noqa: SIM905
    "if ie el de ds as nr so TS TE Sh Ss Nm Nd It Bl El Bd Ed Fl Ar Op Pp Dd Dt Os MR".split()
)


def arguments(text: str) -> list[str]:
    """Split the arguments of a request: `a "b c" d` is `a`, `b c` and `d`; `""` in quotes is one quote."""
    return [word for word, _ in quoted_arguments(text)]


def quoted_arguments(text: str) -> list[tuple[str, bool]]:
    """Split the arguments of a request, each with whether it is in quotes."""
    found = re.findall(r'(")((?:[^"]|"")*)"?|((?:\\.|[^\s"\\])(?:\\.|[^\s\\]|\\$)*)', without_comment(text))
    return [(inner.replace('""', '"') if mark else plain, bool(mark)) for mark, inner, plain in found]


def without_comment(text: str) -> str:
    r"""Return a line up to its comment (`\"`, `\#`)."""
    if '\\"' not in text and "\\#" not in text:
        return text
    for found in re.finditer(r'\\(?:(["#])|.)', text):
        if found[1]:
            return text[: found.start()]
    return text


def request_in(line: str) -> tuple[str, str]:
    """Return the name of the request on a line and the rest of it; an empty name for text.

    >>> request_in(".  SH NAME"), request_in("'br"), request_in("text")
    (('SH', 'NAME'), ('br', ''), ('', 'text'))
    """
    if not line.startswith((".", "'")):
        return "", line
    name, rest = [*line[1:].split(None, 1), "", ""][:2]
    if "\\" in name[1:] and not name.startswith("\\"):  # .SH\" a comment, .if\n(.g
        cut = name.index("\\", 1)
        name, rest = name[:cut], f"{name[cut:]} {rest}"
    return name, rest.lstrip(" ")


class Lines:
    """The lines of a page without comments, definitions and conditional text that is not for terminals.

    Macros that the page defines are replaced by their lines. `names` holds the strings and registers that the
    lines so far have defined.
    """

    def __init__(self, source: str) -> None:
        self.names = Names()
        self._left = source.replace(JOIN, "").split("\n")[::-1]  # the next line is the last
        self._macros: dict[str, list[str]] = {}
        self._renamed: dict[str, str] = {}
        self._holds: list[bool] = []  # whether the tests of the open `.ie` hold
        self._searched = 0  # lines, for the ends of definitions
        self._calls = 0
        self._chars = 0

    def __iter__(self) -> Iterator[str]:
        """Yield each line with its escapes; those of requests start with a full stop and the name."""
        while self._left:
            line = self._next()
            if not line.startswith((".", "'")):
                yield line
                continue
            name, rest = request_in(line)
            if not name or name.startswith(('\\"', "\\#")):
                continue
            name = self._renamed.get(name, name)
            if name in self._macros:
                self._call(name, rest)
            elif not self._carry_out(name, rest):
                yield f".{name} {rest}" if rest else f".{name}"

    def _next(self) -> str:
        """Take the next line, joined with the one behind it if it ends with a backslash."""
        parts = [self._left.pop()]
        while self._left and _CONTINUED.search(parts[-1]) and without_comment(parts[-1]) == parts[-1]:
            parts[-1] = parts[-1][:-1]
            parts.append(self._left.pop())
        return "".join(parts)

    def _carry_out(self, name: str, rest: str) -> bool:
        """Carry out a request of the language itself; return whether it was one."""
        if name in _DEFINITIONS:
            self._define(name, arguments(rest))
        elif name in {"if", "ie", "el"}:
            self._choose(name, rest)
        elif name in {"ds", "as", "ds1", "as1"}:
            self._set_string(name, rest)
        elif name == "nr":
            self._set_number([*arguments(rest), "", "", ""][:3])
        elif name in {"als", "rn"}:  # .als new old; .rn old new
            words = [*arguments(rest), "", ""][:2]
            new, old = words if name == "als" else words[::-1]
            if new and old and new not in _STANDARD and new != old and len(self._renamed) < _MAX_STRINGS:
                self._renamed[new] = self._renamed.get(old, old)
        elif name == "nop":  # .nop text
            self._put_back(rest)
        elif name == "rm":
            for key in arguments(rest):
                self._macros.pop(key, None)
        else:
            return False
        return True

    def _set_string(self, name: str, rest: str) -> None:
        """Define a string, or add to one: `.ds Name value`, `.as Name value`."""
        key, _, value = without_comment(rest).partition(" ")
        value = value.lstrip(" ").removeprefix('"')[:_MAX_STRING_CHARS].replace("\\\\", "\\")
        value = unescape(value, self.names)
        old = self.names.strings.get(key, "") if name.startswith("a") else ""
        if len(self.names.strings) < _MAX_STRINGS:
            self.names.strings[key] = (old + value)[:_MAX_STRING_CHARS]

    def _set_number(self, words: list[str]) -> None:
        """Define a register, or change it: `.nr Name value step`, `.nr Name +1`."""
        key, value, step = words
        number = number_of(value.lstrip("+"), self.names)
        if len(self.names.numbers) < _MAX_STRINGS:
            old = self.names.numbers.get(key, 0) if value.startswith(("+", "-")) else 0
            self.names.numbers[key] = max(min(old + number, 10**9), -(10**9))
            self.names.steps[key] = number_of(step, self.names)

    def _define(self, kind: str, words: list[str]) -> None:
        """Take the body of a macro, which ends at `..` or at the end macro that is named.

        A definition without an end is left out alone: the lines behind it are text.
        """
        named = words[0] if words and kind != "ig" else ""
        ends = words[:1] if kind == "ig" else words[1:2]
        end = (unescape(ends[0], self.names) if ends else "") or "."
        body: list[str] = []
        number = len(self._left) - 1 if self._searched <= _MAX_SEARCHED_LINES else -1
        while number >= 0 and request_in(self._left[number].rstrip())[0] != end:
            body.append(self._left[number])
            number -= 1
        self._searched += len(body)
        if number < 0 or self._searched > _MAX_SEARCHED_LINES:
            return
        del self._left[number:]
        if (
            named
            and named not in _STANDARD
            and len(body) <= _MAX_MACRO_LINES
            and len(self._macros) < _MAX_STRINGS
        ):
            old = self._renamed.get(named, named)
            known = self._macros.get(old, []) if kind.startswith("am") else []
            self._renamed.pop(named, None)
            # In a definition, `\\` stands for one backslash: the escapes behind it wait for the call.
            self._macros[named] = [*known, *(line[:_MAX_STRING_CHARS].replace("\\\\", "\\") for line in body)]

    def _call(self, name: str, rest: str) -> None:
        """Put the lines of a macro before what is left, with its arguments in place."""
        self._calls += 1
        if self._calls > _MAX_CALLS or self._chars > _MAX_CALLED_CHARS:
            return
        words = arguments(rest[:_MAX_ARGUMENT_CHARS])
        together = {"*": " ".join(words), "@": " ".join(f'"{word}"' for word in words)}

        def replace(found: re.Match[str]) -> str:
            which = found["two"] or found["name"] or found["one"]
            if which is None:
                return str(len(words))
            if which in together:
                return together[which]
            number = int(which)
            return name if number == 0 else words[number - 1] if number <= len(words) else ""

        lines: list[str] = []
        for line in self._macros[name]:
            lines.append(_ARGUMENT.sub(replace, line))
            self._chars += len(lines[-1]) + 1
            if self._chars > _MAX_CALLED_CHARS:
                return
        self._left += lines[::-1]

    def _choose(self, name: str, rest: str) -> None:
        r"""Put the rest of a conditional line before what is left, or skip it with its block `\{ ... \}`."""
        if name == "el":
            holds = not self._holds.pop() if self._holds else False
        else:
            holds, rest = split_condition(rest, self.names, frozenset(self._macros))
            if name == "ie" and len(self._holds) < _MAX_STRINGS:
                self._holds.append(holds)
        depth = _braces(rest)
        if holds:
            rest = rest.lstrip()
            rest = rest.removeprefix("\\{").lstrip() if rest.startswith("\\{") else rest
            self._put_back(rest)
            return
        while self._left and depth > 0:
            line = self._left.pop()
            depth += _braces(line)
            if depth <= 0 and (behind := line.rpartition("\\}")[2].strip()).startswith("."):
                self._left.append(behind)  # .\} .el

    def _put_back(self, rest: str) -> None:
        """Put the rest of a line before what is left; a line may hold thousands of conditions."""
        self._chars += len(rest)
        if rest and self._chars <= _MAX_CALLED_CHARS:
            self._left.append(rest)


def _braces(line: str) -> int:
    r"""Return how many blocks a line opens more than it closes; those in a comment do not count."""
    if "\\{" not in line and "\\}" not in line:
        return 0
    line = without_comment(line)
    return line.count("\\{") - line.count("\\}")
