"""Similarity of a shell command to a reference: the measures of DocPrompting for tldr.

Zhou et al. 2023, arXiv:2207.05987. As in the authors' code, so that results can be compared, `sudo`, quotes,
pipes and redirections are removed before the comparison, and placeholders are numbered:

    sudo tar -xf {{a.tar}} > {{out}}   ->   tar -xf $0 $1
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from rag.evaluation.scores.sacrebleu_scores import char_bleu, corpus_char_bleu

_PLACEHOLDER = re.compile(r"\{\{((?:[^}\n]|\}(?!\})){0,200}+)\}\}")
_REMOVED: Final = str.maketrans({"`": "", '"': "", "'": "", "|": " ", ">": " ", "<": " "})
# A command may hold `$0` itself, so words are compared in the long form, and only characters in the short.
_VARIABLE: Final = "[[VAR]]_"
_SHORT_VARIABLE: Final = "$"


def command_name(answer: str, reference: str) -> float:
    """Return 1 if the first words are equal, else 0."""
    ours, theirs = _words(answer), _words(reference)
    return float(bool(ours and theirs) and ours[0] == theirs[0])


def command_match(answer: str, reference: str) -> float:
    """Return 1 if the commands are equal except for the names of placeholders, else 0."""
    return float(_words(answer) == _words(reference))


def command_token_f1(answer: str, reference: str) -> float:
    """Return F1 of the words, 0 to 1, counted with repeats and in any order."""
    ours, theirs = Counter(_words(answer)), Counter(_words(reference))
    total = ours.total() + theirs.total()
    return 2 * (ours & theirs).total() / total if total else 0.0


def command_char_bleu(answer: str, reference: str) -> float:
    """Return BLEU-4 over the characters of one command, 0 to 1. Needs the extra `eval`."""
    return char_bleu(_plain(answer), _plain(reference))


def corpus_command_char_bleu(answers: Sequence[str], references: Sequence[str]) -> float:
    """Return BLEU-4 over the characters of all commands together, 0 to 1, as in the paper.

    Raises:
        ValueError: there are no answers, or a different number of references.
    """
    return corpus_char_bleu([_plain(a) for a in answers], [_plain(r) for r in references])


def _words(command: str) -> list[str]:
    return _plain(command, _VARIABLE).split()


def _plain(command: str, variable: str = _SHORT_VARIABLE) -> str:
    plain = " ".join(command.replace("sudo", "").strip().translate(_REMOVED).split())
    plain = plain.replace("={", " {")  # --file={{name}} becomes two words
    for number, name in enumerate(dict.fromkeys(_PLACEHOLDER.findall(plain))):
        plain = plain.replace(f"{{{{{name}}}}}", f"{variable}{number}")
    return plain
