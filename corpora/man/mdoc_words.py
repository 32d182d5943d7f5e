"""Translate the macros of mdoc(7) that stand within a line: `Fl x Ns Ar file` is `-xfile`."""

from collections.abc import Callable, Sequence
from typing import Final

from corpora.man.characters import LIBRARIES, STANDARDS

_MAX_OPEN: Final = 100  # enclosures in each other; others stay open
_MAX_NAME_CHARS: Final = 200  # of a command; pages repeat it in each paragraph

Word = tuple[str, bool]
"""A word of a line, and whether it is in quotes; such a word is no macro."""

_CLOSING: Final = frozenset(".,:;)]?!")
_OPENING: Final = frozenset("([")
# Macros that enclose the rest of their line: `Op Fl x` is `[-x]`.
_QUOTES: Final = {
    "Aq": "<>", "Bq": "[]", "Brq": "{}", "Dq": '""', "Op": "[]", "Pq": "()", "Ql": "''", "Qq": '""',
    "Sq": "''",
}  # fmt: skip
# Macros that open or close an enclosure: `Oo ... Oc` is `[...]`, also over several lines.
_OPENERS: Final = {
    "Ao": "<>", "Bo": "[]", "Bro": "{}", "Do": '""', "Oo": "[]", "Po": "()", "Qo": '""', "So": "''",
    "Xo": ("", ""),
}  # fmt: skip
_CLOSERS: Final = frozenset("Ac Bc Brc Dc Oc Pc Qc Sc Xc".split())  # noqa: SIM905
# Macros that only set the font of their words, as far as plain text is concerned.
_FONTS: Final = frozenset(
    "Ad An Cd Cm Dv Em Er Ev Fa Fr Ft Ic Li Ms No Ot Pa Sx Sy Tn Va Vt Fd Bt Ud Hf Lb".split()  # noqa: SIM905
)
_SYSTEMS: Final = {
    "Bx": "BSD",
    "Bsx": "BSD/OS",
    "Nx": "NetBSD",
    "Fx": "FreeBSD",
    "Ox": "OpenBSD",
    "Dx": "DragonFly",
}
_OTHER: Final = frozenset(
    "Ap Ar At En Ec Eo Es Fc Fl Fn Fo In Lk Mt Nm Ns Pf St Ta Ux Xr".split()  # noqa: SIM905
)
CALLABLE: Final = _FONTS | _OTHER | _QUOTES.keys() | _OPENERS.keys() | _CLOSERS | _SYSTEMS.keys()
# Macros whose words are never macros.
_UNPARSED: Final = frozenset({"Fd", "In", "Lb", "St", "Ex", "Rv", "Bt", "Ud", "Hf"})


