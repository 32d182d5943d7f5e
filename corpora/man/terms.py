"""Find the terms of lists that a page writes as ordinary paragraphs, as generators of pages do."""

import re
from dataclasses import replace
from typing import Final

from corpora.man.paragraph import Paragraph

_MAX_TERM_CHARS: Final = 160
_MAX_TERM_WORDS: Final = 8  # more words are a sentence, unless they are options
_OPTION_AND_TEXT = re.compile(r"(--?[A-Za-z0-9?#@][^:]{0,80}):\s+(\S.*)", re.DOTALL)
# `--tmpfs=[] Create a mount`: an option, or several of them, and maybe a text on the same line.
_OPTION_START = re.compile(r"(--?[A-Za-z0-9?#@][^\s,]*+(?:, --?[^\s,]++)*+)(?: (\S.*))?\Z", re.DOTALL)
_OPTION = re.compile(r"--?[A-Za-z0-9?#@]")


def with_terms(paragraphs: list[Paragraph]) -> list[Paragraph]:
    """Return the paragraphs with terms where a page has none of its own.

    AsciiDoc and DocBook write a short paragraph, `-a, --all`, then indented text; go-md2man the same in one
    paragraph whose second line starts with blanks; ronn a bullet before an option.
    """
    split = [part for paragraph in paragraphs for part in _split(paragraph)]
    found = _before_deeper(split)
    return _with_followers(found)


def _split(paragraph: Paragraph) -> list[Paragraph]:
    r"""Split a term from its text where the text starts with blanks, which break the line.

    `--cpus=2` and `   Number of CPUs` on the next line, as go-md2man writes it; or at a colon, as in
    `--cpus=2: Number of CPUs`.
    """
    if paragraph.term or paragraph.verbatim or not paragraph.lines:
        return [paragraph]
    first, second = [*paragraph.lines, ""][:2]
    if second[:1].isspace() and not first[:1].isspace() and _is_term(first.strip(), is_indented=True):
        return [replace(paragraph, bullet="", term=first.strip(), lines=paragraph.lines[1:])]
    if found := _OPTION_AND_TEXT.match(first):
        return [replace(paragraph, bullet="", term=found[1], lines=[found[2], *paragraph.lines[1:]])]
    return [paragraph]


def _before_deeper(paragraphs: list[Paragraph]) -> list[Paragraph]:
    """Turn each short paragraph before a deeper one into the term that the deeper one describes."""
    found: list[Paragraph] = []
    for number, paragraph in enumerate(paragraphs):
        following = paragraphs[number + 1] if number + 1 < len(paragraphs) else None
        text = paragraph.text
        if (
            following is not None
            and not paragraph.term
            and not paragraph.verbatim
            and (following.heading, following.subheading) == (paragraph.heading, paragraph.subheading)
            and following.depth > paragraph.depth
        ):
            if paragraph.bullet:  # `* --raw:`, as ronn writes it
                if text.startswith("-") and _is_short(text.removesuffix(":")):
                    paragraph.term, paragraph.lines, paragraph.bullet = text.rstrip(":"), [], ""
            elif (text.startswith("-") and len(text) <= _MAX_TERM_CHARS) or (
                not following.verbatim and not following.term and _is_term(text, is_indented=False)
            ):
                paragraph.term, paragraph.lines = text, []
        found.append(paragraph)
    return found


def _with_followers(paragraphs: list[Paragraph]) -> list[Paragraph]:
    """Move paragraphs at the margin behind an option into it.

    In a page of go-md2man, all paragraphs up to the next option belong to the one before; only the first is
    indented.
    """
    found: list[Paragraph] = []
    place: tuple[str, str] | None = None  # of the option that is open
    depth = 0
    for paragraph in paragraphs:
        here = (paragraph.heading, paragraph.subheading)
        if paragraph.term and paragraph.lines and paragraph.lines[0][:1].isspace():
            place, depth = (here, paragraph.depth) if _OPTION.match(paragraph.term) else (None, 0)
        elif paragraph.term and paragraph.depth <= depth:
            place = None
        elif place == here and paragraph.depth == depth and (start := _OPTION_START.match(paragraph.text)):
            paragraph.term, paragraph.lines = start[1], [start[2]] if start[2] else []
        elif place == here and not paragraph.term:
            paragraph.depth += 1
        found.append(paragraph)
    return found


def _is_term(text: str, *, is_indented: bool) -> bool:
    if len(text) > _MAX_TERM_CHARS:
        return False
    if _OPTION.match(text):
        return True
    return (
        _is_short(text) if not is_indented else len(text.split()) <= _MAX_TERM_WORDS // 2 and _is_short(text)
    )


def _is_short(text: str) -> bool:
    return len(text.split()) <= _MAX_TERM_WORDS and not text.endswith((".", ":", ","))
