"""Translate pages in the macros of mdoc(7), which the BSDs use, into those of man(7)."""

import re

from corpora.man.roff import arguments

_PUNCTUATION = frozenset(".,:;()[]?!|")
# Macros that enclose the rest of their line: `Op Fl x` is `[-x]`.
_QUOTES = {
    "Aq": "<>",
    "Bq": "[]",
    "Brq": "{}",
    "Dq": '""',
    "Op": "[]",
    "Pq": "()",
    "Ql": "''",
    "Qq": '""',
    "Sq": "''",
}
# Macros that open or close an enclosure: `Oo ... Oc` is `[...]`, also over several lines.
_ENCLOSING = {
    "Ao": "<",
    "Ac": ">",
    "Bo": "[",
    "Bc": "]",
    "Do": '"',
    "Dc": '"',
    "Oo": "[",
    "Oc": "]",
    "Po": "(",
    "Pc": ")",
    "So": "'",
    "Sc": "'",
}
# Macros that only set the font of a word, as far as plain text is concerned.
_FONTS = frozenset(
    "Ad An Ar Cm Dv Em Er Ev Fa Fn Ft Ic Li Lk Mt No Pa St Sy Tn Va Vt Xc Xo Xr".split()  # noqa: SIM905
)
_PLAIN = {"Bl": ".RS", "El": ".RE", "Bd": ".nf", "Ed": ".fi", "Pp": ".PP", "Lp": ".PP"}
_PLAIN |= dict.fromkeys(("Dd", "Os", "Bk", "Ek", "Sm"), "")
_MDOC = re.compile(r"^\.\s*(?:Dd|Dt|Sh)\b", re.MULTILINE)


def is_mdoc(source: str) -> bool:
    """Return whether a page is written in mdoc(7)."""
    return _MDOC.search(source) is not None


def man_lines(source: str) -> str:
    """Return a page of mdoc(7), translated into the macros of man(7)."""
    lines: list[str] = []
    name = ""
    for line in source.split("\n"):
        if not line.startswith(".") or line.startswith('.\\"'):  # text, or a comment
            lines.append(line)
            continue
        macro, _, rest = line[1:].strip().partition(" ")
        words = arguments(rest)
        if macro == "Nm":  # the first use names the command, later ones stand for it
            name = name or (words[0] if words else "")
        lines += _translated(macro, words, name)
    return "\n".join(lines)


def _translated(macro: str, words: list[str], name: str) -> list[str]:
    """Return the lines of man(7) for one line of mdoc(7).

    >>> _translated("Sh", ["SEE", "ALSO"], "ls")
    ['.SH SEE ALSO']
    """
    if macro in _PLAIN:
        return _PLAIN[macro].split()
    if macro == "Dt":
        title, section = [*words, "", ""][:2]
        return [f'.TH "{title}" "{section}"']
    if macro in {"Sh", "Ss"}:
        return [f".{macro.upper()} {' '.join(words)}"]
    if macro == "Nd":
        return ["\\- " + " ".join(words)]
    text = _inline(words, name)
    around = {"It": [".TP", text or "*"], "Dl": [".nf", text, ".fi"], "D1": [".nf", text, ".fi"]}
    return around.get(macro) or [_inline([macro, *words], name)]


class _Line:
    """A line under construction; words are separated by blanks, except before punctuation and after `Ns`."""

    def __init__(self) -> None:
        self.text = ""
        self.is_glued = False

    def add(self, word: str) -> None:
        apart = self.text and not self.is_glued and word not in _PUNCTUATION - {"(", "["}
        self.text += f" {word}" if apart else word
        self.is_glued = word in {"(", "["}


def _inline(words: list[str], name: str) -> str:
    """Return the text of a line of macros: `Fl x Ns Ar file` is `-xfile`.

    Args:
        words: the macros and their arguments.
        name: of the command, which `Nm` without an argument stands for.
    """
    line = _Line()
    closing = ""
    dashes = ""  # those of `Fl`, which go before the next word
    for word in words:
        if word == "Fl":
            dashes += "-"
        elif word == "Ns":
            line.is_glued = True
        elif word in _QUOTES:
            line.add(_QUOTES[word][0])
            line.is_glued = True
            closing = _QUOTES[word][1] + closing
        elif word in _ENCLOSING:  # no blank before a closing mark (`Oc`) and after an opening one (`Oo`)
            line.is_glued = line.is_glued or word.endswith("c")
            line.add(_ENCLOSING[word])
            line.is_glued = word.endswith("o")
        elif word not in _FONTS:
            line.add(dashes + (name if word == "Nm" else "'" if word == "Ap" else word))
            dashes = ""
    return (line.text + (f" {dashes}" if dashes else "") + closing).strip()
