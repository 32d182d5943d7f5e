"""How much of a task stands word for word in a text, and when that is contamination.

The measure is n-gram containment: the share of the n-grams of a part of the task that the text holds too
(Brown et al. 2020, "Language models are few-shot learners", appendix C: 13-grams; Chowdhery et al. 2022,
"PaLM", section 8: at least 70 % of the 8-grams). A gram is made of words, as the tokenizer of the index knows
them: without punctuation, case, underscores and endings, so that another layout of the same code is the same
code. A part that is shorter than n words has one gram, all of it: it is in the text as it is, or it is not.

Three parts are looked for: the statement (`Task.intent`), the reference, and the tests. What was decided:

- *Documentation is not contamination.* `df.head()` stands in any documentation of pandas, and so do
  `np.vstack((a, b))` and `warnings.simplefilter("always")`, which are whole references of ODEX. To show such
  a line is what retrieval is for. So a reference or tests of less than 2n words never count alone.
- *A long verbatim part of the answer is*: half of the grams of a reference or of tests of 2n words or more;
  or as many grams as 50 words in a row have, where a part is so long that no passage holds half of it.
- *The very task is*: the same of a statement. Whoever copied that much of it answers it nearby, maybe in
  other words than the reference.
- *A short statement and its reference together are*, half of each in one passage, where the statement has
  four words or more: a page of `tldr` beside a task that was made from it. Fewer words ("sort a list") are a
  topic and no task.

Not evidence at all are lines of imports; grams of hardly anything but numbers and single letters
(`[0, 1, 2, 3, ...]` and `"a", "b", "c", ...` are in every manual), but in a short reference, which counts
with its statement only; and what the prompt shows anyway.
"""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from indexers.tokens import split_words
from rag.evaluation.task import Task

Gram = tuple[str, ...]
Reason = Literal["statement and reference", "reference", "tests", "statement"]

_REASONS: tuple[Reason, ...] = get_args(Reason)

NGRAM_WORDS = 8  # PaLM's; with 6, "b c d e f g" of a manual is a reference of ODEX
_SHARE = 0.5
_LONG_WORDS = 50
_FEWEST_WORDS = 4
_TELLING_SHARE = 1 / 3

_NAME = r"[\w.]+(?:[ \t]+as[ \t]+\w+)?"
_IMPORTS = re.compile(
    rf"^[ \t]*(?:import[ \t]+{_NAME}(?:[ \t]*,[ \t]*{_NAME})*|from[ \t]+[\w.]+[ \t]+import[ \t].*)[ \t]*$",
    re.MULTILINE,
)


class Part(NamedTuple):
    """The distinct grams of a part of a task that are evidence, and how many words it has."""

    grams: frozenset[Gram]
    words: int


class Overlap(NamedTuple):
    """What a text holds of a task: shares of the grams of each part, 0 to 1.

    `reason` is what makes it contamination, None where it is none.
    """

    statement: float
    reference: float
    tests: float
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The grams of a task, of up to `n` words."""

    task_id: str
    n: int
    statement: Part
    reference: Part
    tests: Part

    def overlap(self, words: Sequence[str]) -> Overlap:
        """What a text of these words (see `word_list`) holds of the task."""
        parts = (self.statement, self.reference, self.tests)
        lengths = {len(gram) for part in parts for gram in part.grams}
        held = {gram for length in lengths for gram in _runs(words, length)}
        found = [len(part.grams & held) for part in parts]
        shares = [
            count / len(part.grams) if part.grams else 0.0 for count, part in zip(found, parts, strict=True)
        ]
        counts = [
            self._is_long(part) and (share >= _SHARE or count > _LONG_WORDS - self.n)
            for part, share, count in zip(parts, shares, found, strict=True)
        ]
        both = self.statement.words >= _FEWEST_WORDS and min(shares[:2]) >= _SHARE
        reasons = zip(_REASONS, (both, counts[1], counts[2], counts[0]), strict=True)
        reason = next((reason for reason, holds in reasons if holds), None)
        return Overlap(shares[0], shares[1], shares[2], reason)

    def decisive_grams(self) -> frozenset[Gram]:
        """Grams of which a text must hold one to count: a short reference decides nothing alone."""
        decisive = self.statement.grams
        for part in (self.reference, self.tests):
            if self._is_long(part):
                decisive |= part.grams
        return decisive

    def _is_long(self, part: Part) -> bool:
        return part.words >= 2 * self.n


def fingerprint(task: Task, n: int = NGRAM_WORDS) -> Fingerprint:
    """The grams of `task`.

    Raises:
        ValueError: n is less than 2.
    """
    if n < 2:
        raise ValueError(f"n-grams of {n} words tell nothing")
    # The tests of an answer "as text" surround the program that holds it, and nobody is shown them.
    around = task.before if task.place == "as text" else ""
    shown = _runs(word_list(f"{task.shown}\n{'' if around else task.before}"), n)
    cases = [text for case in task.cases for text in case]
    reference = _part(task.reference, n)
    return Fingerprint(
        task.task_id,
        n,
        _telling(_part(task.intent, n)),
        _telling(reference, shown) if reference.words >= 2 * n else reference,
        _telling(_part("\n".join([around, task.tests, *cases]), n), shown),
    )


def _part(text: str, n: int) -> Part:
    words = word_list(text)
    return Part(frozenset(_runs(words, min(n, len(words))) if words else ()), len(words))


def _telling(part: Part, shown: Set[Gram] = frozenset()) -> Part:
    return part._replace(grams=frozenset(gram for gram in part.grams - shown if _is_telling(gram)))


def word_list(text: str) -> list[str]:
    r"""The words of `text` in order, without lines of imports.

    >>> word_list("import csv\nrows = parseHTMLTables(the_file)")
    ['row', 'parsehtmltables', 'thefile']
    """
    return [tokens[-1] for _, tokens in split_words(_IMPORTS.sub("", text)) if tokens]


def _runs(words: Sequence[str], length: int) -> set[Gram]:
    """The distinct runs of `length` words."""
    return set(zip(*(words[start:] for start in range(length)), strict=False))


def _is_telling(gram: Gram) -> bool:
    telling = sum(len(word) > 1 and not word.isdigit() for word in gram)
    return telling >= _TELLING_SHARE * len(gram)
