"""Score candidates by rules whose numbers were chosen by hand: ablation in bench/RESULTS.md."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from indexers.encoders.api_popularity import UNKNOWN_SHARE
from indexers.encoders.table import Floats
from rag.retrieval.questions.query import Query
from rag.retrieval.ranking.columns import COLUMN, RULES

# Weight of the words (BM25, scaled so that the best chunk has 1) against the meaning (cosine, weight 1), by
# the kind of a chunk.
_WORDS: Final = {"code": 0.4, "docs": 0.1}
_UNKNOWN_WORDS: Final = 1.0  # added to that weight, times the share of words that the encoder does not know
_MEANING_OF_A_NAME: Final = 0.01  # for a name, the vectors only order what the words leave equal
# What is added, as a share of the best score.
_FILE: Final = 0.2  # to the best chunk of a file: in full for the file with the most evidence
_FILE_NAME: Final = 0.15  # if the question holds all words of the file's name
_LIBRARY: Final = 0.3  # if it documents a library that the question names, or likely means
_EXACT_NAME: Final = {"code": 0.05, "docs": 0.3}  # if the question is the name of it, exactly
# Multiplied by how much more, or less, than the average public code uses what is documented: a sentence
# mostly asks for something popular, a long problem less so.
_USAGE: Final = 0.4
_USAGE_OF_A_PROBLEM: Final = 0.2
# What a score is multiplied by.
_TEST: Final = 0.7  # for tests and examples
_BARE: Final = 0.5  # for a declaration without documentation, which says little but its name
_OLD_FORM: Final = 0.8  # for `compat.v1.sum` and the like, if the library documents `sum` too
_EXACT: Final = 0.9  # fit of a name that is spelled as asked, in full or by its end
LEAST: Final = 1e-3
"""What a best score is taken for at least: without any sign, no candidate is good."""


def fuse(query: Query, meaning: Floats, words: Floats, is_docs: Floats) -> tuple[Floats, Floats]:
    """Return the parts of the weighted mean of cosine and BM25, which sum to it.

    The cosine says nothing about words that the encoder does not know: their share is added to BM25. A name
    is meant literally: for it the vectors only order what the words leave equal.
    """
    by_meaning = _MEANING_OF_A_NAME if query.is_name else query.coverage
    by_words = (
        1.0
        if query.is_name
        else (np.where(is_docs > 0, _WORDS["docs"], _WORDS["code"]) + _UNKNOWN_WORDS * (1 - query.coverage))
    )
    both = by_meaning + by_words
    return (
        np.asarray(by_meaning * meaning / both, dtype=np.float32),
        np.asarray(by_words * words / both, dtype=np.float32),
    )


def add_rules(query: Query, by: tuple[Floats, Floats], fused: Floats, table: Floats) -> None:
    """Compute the score by rules with weights chosen by hand, as a share of the best one, part by part."""
    docs = table[:, COLUMN["docs"]]
    code = 1 - docs
    best = max(float(fused.max()), LEAST)
    exact = (table[:, COLUMN["name"]] >= _EXACT) if query.is_name else np.zeros(len(docs), dtype=bool)
    used = np.where(table[:, COLUMN["uncounted"]] > 0, -UNKNOWN_SHARE, table[:, COLUMN["usage"]])
    parts: dict[str, Floats] = dict(zip(("by meaning", "by words"), (one / best for one in by), strict=True))
    parts["library"] = _LIBRARY * docs * table[:, COLUMN["library"]]
    parts["likely library"] = _LIBRARY * docs * table[:, COLUMN["likely"]]
    named = np.where(docs > 0, _EXACT_NAME["docs"], _EXACT_NAME["code"])
    parts["exact name"] = named * exact.astype(np.float32).astype(np.float32)
    is_named = exact | (table[:, COLUMN["name"]] >= _EXACT) | (table[:, COLUMN["name_maybe"]] >= 1)
    is_bare = (docs > 0) & ~is_named & (table[:, COLUMN["bare"]] > 0)
    parts["bare"] = np.where(is_bare, (_BARE - 1) * _sum(parts), 0)
    parts["popular"] = docs * (_USAGE_OF_A_PROBLEM if query.is_problem else _USAGE) * used
    parts["old form"] = np.where(table[:, COLUMN["old_form"]] > 0, (_OLD_FORM - 1) * np.abs(_sum(parts)), 0)
    parts["file"] = _FILE * code * table[:, COLUMN["evidence"]] * table[:, COLUMN["best_of_file"]]
    parts["file name"] = _FILE_NAME * code * table[:, COLUMN["file_in_asked"]]
    is_test = (table[:, COLUMN["test"]] > 0) | (table[:, COLUMN["example"]] > 0)
    parts["test or example"] = np.where(is_test & (code > 0), (_TEST - 1) * np.abs(_sum(parts)), 0)
    total = _sum(parts)
    most = max(float(total.max()), LEAST)
    table[:, COLUMN["rules"]] = np.clip(total / most, -1, 1)
    # The parts sum to that.
    scale = np.divide(table[:, COLUMN["rules"]], total, out=np.zeros_like(total), where=total != 0)
    for name in RULES:
        table[:, COLUMN[f"rule {name}"]] = parts[name] * scale


def _sum(parts: Mapping[str, Floats]) -> Floats:
    total: Floats = np.sum(list(parts.values()), axis=0, dtype=np.float32)
    return total
