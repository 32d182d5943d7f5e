"""CodeBLEU: similarity of code to a reference by its n-grams, its syntax and its data flow.

Ren et al. 2020, arXiv:2009.10297. On ASCII text and with the same grammars, results equal those of the
package `codebleu` 0.7.0, from which most published figures come. Its order of sources in a loop changes from
run to run; here it is the order of appearance.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from corpora.errors import UnknownName
from corpora.syntax.parse import NotParsed, parse
from rag.evaluation.scores.bare_code import bare_code
from rag.evaluation.scores.data_flow import data_flow, without_names
from rag.evaluation.scores.data_flow_rules import FLOW_RULES
from rag.evaluation.scores.keywords import KEYWORDS
from rag.evaluation.scores.ngram_match import bleu_of_counts, ngram_counts, weighted_counts
from rag.evaluation.scores.syntax_match import syntax_counts

if TYPE_CHECKING:
    from tree_sitter import Node

CODE_BLEU_LANGUAGES: Final = frozenset(FLOW_RULES)
# Longer or deeper code, which nobody writes, counts as empty: comparing all subtrees takes time quadratic in
# their depth.
_MAX_BYTES: Final = 20_000
_MAX_DEPTH: Final = 200


@dataclass(frozen=True, slots=True)
class CodeBleu:
    """The four parts, each 0 to 1; `data_flow` is None where no reference has any data flow."""

    ngram: float
    weighted_ngram: float
    syntax: float
    data_flow: float | None

    @property
    def score(self) -> float:
        """Mean of the parts, 0 to 1.

        A data flow of 0 counts as 1, as in the package, which does not distinguish it from having no data
        flow. So an answer that shares nothing scores 0.25; over a whole corpus this hardly ever happens.
        """
        return (self.ngram + self.weighted_ngram + self.syntax + (self.data_flow or 1.0)) / 4


def code_bleu(answer: str, reference: str, language: str) -> CodeBleu:
    """Return CodeBLEU of one answer. Raises `UnknownName` for a language without rules."""
    return corpus_code_bleu([answer], [reference], language)


def corpus_code_bleu(answers: Sequence[str], references: Sequence[str], language: str) -> CodeBleu:
    """Return CodeBLEU of all answers together: counts are summed, as in BLEU, and scores not averaged.

    Raises:
        UnknownName: there are no rules for the language.
        ValueError: there are no answers, or a different number of references.
    """
    if language not in CODE_BLEU_LANGUAGES:
        raise UnknownName("language of CodeBLEU", language, CODE_BLEU_LANGUAGES)
    if not answers:
        raise ValueError("there are no answers")
    pairs = [(a.strip(), r.strip()) for a, r in zip(answers, references, strict=True)]
    words = [(answer.split(), reference.split()) for answer, reference in pairs]
    trees = [(_tree(answer, language), _tree(reference, language)) for answer, reference in pairs]
    syntax = [syntax_counts(*roots) for roots in trees]
    flows = [_flow_counts(*roots, language) for roots in trees]
    flow_total = sum(total for _, total in flows)
    return CodeBleu(
        bleu_of_counts([ngram_counts(*tokens) for tokens in words]),
        bleu_of_counts([weighted_counts(*tokens, KEYWORDS[language]) for tokens in words]),
        sum(matched for matched, _ in syntax) / sum(total for _, total in syntax),
        sum(matched for matched, _ in flows) / flow_total if flow_total else None,
    )


def _tree(source: str, language: str) -> Node:
    data = bare_code(source, language).encode(errors="replace")
    try:
        root = parse(data, language, _MAX_BYTES)
    except NotParsed:
        return parse(b"", language)
    return parse(b"", language) if _is_deeper_than(root, _MAX_DEPTH) else root


def _is_deeper_than(root: Node, depth: int) -> bool:
    level = [root]
    for _ in range(depth):
        level = [child for node in level for child in node.children]
    return bool(level)


def _flow_counts(answer: Node, reference: Node, language: str) -> tuple[int, int]:
    """Return how many data flows of the reference are in the answer too, with repeats, and how many exist."""
    rules = FLOW_RULES[language]
    ours, theirs = (Counter(without_names(data_flow(root, rules))) for root in (answer, reference))
    return (ours & theirs).total(), theirs.total()