class WordLine:
    """A line of output under construction, maybe from several lines of the page.

    Words are separated by blanks, except before punctuation, after `Ns`, and while spacing is off (`Sm off`).
    """

    def __init__(self) -> None:
        self.text = ""
        self.name = ""  # of the command, which `Nm` without an argument stands for
        self.in_synopsis = False
        self._has_spacing = True
        self._is_glued = False
        self._closing: list[tuple[str, bool]] = []  # what closes an enclosure; whether a macro (`Oc`) does
        self._arguments: list[str] | None = None  # of the function that `Fo` opens

    @property
    def is_open(self) -> bool:
        """Whether an enclosure waits for its end on a later line."""
        return self._arguments is not None or any(by_macro for _, by_macro in self._closing)

    def take(self) -> str:
        """Return the text of the line and start the next one; enclosures that are open end with it."""
        while self._closing:
            self._close(self._closing.pop()[0])
        if self._arguments is not None:
            self._end_function([])
        text, self.text, self._is_glued = self.text.strip(), "", False
        return text

    def add(self, word: str) -> None:
        """Add a word as text."""
        apart = self.text and not self._is_glued and word not in _CLOSING
        self.text += f" {word}" if apart else word
        self._is_glued = word in _OPENING or not self._has_spacing

    def set_spacing(self, words: Sequence[str]) -> None:
        """Separate words by blanks or not: `Sm off`; the next word still stands apart from those before."""
        self._has_spacing = words[0] != "off" if words else not self._has_spacing
        self._is_glued = False

    def macros(self, words: Sequence[Word]) -> None:
        """Add a line of macros and their words, the first of which is a macro."""
        words = list(words)
        tail: list[str] = []
        while len(words) > 1 and words[-1][0] in _CLOSING and not words[-1][1]:
            tail.insert(0, words.pop()[0])
        number = 0
        while number < len(words):
            name = words[number][0]
            number += 1
            end = len(words) if name in _UNPARSED else number
            end += name == "Pf" and end < len(words)  # its word is no macro
            while end < len(words) and (words[end][1] or words[end][0] not in CALLABLE):
                end += 1
            self._macro(name, [word for word, _ in words[number:end]])
            number = end
        for closing in reversed([text for text, by_macro in self._closing if not by_macro]):
            self._close(closing)
        self._closing = [one for one in self._closing if one[1]]
        for word in tail:
            self.add(word)

    def _macro(self, name: str, words: list[str]) -> None:
        if name in _QUOTES:
            self._open(*_QUOTES[name], by_macro=False)
            self._plain(words)
        elif name in _OPENERS:
            self._open(*_OPENERS[name], by_macro=True)
            self._plain(words)
        elif name in _CLOSERS:
            self._close_enclosure()
            self._plain(words)
        elif (special := _SPECIAL.get(name)) is not None:
            leading = [words.pop(0)] if words and words[0] in _OPENING else []
            trailing: list[str] = []
            while words and words[-1] in _CLOSING:
                trailing.insert(0, words.pop())
            self._plain(leading)
            special(self, name, words)
            self._plain(trailing)
        else:  # a font, or an unknown macro
            self._plain(words)

    def _plain(self, words: Sequence[str]) -> None:
        for word in words:
            self.add(word)

    def _open(self, opening: str, closing: str, *, by_macro: bool) -> None:
        if opening:
            self.add(opening)
            self._is_glued = True
        if len(self._closing) < _MAX_OPEN:
            self._closing.append((closing, by_macro))

    def _close(self, closing: str) -> None:
        self.text += closing  # never after a blank
        self._is_glued = self._is_glued and not closing

    def _close_enclosure(self) -> None:
        """Close the enclosure that a macro opened last, with those that lie in it."""
        while self._closing:
            closing, by_macro = self._closing.pop()
            self._close(closing)
            if by_macro:
                return

    def _flags(self, _: str, words: list[str]) -> None:
        """Show options: `Fl a b` is `-a -b`, `Fl Fl all` is `--all`."""
        for word in words:
            self.add(word if word in _CLOSING or word == "|" else f"-{word}")
        if not words:
            self.add("-")
            self._is_glued = True

    def _arguments_of(self, _: str, words: list[str]) -> None:
        self._plain(words or ["file", "..."])

    def _command(self, _: str, words: list[str]) -> None:
        """Show the name of the page, which the first use in its section NAME sets."""
        if words and not self.name:
            self.name = words[0][:_MAX_NAME_CHARS]
        self._plain(words or ([self.name] if self.name else []))

    def _joint(self, name: str, words: list[str]) -> None:
        """Join words: `Ns` with the one before, `Pf` its own with the one behind, `Ap` by an apostrophe."""
        if name == "Pf":
            self._plain(words[:1])
            self._is_glued = True
            self._plain(words[1:])
            return
        if name == "Ap":
            self.text += "'"
        self._is_glued = bool(self.text)
        self._plain(words)

    def _reference(self, _: str, words: list[str]) -> None:
        """Refer to a page: `Xr ls 1` is `ls(1)`."""
        if len(words) > 1:
            words = [f"{words[0]}({words[1]})", *words[2:]]
        self._plain(words)

    def _link(self, name: str, words: list[str]) -> None:
        """Show an address, after its text: `Lk https://example.org the site`."""
        if name == "Lk" and len(words) > 1:
            self._plain([*words[1:-1], f"{words[-1]}:", words[0]])
        else:
            self._plain(words)

    def _function(self, _: str, words: list[str]) -> None:
        """Show a function with its arguments: `Fn open "const char *path" "int flags"`."""
        if words:
            self.add(f"{words[0]}({', '.join(words[1:])}){';' if self.in_synopsis else ''}")

    def _start_function(self, _: str, words: list[str]) -> None:
        self._arguments = []
        self.add(f"{' '.join(words)}(")
        self._is_glued = True

    def _function_argument(self, _: str, words: list[str]) -> None:
        if self._arguments is not None:
            self._arguments += words
        else:
            self.add(", ".join(words) if len(words) > 1 else "".join(words))

    def _end_function(self, words: list[str]) -> None:
        self.add(", ".join(self._arguments or ()))
        self.text += ");" if self.in_synopsis else ")"
        self._arguments, self._is_glued = None, False
        self._plain(words)

    def _close_function(self, _: str, words: list[str]) -> None:
        self._end_function(words)

    def _include(self, _: str, words: list[str]) -> None:
        file = f"<{' '.join(words)}>"
        self.add(f"#include {file}" if self.in_synopsis else file)

    def _system(self, name: str, words: list[str]) -> None:
        """Show an operating system: `Fx 13.0` is `FreeBSD 13.0`, `Bx 4.4` is `4.4BSD`."""
        system = _SYSTEMS.get(name, "UNIX")
        if name == "Bx":
            self._plain([f"{'-'.join([f'{words[0]}BSD', *words[1:2]])}" if words else system, *words[2:]])
        else:
            self._plain([system, *words])

    def _att(self, _: str, words: list[str]) -> None:
        """Show a release of UNIX by AT&T: `At v7`, `At III`, `At V.2`."""
        release = words[0] if words else ""
        if release[:1] == "v":
            shown = f"Version {release[1:]} AT&T UNIX"
        elif release.startswith("V."):
            shown = f"AT&T System V Release {release[2:]} UNIX"
        else:
            shown = f"AT&T System {release} UNIX" if release else "AT&T UNIX"
        self._plain([shown, *words[1:]])

    def _standard(self, _: str, words: list[str]) -> None:
        self._plain([STANDARDS.get(words[0], words[0].lstrip("-")) if words else "", *words[1:]])

    def _library(self, _: str, words: list[str]) -> None:
        for word in words:
            title = LIBRARIES.get(word)
            self.add(f"{title} ({word}, -l{word.removeprefix('lib')})" if title else f'library "{word}"')

    def _enclosed(self, _: str, words: list[str]) -> None:
        """Open an enclosure of the page's own mark: `Eo ( ... Ec )`."""
        self._open(words[0] if words else "", "", by_macro=True)
        self._plain(words[1:])

    def _end_enclosed(self, _: str, words: list[str]) -> None:
        self._close_enclosure()
        self._close(words[0] if words else "")
        self._plain(words[1:])


_SPECIAL: Final[dict[str, Callable[[WordLine, str, list[str]], None]]] = {
    "Fl": WordLine._flags,
    "Ar": WordLine._arguments_of,
    "Nm": WordLine._command,
    **dict.fromkeys(("Ns", "Pf", "Ap"), WordLine._joint),
    "Xr": WordLine._reference,
    **dict.fromkeys(("Lk", "Mt"), WordLine._link),
    "Fn": WordLine._function,
    "Fo": WordLine._start_function,
    "Fa": WordLine._function_argument,
    "Fc": WordLine._close_function,
    "In": WordLine._include,
    **dict.fromkeys((*_SYSTEMS, "Ux"), WordLine._system),
    "At": WordLine._att,
    "St": WordLine._standard,
    "Lb": WordLine._library,
    "Eo": WordLine._enclosed,
    "Ec": WordLine._end_enclosed,
}
