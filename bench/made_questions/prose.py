"""Questions from headings and sentences of documentation, for the API that the examples below them call."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from random import Random
from typing import Final, NamedTuple

from bench.made_questions.clean import as_asked, first_sentence, is_askable, key_of
from bench.made_questions.drafting import gold_of, grouped, sampled
from bench.made_questions.names import Table, definitions, is_distinct
from bench.made_questions.records import Draft, SourceFile
from bench.made_questions.removal import Removal

_HEADING: Final = re.compile(
    r"^(#{1,6})[ \t]+(.+?)[ \t#]*$|^(?P<title>[^\s#>|*-].{2,80})\n(?P<line>[=~^\"'*+-])(?P=line){2,}[ \t]*$",
    re.M,
)
_FENCE: Final = re.compile(r"^[ \t]*(```|~~~)[^\n]*\n(.*?)^[ \t]*\1", re.M | re.S)
_INDENTED: Final = re.compile(
    r"(?:::|code-block::[^\n]*|sourcecode::[^\n]*)[ \t]*\n"
    r"(?:[ \t]+:\w+:[^\n]*\n)*\n?((?:(?:[ \t]{2,}[^\n]*)?\n)+)"
)
_CALLED: Final = re.compile(
    r"\b(?:[A-Za-z_]\w*(?:\.|::|->|#|:))*([A-Za-z_]\w{3,}[?!]?)\s*\(|\bnew\s+([A-Z]\w+)|@([A-Z]\w+)"
)
_DEFINED: Final = re.compile(
    r"\b(?:class|struct|record|interface|trait|object|enum|def|defp|defmodule|fun|func|fn|function|void)\s+(\w+)"
)
_DULL: Final = re.compile(
    r"how it works|default|misc|advanced|limitation|known issues|caveat|motivation"
    r"|install|getting started|quick ?start|usage|example|licen[sc]e|contribut|changelog|overview"
    r"|introduction|features"
    r"|table of contents|faq|build|requirement|credits|documentation|basic|about|release|version"
    r"|v?\d+\.\d|deprecat"
    r"|breaking|upgrad|migrat|test|note|tutorial|why |summary|reference|details"
    r"|^(?:the )?\w+ (?:api|options?)$",
    re.IGNORECASE,
)
_MOST_CALLED: Final = 2
_MOST_SECTIONS: Final = 2
_MOST_CODE_LINES: Final = 40
_MOST_DEFINITIONS: Final = 2


_DANGLING: Final = re.compile(
    r"(?:this|that|these|those|in (?:this|the|order)|for (?:example|instance)|here|your|there|and"
    r"|or|but|the following"
    r"|it|its|note|see|if|when|first|then|next|also|however|another|by default|as|let'?s|now|below|above"
    r"|to use"
    r"|because|since|same|like|simil|finally|so|we|instead|starting|depending|although|given|consider)\b|\W",
    re.IGNORECASE,
)


_USING: Final = r"(?:(?:you|we) can |it is possible to )?(?:use|using|call|with|by|via) "
_DOES: Final = (
    r"(?: (?:function|method|class|option|macro|type|module|annotation|decorator))?,? (?:to |for "
    r"|(?:is|are|lets|allows|provides|will|can|helps) (?:you |us )?(?:to )?|(?=[a-z]))"
)


class DocSection(NamedTuple):
    """A heading of a page and what stands below it until the next; the span in bytes covers both."""

    path: str
    heading: str
    text: str
    code: str
    start: int
    end: int


def doc_sections(path: str, data: bytes) -> Iterator[DocSection]:
    """Yield the sections of a page in Markdown or reStructuredText that have code in them."""
    text = data.decode(errors="replace")
    if "\ufffd" in text:
        return
    fences = [found.span() for found in _FENCE.finditer(text)]
    headings = [
        found
        for found in _HEADING.finditer(text)
        if not any(start <= found.start() < end for start, end in fences)
    ]
    for found, after in zip_longest(headings, headings[1:]):
        end = after.start() if after else len(text)
        body = text[found.end() : end]
        code = "\n".join([f[2] for f in _FENCE.finditer(body)] + [f[1] for f in _INDENTED.finditer(body)])
        if code.strip():
            prose = _INDENTED.sub("\n\n", _FENCE.sub("\n\n", body)).strip()
            span = len(text[: found.start()].encode()), len(text[:end].encode())
            yield DocSection(path, found[2] or found["title"], prose, code, *span)


def called_in(code: str, table: Table) -> list[str]:
    """Return the names that code calls and few definitions have, the most frequent first."""
    names = [next(group for group in found.groups() if group) for found in _CALLED.finditer(code)]
    own = set(_DEFINED.findall(code))
    known = [
        name
        for name in names
        if name not in own and is_distinct(name) and 0 < len(table.get(name, ())) <= _MOST_DEFINITIONS
    ]
    return sorted(set(known), key=lambda name: (-known.count(name), known.index(name)))


def without_names(query: str, names: Sequence[str]) -> str:
    """Return a sentence without the name that answers it and that it begins with; empty if one remains.

    >>> without_names("Use open_cart to keep what was chosen", ["open_cart"])
    'keep what was chosen'
    """
    for name in names:
        whole = rf"(?:the |an? )?[\w.:#]*(?<!\w){re.escape(name)}(?!\w)(?:\(\))?"
        query = re.sub(rf"^(?:{_USING})?{whole}{_DOES}", "", query, count=1, flags=re.IGNORECASE)
    return "" if called_names(query, names) else query.strip(" ,:")


def called_names(text: str, names: Sequence[str]) -> list[str]:
    """Return those of the names that a text has as words."""
    words = set(re.findall(r"\w+[?!]?", text))
    return [name for name in names if name in words]


def prose_drafts(files: Sequence[SourceFile], pages: Mapping[str, bytes], random: Random) -> list[Draft]:
    """Return questions made of sections whose examples call up to three functions or types."""
    table = definitions(files)
    called = [
        (section, called_in(section.code, table))
        for path, data in sorted(pages.items())
        for section in doc_sections(path, data)
        if section.code.count("\n") <= _MOST_CODE_LINES
    ]
    sections_with = Counter(name for _, names in called for name in names)
    found = []
    for section, names in called:
        # What many sections call is not what one of them is about.
        own = [name for name in names if sections_with[name] <= _MOST_SECTIONS]
        own = called_names(f"{section.heading} {section.text}", own) or (own if len(names) == 1 else [])
        if 0 < len(own) <= _MOST_CALLED:
            found.append((section, own))
    drafts = []
    for section, names in sampled(found, random):
        gold = tuple(gold_of(file, unit) for name in names for file, unit in table[name])
        removals = ((section.path, Removal(section.start, section.end)),)
        heading = as_asked(section.heading)
        sentence = without_names(as_asked(first_sentence(section.text)), names)
        if not any(name.lower() in heading.lower() for name in names) and is_heading_askable(heading):
            drafts.append(Draft(heading, "doc_heading", gold, removals))
        if is_askable(sentence, min_words=5) and not _DANGLING.match(sentence):
            drafts.append(Draft(sentence, "doc_prose", gold, removals, key_of(sentence)))
    return [group[0] for group in grouped(drafts, lambda draft: draft.query.lower()) if len(group) == 1]


def is_heading_askable(heading: str) -> bool:
    """Return whether a heading says what is looked for: a few words, none that any manual has."""
    return (
        len(re.findall(r"[A-Za-z]{2,}", heading)) >= 2
        and not _DULL.search(heading)
        and is_askable(f"how to {heading}")
    )
