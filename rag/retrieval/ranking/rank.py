"""Rank what the searches found: a weighted sum of signals, then one chunk of each file before the second.

The weights are those of `weights`. A score keeps how much better one chunk is than the next (Bruch et al.
2023, "An Analysis of Fusion Functions for Hybrid Retrieval"), and tells how: its shares sum to it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from corpora.document import ContentKind
from indexers.catalog.catalog import ChunkFacts
from indexers.encoders.table import Floats
from rag.retrieval.questions.patterns import put_matching_first
from rag.retrieval.questions.query import Query
from rag.retrieval.questions.quoted import QUOTED_SHARE
from rag.retrieval.ranking.changes import place_changes
from rag.retrieval.ranking.columns import COLUMN, RULES
from rag.retrieval.ranking.features import signal_table
from rag.retrieval.ranking.siblings import place_of_variant, siblings
from rag.retrieval.ranking.signals import Signals, words_of_symbol
from rag.retrieval.ranking.weights import SQUARED, QuestionKind, question_kind, ranking_weights

# Added for what the question means literally: such chunks come first.
_QUOTED: Final = 20.0
# Added for what code may use next: members of what it ends in, as `numpy.round` behind `np.`, or of modules
# that it imports and does not use yet, and of the classes of its parameters.
_AT_HAND: Final = 1.0
# Taken for each better member of the same class of a library behind the first ones, and at most.
_MEMBERS, _MEMBER, _MOST_MEMBERS = 4, 0.3, 1.5
# By how much an object with a longer name may be better than one with the same last name.
_NEARLY: Final = 1.0
_STEP: Final = 1e-6  # more than scores are rounded to
_DECIMALS: Final = 9  # the last digits depend on the order of additions
# Taken from a variant of a better chunk, such as the same for another version or platform.
_VARIANT: Final = 1.5
_SIBLINGS_AMONG: Final = 60  # best candidates among which variants are looked for
# Taken for each better chunk of the same file of code, or of the same unit of documentation.
_REPEATED: Final[dict[ContentKind, float]] = {"code": 2.0, "docs": 5.0}


@dataclass(slots=True)
class Candidate:
    """A chunk that is being ranked. `shares`, what each signal added or took, sum to the score.

    Attributes:
        chunk_id: its id.
        facts: what is known of it.
        score: higher is better; comparable only among the candidates of one question.
        row: where its signals are among `signals`.
        signals: the signals that count for chunks of its kind, with their weights.
        added: what was added to the sum of these, or taken from it.
        variants: the places of its variants among the candidates, as `place_of_variant` names them.
    """

    chunk_id: int
    facts: ChunkFacts
    score: float
    row: int
    signals: "_Weighed"
    added: dict[str, float] = field(default_factory=dict)
    variants: list[str] = field(default_factory=list)

    @property
    def shares(self) -> dict[str, float]:
        """Return what each signal added to the score, or took from it."""
        weights = self.signals.weights
        shares: dict[str, float] = {}
        for name, share in zip(
            weights.names, (self.signals.used[self.row] * weights.numbers).tolist(), strict=True
        ):
            if share:
                shares[name] = shares.get(name, 0.0) + share
        return shares | self.added

    def add(self, name: str, share: float) -> None:
        """Add `share` to the score, or take it if it is negative, and record it."""
        self.added[name] = self.added.get(name, 0.0) + share
        self.score += share

    def lower_to(self, most: float, name: str) -> None:
        """Lower the score to `most` if it is higher, and record what that takes from it."""
        if self.score > most:
            self.add(name, most - self.score)


@dataclass(frozen=True, slots=True)
class _Weighted:
    """Weights as arrays: of which columns, whether squared, how much, and under which name."""

    columns: list[int]
    squared: list[int]
    numbers: NDArray[np.float64]
    names: list[str]


@dataclass(frozen=True, slots=True)
class _Weighed:
    """The signals that count for the chunks of a kind, shape (n, weights), and their weights."""

    used: NDArray[np.float64]
    weights: _Weighted


def rank(query: Query, signals: Signals, facts: Mapping[int, ChunkFacts]) -> list[Candidate]:
    """Return the chunks of `facts`, best first; chunks of equal score in the order of their places.

    Args:
        query: the question.
        signals: what the searches say of each chunk.
        facts: what is known of each chunk. A chunk without facts is damage, which `rag verify` reports; it
            is left out.
    """
    # By place from here on: sorting by score is stable, so equal scores keep this order.
    by_place = dict(sorted(facts.items(), key=itemgetter(1)))
    if not by_place:
        return []
    table = signal_table(query, signals, by_place)
    made, phrases, place = (float(table[:, COLUMN[name]].max()) for name in ("made", "phrases", "place"))
    asked = question_kind(is_name=query.is_name, made=made, phrases=phrases, place=place)
    weighed = {kind: _weigh(table, one) for kind, one in _weights_for(asked).items()}
    scores = {kind: (one.used @ one.weights.numbers).tolist() for kind, one in weighed.items()}
    ranked = [
        Candidate(chunk_id, known, scores[known.kind][row], row, weighed[known.kind])
        for row, (chunk_id, known) in enumerate(by_place.items())
    ]
    if signals.quoted or query.is_place:
        for candidate in ranked:
            if quoted := signals.quoted.get(candidate.chunk_id):
                candidate.add(QUOTED_SHARE, _QUOTED * quoted)
            if (
                query.is_place
                and _holds_line(query, candidate.facts)
                and candidate.chunk_id in signals.placed
            ):
                candidate.add("line", _QUOTED * signals.placed[candidate.chunk_id])
    for candidate in ranked if query.unfinished or query.at_hand else ():
        holders = _holders(candidate.facts)
        if query.unfinished in holders:
            # The code says as much of a bare declaration as documentation would.
            candidate.add("at hand", _AT_HAND - min(candidate.shares.get("bare", 0.0), 0.0))
        elif not query.unfinished and not holders.isdisjoint(query.at_hand):
            candidate.add("at hand", _AT_HAND)
    put_matching_first(ranked, signals.matched)
    _spread(in_order(ranked))
    _prefer_short_names(query, ranked)
    place_changes(query, ranked)
    ordered = in_order(ranked)
    return in_order(ranked) if _lower_variants(ordered[:_SIBLINGS_AMONG]) else ordered


def _holds_line(query: Query, facts: ChunkFacts) -> bool:
    return any(facts.start_line <= place.line <= facts.end_line for place in query.places)


def _holders(facts: ChunkFacts) -> set[str]:
    """Return the modules and classes that what a unit of documentation describes is a member of."""
    names = (facts.symbol, *facts.aliases) if facts.kind == "docs" else ()
    return {holder for name in names if (holder := name.rpartition(".")[0])}


def in_order(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Sort by score, highest first; equal scores keep their order."""
    scores = np.array([candidate.score for candidate in candidates])
    order = np.argsort(-np.round(scores, _DECIMALS), kind="stable")
    return [candidates[row] for row in order.tolist()]


