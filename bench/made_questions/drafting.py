"""What the makers of questions share: sampling, gold places, and removal of documentation."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import Final, TypeVar

from bench.made_questions.clean import as_asked, first_sentence, without_subject
from bench.made_questions.records import Doc, Place, SourceFile, Unit
from bench.made_questions.removal import Removal, sentence_span

MOST: Final = 200
"""Questions of a kind about a repository or a package."""

MOST_PLACES: Final = 3
"""A question with more right answers than these is none."""

_HEADER_BYTES: Final = 500
_FUNCTION_BYTES: Final = 4000
_WHOLE_SHARE: Final = 0.5
_MOSTLY: Final = 0.8

Item = TypeVar("Item")


def sampled(items: Sequence[Item], random: Random, most: int = MOST) -> list[Item]:
    """Return at most so many items, by chance, in their order."""
    if len(items) <= most:
        return list(items)
    return [items[index] for index in sorted(random.sample(range(len(items)), most))]


def grouped(items: Iterable[Item], key: Callable[[Item], str]) -> list[list[Item]]:
    """Return the items with the same key together; the groups in the order of their first items."""
    groups: defaultdict[str, list[Item]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return list(groups.values())


def gold_of(file: SourceFile, unit: Unit) -> Place:
    """Return the place that answers a question for a unit: of a container, only how it begins."""
    most = _HEADER_BYTES if unit.is_container else _FUNCTION_BYTES
    return Place(file.path, unit.start, min(unit.end, unit.start + most))


def question_of(doc: Doc, name: str) -> str:
    """Return the first sentence of the documentation of `name` as a question; it may be empty."""
    return without_subject(as_asked(first_sentence(doc.text)), name)


def without_question(file: SourceFile, doc: Doc, unit_end: int, random: Random) -> list[Removal]:
    """Return what to remove so that the documentation no longer says the question.

    By chance that is all of it or the first sentence only, if there is more.
    """
    sentence = first_sentence(doc.text)
    whole = random.random() < _WHOLE_SHARE or len(sentence) > _MOSTLY * len(doc.text)
    if not whole and (span := sentence_span(file.data, doc.start, doc.end, sentence)):
        return [Removal(*span)]
    if file.data[doc.start : doc.start + 4].lstrip(b"rRuUbB").startswith((b'"', b"'")):
        is_all = not file.data[doc.end : unit_end].strip()  # a body needs a statement
        return [Removal(doc.start, doc.end, b"pass" if is_all else b"")]
    return [Removal(start, end) for start, end in doc.parts]
