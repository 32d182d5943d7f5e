"""BLEU and chrF by sacrebleu, from 0 to 1. Needs the extra `eval`.

Code is split as the evaluation of CoNaLa splits it (Ling et al. 2016, arXiv:1603.06744): each sign and each
word of camelCase is a token, and the two quotes are one. sacrebleu's own tokenizers are made for prose.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from corpora.errors import MissingExtra

_SIGN = re.compile(r"([^A-Za-z0-9_])")
_CAMEL = re.compile(r"([a-z])([A-Z])")


def code_tokens(code: str) -> list[str]:
    """`getItem("a")` -> get Item ( ` a ` )."""
    spaced = _CAMEL.sub(r"\1 \2", _SIGN.sub(r" \1 ", code))
    return spaced.replace('"', "`").replace("'", "`").split()


def bleu(answer: str, reference: str) -> float:
    """BLEU-4 of one answer: orders that it is too short for are left out, one without a match is smoothed.

    The smoothing is sacrebleu's "exp" (Chen and Cherry 2014, smoothing 3): 1/2, 1/4, ... of a match.
    """
    return float(_bleu("none", True).sentence_score(_joined(answer), [_joined(reference)]).score) / 100


def corpus_bleu(answers: Sequence[str], references: Sequence[str]) -> float:
    """BLEU-4 of all answers together, smoothed likewise: the figure that papers on CoNaLa give.

    Raises `ValueError` for no answers, or not as many references.
    """
    return _corpus("none", [_joined(a) for a in answers], [_joined(r) for r in references])


def char_bleu(answer: str, reference: str) -> float:
    """BLEU-4 over characters of one answer."""
    return float(_bleu("char", True).sentence_score(answer, [reference]).score) / 100


def corpus_char_bleu(answers: Sequence[str], references: Sequence[str]) -> float:
    """BLEU-4 over characters of all answers together. Raises as `corpus_bleu` does."""
    return _corpus("char", answers, references)


def chrf(answer: str, reference: str) -> float:
    """chrF2 of one answer: F over n-grams of 1 to 6 characters, recall twice as weighty (Popović 2015)."""
    return float(_chrf().sentence_score(answer, [reference]).score) / 100


def corpus_chrf(answers: Sequence[str], references: Sequence[str]) -> float:
    """chrF2 of all answers together. Raises as `corpus_bleu` does."""
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
