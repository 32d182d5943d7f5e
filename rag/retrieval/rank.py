"""Rank what two retrievers found: fuse their scores, then apply what is known of code and documentation.

Scores are fused by a weighted mean, not by ranks, which keeps how much better one chunk is than the next
(Bruch et al. 2023, "An Analysis of Fusion Functions for Hybrid Retrieval"). Each number below has its row in
the ablation of bench/RESULTS.md.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from pathlib import PurePosixPath
from typing import Final

from corpora.source_tree.file_role import is_test_file
from indexers.catalog.catalog import ChunkFacts
from indexers.encoders.api_popularity import UNKNOWN_SHARE, builtin_usage
from indexers.tokens import tokenize
from rag.retrieval.patterns import put_matching_first
from rag.retrieval.query import Query
from rag.retrieval.signals import Signals, name_fit

# Weight of the words (BM25, scaled so that the best chunk has 1) against the meaning (cosine, weight 1), by
# the kind of a chunk.
_WORDS: Final = {"code": 0.4, "docs": 0.1}
# The cosine says nothing about words that the encoder does not know: their share is added to BM25.
_UNKNOWN_WORDS: Final = 1.0
# A name is meant literally: for it the vectors only order what the words leave equal.
_MEANING_OF_A_NAME: Final = 0.01

# What is added to a score, as a share of the best fused score.
_FILE: Final = 0.2  # to the best chunk of a file: in full for the file with the most evidence
_FILE_NAME: Final = 0.15  # if the question holds all words of the file's name
_LIBRARY: Final = 0.3  # if it documents a library that the question names
_EXACT_NAME: Final = {"code": 0.05, "docs": 0.3}  # if the question is the name of it, exactly
# Multiplied by how much more, or less, than the average public code uses what is documented: a sentence
# mostly asks for something popular, a long problem less so.
_USAGE: Final = 0.4
_USAGE_OF_A_PROBLEM: Final = 0.2

_PHRASES: Final = 0.1
_LITERALS: Final = 0.1
_RUN: Final = 0.3
_MADE: Final = 0.8
_MENTIONED: Final = 0.4
_NAME: Final = 0.1
_NAME_WITHIN: Final = 0.1
_PLACE: Final = 0.8
_QUOTED: Final = 2.0

# What a score is multiplied by.
_TEST: Final = 0.7  # for tests, examples and the like
_REPEATED: Final = 0.5  # for each better chunk of the same file of code, or of the same unit of documentation
_BARE: Final = 0.5  # for a declaration without documentation, which says little but its name
_OLD_FORM: Final = 0.8  # for `compat.v1.sum` and the like, if the library documents `sum` too

_WITNESSES: Final = 100  # best candidates that count as evidence for their files
_FILES_KEPT: Final = 20_000  # questions meet the same files again; about 10 MB
_EXAMPLES: Final = re.compile(r"(?:^|/)(?:examples?|samples?|benchmarks?|fixtures?)/")
_OLD: Final = re.compile(r"\.(?:compat|legacy|deprecated|v\d+)(?=\.)")  # parts of a qualified name


@dataclass(slots=True)
class Candidate:
    """A chunk that is being ranked. `shares`, what each signal added or took, sum to the score."""

    chunk_id: int
    facts: ChunkFacts
    score: float = 0.0
    shares: dict[str, float] = field(default_factory=dict)

    def add(self, name: str, share: float) -> None:
        """Record a share, and add it to the score."""
        self.shares[name] = share
        self.score += share

    def multiply(self, name: str, factor: float) -> None:
        """Multiply the score by `factor`, below 1, and record what that takes from it."""
        self.add(name, abs(self.score) * (factor - 1))

    def lower_to(self, most: float, name: str) -> None:
        """Lower the score to `most` if it is higher, and record what that takes from it."""
        if self.score > most:
            self.shares[name] = most - self.score
            self.score = most


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
    fused = _fuse(query, signals.words, signals.meaning, by_place)
    best = max([0.0, *(candidate.score for candidate in fused)])
    _rate_wording(query, signals, fused, best)
    docs = [candidate for candidate in fused if candidate.facts.kind == "docs"]
    _rate_docs(query, docs, best)
    _lower_old_forms(query, docs)
    _rate_code(query, _in_order([one for one in fused if one.facts.kind == "code"]), best)
    ordered = _in_order(fused)
    _spread(ordered)
    put_matching_first(fused, signals.matched)
    return _in_order(fused)


def _in_order(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Sort by score, highest first; equal scores keep their order."""
    return sorted(candidates, key=_rounded, reverse=True)  # `reverse` keeps the sort stable


def _rounded(candidate: Candidate) -> float:
    return round(candidate.score, 9)


def _fuse(
    query: Query, words: Mapping[int, float], meaning: Mapping[int, float], facts: Mapping[int, ChunkFacts]
) -> list[Candidate]:
    most = max(words.values(), default=0.0) or 1.0
    by_meaning = _MEANING_OF_A_NAME if query.is_name else query.coverage
    weights = {}
    for kind, weight in _WORDS.items():
        by_words = 1.0 if query.is_name else weight + _UNKNOWN_WORDS * (1 - query.coverage)
        by_both = by_meaning + by_words
        weights[kind] = by_meaning / by_both, by_words / by_both
    candidates = []
    for chunk_id, known in facts.items():
        of_meaning, of_words = weights[known.kind]
        meant = of_meaning * meaning.get(chunk_id, 0.0)
        worded = of_words * words.get(chunk_id, 0.0) / most
        candidates.append(Candidate(chunk_id, known, meant + worded, {"meaning": meant, "words": worded}))
    return candidates


