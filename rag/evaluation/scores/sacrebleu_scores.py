"""BLEU and chrF by sacrebleu, 0 to 1. Needs the extra `eval`.

Code is split as in the evaluation of CoNaLa (Ling et al. 2016, arXiv:1603.06744): each punctuation character
and each word of camelCase is a token, and both quotes are the same token. sacrebleu's own tokenizers are made
for prose.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from corpora.errors import MissingExtra

_SIGN = re.compile(r"([^A-Za-z0-9_])")
_CAMEL = re.compile(r"([a-z])([A-Z])")


def code_tokens(code: str) -> list[str]:
    """Split code into tokens: `getItem("a")` becomes get, Item, (, `, a, `, )."""
    spaced = _CAMEL.sub(r"\1 \2", _SIGN.sub(r" \1 ", code))
    return spaced.replace('"', "`").replace("'", "`").split()


def bleu(answer: str, reference: str) -> float:
    """Return BLEU-4 of one answer, 0 to 1.

    Orders longer than the answer are left out. An order without a match is smoothed by sacrebleu's "exp"
    (Chen and Cherry 2014, smoothing 3): it counts as 1/2, 1/4, ... of a match.
    """
    return float(_bleu("none", True).sentence_score(_joined(answer), [_joined(reference)]).score) / 100


def corpus_bleu(answers: Sequence[str], references: Sequence[str]) -> float:
    """Return BLEU-4 of all answers together, 0 to 1, smoothed likewise: the score of papers on CoNaLa.

    Raises:
        ValueError: there are no answers, or a different number of references.
    """
    return _corpus("none", [_joined(a) for a in answers], [_joined(r) for r in references])


def char_bleu(answer: str, reference: str) -> float:
    """Return BLEU-4 over the characters of one answer, 0 to 1."""
    return float(_bleu("char", True).sentence_score(answer, [reference]).score) / 100


def corpus_char_bleu(answers: Sequence[str], references: Sequence[str]) -> float:
    """Return BLEU-4 over the characters of all answers together, 0 to 1.

    Raises:
        ValueError: there are no answers, or a different number of references.
    """
    return _corpus("char", answers, references)


def chrf(answer: str, reference: str) -> float:
    """Return chrF2 of one answer, 0 to 1.

    The F score over n-grams of 1 to 6 characters, with recall twice as important (Popović 2015).
    """
    return float(_chrf().sentence_score(answer, [reference]).score) / 100


def corpus_chrf(answers: Sequence[str], references: Sequence[str]) -> float:
    """Return chrF2 of all answers together, 0 to 1.

    Raises:
        ValueError: there are no answers, or a different number of references.
    """
    _check(answers, references)
    return float(_chrf().corpus_score(list(answers), [list(references)]).score) / 100


def _joined(code: str) -> str:
    return " ".join(code_tokens(code))


def _corpus(tokenizer: str, answers: Sequence[str], references: Sequence[str]) -> float:
    _check(answers, references)
    return float(_bleu(tokenizer, False).corpus_score(list(answers), [list(references)]).score) / 100


def _check(answers: Sequence[str], references: Sequence[str]) -> None:
    if not answers:
        raise ValueError("there are no answers")
    if len(answers) != len(references):
        raise ValueError(f"{len(answers)} answers, {len(references)} references")


@lru_cache
def _bleu(tokenizer: str, effective_order: bool) -> Any:
    try:
        from sacrebleu.metrics.bleu import BLEU
    except ImportError as error:
        raise MissingExtra("sacrebleu", "eval") from error
    return BLEU(tokenize=tokenizer, smooth_method="exp", effective_order=effective_order, force=True)


@lru_cache
def _chrf() -> Any:
    try:
        from sacrebleu.metrics.chrf import CHRF
    except ImportError as error:
        raise MissingExtra("sacrebleu", "eval") from error
    return CHRF()
