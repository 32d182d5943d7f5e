"""Questions from comments: the first sentence above a definition, or above a statement."""

from collections.abc import Sequence
from random import Random
from typing import Final

from bench.made_questions.clean import as_asked, first_sentence, is_askable, key_of
from bench.made_questions.drafting import (
    MOST,
    MOST_PLACES,
    Item,
    gold_of,
    grouped,
    question_of,
    sampled,
    without_question,
)
from bench.made_questions.records import Draft, Place, Remark, SourceFile, Unit
from bench.made_questions.removal import Removal

_SHARE: Final = 0.15  # of what is documented; the rest of the tree stays as it was written
_LEAST: Final = 12


def documented_units(files: Sequence[SourceFile]) -> list[tuple[SourceFile, Unit]]:
    """Return the documented definitions of the files, except for tests."""
    return [(file, unit) for file in files if not file.is_test for unit in file.units if unit.doc]


def doc_comment_drafts(files: Sequence[SourceFile], random: Random) -> list[Draft]:
    """Return questions made of what stands above definitions, or in their docstrings."""
    asked = [
        (question_of(unit.doc, unit.own_name), file, unit)
        for file, unit in documented_units(files)
        if unit.doc and not unit.is_value
    ]
    groups = [
        group
        for group in grouped(asked, lambda item: key_of(item[0]))
        if len(group) <= MOST_PLACES and is_askable(group[0][0])
    ]
    drafts = []
    for group in _share(groups, random):
        removals = [
            (file.path, removal)
            for _, file, unit in group
            if unit.doc
            for removal in without_question(file, unit.doc, unit.end, random)
        ]
        gold = tuple(gold_of(file, unit) for _, file, unit in group)
        drafts.append(Draft(group[0][0], "doc_comment", gold, tuple(removals), key_of(group[0][0])))
    return drafts + _module_drafts(files, random)


def _module_drafts(files: Sequence[SourceFile], random: Random) -> list[Draft]:
    """Return questions made of the docstrings of modules."""
    drafts = []
    for file in files:
        doc = file.file_doc
        query = question_of(doc, "") if doc and not file.is_test else ""
        if doc and is_askable(query):
            removals = tuple(
                (file.path, removal) for removal in without_question(file, doc, len(file.data), random)
            )
            drafts.append(Draft(query, "doc_comment", (Place(file.path),), removals, key_of(query)))
    return _share(drafts, random)


def inner_comment_drafts(files: Sequence[SourceFile], random: Random) -> list[Draft]:
    """Return questions made of comments inside functions, for the statements below them."""
    asked = [
        (remark_question(remark), file, remark)
        for file in files
        if not file.is_test
        for remark in file.remarks
    ]
    groups = [
        group
        for group in grouped(asked, lambda item: key_of(item[0]))
        if len(group) <= MOST_PLACES and is_askable(group[0][0], min_words=4)
    ]
    drafts = []
    for group in _share(groups, random):
        removals = tuple((file.path, Removal(remark.start, remark.end)) for _, file, remark in group)
        gold = tuple(Place(file.path, *remark.below) for _, file, remark in group)
        drafts.append(Draft(group[0][0], "inner_comment", gold, removals, key_of(group[0][0])))
    return drafts


def remark_question(remark: Remark) -> str:
    """Return the first sentence of a comment as a question; it may be empty."""
    return as_asked(first_sentence(remark.text))


def _share(items: Sequence[Item], random: Random) -> list[Item]:
    return sampled(items, random, min(MOST, max(_LEAST, int(_SHARE * len(items)))))
