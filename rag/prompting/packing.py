"""Choose what is shown of each hit, by value per token, so that a prompt keeps its budget.

Each hit is cut into blocks (see `rag.prompting.blocks`). First every hit of value gets its shortest form, in
their order; then block after block is added, always the one of the most value for its tokens: what it says,
how many words of the request it has, how good its hit is, and how much of it is new. So several examples of
one API that differ come before another API of low score, and what nearly repeats something shown comes last.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import sqrt
from typing import Final, Literal

from indexers.tokens import STOP_WORDS, tokenize
from rag.prompting.blocks import Block, BlockKind, blocks_of
from rag.prompting.passage import Excerpt, added_signature, passage_head
from rag.retrieval.hit import Hit
from rag.tokens.token_counter import TokenCounter

_GAIN: Final[dict[BlockKind, float]] = {
    "head": 1.0, "summary": 0.8, "parameters": 0.6, "example": 0.8, "outline": 0.6, "text": 0.4, "note": 0.15,
}  # fmt: skip
_MATCHED: Final = 2.0
"""How much more a block is worth that has all words of the request."""
_LEAST_VALUE: Final = 0.05
"""Hits of less value than this get their shortest form after those of more were added to."""
_GAP_TOKENS: Final = 8
_FRAME: Final = "\n```\n\nPassage 10:\n"
_SHINGLE: Final = 3  # words; fewer are alike by chance
_REPEATED: Final = 0.9  # share of a hit's shingles that another one has, if they say the same
_MAX_COMPARED: Final = 64  # hits that a later one may repeat
_TINY_TOKENS: Final = 12


PassageForm = Literal["whole", "trimmed", "signature"]
"""How much of a hit is shown: all of it, some of its blocks, or no more than how to use it."""


@dataclass(frozen=True, slots=True)
class PackedPassage:
    """What is shown of a hit in a prompt.

    Args:
        hit: the hit.
        form: how much of it is shown.
        tokens: about how many tokens that takes.
    """

    hit: Hit
    form: PassageForm
    tokens: int


@dataclass(frozen=True, slots=True)
class CutHit:
    """A hit, cut into blocks.

    Args:
        part: all that could be shown of it.
        blocks: the first is its shortest form.
        costs: about how many tokens each block takes; the first with what stands around a passage.
        words: of each block, its words.
        shingles: of each block, its runs of a few words.
        said: those of all blocks.
        following: the blocks that may be shown once another one is.
        worth: of the hit, up to 1.
    """

    part: Excerpt
    blocks: list[Block]
    costs: list[int]
    words: list[frozenset[str]]
    shingles: list[frozenset[tuple[str, ...]]]
    said: frozenset[tuple[str, ...]]
    following: dict[int, list[int]]
    worth: float = 0.0


CutHits = dict[tuple[int, int, int], CutHit]
"""Hits that were cut, by what could be shown of them: the same hits are packed several times for a prompt."""


@dataclass(slots=True)
class Choice:
    """Blocks that are shown, and about what they cost.

    Args:
        steps: places of a hit and of a block of it, in the order in which they were chosen.
        shown: the places of the lines that are shown, for each hit that is.
    """

    steps: list[tuple[int, int]] = field(default_factory=list)
    shown: dict[int, set[int]] = field(default_factory=dict)
    cost: int = 0
    seen: set[tuple[str, ...]] = field(default_factory=set)


class Packer:
    """Chooses blocks of hits for a request.

    Args:
        request: what is asked.
        parts: what could be shown of the hits, best first.
        count: counts the tokens of a text, or estimates them.
        known: hits that were cut before, by the same counter; new ones are added.
    """

    def __init__(
        self, request: str, parts: Sequence[Excerpt], count: TokenCounter, known: CutHits | None = None
    ) -> None:
        self._asked = frozenset(tokenize(request)) - STOP_WORDS
        best = parts[0].hit.score if parts else 0.0
        cut = {} if known is None else known
        self._candidates: list[CutHit] = []
        for place, part in enumerate(parts):
            key = id(part.hit), part.start_line, len(part.lines)
            if key not in cut:
                cut[key] = _cut(part, count)
            self._candidates.append(replace(cut[key], worth=_worth(part.hit, place, best)))
        # What a block says to the request, which does not change while others are chosen.
        self._values = [[*self._said(one)] for one in self._candidates]
        self._is_repeating = _repeating(self._candidates)

    def _said(self, one: CutHit) -> Iterator[float]:
        """Yield the value of each block of a hit, were nothing else shown and all of one cost."""
        asked = max(1, len(self._asked))
        for block, words in zip(one.blocks, one.words, strict=True):
            matched = len(self._asked & words) / asked
            yield one.worth * _GAIN[block.kind] * (1.0 + _MATCHED * matched)

    def choose(self, room: int) -> Choice:
        """Return the blocks that fit into about so many tokens."""
        choice = Choice()
        for place, one in enumerate(self._candidates):
            if one.worth >= _LEAST_VALUE and place not in self._is_repeating:
                self._take(choice, place, 0, room)
        waiting = [
            (-self._density(choice, place, 0), place, 0)
            for place in range(len(self._candidates))
            if place not in choice.shown
        ]
        waiting += [entry for place in choice.shown for entry in self._unlocked(choice, place, 0)]
        heapq.heapify(waiting)
        while waiting:
            # What is shown in between lowers the value of what waits: it is looked at again when it is first.
            density, place, block = heapq.heappop(waiting)
            now = -self._density(choice, place, block)
            if waiting and now > density and (now, place, block) > waiting[0]:
                heapq.heappush(waiting, (now, place, block))
            elif self._take(choice, place, block, room):
                for entry in self._unlocked(choice, place, block):
                    heapq.heappush(waiting, entry)
        return choice

    def without_last(self, choice: Choice, over: int) -> Choice:
        """Return a choice without its last steps, by about so many tokens, and at least one."""
        steps, freed = list(choice.steps), 0
        while steps and (freed < over or len(steps) == len(choice.steps)):
            place, block = steps.pop()
            freed += self._candidates[place].costs[block]
        fewer = Choice()
        for place, block in steps:
            self._take(fewer, place, block, choice.cost)
        return fewer

    def is_all(self, choice: Choice) -> bool:
        """Return whether everything is shown."""
        return len(choice.steps) == sum(len(one.blocks) for one in self._candidates)

    def excerpts(self, choice: Choice) -> list[Excerpt]:
        """Return what is shown of the hits, in their order."""
        return [self._candidates[place].part.showing(choice.shown[place]) for place in sorted(choice.shown)]

    def is_repeating(self, place: int) -> bool:
        """Return whether a hit says nearly the same as one before it."""
        return place in self._is_repeating

    def passages(self, choice: Choice) -> list[PackedPassage]:
        """Return how much is shown of each hit, in their order."""
        spent = dict.fromkeys(sorted(choice.shown), (0, 0))
        for place, block in choice.steps:
            blocks, tokens = spent[place]
            spent[place] = blocks + 1, tokens + self._candidates[place].costs[block]
        return [
            PackedPassage(self._candidates[place].part.hit, self._form(place, blocks), tokens)
            for place, (blocks, tokens) in spent.items()
        ]

    def _form(self, place: int, blocks: int) -> PassageForm:
        if blocks == len(self._candidates[place].blocks):
            return "whole"
        return "signature" if blocks == 1 else "trimmed"

    def _take(self, choice: Choice, place: int, block: int, room: int) -> bool:
        """Add a block if it fits into the room; return whether it does."""
        one = self._candidates[place]
        cost = choice.cost + one.costs[block] + self._gaps(choice, place, block)
        if cost > room:
            return False
        choice.cost = cost
        choice.steps.append((place, block))
        choice.shown.setdefault(place, set()).update(one.blocks[block].lines)
        choice.seen |= one.shingles[block]
        return True

    def _unlocked(self, choice: Choice, place: int, block: int) -> Iterator[tuple[float, int, int]]:
        """Yield the blocks of a hit that may be shown once another one is, for the queue."""
        for number in self._candidates[place].following.get(block, ()):
            yield -self._density(choice, place, number), place, number

    def _density(self, choice: Choice, place: int, block: int) -> float:
        """Return the value of a block for a token."""
        one = self._candidates[place]
        cost = max(_TINY_TOKENS, one.costs[block] + self._gaps(choice, place, block))
        shingles = one.shingles[block]
        new = 1.0 - len(shingles & choice.seen) / len(shingles) if shingles else 1.0
        # What a text says grows with its length, but more slowly.
        return self._values[place][block] * (0.05 + new) / sqrt(cost)

    def _gaps(self, choice: Choice, place: int, block: int) -> int:
        """Return the tokens of the marks for gaps that a block opens, less those that it closes."""
        shown = choice.shown.get(place)
        one = self._candidates[place]
        lines = one.blocks[block].lines
        if shown is None or not lines:
            return 0
        before, after = lines[0] - 1, lines[-1] + 1
        opens = before >= 0 and before not in shown
        closes_none = after != len(one.part.lines) and after not in shown
        return _GAP_TOKENS * (opens + closes_none - 1)


def _cut(part: Excerpt, count: TokenCounter) -> CutHit:
    blocks = blocks_of(part)
    texts = ["\n".join(part.lines[place] for place in block.lines) for block in blocks]
    costs = [count(f"{text}\n") if text else 0 for text in texts]
    words = [tokenize(text) for text in texts]
    signature = added_signature(part)
    costs[0] += count(f"{passage_head(part.showing(()))}{_FRAME}{signature}")
    if len(blocks) > 1:
        costs[0] += _GAP_TOKENS
    words[0] = [*words[0], *tokenize(f"{part.hit.chunk.symbol} {part.hit.chunk.signature}")]
    shingles = [*map(_shingles, words)]
    following: dict[int, list[int]] = {}
    for number, block in enumerate(blocks):
        following.setdefault(block.after, []).append(number)
    return CutHit(
        part,
        blocks,
        costs,
        [frozenset(found) for found in words],
        shingles,
        frozenset().union(*shingles),
        following,
    )


def _worth(hit: Hit, place: int, best: float) -> float:
    """Return what a hit is worth, from its rank and its score beside that of the best one."""
    share = min(1.0, max(0.0, hit.score / best)) if best > 0 else 1.0
    return share / (place + 1)


def _shingles(words: Sequence[str]) -> frozenset[tuple[str, ...]]:
    """Return the runs of a few words in a text."""
    if 0 < len(words) < _SHINGLE:
        return frozenset([tuple(words)])
    return frozenset(zip(*(words[at:] for at in range(_SHINGLE)), strict=False))


def _repeating(candidates: Sequence[CutHit]) -> frozenset[int]:
    """Return the places of hits of which an earlier one has nearly all."""
    whole = [one.said for one in candidates]
    return frozenset(
        place
        for place, own in enumerate(whole)
        if own
        and any(len(own & other) >= _REPEATED * len(own) for other in whole[: min(place, _MAX_COMPARED)])
    )
