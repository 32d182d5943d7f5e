"""How near a shell command is to a reference: the measures that DocPrompting took for tldr.

Zhou et al. 2023, arXiv:2207.05987. Before comparing, `sudo`, quotes, pipes and redirections
are taken away, and placeholders numbered, as in the authors' code, so that figures can be compared:

    sudo tar -xf {{a.tar}} > {{out}}   ->   tar -xf $0 $1
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from rag.evaluation.scores.sacrebleu_scores import char_bleu, corpus_char_bleu

_PLACEHOLDER = re.compile(r"\{\{((?:[^}\n]|\}(?!\})){0,200}+)\}\}")
_TAKEN_AWAY: Final = str.maketrans({"`": "", '"': "", "'": "", "|": " ", ">": " ", "<": " "})
# In a command, `$0` may stand for itself; only characters are compared with the short form.
_VARIABLE: Final = "[[VAR]]_"
_SHORT_VARIABLE: Final = "$"


def command_name(answer: str, reference: str) -> float:
    """1 if the first words agree, else 0."""
    ours, theirs = _words(answer), _words(reference)
    return float(bool(ours and theirs) and ours[0] == theirs[0])


def command_match(answer: str, reference: str) -> float:
    """1 if the commands are the same but for what placeholders are called, else 0."""
    return float(_words(answer) == _words(reference))


def command_token_f1(answer: str, reference: str) -> float:
    """F1 of the words, each as often as it is there, in any order."""
    ours, theirs = Counter(_words(answer)), Counter(_words(reference))
    total = ours.total() + theirs.total()
    return 2 * (ours & theirs).total() / total if total else 0.0


def command_char_bleu(answer: str, reference: str) -> float:
    """BLEU-4 over characters of one command, from 0 to 1. Needs the extra `eval`."""
    return char_bleu(_plain(answer), _plain(reference))


def corpus_command_char_bleu(answers: Sequence[str], references: Sequence[str]) -> float:
    """The same of all commands together, as the paper has it.

    Raises `ValueError` for no answers, or not as many references.
    """
    return corpus_char_bleu([_plain(a) for a in answers], [_plain(r) for r in references])


def _words(command: str) -> list[str]:
    return _plain(command, _VARIABLE).split()


def _plain(command: str, variable: str = _SHORT_VARIABLE) -> str:
    plain = " ".join(command.replace("sudo", "").strip().translate(_TAKEN_AWAY).split())
    plain = plain.replace("={", " {")
    for number, name in enumerate(dict.fromkeys(_PLACEHOLDER.findall(plain))):
        plain = plain.replace(f"{{{{{name}}}}}", f"{variable}{number}")
    return plain
