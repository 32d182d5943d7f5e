"""What an object is for, in the words of its documentation, without its name."""

import re
from typing import Final

from corpora.python.fetching.wheels import printable_line
from indexers.training.compact.asked import cleaned, is_question, sentences
from rag.evaluation.upgrades.records import ApiCandidate

_MOST_SENTENCES: Final = 2
_MIN_WORDS: Final = 4
_MAX_TEXT: Final = 50_000  # characters of a docstring that are looked at
_GIVEN_AWAY: Final = "the intent gives the name away"
_STOPS: Final = re.compile(
    r"^\s*(?:>>>|\.\. |[-=~^]{3,}\s*$|(?:args|arguments|parameters|returns|raises|yields|examples?|notes?"
    r"|see also|attributes|usage|warning|references?|for example)\s*:*\s*$)",
    re.IGNORECASE,
)
_TELLS_NOTHING: Final = re.compile(
    r"(?:see|note|deprecated|inverse of|alias (?:for|of)|same as|equivalent to|like|the following"
    r"|copyright)\b",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[a-z0-9]+")
_PARTS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_APART: Final = re.compile(r" (?=[,.;:)])")


def intent_of(candidate: ApiCandidate) -> tuple[str, str]:
    """Return what the object is for, without its name; or an empty text, and the reason why there is none."""
    text = candidate.text[:_MAX_TEXT]
    told = [_without_name(one, candidate) for one in _sentences(_prose(text))]
    told = [one for one in told if _word_count(one) >= _MIN_WORDS and not _TELLS_NOTHING.match(one)]
    kept = [one for one in told if not gives_away(one, candidate.own_name)][:_MOST_SENTENCES]
    if told[:1] != kept[:1]:  # what follows the first sentence seldom says what an object is for
        return "", _GIVEN_AWAY
    if candidate.parameter:
        about = _about_parameter(text, candidate)
        if not about:
            return "", "its docstring does not say what the parameter does"
        # The first sentence may be the one on the parameter.
        kept = [*(one for one in kept[:1] if _word_count(one) != _word_count(about)), about]
    intent = printable_line(". ".join(kept))
    if not is_question(intent):
        return "", "its docstring says too little of what it is for"
    if candidate.holder:
        intent = f"{candidate.holder.rpartition('.')[2]}: {intent}"
    return ("", _GIVEN_AWAY) if gives_away(intent, candidate.own_name) else (intent, "")


def _sentences(paragraph: str) -> list[str]:
    """Return the sentences of a paragraph; "e.g." ends none."""
    found: list[str] = []
    for one in sentences(paragraph):
        if found and found[-1].endswith(("e.g.", "i.e.", "cf.", "vs.")):
            found[-1] = f"{found[-1]} {one}"
        else:
            found.append(one)
    return found


def _word_count(text: str) -> int:
    return len(_WORD.findall(text.lower()))


def gives_away(text: str, name: str) -> bool:
    """Return whether a text holds a name, or its words one after the other, in any inflection.

    >>> gives_away("Compute running medians of the values", "running_median")
    True
    """
    words = _WORD.findall(text.lower())
    parts = [part.lower() for part in _PARTS.findall(name)] or [name.lower()]
    stems = [_stem(part) for part in parts]
    found = [_stem(word) for word in words]
    runs = zip(*(found[start:] for start in range(len(stems))), strict=False)
    return tuple(stems) in set(runs) or _stem("".join(parts)) in found


def _stem(word: str) -> str:
    for end in ("ings", "ing", "ies", "ied", "ers", "er", "es", "ed", "s", "e", "y"):
        if word.endswith(end) and len(word) - len(end) >= 3:
            word = word.removesuffix(end)
            break
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word  # adding, but also mapping


def _prose(text: str) -> str:
    """Return the sentences at the beginning of a docstring, up to its first example, list or section."""
    lines: list[str] = []
    for line in text.split("\n"):
        if _STOPS.match(line):
            if lines and re.fullmatch(r"\s*[-=~^]{3,}\s*", line):
                lines.pop()  # the title of a section
            break
        lines.append(line)
    paragraphs = [" ".join(one.split()) for one in "\n".join(lines).split("\n\n")]
    # What ends with a colon announces something that is left out.
    return " ".join(f"{one.rstrip('.')}." for one in paragraphs if one and not one.endswith(":"))


def _without_name(sentence: str, candidate: ApiCandidate) -> str:
    """Return a sentence without marks, and with "it" for the name of the object where it stands as code."""
    for name in sorted({*candidate.names, candidate.own_name}, key=len, reverse=True):
        is_code = "_" in name or "." in name or not name.islower()
        spelled = re.escape(name)
        if is_code:
            sentence = re.sub(rf"(?<![\w.])`{{0,2}}{spelled}\b(?:\(\))?`{{0,2}}", "it", sentence)
        else:
            sentence = re.sub(rf"``?{spelled}(?:\(\))?``?|(?<![\w.]){spelled}\(\)", "it", sentence)
    return _APART.sub("", cleaned(sentence))


def _about_parameter(text: str, candidate: ApiCandidate) -> str:
    """Return the first sentence on a parameter, with "the option" for its name; empty if there is none."""
    said = _entry(text.split("\n"), candidate.parameter) or _mention(text, candidate.parameter)
    first = next(iter(_sentences(said)), "")
    name = re.escape(candidate.parameter)
    marked = re.compile(
        rf"(?:\bthe )?[`*]{{0,2}}(?<!\w){name}\b(?:=(?P<value>[\w.'\"-]{{1,40}}))?[`*]{{0,2}}", re.IGNORECASE
    )
    about = _without_name(marked.sub(_as_option, first), candidate)
    about = f"{about[:1].upper()}{about[1:]}"
    if _word_count(about) < _MIN_WORDS:
        return ""
    return about if "the option" in about.lower() else f"The option: {about}"


def _as_option(found: re.Match[str]) -> str:
    return f"the option set to {found['value']}" if found["value"] else "the option"


def _entry(lines: list[str], parameter: str) -> str:
    """Return what a list of parameters says of one, in the style of NumPy, Google or Sphinx."""
    for number, line in enumerate(lines):
        # "first, second : int" of NumPy, "first (int): what it is" of Google and of what Sphinx has joined.
        head, colon, said = line.partition(":")
        names = head.partition("(")[0].replace("*", " ").replace(",", " ").split()
        if not colon or parameter not in names or not all(map(str.isidentifier, names)):
            continue
        margin = len(line) - len(line.lstrip())
        below: list[str] = []
        for more in lines[number + 1 :]:
            if more.strip() and len(more) - len(more.lstrip()) <= margin:
                break
            if not more.strip() and below:
                break
            below.append(more.strip())
        is_type = head.endswith(" ") and any(below)
        said = " ".join(below if is_type else [said, *below])
        if said.strip():
            return " ".join(said.split())
    return ""


def _mention(text: str, parameter: str) -> str:
    """Return the first sentence of the prose that uses_name a parameter as code."""
    name = re.escape(parameter)
    marked = re.compile(rf"[`*]{name}(?:=[^`*\n]{{0,40}})?[`*]" if "_" not in parameter else rf"\b{name}\b")
    for paragraph in text.split("\n\n"):
        if ">>>" not in paragraph:
            for sentence in _sentences(" ".join(paragraph.split())):
                if marked.search(sentence):
                    return sentence
    return ""
