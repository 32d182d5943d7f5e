"""How much of a task a text holds word for word, and when that is contamination.

The measure is n-gram containment: the share of the n-grams of a part of the task that the text holds too
(Brown et al. 2020, "Language models are few-shot learners", appendix C: 13-grams; Chowdhery et al. 2022,
"PaLM", section 8: at least 70 % of the 8-grams). Its words are those of the index's tokenizer, without
punctuation, case, underscores and endings, so that the same code in another layout is the same words. A part
of fewer than n words is a single n-gram: the text holds it whole or not at all.

Three parts are searched for: the statement (`Task.intent`), the reference, and the tests. The rules:

- *Documentation is not contamination.* Any documentation of pandas holds `df.head()`; `np.vstack((a, b))` and
  `warnings.simplefilter("always")` are documented too, and they are whole references of ODEX. Retrieval is
  there to show such lines. So a reference or tests of fewer than 2n words never count alone.
- *A long verbatim part of the answer is contamination*: half of the n-grams of a reference or of tests of 2n
  words or more; or as many n-grams as 50 consecutive words have, for parts of which no passage holds half.
- *The statement of the task is contamination*, by the same rule. Whoever copied that much of it answers it
  nearby, perhaps in other words than the reference.
- *A short statement together with its reference is contamination*: half of each in one passage, if the
  statement has four words or more. That is a page of `tldr` beside a task made from it. Fewer words ("sort a
  list") are a topic, not a task.

Three things are never evidence: imports; n-grams of little but numbers and single letters, since
`[0, 1, 2, 3, ...]` and `"a", "b", "c", ...` are in every manual (but they count in a short reference, which
needs its statement beside it anyway); and code that the prompt shows.
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

NGRAM_WORDS = 8  # as for PaLM; with 6, "b c d e f g" in a manual matches a reference of ODEX
_SHARE = 0.5
_LONG_WORDS = 50
_FEWEST_WORDS = 4
_TELLING_SHARE = 1 / 3

_NAME = r"[\w.]+(?:[ \t]+as[ \t]+\w+)?"
_IMPORTS = re.compile(
    rf"^[ \t]*(?:import[ \t]+{_NAME}(?:[ \t]*,[ \t]*{_NAME})*|from[ \t]+[\w.]+[ \t]+import[ \t].*)[ \t]*$",
    re.MULTILINE,
)


class TaskPart(NamedTuple):
    """One part of a task: the distinct n-grams in it that are evidence, and its number of words."""

    grams: frozenset[Gram]
    words: int


class Overlap(NamedTuple):
    """How much of a task a text holds: the share of the n-grams of each part, 0 to 1.

    `reason` names the part that makes it contamination; None where it is not.
    """

    statement: float
    reference: float
    tests: float
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The n-grams of a task, of up to `n` words."""

    task_id: str
    n: int
    statement: TaskPart
    reference: TaskPart
    tests: TaskPart

    def overlap(self, words: Sequence[str]) -> Overlap:
        """Return how much of the task a text with these words (see `word_list`) holds."""
        parts = (self.statement, self.reference, self.tests)
        lengths = {len(gram) for part in parts for gram in part.grams}
        held = {gram for length in lengths for gram in _runs(words, length)}
        found = [len(part.grams & held) for part in parts]
        shares = [
            count / len(part.grams) if part.grams else 0.0 for count, part in zip(found, parts, strict=True)
        ]
        # 50 consecutive words have 50 - n + 1 n-grams, hence the strict comparison.
        counts = [
            self._is_long(part) and (share >= _SHARE or count > _LONG_WORDS - self.n)
            for part, share, count in zip(parts, shares, found, strict=True)
        ]
        both = self.statement.words >= _FEWEST_WORDS and min(shares[:2]) >= _SHARE
        # In the order of `_REASONS`, the most specific reason first.
        reasons = zip(_REASONS, (both, counts[1], counts[2], counts[0]), strict=True)
        reason = next((reason for reason, holds in reasons if holds), None)
        return Overlap(shares[0], shares[1], shares[2], reason)

    def decisive_grams(self) -> frozenset[Gram]:
        """Return the n-grams of which a contaminated text holds at least one.

        Those of a short reference are not among them: it counts only together with the statement.
        """
        decisive = self.statement.grams
        for part in (self.reference, self.tests):
            if self._is_long(part):
                decisive |= part.grams
        return decisive

    def _is_long(self, part: TaskPart) -> bool:
        return part.words >= 2 * self.n


def fingerprint(task: Task, n: int = NGRAM_WORDS) -> Fingerprint:
    """Return the n-grams of `task`.

    Raises:
        ValueError: `n` is less than 2.
    """
    if n < 2:
        raise ValueError(f"n-grams have at least 2 words, not {n}")
    # Where the answer is tested as text, `before` is the harness around it, which no prompt shows.
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


def _part(text: str, n: int) -> TaskPart:
    words = word_list(text)
    return TaskPart(frozenset(_runs(words, min(n, len(words))) if words else ()), len(words))


def _telling(part: TaskPart, shown: Set[Gram] = frozenset()) -> TaskPart:
    return part._replace(grams=frozenset(gram for gram in part.grams - shown if _is_telling(gram)))


def word_list(text: str) -> list[str]:
    r"""Return the words of `text` in order, without lines of imports.

    >>> word_list("import csv\nrows = parseHTMLTables(the_file)")
    ['row', 'parsehtmltables', 'thefile']
    """
    return [tokens[-1] for _, tokens in split_words(_IMPORTS.sub("", text)) if tokens]


def _runs(words: Sequence[str], length: int) -> set[Gram]:
    """Return the distinct runs of `length` consecutive words."""
    return set(zip(*(words[start:] for start in range(length)), strict=False))


def _is_telling(gram: Gram) -> bool:
    telling = sum(len(word) > 1 and not word.isdigit() for word in gram)
    return telling >= _TELLING_SHARE * len(gram)
