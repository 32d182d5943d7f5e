"""Fit passages and a list of further hits into the token budget of a prompt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from corpora.errors import PromptError
from rag.prompting.listing import (
    LISTED_SHARE,
    HitLines,
    ListedHit,
    Listing,
    is_lean,
    is_listable,
    listing_of,
    without,
)
from rag.prompting.message import Message, as_text
from rag.prompting.packing import Choice, CutHits, PackedPassage, Packer
from rag.prompting.passage import Excerpt, Passage, document_of, excerpt, passage
from rag.prompting.template import render
from rag.retrieval.hit import Hit
from rag.tokens.token_counter import TokenCounter

_LISTING_TOKENS: Final = 45  # of what stands around a list
_SURE: Final = 2  # passages that are not listed if they have more to say
_LEFT: Final = 0.2  # of the budget, which is no waste
_TRIES: Final = 3  # to use what the estimate of costs has left
_ENOUGH: Final = 0.97  # of the budget; another try would hardly add a line

_Key = tuple[int, int, tuple[int, ...]]  # the hit of an excerpt, where it begins, and what it shows


@dataclass(frozen=True, slots=True)
class PackedPrompt:
    """What a prompt shows, and the messages that show it."""

    parts: list[Excerpt]
    passages: list[PackedPassage]
    messages: tuple[Message, ...]
    tokens: int
    repeating: frozenset[int] = frozenset()
    listed: tuple[Hit, ...] = ()


@dataclass(frozen=True, slots=True)
class PromptBudget:
    """What a prompt may cost, how that is counted, and everything it is made of but its passages.

    Args:
        query: what is asked.
        earlier: the turns before it.
        template: the name or the path of the template.
        max_tokens: the most that the prompt may have.
        count: counts the tokens of a whole prompt.
        count_piece: counts the tokens of a piece of a prompt, or estimates them.
        given: more that the template is given.
        listing: the list of further hits.
    """

    query: str
    earlier: tuple[Message, ...]
    template: str | Path
    max_tokens: int
    count: TokenCounter
    count_piece: TokenCounter
    given: Mapping[str, str]
    listing: Listing | None = None
    # What was made for one try serves the others.
    _passages: dict[_Key, Passage] = field(default_factory=dict)
    _rendered: dict[tuple[tuple[str, ...], tuple[_Key, ...]], tuple[tuple[Message, ...], int]] = field(
        default_factory=dict
    )
    _cut: CutHits = field(default_factory=dict)
    _lines: dict[int, ListedHit] = field(default_factory=dict)

    def rendered(self, parts: Sequence[Excerpt]) -> tuple[tuple[Message, ...], int]:
        """Return the messages of a prompt with `parts` as passages, and the tokens of all of them."""
        key = self.listing.lines if self.listing else (), tuple(map(_key, parts))
        if key not in self._rendered:
            self._rendered[key] = self._render(parts)
        return self._rendered[key]

    def _render(self, parts: Sequence[Excerpt]) -> tuple[tuple[Message, ...], int]:
        listed = [self.listing.passage] if self.listing else []
        passages = [*map(self._passage, parts), *listed]
        system, text = render(self.template, self.query, passages, self.given)
        instructions = [Message("system", system)] if system else []
        messages = (*instructions, *self.earlier, Message("user", text))
        tokens = sum(self.count(message.content) for message in messages)
        # One text says who said what, in words that cost tokens: the budget holds for it, too.
        return messages, max(tokens, self.count(as_text(messages))) if self.earlier else tokens

    def _passage(self, part: Excerpt) -> Passage:
        """Return a passage, made once for all tries."""
        if _key(part) not in self._passages:
            self._passages[_key(part)] = passage(part)
        return self._passages[_key(part)]

    def pack_listing(self, hits: Sequence[Hit], further: Sequence[Hit]) -> PackedPrompt:
        """Choose what to show of `hits`, and what to list of them and of `further`; see `pack`."""
        bare = self.rendered([])[1]
        if bare > self.max_tokens or not any(map(is_listable, further)):
            return self.pack(hits)
        room = int((self.max_tokens - bare) * LISTED_SHARE)
        shown = self._to_show(hits, self.max_tokens - bare - room)
        best = self._with_list(shown, [*without(hits, shown), *further], room)
        if best and self.max_tokens - best.tokens <= _LEFT * self.max_tokens:
            return best
        # Everything is listed, and there is room for passages of what is.
        other = self._with_list(hits, further, room) or self.pack(hits)
        return best if best and best.tokens >= other.tokens else other

    def _to_show(self, hits: Sequence[Hit], room: int) -> list[Hit]:
        """Return the hits that get passages in so many tokens, but those of which a line says as much."""
        packer = Packer(self.query, _excerpts(hits), self.count_piece, self._cut)
        return [
            one.hit
            for place, one in enumerate(packer.passages(packer.choose(room)))
            if not is_lean(one.hit, is_signature=place >= _SURE and one.form == "signature")
        ]

    def _with_list(self, shown: Sequence[Hit], others: Sequence[Hit], room: int) -> PackedPrompt | None:
        """Pack hits with a list of others that gets so many tokens, and what they leave; None for none."""
        best: PackedPrompt | None = None
        lines = HitLines(self.count_piece, self._lines)
        for _ in range(_TRIES):
            listing = listing_of(others, room - _LISTING_TOKENS, lines, shown)
            with_list = replace(self, listing=listing)
            if listing is None:
                break
            if with_list.rendered([])[1] > self.max_tokens:  # costs do not add up exactly
                room = room * 2 // 3
                continue
            made = replace(with_list.pack(shown), listed=listing.hits)
            if best is None or (len(made.parts), made.tokens) > (len(best.parts), best.tokens):
                best = made
            left = self.max_tokens - made.tokens
            if left < _LISTING_TOKENS or made is not best:
                break
            room += left
        return best

    def pack(self, hits: Sequence[Hit]) -> PackedPrompt:
        """Choose what to show of `hits`, best first, in their order, so that the rendered prompt fits."""
        messages, bare = self.rendered([])
        if bare > self.max_tokens:
            raise PromptError(
                f"the token budget of {self.max_tokens} is too small",
                why=f"the query{' with the turns before it' if self.earlier else ''} and the template "
                f"{self.template} alone take {bare} tokens",
                fix=f"allow {bare} tokens and a few hundred for each passage, or shorten the query",
            )
        if not hits:
            return PackedPrompt([], [], messages, bare)
        packer = Packer(self.query, _excerpts(hits), self.count_piece, self._cut)
        packed = self._fitting(packer, bare)
        shown = [part.hit for part in packed.parts]
        lost = {document_of(hit.chunk) for hit in hits} - {document_of(hit.chunk) for hit in shown}
        if len(shown) < len(hits) and len(lost) < len(hits) - len(shown):
            # Lines that overlap were left to a hit that is not shown: without it, they belong to the others.
            again = self._fitting(Packer(self.query, _excerpts(shown), self.count_piece, self._cut), bare)
            packed = again if len(again.parts) == len(shown) else packed
        repeating = frozenset(id(hit) for place, hit in enumerate(hits) if packer.is_repeating(place))
        return PackedPrompt(packed.parts, packed.passages, packed.messages, packed.tokens, repeating)

    def _fitting(self, packer: Packer, bare: int) -> PackedPrompt:
        """Return the largest of a few choices that fit; there is always one, if only that of nothing."""
        room = self.max_tokens - bare
        choice = packer.choose(room)
        made = self._made(packer, choice)
        best: PackedPrompt | None = None
        # Costs do not add up exactly: tokens merge across borders, and the template adds some of its own.
        for _ in range(_TRIES):
            if made.tokens <= self.max_tokens and (best is None or made.tokens > best.tokens):
                best = made
                if packer.is_all(choice) or made.tokens >= _ENOUGH * self.max_tokens:
                    return best
            room += self.max_tokens - made.tokens
            following = packer.choose(room)
            if following.steps == choice.steps:
                break
            choice = following
            made = self._made(packer, choice)
        while made.tokens > self.max_tokens and best is None:
            choice = packer.without_last(choice, made.tokens - self.max_tokens)
            made = self._made(packer, choice)
        return made if best is None or best.tokens < made.tokens <= self.max_tokens else best

    def _made(self, packer: Packer, choice: Choice) -> PackedPrompt:
        parts = packer.excerpts(choice)
        return PackedPrompt(parts, packer.passages(choice), *self.rendered(parts))


def _key(part: Excerpt) -> _Key:
    return id(part.hit), part.start_line, part.shown


def _excerpts(hits: Sequence[Hit]) -> list[Excerpt]:
    """Return all that could be shown of hits, each line once."""
    parts: list[Excerpt] = []
    for hit in hits:
        parts.append(excerpt(hit, parts))
    return parts
