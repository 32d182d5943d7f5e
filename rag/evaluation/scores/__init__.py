"""Scores of an answer against a reference, and of retrieval against the gold documents."""

from collections.abc import Callable, Mapping, Sequence

from rag.evaluation.scores.api_recall import api_recall
from rag.evaluation.scores.code_bert_score import CodeBertScore
from rag.evaluation.scores.code_bleu import CODE_BLEU_LANGUAGES, code_bleu, corpus_code_bleu
from rag.evaluation.scores.command_accuracy import (
    command_char_bleu,
    command_match,
    command_name,
    command_token_f1,
    corpus_command_char_bleu,
)
from rag.evaluation.scores.exact_match import exact_match
from rag.evaluation.scores.retrieval import RETRIEVAL_MEASURES, RetrievalScores, retrieval_scores
from rag.evaluation.scores.sacrebleu_scores import bleu, chrf, corpus_bleu, corpus_chrf

__all__ = [
    "CORPUS_SCORES",
    "RETRIEVAL_MEASURES",
    "SCORES",
    "CodeBertScore",
    "CorpusScore",
    "RetrievalScores",
    "Score",
    "retrieval_scores",
    "score_answer",
    "score_corpus",
]

Score = Callable[[str, str, str], float | None]
"""Score an answer against a reference in a language: 0 to 1, or None where the score does not apply."""

CorpusScore = Callable[[Sequence[str], Sequence[str], str], float | None]
"""Score all answers against their references together: 0 to 1, or None where the score does not apply."""

_Pair = Callable[[str, str], float | None]
_Corpus = Callable[[Sequence[str], Sequence[str]], float]


def _python(score: _Pair) -> Score:
    return lambda answer, reference, language: score(answer, reference) if language == "python" else None


def _shell(score: _Pair) -> Score:
    return lambda answer, reference, language: score(answer, reference) if language == "bash" else None


def _any(score: _Pair) -> Score:
    return lambda answer, reference, _: score(answer, reference)


def _any_corpus(score: _Corpus) -> CorpusScore:
    return lambda answers, references, _: score(answers, references)


def _shell_corpus(score: _Corpus) -> CorpusScore:
    return lambda answers, references, language: score(answers, references) if language == "bash" else None


def _code_bleu(answer: str, reference: str, language: str) -> float | None:
    return code_bleu(answer, reference, language).score if language in CODE_BLEU_LANGUAGES else None


def _corpus_code_bleu(answers: Sequence[str], references: Sequence[str], language: str) -> float | None:
    return corpus_code_bleu(answers, references, language).score if language in CODE_BLEU_LANGUAGES else None


SCORES: Mapping[str, Score] = {
    "exact_match": _any(exact_match),
    "bleu": _any(bleu),
    "chrf": _any(chrf),
    "code_bleu": _code_bleu,
    "api_recall": _python(api_recall),
    "command_name": _shell(command_name),
    "command_match": _shell(command_match),
    "command_token_f1": _shell(command_token_f1),
    "command_char_bleu": _shell(command_char_bleu),
}
"""Scores of one answer by name. `CodeBertScore`, which needs a model, is not among them."""

CORPUS_SCORES: Mapping[str, CorpusScore] = {
    "bleu": _any_corpus(corpus_bleu),
    "chrf": _any_corpus(corpus_chrf),
    "code_bleu": _corpus_code_bleu,
    "command_char_bleu": _shell_corpus(corpus_command_char_bleu),
}
"""Scores of all answers together by name, as papers report them."""


def score_answer(answer: str, reference: str, language: str) -> dict[str, float]:
    """Return all of `SCORES` that apply to the language. Raises `MissingExtra` without the extra `eval`."""
    found = {name: score(answer, reference, language) for name, score in SCORES.items()}
    return {name: value for name, value in found.items() if value is not None}


def score_corpus(answers: Sequence[str], references: Sequence[str], language: str) -> dict[str, float]:
    """Return all of `CORPUS_SCORES` that apply to the language.

    Raises:
        MissingExtra: the extra `eval` is not installed.
        ValueError: there are no answers, or a different number of references.
    """
    found = {name: score(answers, references, language) for name, score in CORPUS_SCORES.items()}
    return {name: value for name, value in found.items() if value is not None}
