"""List what else was found by its signatures alone, a line for each, in one passage.

A passage costs some forty tokens for its fences and its source before it says anything. For those hits that
would only show their signature, and for others further down, a line in a list says the same for half of
that, so that a model sees what a library offers beside what was thought best.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from rag.prompting.blocks import begins_section
from rag.prompting.fence import clean, fence, safe_line
from rag.prompting.passage import Passage, full_signature, suspicious_words
from rag.retrieval.hit import Hit
from rag.tokens.token_counter import TokenCounter

DEFAULT_FURTHER: Final = 32
"""How many more hits than passages are retrieved for a list."""

LISTED_SHARE: Final = 0.3
"""Of the room for passages, at most."""

_TITLE: Final = "other names that may fit"
_MAX_SIGNATURE_CHARS: Final = 120
_MAX_SUMMARY_CHARS: Final = 60
_MAX_SOURCES: Final = 3
_FEW_WORDS: Final = 12
_SENTENCE_END: Final = re.compile(r"(?<=[a-z)`])\.(?:\s|$)")


@dataclass(frozen=True, slots=True)
class ListedHit:
    """A hit that a line can show.

    Args:
        hit: the hit.
        line: what lists it; empty if it cannot be listed: it has no signature, or reads like instructions.
        tokens: about how many the line takes.
    """

    hit: Hit
    line: str
    tokens: int


class HitLines:
    """The lines that list hits: each is made and counted once, however often a prompt is tried.

    Args:
        count: counts the tokens of a text, or estimates them.
        known: lines that were made before, by the same counter, by the ids of their hits; new ones are added.
    """

    def __init__(self, count: TokenCounter, known: dict[int, ListedHit]) -> None:
        self._count, self._made = count, known

    def of(self, hit: Hit) -> ListedHit:
        """Return the line of a hit."""
        made = self._made.get(id(hit))
        if made is None:  # it holds the hit, so that no other one gets its id
            line = "" if suspicious_words(hit) else listed_line(hit)
            made = self._made[id(hit)] = ListedHit(hit, line, self._count(f"{line}\n") if line else 0)
        return made


@dataclass(frozen=True, slots=True)
class Listing:
    """Hits that are shown by a line each.

    Attributes:
        hits: best first.
        lines: those of the hits.
    """

    hits: tuple[Hit, ...]
    lines: tuple[str, ...]

    @property
    def passage(self) -> Passage:
        """Return the passage that shows the list."""
        origins = dict.fromkeys(
            f"{one.chunk.origin.library} {one.chunk.origin.version}".strip() or one.chunk.origin.corpus
            for one in self.hits
        )
        named = [*origins][:_MAX_SOURCES]
        source = safe_line(", ".join(named) + (" and others" if len(origins) > len(named) else ""))
        return Passage(
            head=fence(f"title: {_TITLE}\nsource: {source}"),
            title=_TITLE,
            source=source,
            version="",
            language="text",
            text=fence("\n".join(self.lines), "text"),
        )


def listing_of(
    hits: Iterable[Hit], room: int, lines: HitLines, shown_whole: Iterable[Hit] = ()
) -> Listing | None:
    """Return a list of as many hits, best first, as fit into about so many tokens; None if there are none.

    Those without a signature are left out, and those that read like instructions to a model.

    Args:
        hits: the hits.
        room: tokens for their lines.
        lines: those of the hits.
        shown_whole: hits that are shown beside the list, and not in it.
    """
    known = {lines.of(hit).line for hit in shown_whole}
    shown: dict[str, Hit] = {}
    left = room
    for hit in hits:
        one = lines.of(hit)
        if one.line and one.line not in shown and one.line not in known and one.tokens <= left:
            shown[one.line] = hit
            left -= one.tokens
    return Listing(tuple(shown.values()), tuple(shown)) if shown else None


def listed_line(hit: Hit) -> str:
    """Return the line that lists a hit; empty if it has no signature.

    It is the signature, under the full name, and the first sentence of what documents it.
    """
    chunk = hit.chunk
    signature = " ".join(clean(full_signature(chunk)).split()).replace("( ", "(").replace(" )", ")")
    if not signature:
        return ""
    if len(signature) > _MAX_SIGNATURE_CHARS:
        signature = f"{signature[:_MAX_SIGNATURE_CHARS].rsplit(',', 1)[0]}, ...)"
    if chunk.origin.kind != "docs":
        return safe_line(f"{chunk.origin.path}: {chunk.scope}{': ' if chunk.scope else ''}{signature}")
    full = signature if chunk.symbol in signature else f"{chunk.symbol}: {signature}"
    summary = _summary(chunk.text, signature)
    return safe_line(f"{full}  # {summary}" if summary else full)


def _summary(text: str, signature: str) -> str:
    """Return the first sentence of a documentation, if it is short."""
    lines = (line.strip() for line in clean(text).split("\n"))
    first = next((line for line in lines if line and line not in signature), "")
    if begins_section(first):
        return ""
    sentence = _SENTENCE_END.split(first, maxsplit=1)[0]
    return sentence if len(sentence) <= _MAX_SUMMARY_CHARS else ""


def is_listable(hit: Hit) -> bool:
    """Return whether a hit can be shown by a line."""
    return bool(hit.chunk.signature) and not suspicious_words(hit)


def is_lean(hit: Hit, *, is_signature: bool) -> bool:
    """Return whether a line says all that a passage would say of a hit.

    Args:
        hit: the hit.
        is_signature: whether the passage would only show its signature.
    """
    if not is_listable(hit):
        return False
    words = clean(hit.chunk.text).split()
    return is_signature or (len(words) <= _FEW_WORDS and _summary(hit.chunk.text, "").split() == words)


def without(hits: Sequence[Hit], others: Iterable[Hit]) -> list[Hit]:
    """Return the hits that are none of some others."""
    left_out = {id(one) for one in others}
    return [hit for hit in hits if id(hit) not in left_out]
