"""Translate pages in the macros of mdoc(7), which the BSDs use, into those of man(7)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from corpora.man.mdoc_words import CALLABLE, Word, WordLine
from corpora.man.roff import quoted_arguments, request_in

_TITLE = re.compile(r"^[.'][ \t]*(TH|Dd|Dt|Sh)\b", re.MULTILINE)
_MARKED = frozenset({"-bullet", "-dash", "-hyphen"})
_NO_TEXT = frozenset("Dd Os Bk Ek Bf Ef Db Hf Tg".split())  # noqa: SIM905 (macros that show nothing)
_SYNOPSIS_LINES = frozenset({"Nm", "Ft", "Fd", "In", "Vt", "Cd", "Lb"})  # each starts a line of the synopsis


def is_mdoc(source: str) -> bool:
    """Return whether a page is written in mdoc(7): the first macro of its own is not `TH`."""
    found = _TITLE.search(source)
    return found is not None and found[1] != "TH"


def man_lines(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines of a page of mdoc(7), translated into the macros of man(7)."""
    translator = _Translator()
    for line in lines:
        yield from translator.line(line)
    yield from translator.flush()


@dataclass(slots=True)
class _List:
    """An open list: its kind (`-tag`), and the number of its last item."""

    kind: str
    number: int = 0


