"""What a search says beside its hits: what it did not find, and how it understood the question."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from indexers.tokens import query_tokens
from rag.retrieval.hit import Hit
from rag.retrieval.questions.patterns import PATTERN_SHARE, PatternQuestion
from rag.retrieval.questions.quoted import QUOTED_SHARE, quoted_in

_SHOWN_CHARS: Final = 60
# `re:` and an expression without strokes around it, behind which more of one seems to stand: re:def \w+_dir
_CUT: Final = re.compile(r"(?<!\S)re:([^\s/]\S*)(?=\s.*\\[\w()\[\].*+?{}|^$])")


def notes_on_hits(query: str, asked: PatternQuestion, hits: Sequence[Hit]) -> Iterator[str]:
    """Yield a line for what was asked for as it stands and not found, and for an expression that was cut."""
    if "\n" not in query.strip() and (cut := _CUT.search(query)):
        yield (f"the expression ends at the blank: {cut[1][:_SHOWN_CHARS]}; one with blanks is re:/.../")
    if not hits:
        return
    if asked.patterns and not _any_share(hits, PATTERN_SHARE):
        yield "nothing matches the regular expression; these hits are for the other words"
    quoted = quoted_in(query)
    is_all = quoted and not query_tokens(_without(query, quoted))
    if is_all and not _any_share(hits, QUOTED_SHARE):
        yield "nothing holds the text in quotes as it is; these hits are for its words"


def nothing_found(query: str, asked: PatternQuestion, *, is_empty: bool, is_filtered: bool) -> str:
    """Return why there is no hit; with `is_empty`, the index has no documents."""
    if is_empty:
        return "nothing found: the index is empty; run: rag index FOLDER"
    if is_filtered:
        return "nothing found that matches the filters"
    if asked.patterns:
        return "nothing found that matches the regular expression"
    if not query_tokens(query):
        return "nothing found: there is no word in the question"
    return "nothing found: none of the words is in the index; ask in the language of its texts"


def _any_share(hits: Sequence[Hit], share: str) -> bool:
    return any(name == share for hit in hits for name, _ in hit.shares)


def _without(query: str, quoted: Sequence[str]) -> str:
    for one in quoted:
        query = query.replace(one, " ")
    return query
