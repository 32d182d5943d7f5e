"""Cut a manual page into what it documents: the command, each option, and the rest by its headings."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import NamedTuple

from corpora.document import Section
from corpora.man.equivalents import spelled_out
from corpora.man.paragraph import ManualPage, Paragraph

# Headings that say nothing about an option below them.
_COMMON = frozenset({"DESCRIPTION", "OPTIONS", "COMMANDS", "ARGUMENTS"})
# Who made the page and the program: together one section, as nobody asks for each of them.
_ORIGIN = frozenset(
    {
        "",
        "COPYRIGHT",
        "AUTHOR",
        "AUTHORS",
        "REPORTING BUGS",
        "GIT",
        "AVAILABILITY",
        "HISTORY",
        "COLOPHON",
        "LICENSE",
    }
)
_OPTION = re.compile(r"(?<![\w-])-{1,2}[A-Za-z0-9#?@<][\w-]*")
_OPTIONAL_NO = re.compile(r"--\[no-\]([\w-]{1,80})")
_BEFORE_OPTION = "[{(<'\" "
_ARGUMENTS = re.compile(r" [\[({]")
_DASH = re.compile(r" (?:-{1,3}|[\u2013\u2014]) ")
_MAX_ALIASES = 8
_MAX_SYNOPSIS_CHARS = 400
_MAX_REPEATED_CHARS = 300  # of the title and of a heading, which each option below them repeats


def manual_sections(page: ManualPage, name: str) -> tuple[Section, ...]:
    """Return the sections of a page, in its order.

    Args:
        page: a manual page.
        name: of its command (`tar`, `git-log`).

    The first section is the command itself: what it does and how it is called. Each item of an outermost
    list, and each option, gets one with a name such as `tar --extract` and its term as signature; the rest
    below each heading is one more. Each starts with the command and what it does, and a shortcut for other
    options ends with what these do.
    """
    about = page_summary(page)
    title = f"{name} - {about}" if about else name
    whole = Section(name, _whole(title, page), "", _synopsis(page)[:_MAX_SYNOPSIS_CHARS])
    title = title[:_MAX_REPEATED_CHARS]
    drafts = [draft for part in _parts(page) for draft in _drafts_of(part)]
    bodies = {option: one.body for one in reversed(drafts) if one.term for option in _spellings(one.term)}
    sections = (_section(draft, name, title, bodies) for draft in drafts)
    return (whole, *sections, *_origin(name, title, page))


class _Draft(NamedTuple):
    """What is to be a section: an item with its term, or the prose below a heading, which is its label."""

    heading: str
    body: str
    term: str = ""
    label: str = ""


def _drafts_of(part: "_Part") -> Iterator[_Draft]:
    """Yield a draft for each item and option below a heading, and one for the rest."""
    heading = part.heading
    if _OPTION.match(heading):  # podman writes a heading for each option
        yield _Draft("", "\n\n".join(filter(None, map(_prose, _items(part.paragraphs)))), heading)
        return
    prose: list[str] = []
    is_told = part.is_about  # the prose before the first list is in the first section
    for item in _items(part.paragraphs):
        for entry in _with_nested_options(item):
            first, body = entry[0], "\n".join(_lines(entry))
            is_told = is_told and not first.term
            # A term without text is a section if it is an option: `-v` says enough with its command.
            if first.term and (body or _OPTION.search(first.term)):
                yield _Draft("" if heading.upper() in _COMMON else heading, body, first.term)
            elif not is_told:
                prose.append(_prose(entry))
    if text := "\n\n".join(filter(None, prose)):
        yield _Draft(heading, text, label=heading.capitalize() if heading.isupper() else heading)


def _section(draft: _Draft, name: str, title: str, bodies: Mapping[str, str]) -> Section:
    """Return the section of a draft; the other spellings of an option are its aliases."""
    if not draft.term:
        return Section(f"{name} {draft.label}", f"{title}\n{draft.body}", draft.heading)
    context = f"\n{draft.heading[:_MAX_REPEATED_CHARS]}" if draft.heading else ""
    short, *others = _spellings(draft.term)
    body = spelled_out(draft.body, bodies) if short.startswith("-") else draft.body
    # `-<number>` is a pattern of names.
    aliases = tuple(f"{name} {other}" for other in others if "<" not in other)[:_MAX_ALIASES]
    text = f"{title}{context}\n{body}".rstrip()
    return Section(f"{name} {short}", text, draft.term, draft.term, aliases)


def _origin(name: str, title: str, page: ManualPage) -> Iterator[Section]:
    """Yield a section of who made the page and the program, if the page says so."""
    found: dict[str, list[str]] = {}
    for paragraph in page.paragraphs:
        if paragraph.heading.upper() in _ORIGIN:
            parts = (paragraph.subheading, paragraph.term, paragraph.shown)
            found.setdefault(paragraph.heading.capitalize(), []).append("\n".join(filter(None, parts)))
    if found:
        text = "\n\n".join("\n".join(filter(None, (heading, *texts))) for heading, texts in found.items())
        label = ", ".join(filter(None, found)) or "Title"
        yield Section(f"{name} {label}", f"{title}\n{text}", next(iter(found)))


def page_summary(page: ManualPage) -> str:
    """Return what the command does, by the section NAME: `list directory contents`; empty if not there."""
    return _name_line(page)[1]


def page_names(page: ManualPage) -> tuple[str, ...]:
    """Return the names that the page documents, by the section NAME: those before the dash."""
    return tuple(part.strip() for part in _name_line(page)[0].split(",") if part.strip())


def _name_line(page: ManualPage) -> tuple[str, str]:
    """Return what stands before and behind the dash in the section NAME; empty texts without a dash."""
    parts = (p for p in page.paragraphs if p.heading.upper() == "NAME")
    text = " ".join(f"{p.term} {p.text}".strip() for p in parts)
    found = _DASH.search(text)
    return (text[: found.start()], text[found.end() :].strip()) if found else ("", "")


def _whole(title: str, page: ManualPage) -> str:
    """Return the title and the prose at the start of the description, before its first list."""
    prose = []
    for paragraph in page.paragraphs:
        if paragraph.heading.upper() == "DESCRIPTION" and not paragraph.subheading:
            if paragraph.term:
                break
            prose.append(paragraph.shown)
    if len(names := page_names(page)) > 1:  # printf(3) describes fprintf and others, too
        prose.insert(0, ", ".join(names))
    synopsis = _synopsis(page)
    whole = synopsis if len(synopsis) > _MAX_SYNOPSIS_CHARS else ""  # too long for a signature
    return "\n\n".join([title, *filter(None, [whole, *prose])])


def _synopsis(page: ManualPage) -> str:
    """Return how the command is called, the forms separated by `; `."""
    found = (f"{p.term} {p.text}" for p in page.paragraphs if p.heading.upper() == "SYNOPSIS")
    return "; ".join(filter(None, (" ".join(text.split()) for text in found)))


class _Part(NamedTuple):
    """The paragraphs below a heading, and whether these describe the command as a whole."""

    heading: str
    paragraphs: list[Paragraph]
    is_about: bool


def _parts(page: ManualPage) -> Iterator[_Part]:
    """Yield the parts of a page that its headings and subheadings make."""
    for (heading, subheading), group in groupby(page.paragraphs, lambda p: (p.heading, p.subheading)):
        if heading.upper() not in _ORIGIN | {"NAME", "SYNOPSIS"}:
            is_about = heading.upper() == "DESCRIPTION" and not subheading
            yield _Part(subheading or heading, list(group), is_about)


def _items(paragraphs: Sequence[Paragraph]) -> Iterator[list[Paragraph]]:
    """Yield each item of the outermost lists with all deeper paragraphs, and other paragraphs one by one.

    Terms in a row, of which only the last is described, are one item: `-a`, `--all` and a text.
    """
    item: list[Paragraph] = []
    for paragraph in paragraphs:
        if item and item[0].term:
            if paragraph.depth > item[0].depth:
                item.append(paragraph)
                continue
            bare = len(item) == 1 and not item[0].lines
            if bare and paragraph.term and paragraph.depth == item[0].depth:
                item = [replace(paragraph, term=f"{item[0].term}, {paragraph.term}")]
                continue
        if item:
            yield item
        item = [paragraph]
    if item:
        yield item


def _with_nested_options(item: list[Paragraph]) -> Iterator[list[Paragraph]]:
    """Yield an item without the options within it, then each of these: `--hard` within `git reset MODE`."""
    own: list[Paragraph] = []
    nested: list[list[Paragraph]] = []
    for paragraph in item:
        if nested and paragraph.depth > nested[-1][0].depth:
            nested[-1].append(paragraph)
        elif own and paragraph.term.startswith("-"):
            nested.append([paragraph])
        else:
            own.append(paragraph)
    yield own
    yield from nested


def _prose(item: Sequence[Paragraph]) -> str:
    """Return an item with its term."""
    return "\n".join(filter(None, (item[0].term, *_lines(item))))


def _lines(item: Sequence[Paragraph]) -> Iterator[str]:
    """Yield the lines of an item; deeper paragraphs are indented, with their terms on lines of their own."""
    base = item[0].depth
    for number, paragraph in enumerate(item):
        margin = "  " * max(min(paragraph.depth - base, 4) - 1, 0)
        if paragraph.term and number:
            yield f"{margin}{paragraph.term}"
            margin += "  "
        for line in paragraph.shown.split("\n"):
            if line.strip():
                yield margin + line


def _spellings(term: str) -> list[str]:
    """Return the names in a term: of an option its spellings, long ones before others; else four words.

    >>> _spellings("-n <number>, --max-count=<number>"), _spellings("--[no-]quiet")
    (['--max-count', '-n'], ['--quiet', '--no-quiet'])

    What takes options is named by its words: `wait-for [-L | -S]` is `wait-for`, `AUTO_CD (-J)` is `AUTO_CD`.
    """
    if term.lstrip(_BEFORE_OPTION).startswith("-"):
        both = _OPTIONAL_NO.sub(r"--\1, --no-\1", term)
        if options := [*dict.fromkeys(map(str, _OPTION.findall(both)))]:
            return sorted(
                options, key=lambda option: (not option.startswith("--"), option.startswith("--no-"))
            )
    words = (_ARGUMENTS.split(term, maxsplit=1)[0] or term).split()
    return [" ".join(words[:4])]
