"""The weights of the ranking: what each signal counts, by the kind of question and of chunk.

They are fitted by bench/fit_ranking.py: the probability that a softmax over the candidates gives to the right
ones is made as large as possible (Cao et al. 2007, "Learning to Rank: From Pairwise Approach to Listwise
Approach", with one right answer), near weights chosen by hand and with signs that make sense.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

from corpora.errors import IndexDamaged

QuestionKind = Literal["name", "verbatim", "sentence"]
"""A name; a sentence of which much stands in a candidate word for word, or in a place it names; another."""

WEIGHTS_FILE: Final = Path(__file__).parent / "weights.json"
SQUARED: Final = "²"
"""The end of the name of a weight that counts the square of its signal."""

# From which share on a candidate counts as holding the question word for word.
_VERBATIM: Final = {"made": 0.4, "phrases": 0.5, "place": 0.5}

Weights = dict[str, dict[str, dict[str, float]]]
"""By the kind of chunk, by the kind of question, the weight of each signal."""


@lru_cache(maxsize=1)
def ranking_weights() -> Weights:
    """Return the weights that come with the package; they are read once. Raises `IndexDamaged`."""
    try:
        stored = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))
        return {
            kind: {
                asked: {name: float(weight) for name, weight in weights.items()}
                for asked, weights in by_question.items()
            }
            for kind, by_question in stored.items()
        }
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise IndexDamaged(
            f"the weights of the ranking at {WEIGHTS_FILE} cannot be read",
            why=str(error),
            fix="reinstall docprompting",
        ) from error


def question_kind(*, is_name: bool, made: float, phrases: float, place: float) -> QuestionKind:
    """Return the kind of a question, given the largest of these signals among its candidates."""
    if is_name:
        return "name"
    most = {"made": made, "phrases": phrases, "place": place}
    return "verbatim" if any(most[name] > least for name, least in _VERBATIM.items()) else "sentence"