class _Translator:
    """The state of a translation: the open lists, and the line under construction."""

    def __init__(self) -> None:
        self.words = WordLine()
        self.lists: list[_List] = []
        self.displays: list[bool] = []  # whether the lines of each open display stay as they are
        self.in_head = False  # the line under construction is the term of an item
        self.heading = ""
        self.row: list[str] | None = None  # of a list in columns
        self.reference: list[tuple[str, str]] | None = None  # the parts between Rs and Re
        self.modes: list[str] = []

    def line(self, line: str) -> Iterator[str]:
        """Translate a line."""
        if not line.startswith("."):
            if self.words.is_open:
                for word in line.split():
                    self.words.add(word)
            else:
                yield from self._text(line)
            return
        name, rest = request_in(line)
        words = self._words(name, rest)
        if self.words.is_open and name not in CALLABLE and name not in {"Sm", "Ek", "Bk"}:
            yield from self.flush()  # its end is missing
        if (block := _BLOCKS.get(name)) is not None:
            yield from block(self, words)
        elif name.startswith("%"):
            if self.reference is not None:
                self.reference.append((name, self._shown(words)))
        elif name in CALLABLE:
            yield from self._inline(name, words)
        elif name not in _NO_TEXT:
            yield line  # a request of roff, such as .br

    def _words(self, name: str, rest: str) -> list[Word]:
        """Split the rest of a line; tabs separate the cells of a row as `Ta` does."""
        is_row = name == "It" and self.lists and self.lists[-1].kind == "-column"
        return quoted_arguments(rest.replace("\t", " Ta ") if is_row else rest)

    def flush(self) -> Iterator[str]:
        """Yield the line under construction, as text or as the term of an item."""
        text = self.words.take()
        if self.in_head:
            self.in_head = False
            yield from (".TP", _as_text(text) or "\\&*")
        elif text:
            yield from self._text(_as_text(text))

    def _text(self, text: str) -> Iterator[str]:
        if self.row is not None:
            self.row += text.split("\t")
        else:
            yield text

    def _shown(self, words: list[Word]) -> str:
        """Return the words of a line as text, with the macros among them."""
        self.words.macros([("No", False), *words])
        return self.words.take()

    def _inline(self, name: str, words: list[Word]) -> Iterator[str]:
        if self.words.in_synopsis and name in _SYNOPSIS_LINES and not self.words.is_open:
            yield ".PP"
        if self.row is not None and name == "Ta":
            self.row.append("")
        if name == "Ns" and not self.words.text:  # no effect at the start of a line
            name = "No"
        self.words.macros([(name, False), *words])
        if not self.words.is_open:
            yield from self.flush()

    def _title(self, words: list[Word]) -> Iterator[str]:
        title, section = [*_plain(words), "", ""][:2]
        yield f'.TH "{title}" "{section}"'

    def _heading(self, words: list[Word], level: str = "SH") -> Iterator[str]:
        self.lists, self.displays, self.row = [], [], None
        heading = self._shown(words)
        if level == "SH":
            self.words.in_synopsis = heading.upper() == "SYNOPSIS"
        yield f".{level} {heading}"

    def _subheading(self, words: list[Word]) -> Iterator[str]:
        return self._heading(words, "SS")

    def _description(self, words: list[Word]) -> Iterator[str]:
        yield f"\\- {self._shown(words)}"

    def _start_list(self, words: list[Word]) -> Iterator[str]:
        kind = next((word for word in _plain(words) if word in _KINDS), "-tag")
        if self.lists:
            yield from self._end_row()
            yield ".RS"
        self.lists.append(_List(kind))
        if kind == "-column":
            yield ".nf"

    def _end_list(self, _: list[Word]) -> Iterator[str]:
        yield from self._end_row()
        if not self.lists:
            return
        if self.lists.pop().kind == "-column":
            yield ".fi"
        if self.lists:
            yield from (".RE", ".IP")
        else:
            yield ".PP"

    def _item(self, words: list[Word]) -> Iterator[str]:
        yield from self._end_row()
        if not self.lists:
            return
        current = self.lists[-1]
        current.number += 1
        if current.kind in _MARKED:
            yield ".IP *"
        elif current.kind == "-enum":
            yield f".IP {current.number}."
        elif current.kind == "-item":
            yield ".PP" if len(self.lists) == 1 else ".IP"
        elif current.kind == "-column":
            yield from self._columns(words)
        else:
            self.in_head = True
            self.words.macros([("No", False), *words])
            if not self.words.is_open:
                yield from self.flush()

    def _columns(self, words: list[Word]) -> Iterator[str]:
        """Start a row; its cells are separated by `Ta` or tabs."""
        self.row = []
        cell: list[Word] = []
        for word in [*words, ("Ta", False)]:
            if word == ("Ta", False):
                self.words.macros([("No", False), *cell])
                if not self.words.is_open:
                    self.row.append(self.words.take().replace("\t", "  "))
                cell = []
            else:
                cell.append(word)
        return iter(())

    def _end_row(self) -> Iterator[str]:
        row, self.row = self.row, None
        if row is not None:
            yield _as_text("  ".join(part.strip() for part in row if part.strip()))

    def _start_display(self, words: list[Word]) -> Iterator[str]:
        is_verbatim = bool({"-literal", "-unfilled"} & set(_plain(words)))
        self.displays.append(is_verbatim)
        yield from self._break()
        if is_verbatim:
            yield ".nf"

    def _end_display(self, _: list[Word]) -> Iterator[str]:
        if self.displays and self.displays.pop():
            yield ".fi"
        yield from self._break()

    def _display_line(self, words: list[Word]) -> Iterator[str]:
        shown = self._shown(words)
        yield from self._break()
        yield from (".nf", _as_text(shown), ".fi")

    def _break(self, _: list[Word] | None = None) -> Iterator[str]:
        """Start a paragraph, in the item of a list if one is open."""
        if not any(self.displays):
            yield ".IP" if self.lists else ".PP"

    def _start_reference(self, _: list[Word]) -> Iterator[str]:
        self.reference = []
        return iter(())

    def _end_reference(self, _: list[Word]) -> Iterator[str]:
        parts, self.reference = self.reference or [], None
        authors = [text for name, text in parts if name == "%A"]
        if len(authors) > 1:
            authors = [*authors[:-2], f"{authors[-2]}{',' * (len(authors) > 2)} and {authors[-1]}"]
        if parts:
            shown = [*authors, *(text for name, text in parts if name != "%A")]
            yield from self._text(_as_text(f"{', '.join(shown)}."))

    def _spacing(self, words: list[Word]) -> Iterator[str]:
        self.words.set_spacing(_plain(words))
        return iter(())

    def _exit(self, words: list[Word]) -> Iterator[str]:
        names = [word for word in _plain(words) if word != "-std"] or [self.words.name]
        shown = " and ".join(names) + (" utilities exit" if len(names) > 1 else " utility exits")
        yield f"The {shown} 0 on success, and >0 if an error occurs."

    def _returned(self, words: list[Word]) -> Iterator[str]:
        names = [f"{word}()" for word in _plain(words) if word != "-std"]
        shown = " and ".join(names) + (" functions return" if len(names) > 1 else " function returns")
        yield f"The {shown} the value 0 if successful; otherwise the value -1 is returned and the global"
        yield "variable errno is set to indicate the error."


def _plain(words: list[Word]) -> list[str]:
    return [word for word, _ in words]


def _as_text(text: str) -> str:
    r"""Return text so that it is no request, though it starts with a full stop or an apostrophe."""
    return f"\\&{text}" if text.startswith((".", "'")) else text


_KINDS = frozenset({"-tag", "-hang", "-ohang", "-inset", "-diag", "-item", "-enum", "-column", *_MARKED})
_BLOCKS = {
    "Dt": _Translator._title,
    "Sh": _Translator._heading,
    "Ss": _Translator._subheading,
    "Nd": _Translator._description,
    "Bl": _Translator._start_list,
    "El": _Translator._end_list,
    "It": _Translator._item,
    "Bd": _Translator._start_display,
    "Ed": _Translator._end_display,
    "Dl": _Translator._display_line,
    "D1": _Translator._display_line,
    "Pp": _Translator._break,
    "Lp": _Translator._break,
    "Rs": _Translator._start_reference,
    "Re": _Translator._end_reference,
    "Sm": _Translator._spacing,
    "Ex": _Translator._exit,
    "Rv": _Translator._returned,
}