@lru_cache(maxsize=8)
def _weights_for(asked: QuestionKind) -> Mapping[str, _Weighted]:
    """Return the weights for a kind of question, by the kind of chunk."""
    return {kind: _weighted(by_question[asked]) for kind, by_question in ranking_weights().items()}


def _weighted(weights: Mapping[str, float]) -> _Weighted:
    # The parts of the rules are told apart.
    rules = {f"rule {name}": weights["rules"] for name in RULES}
    whole = {name: weight for name, weight in weights.items() if name != "rules"} | rules
    names = [name.removesuffix(SQUARED) for name in whole]
    return _Weighted(
        [COLUMN[name] for name in names],
        [number for number, name in enumerate(whole) if name.endswith(SQUARED)],
        np.fromiter(whole.values(), np.float64, len(whole)),
        [name.removeprefix("rule ").replace("_", " ") for name in names],
    )


def _weigh(table: Floats, weights: _Weighted) -> _Weighed:
    used = table[:, weights.columns].astype(np.float64)
    used[:, weights.squared] *= np.abs(used[:, weights.squared])
    return _Weighed(used, weights)


def _spread(candidates: Sequence[Candidate]) -> None:
    """Lower chunks that repeat a file, a unit that was split or a class; `candidates` are in order."""
    before: dict[object, int] = {}
    for candidate in candidates:
        facts = candidate.facts
        source = (facts.document_id, facts.symbol) if facts.kind == "docs" else facts.document_id
        if count := before.get(source, 0):
            candidate.add("repeated", -_REPEATED[facts.kind] * count)
        before[source] = count + 1
    of_class: dict[tuple[str, str], int] = {}
    for candidate in candidates:
        facts = candidate.facts
        holder = facts.symbol.rpartition(".")[0]
        if facts.kind == "docs" and holder.rpartition(".")[2][:1].isupper():
            count = of_class[facts.corpus, holder] = of_class.get((facts.corpus, holder), 0) + 1
            if count > _MEMBERS:
                candidate.add("members", -min(_MEMBER * (count - _MEMBERS), _MOST_MEMBERS))


def _prefer_short_names(query: Query, candidates: Sequence[Candidate]) -> None:
    """Put `pandas.DataFrame` before `pandas.api.interchange.DataFrame`, if they are nearly as good.

    A question that says a word of the longer name means that.
    """
    same: dict[tuple[str, str], list[Candidate]] = {}
    for candidate in candidates:
        facts = candidate.facts
        if facts.kind == "docs" and "." in facts.symbol:
            same.setdefault((facts.corpus, facts.symbol.rpartition(".")[2]), []).append(candidate)
    asked = set(query.tokens)
    for group in same.values():
        short = min(group, key=lambda one: (one.facts.symbol.count("."), -one.score))
        own = words_of_symbol(short.facts.symbol)[1]
        for other in group:
            is_longer = other.facts.symbol.count(".") > short.facts.symbol.count(".")
            is_asked = not asked.isdisjoint(words_of_symbol(other.facts.symbol)[1] - own)
            if is_longer and not is_asked and other.score - short.score <= _NEARLY:
                other.lower_to(short.score - _STEP, "longer name")


def _lower_variants(candidates: Sequence[Candidate]) -> bool:
    """Lower variants of better candidates, which would say the same again, and return whether there are any.

    `candidates` are in order.
    """
    leaders = siblings([candidate.facts for candidate in candidates])
    for candidate, leader in zip(candidates, leaders, strict=True):
        if leader is not None:
            candidate.add("variant", -_VARIANT)
            better = candidates[leader]
            better.variants.append(place_of_variant(candidate.facts.path, of=better.facts.path))
    return any(leader is not None for leader in leaders)
