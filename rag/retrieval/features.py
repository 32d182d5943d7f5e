"""Describe each candidate by numbers, from which its score is computed."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from corpora.document import FileRole
from corpora.source_tree.roles.chunk_role import chunk_role
from indexers.catalog.catalog import ChunkFacts
from indexers.encoders.api_popularity import UNKNOWN_SHARE, builtin_usage
from indexers.encoders.table import Floats
from rag.retrieval.query import Query
from rag.retrieval.signals import Signals, name_fit, words_of_file, words_of_symbol
from rag.retrieval.wanted_roles import wanted_roles

FEATURES: Final = (
    "meaning",
    "meaning_behind",
    "words",
    "words_share",
    "fused",
    "phrases",
    "literals",
    "run",
    "made",
    "made_by",
    "place",
    "name",
    "name_maybe",
    "name_declared",
    "name_exported",
    "name_near",
    "asked_in_name",
    "name_in_asked",
    "asked_in_symbol",
    "asked_in_file",
    "file_in_asked",
    "asked_in_folders",
    "evidence",
    "best_of_file",
    "test",
    "example",
    "prose",
    "settings",
    "changelog",
    "declaration",
    "other",
    "wanted",
    "unnamed",
    "docs",
    "library",
    "usage",
    "bare",
    "old_form",
    "uncounted",
    "depth",
    "by_words",
    "by_meaning",
    "file_words",
    "file_meaning",
    "file_most_meaning",
    "file_chunks",
    "place_in_file",
    "lines",
    "is_first",
    "covered",
    "pairs_in_names",
    "rules",
    # of the question
    "is_name",
    "length",
    "is_problem",
    "coverage",
    "most_phrases",
    "most_made",
    "has_names",
    "most_name",
    "most_place",
)
"""The names of the numbers, in the order of their columns."""

_COLUMN: Final = {name: number for number, name in enumerate(FEATURES)}
_OLD: Final = re.compile(r"\.(?:compat|legacy|deprecated|v\d+)(?=\.)")
_WITNESSES: Final = 100
_BEST_OF_FILE: Final = 3
_K1: Final = 1.2
_RUST: Final = ".rs"


# The columns that tell what a file is for; the roles that a column stands for.
_ROLES: Final[dict[FileRole, str]] = {
    "test": "test",
    "snapshot": "test",
    "example": "example",
    "documentation": "prose",
    "changelog": "changelog",
    "configuration": "settings",
    "translation": "other",
    "data": "other",
    "generated": "other",
    "vendored": "other",
    "declaration": "declaration",
}


def features(query: Query, signals: Signals, facts: Mapping[int, ChunkFacts]) -> Floats:
    """Return the features of candidates, shape (n, len(FEATURES)), in the order of `facts`."""
    n = len(facts)
    table = np.zeros((n, len(FEATURES)), dtype=np.float32)
    if not n:
        return table
    ids = list(facts)
    known = list(facts.values())

    def column(name: str, values: Mapping[int, float]) -> None:
        if values:
            table[:, _COLUMN[name]] = np.fromiter((values.get(one, 0.0) for one in ids), np.float32, n)

    column("meaning", signals.meaning)
    column("words", signals.words)
    column("phrases", signals.phrases)
    column("literals", signals.literals)
    column("place", signals.placed)
    column("name_near", signals.named)
    meaning, words = table[:, _COLUMN["meaning"]], table[:, _COLUMN["words"]].copy()
    table[:, _COLUMN["meaning_behind"]] = meaning - meaning.max()
    most = sum(map(signals.rarity, query.tokens)) * (_K1 + 1) or 1.0
    table[:, _COLUMN["words_share"]] = words / most
    table[:, _COLUMN["words"]] = words / (words.max() or 1.0)
    is_docs = np.fromiter((one.kind == "docs" for one in known), np.float32, n)
    table[:, _COLUMN["docs"]] = is_docs
    fused = _fused(query, meaning, table[:, _COLUMN["words"]], is_docs)
    table[:, _COLUMN["fused"]] = fused / max(float(fused.max()), 1e-6)
    _ranks(table, "by_words", words)
    _ranks(table, "by_meaning", meaning)
    for row, one in enumerate(ids):
        if (verbatim := signals.verbatim.get(one)) is not None:
            table[row, _COLUMN["run"]] = verbatim.run
            table[row, _COLUMN["made"]] = verbatim.made
            table[row, _COLUMN["made_by"]] = verbatim.made * verbatim.is_made
    _names(query, signals, facts, table)
    _files(query, signals, known, fused, table)
    _docs(query, known, table)
    _evidence(known, words, meaning, table)
    _rules(query, fused, table)
    _question(query, table)
    return table


def _fused(query: Query, meaning: Floats, words: Floats, is_docs: Floats) -> Floats:
    by_meaning = 0.01 if query.is_name else query.coverage
    by_words = 1.0 if query.is_name else np.where(is_docs > 0, 0.1, 0.4) + (1 - query.coverage)
    fused: Floats = ((by_meaning * meaning + by_words * words) / (by_meaning + by_words)).astype(np.float32)
    return fused


def _ranks(table: Floats, name: str, scores: Floats) -> None:
    order = np.argsort(-scores, kind="stable")
    place = np.empty(len(order), dtype=np.float32)
    place[order] = np.arange(len(order), dtype=np.float32)
    table[:, _COLUMN[name]] = np.where(scores > 0, 1 / (1 + place), 0)


def _names(query: Query, signals: Signals, facts: Mapping[int, ChunkFacts], table: Floats) -> None:
    asked = frozenset(query.tokens)
    whole = sum(map(signals.rarity, asked)) or 1.0
    weights = {token: signals.rarity(token) / whole for token in asked}
    certain = [one for one in query.names if one.is_certain]
    maybe = [one for one in query.names if not one.is_certain]
    named = [_COLUMN[name] for name in ("name", "name_declared", "name_exported")]
    asked_in_name, name_in_asked = _COLUMN["asked_in_name"], _COLUMN["name_in_asked"]
    pairs, pairs_in_names = _pairs(query), _COLUMN["pairs_in_names"]
    asked_in_symbol, unnamed = _COLUMN["asked_in_symbol"], _COLUMN["unnamed"]
    for row, one in enumerate(facts.values()):
        symbol = one.symbol
        if not symbol:
            table[row, unnamed] = 1.0
            continue
        last, full = words_of_symbol(symbol)
        if not asked.isdisjoint(full):
            table[row, asked_in_symbol] = sum(weights[token] for token in asked & full)
            if common := asked & last:
                table[row, asked_in_name] = sum(weights[token] for token in common)
                table[row, name_in_asked] = len(common) / len(last)
        if pairs and any(one in full and other in full for one, other in pairs):
            table[row, pairs_in_names] = sum(one in full and other in full for one, other in pairs) / len(
                pairs
            )
    if query.names:
        for row, (chunk_id, one) in enumerate(facts.items()):
            if chunk_id in signals.named:
                table[row, named] = name_fit(one, certain)
                if maybe:
                    table[row, _COLUMN["name_maybe"]] = name_fit(one, maybe).defined


def _pairs(query: Query) -> list[tuple[str, str]]:
    """Return the neighbours among the tokens of the question, without stop words."""
    return [(one, other) for one, other in pairwise(query.tokens[:12]) if one != other]


def _files(query: Query, signals: Signals, known: Sequence[ChunkFacts], fused: Floats, table: Floats) -> None:
    asked = frozenset(query.tokens)
    whole = sum(map(signals.rarity, asked)) or 1.0
    weights = {token: signals.rarity(token) / whole for token in asked}
    evidence: defaultdict[int, float] = defaultdict(float)
    order = np.argsort(-fused, kind="stable").tolist()
    first: dict[int, int] = {}
    for row in order[:_WITNESSES]:
        evidence[known[row].document_id] += float(fused[row])
    for row in order:
        first.setdefault(known[row].document_id, row)
    most = max(evidence.values(), default=0.0) or 1.0
    wanted = wanted_roles(query.text)
    columns = [_COLUMN[name] for name in ("asked_in_file", "file_in_asked", "asked_in_folders")]
    covered = _COLUMN["covered"]
    seen: dict[str, tuple[float, float, float]] = {}
    for row, one in enumerate(known):
        if one.role != "code" or one.path.endswith(_RUST):
            language = "rust" if one.path.endswith(_RUST) else "go" if one.path.endswith(".go") else ""
            role = chunk_role(one.role, one.symbol, "", language)
            if role in wanted:
                table[row, _COLUMN["wanted"]] = 1.0
            elif role in _ROLES:
                table[row, _COLUMN[_ROLES[role]]] = 1.0
        table[row, _COLUMN["depth"]] = min(one.path.count("/"), 10) / 10
        if one.path not in seen:
            stem, folders = words_of_file(one.path)
            common = asked & stem
            seen[one.path] = (
                sum(weights[token] for token in common),
                len(common) / len(stem) if stem else 0.0,
                sum(weights[token] for token in asked & folders),
            )
        table[row, columns] = seen[one.path]
        table[row, covered] = sum(
            weights[token]
            for token in asked
            if token in words_of_file(one.path)[0]
            or token in words_of_file(one.path)[1]
            or (one.symbol and token in words_of_symbol(one.symbol)[1])
        )
        table[row, _COLUMN["evidence"]] = evidence.get(one.document_id, 0.0) / most
        table[row, _COLUMN["best_of_file"]] = first[one.document_id] == row


def _evidence(known: Sequence[ChunkFacts], words: Floats, meaning: Floats, table: Floats) -> None:
    """Describe what all candidates of a file say together."""
    _, file = np.unique([one.document_id for one in known], return_inverse=True)
    counts = np.bincount(file)
    by_words = np.bincount(file, words)
    table[:, _COLUMN["file_words"]] = (by_words / (by_words.max() or 1.0))[file]
    order = np.lexsort((-meaning, file))
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    place = np.empty(len(file), dtype=np.int64)
    place[order] = np.arange(len(file)) - np.repeat(starts, counts)
    table[:, _COLUMN["place_in_file"]] = np.minimum(place, 10) / 10
    first = place < _BEST_OF_FILE
    table[:, _COLUMN["file_meaning"]] = (
        np.bincount(file[first], meaning[first]) / np.minimum(counts, _BEST_OF_FILE)
    )[file]
    table[:, _COLUMN["file_most_meaning"]] = meaning[order[starts]][file]
    table[:, _COLUMN["file_chunks"]] = np.minimum(counts, 20)[file] / 20
    lines = np.array([one.end_line - one.start_line + 1 for one in known], dtype=np.float32)
    table[:, _COLUMN["lines"]] = np.log2(np.clip(lines, 1, 1024)) / 10
    table[:, _COLUMN["is_first"]] = [one.start_line == 1 for one in known]


def _rules(query: Query, fused: Floats, table: Floats) -> None:
    """Compute the score by rules with fixed weights, as a share of the best one."""
    best = max(float(fused.max()), 1e-6)
    docs = table[:, _COLUMN["docs"]]
    code = 1 - docs
    exact = table[:, _COLUMN["name"]] >= 1 if query.is_name else np.zeros(len(docs))
    used = np.where(table[:, _COLUMN["uncounted"]] > 0, -UNKNOWN_SHARE, table[:, _COLUMN["usage"]])
    score = fused / best
    score = score + docs * (0.3 * table[:, _COLUMN["library"]] + 0.3 * exact)
    score = score * np.where((docs > 0) & (exact == 0) & (table[:, _COLUMN["bare"]] > 0), 0.5, 1.0)
    score = score + docs * (0.2 if query.is_problem else 0.4) * used
    score = score * np.where(table[:, _COLUMN["old_form"]] > 0, 0.8, 1.0)
    score = score + code * 0.2 * table[:, _COLUMN["evidence"]] * table[:, _COLUMN["best_of_file"]]
    score = score + code * (0.15 * table[:, _COLUMN["file_in_asked"]] + 0.05 * exact)
    test = (table[:, _COLUMN["test"]] > 0) | (table[:, _COLUMN["example"]] > 0)
    score = np.where(test & (code > 0), score - 0.3 * np.abs(score), score)
    table[:, _COLUMN["rules"]] = score / max(float(score.max()), 1e-6)


def _docs(query: Query, known: Sequence[ChunkFacts], table: Floats) -> None:
    docs = [row for row, one in enumerate(known) if one.kind == "docs"]
    if not docs:
        return
    usage = builtin_usage().shares(known[row].symbol for row in docs)
    counted = {
        known[row].library
        for row in docs
        if "." in known[row].symbol and usage[known[row].symbol] != UNKNOWN_SHARE
    }
    symbols = {(known[row].library, known[row].symbol) for row in docs}
    for row in docs:
        one = known[row]
        used = usage[one.symbol]
        table[row, _COLUMN["library"]] = one.library in query.libraries
        table[row, _COLUMN["usage"]] = used - UNKNOWN_SHARE
        table[row, _COLUMN["bare"]] = one.is_bare
        table[row, _COLUMN["uncounted"]] = (
            used == UNKNOWN_SHARE and "." not in one.symbol and one.library in counted
        )
        if _OLD.search(one.symbol):
            current = _OLD.sub("", one.symbol)
            table[row, _COLUMN["old_form"]] = (one.library, current) in symbols


def _question(query: Query, table: Floats) -> None:
    for name, value in (
        ("is_name", query.is_name),
        ("length", min(len(query.tokens), 40) / 40),
        ("is_problem", query.is_problem),
        ("coverage", query.coverage),
        ("most_phrases", table[:, _COLUMN["phrases"]].max()),
        ("most_made", table[:, _COLUMN["made"]].max()),
        ("has_names", any(one.is_certain for one in query.names)),
        ("most_place", table[:, _COLUMN["place"]].max()),
        ("most_name", table[:, _COLUMN["name"]].max()),
    ):
        table[:, _COLUMN[name]] = value
