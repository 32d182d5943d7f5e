"""Questions from pasted code, for the lines it came from."""

import re
from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Final

from bench.made_questions.drafting import MOST
from bench.made_questions.records import Draft, Place, SourceFile
from bench.made_questions.word_list import word_set

_NAME: Final = re.compile(r"(?<![\w.\"'$@#:/])[a-z][A-Za-z_]{2,}(?![\w(\"':!?])")
_COMMENT: Final = re.compile(r"^\s*(?://|#(?!\w)|\*|/\*|--|\{-|;)|^\s*$")
_OTHER_NAMES: Final = ("value", "item", "data", "result", "tmp", "x", "entry", "current", "obj", "res")
_KEYWORDS: Final = word_set(
    "and for not def let var val new try end elif else case then with from true null self this func"
    " type enum return const class while break yield throw catch await async switch match where"
    " using false none nil import static public private final void int char long bool string"
    " unsigned struct when unless defer local function lambda raise except finally continue default"
    " struct sizeof foreach instanceof typeof mut impl use pub crate super move loop begin rescue"
    " ensure module require include echo done esac override"
)
_TRIES: Final = 6
_LEAST_LETTERS: Final = 40


def fragment_drafts(files: Sequence[SourceFile], random: Random) -> list[Draft]:
    """Return questions that are two to four lines of a function, at times with other names."""
    functions = [
        (file, unit)
        for file in files
        if not file.is_test
        for unit in file.units
        if not unit.is_container and not unit.is_value and file.data.count(b"\n", unit.start, unit.end) >= 7
    ]
    lines = Counter(_squeezed(line) for file in files for line in file.text(0, len(file.data)).splitlines())
    drafts: list[Draft] = []
    for file, unit in random.sample(functions, len(functions)):
        if len(drafts) == MOST:
            break
        for _ in range(_TRIES):
            place = _lines(file, unit.start, unit.end, random)
            if place is None:
                continue
            pasted = [line.strip() for line in file.text(place.start, place.end).splitlines()]
            if all(lines[_squeezed(line)] > 1 for line in pasted):
                continue
            query = "\n".join(pasted)
            kind = "fragment"
            if random.random() < 0.5 and (changed := renamed(query, random)) != query:
                query, kind = changed, "fragment_renamed"
            drafts.append(Draft(query, kind, (place,)))
            break
    return drafts


def _lines(file: SourceFile, start: int, end: int, random: Random) -> Place | None:
    """Return some lines of a function without its first and its last; None where they say little."""
    text = file.data[start:end]
    starts = [found.end() for found in re.finditer(rb"\n", text)]
    count = random.randint(2, 4)
    if len(starts) < count + 3:
        return None
    first = random.randrange(1, len(starts) - count - 1)
    span = starts[first], starts[first + count] - 1
    lines = text[span[0] : span[1]].decode(errors="replace").splitlines()
    if any(_COMMENT.match(line) for line in lines) or max(map(len, lines), default=0) > 140:
        return None
    letters = sum(char.isalpha() for line in lines for char in line)
    return Place(file.path, start + span[0], start + span[1]) if letters >= _LEAST_LETTERS else None


def renamed(code: str, random: Random) -> str:
    """Return code with other names for one or two of its variables; the same if it has none.

    >>> renamed("total = price * 2", Random(0)) != "total = price * 2"
    True
    """
    names = sorted({name for name in _NAME.findall(code) if name not in _KEYWORDS})
    for name in random.sample(names, min(len(names), random.randint(1, 2))):
        other = random.choice([other for other in _OTHER_NAMES if other not in code] or ["y1"])
        code = re.sub(rf"(?<![\w.]){name}(?!\w)", other, code)
    return code


def _squeezed(text: str) -> str:
    return " ".join(text.split())
