"""Describe each candidate by numbers, from which its score is computed."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise, repeat
from typing import Final

import numpy as np
from numpy.typing import NDArray

from corpora.document import FileRole
from corpora.source_tree.roles.chunk_role import chunk_role
from indexers.catalog.catalog import ChunkFacts
from indexers.encoders.api_popularity import UNKNOWN_SHARE, builtin_usage, usage_key
from indexers.encoders.table import Floats
from rag.retrieval.questions.asked_exports import asks_for_exports
from rag.retrieval.questions.query import Query
from rag.retrieval.questions.wanted_roles import wanted_roles
from rag.retrieval.ranking.columns import COLUMN
from rag.retrieval.ranking.rules import LEAST, add_rules, fuse
from rag.retrieval.ranking.signals import Signals, name_fit, words_of_file, words_of_symbol

_OLD: Final = re.compile(r"\.(?:compat|legacy|deprecated|v\d+)(?=\.)")
_WITNESSES: Final = 100
_RUST: Final = ".rs"
_LANGUAGES: Final = {"rs": "rust", "go": "go"}  # in which a chunk may have another role than its file
_CACHED: Final = 20_000  # questions meet the same chunks again; about 5 MB
# "Rename" is said of `os.rename`, but by people who mean files. What is said of an API counts by how likely
# its library is meant, to this power: half for one that is eight times less likely than another.
_SAID_IF_LIKELY: Final = 1 / 3


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


def signal_table(query: Query, signals: Signals, facts: Mapping[int, ChunkFacts]) -> Floats:
    """Return the features of candidates, shape (n, len(COLUMN)), in the order of `facts`."""
    n = len(facts)
    table = np.zeros((n, len(COLUMN)), dtype=np.float32)
    if not n:
        return table
    ids = list(facts)
    known = list(facts.values())

    def column(name: str, values: Mapping[int, float]) -> None:
        if values:
            table[:, COLUMN[name]] = np.fromiter(map(values.get, ids, repeat(0.0)), np.float32, n)

    column("meaning", signals.meaning)
    column("words", signals.words)
    column("translated", signals.translated)
    table[:, COLUMN["translated"]] /= max(table[:, COLUMN["words"]].max(), LEAST)
    column("phrases", signals.phrases)
    column("literals", signals.literals)
    column("place", signals.placed)
    column("library" if query.libraries else "likely", signals.libraries)
    column("commit_messages", signals.history)
    column("name_near", signals.named)
    named = table[:, COLUMN["name_near"]]
    table[:, COLUMN["misspelled"]] = np.where(named < 1, named, 0)
    meaning, words = table[:, COLUMN["meaning"]], table[:, COLUMN["words"]].copy()
    table[:, COLUMN["meaning_behind"]] = meaning - meaning.max()
    if any(has_deep := [one in signals.deep for one in ids]):
        column("deep", signals.deep)
        deep = table[has_deep, COLUMN["deep"]]
        # What has no vector is taken for as good as half of what has one.
        table[:, COLUMN["deep_behind"]] = np.median(deep) - deep.max()
        table[has_deep, COLUMN["deep_behind"]] = deep - deep.max()
        table[has_deep, COLUMN["has_deep"]] = 1
    table[:, COLUMN["words"]] = words / (words.max() or 1.0)
    is_docs = np.array([one.kind == "docs" for one in known], np.float32)
    table[:, COLUMN["docs"]] = is_docs
    by_both = fuse(query, meaning, table[:, COLUMN["words"]], is_docs)
    fused = by_both[0] + by_both[1]
    table[:, COLUMN["fused"]] = np.clip(fused / max(float(fused.max()), LEAST), -1, 1)
    for row, one in enumerate(ids if signals.verbatim else ()):
        if (verbatim := signals.verbatim.get(one)) is not None:
            table[row, COLUMN["run"]] = verbatim.run
            table[row, COLUMN["made"]] = verbatim.made
            # A test writes the message to compare it, whatever stands before it.
            table[row, COLUMN["made_by"]] = verbatim.made * (verbatim.is_made and known[row].role != "test")
    _names(query, signals, facts, table)
    _, leaders, file = np.unique([one.document_id for one in known], return_index=True, return_inverse=True)
    _files(query, signals, [known[row].path for row in leaders.tolist()], file, fused, table)
    _roles(query, known, table)
    _docs(query, signals, known, table)
    by_words = np.bincount(file, words)
    table[:, COLUMN["file_words"]] = (by_words / (by_words.max() or 1.0))[file]
    add_rules(query, by_both, fused, table)
    return table


def _names(query: Query, signals: Signals, facts: Mapping[int, ChunkFacts], table: Floats) -> None:
    weights = _weights(query, signals)
    asked = frozenset(weights)
    pairs = _pairs(query)
    rows: list[int] = []
    shares: list[tuple[float, float]] = []
    for row, symbol in enumerate([one.symbol for one in facts.values()]):
        last, full = words_of_symbol(symbol)
        if asked.isdisjoint(full):
            continue
        within = asked & full
        rows.append(row)
        shares.append(
            (
                sum([weights[token] for token in asked & last]),
                sum([one in within and other in within for one, other in pairs]) / (len(pairs) or 1)
                if len(within) > 1
                else 0.0,
            )
        )
    if rows:
        table[np.ix_(rows, [COLUMN["asked_in_name"], COLUMN["pairs_in_names"]])] = shares
    if query.names:
        certain = [one for one in query.names if one.is_certain]
        maybe = [one for one in query.names if not one.is_certain]
        named = [COLUMN[name] for name in ("name", "name_declared", "name_exported")]
        for row, (chunk_id, one) in enumerate(facts.items()):
            if chunk_id in signals.named:
                # The code of a problem calls what its author knows already, not what is looked for.
                by_ends = one.kind == "code" or not query.is_problem
                table[row, named] = name_fit(one, certain, by_ends=by_ends)
                if maybe:
                    table[row, COLUMN["name_maybe"]] = name_fit(one, maybe).defined
        if asks_for_exports(query.text):
            table[:, COLUMN["exports"]] = table[:, COLUMN["name_exported"]]


def _weights(query: Query, signals: Signals) -> dict[str, float]:
    """Return which share of the question each of its tokens is, by rarity."""
    rarities = {token: signals.rarity(token) for token in dict.fromkeys(query.tokens)}
    whole = sum(rarities.values()) or 1.0
    return {token: rarity / whole for token, rarity in rarities.items()}


def _pairs(query: Query) -> list[tuple[str, str]]:
    """Return the neighbours among the tokens of the question, without stop words."""
    return [(one, other) for one, other in pairwise(query.tokens[:12]) if one != other]


def _files(
    query: Query,
    signals: Signals,
    paths: Sequence[str],
    file: NDArray[np.int64],
    fused: Floats,
    table: Floats,
) -> None:
    """Fill in what the files of the candidates tell; `file` is the number of the file of each, in `paths`."""
    best_first = np.argsort(-fused, kind="stable")
    witnesses = best_first[:_WITNESSES]
    evidence = np.bincount(file[witnesses], fused[witnesses], len(paths))
    known = np.bincount(file[witnesses], minlength=len(paths)) > 0
    most = float(evidence[known].max())
    if abs(most) < LEAST:  # no sign of any file: a quotient would say more than there is, or overflow
        most = 1.0
    table[:, COLUMN["evidence"]] = (evidence / most)[file]
    _, first = np.unique(file[best_first], return_index=True)
    table[best_first[first], COLUMN["best_of_file"]] = 1
    weights = _weights(query, signals)
    asked = frozenset(weights)
    shares: list[tuple[float, float]] = []
    for path in paths:
        stem, _ = words_of_file(path)
        common = asked & stem
        share = len(common) / len(stem) if stem else 0.0
        shares.append((sum([weights[token] for token in common]), share))
    table[:, [COLUMN["asked_in_file"], COLUMN["file_in_asked"]]] = np.array(shares)[file]


def _roles(query: Query, known: Sequence[ChunkFacts], table: Floats) -> None:
    wanted = wanted_roles(query.text)
    for row, one in enumerate(known):
        if one.role != "code" or one.path.endswith(_RUST):
            role = _role(one.role, one.symbol, one.path.rpartition(".")[2])
            if role in wanted:
                table[row, COLUMN["wanted"]] = 1.0
            elif role in _ROLES:
                table[row, COLUMN[_ROLES[role]]] = 1.0


@lru_cache(maxsize=_CACHED)
def _role(role: FileRole, symbol: str, suffix: str) -> FileRole:
    return chunk_role(role, symbol, "", _LANGUAGES.get(suffix, ""))


@lru_cache(maxsize=_CACHED)
def _current_form(symbol: str) -> str:
    """Return the name of what an old form has been replaced by; empty if the name is of no old form."""
    return _OLD.sub("", symbol) if _OLD.search(symbol) else ""


def _docs(query: Query, signals: Signals, known: Sequence[ChunkFacts], table: Floats) -> None:
    docs = [row for row, one in enumerate(known) if one.kind == "docs"]
    if not docs:
        return
    weights = _weights(query, signals)
    asked = frozenset(weights)
    covered = []
    for row in docs:
        stem, folders = words_of_file(known[row].path)
        said = (asked & words_of_symbol(known[row].symbol)[1]) | (asked & stem) | (asked & folders)
        covered.append(sum([weights[token] for token in said]))
    table[docs, COLUMN["covered"]] = covered
    usage = builtin_usage().shares(known[row].symbol for row in docs)
    counted = {
        known[row].library
        for row in docs
        if "." in known[row].symbol and usage[known[row].symbol] != UNKNOWN_SHARE
    }
    symbols = {(known[row].library, known[row].symbol) for row in docs}
    likely = table[:, COLUMN["library" if query.libraries else "likely"]]
    table[docs, COLUMN["usage"]] = [usage[known[row].symbol] - UNKNOWN_SHARE for row in docs]
    table[docs, COLUMN["bare"]] = [known[row].is_bare for row in docs]
    for row in docs:
        one = known[row]
        if said_of := signals.said.get(usage_key(one.symbol)):
            meant = min(float(likely[row]), 1.0) if one.library else 1.0
            table[row, COLUMN["said"]] = said_of * meant**_SAID_IF_LIKELY
        if usage[one.symbol] == UNKNOWN_SHARE and "." not in one.symbol and one.library in counted:
            table[row, COLUMN["uncounted"]] = 1
        if current := _current_form(one.symbol):
            is_asked_for = set(query.tokens) & (set(one.symbol.split(".")) - set(current.split(".")))
            table[row, COLUMN["old_form"]] = (one.library, current) in symbols and not is_asked_for