def _rate_wording(query: Query, signals: Signals, candidates: Sequence[Candidate], best: float) -> None:
    """Apply what stands in a chunk as it stands in the question: phrases, messages and names."""
    for candidate in candidates:
        chunk_id = candidate.chunk_id
        if share := signals.phrases.get(chunk_id, 0.0):
            candidate.add("phrases", _PHRASES * best * share)
        if share := signals.literals.get(chunk_id, 0.0):
            candidate.add("literals", _LITERALS * best * share)
        verbatim = signals.of_verbatim(chunk_id)
        if verbatim.run:
            candidate.add("verbatim", _RUN * best * verbatim.run)
        if verbatim.made:
            candidate.add("message", (_MADE if verbatim.is_made else _MENTIONED) * best * verbatim.made)
        fit = max(name_fit(candidate.facts, query.names)) if chunk_id in signals.named else 0.0
        if chunk_id in signals.named:
            fit = fit or 0.5
            candidate.add("name", (_NAME if query.is_name else _NAME_WITHIN) * best * fit)
        if quoted := signals.quoted.get(chunk_id, 0.0):
            candidate.add("quoted", _QUOTED * best * quoted)
        if placed := signals.placed.get(chunk_id, 0.0):
            candidate.add("place", _PLACE * best * placed)


def _rate_docs(query: Query, candidates: Sequence[Candidate], best: float) -> None:
    """Apply the library that is named, the exact name, and how much public code uses it."""
    usage = builtin_usage().shares(candidate.facts.symbol for candidate in candidates)
    # If the usage of a library is known, its chunks without a qualified name are prose, wanted less often.
    counted = {
        candidate.facts.library
        for candidate in candidates
        if "." in candidate.facts.symbol and usage[candidate.facts.symbol] != UNKNOWN_SHARE
    }
    weight = _USAGE_OF_A_PROBLEM if query.is_problem else _USAGE
    for candidate in candidates:
        symbol = candidate.facts.symbol
        if candidate.facts.library in query.libraries:
            candidate.add("library", _LIBRARY * best)
        if query.is_name_of(symbol, candidate.facts.aliases):
            candidate.add("exact name", _EXACT_NAME["docs"] * best)
        elif candidate.facts.is_bare:
            candidate.multiply("bare", _BARE)
        used = usage[symbol]
        if used == UNKNOWN_SHARE and "." not in symbol and candidate.facts.library in counted:
            used = 0.0
        if used != UNKNOWN_SHARE:
            candidate.add("usage", weight * best * (used - UNKNOWN_SHARE))


def _lower_old_forms(query: Query, candidates: Sequence[Candidate]) -> None:
    """Lower old forms that a library has under a current name, too, unless the question asks for them."""
    old = [candidate for candidate in candidates if _OLD.search(candidate.facts.symbol)]
    names = {(candidate.facts.library, candidate.facts.symbol) for candidate in candidates} if old else set()
    for candidate in old:
        facts = candidate.facts
        current = _OLD.sub("", facts.symbol)
        is_asked_for = set(query.tokens) & (set(facts.symbol.split(".")) - set(current.split(".")))
        if (facts.library, current) in names and not is_asked_for:
            candidate.multiply("old form", _OLD_FORM)


def _rate_code(query: Query, candidates: Sequence[Candidate], best: float) -> None:
    """Apply evidence for the file, the name of the file, the exact name, and tests."""
    evidence: defaultdict[int, float] = defaultdict(float)
    for candidate in candidates[:_WITNESSES]:
        evidence[candidate.facts.document_id] += candidate.score
    most = max(evidence.values(), default=0.0) or 1.0
    asked = set(query.tokens)
    seen: set[int] = set()
    for candidate in candidates:
        facts = candidate.facts
        if facts.document_id not in seen:
            seen.add(facts.document_id)
            candidate.add("file", _FILE * best * evidence[facts.document_id] / most)
        stem, is_test = _facts_of_file(facts.path)
        if stem & asked:
            candidate.add("file name", _FILE_NAME * best * len(stem & asked) / len(stem))
        if query.is_name_of(facts.symbol):
            candidate.add("exact name", _EXACT_NAME["code"] * best)
        if is_test:
            candidate.multiply("test", _TEST)


@lru_cache(maxsize=_FILES_KEPT)
def _facts_of_file(path: str) -> tuple[frozenset[str], bool]:
    """Return the words of the file's name, and whether it is a test, an example or the like."""
    words = frozenset(tokenize(PurePosixPath(path).stem))
    return words, is_test_file(path) or _EXAMPLES.search(path) is not None


def _spread(candidates: Sequence[Candidate]) -> None:
    """Lower chunks that repeat a file, or a unit that was split; `candidates` are in order."""
    before: Counter[tuple[int, str]] = Counter()
    for candidate in candidates:
        facts = candidate.facts
        source = facts.document_id, facts.symbol if facts.kind == "docs" else ""
        if before[source]:
            candidate.multiply("repeated", _REPEATED ** before[source])
        before[source] += 1
