"""What is asked of a lexical index: words by BM25, phrases, and names of definitions."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

FIELD_WEIGHTS: Final[Mapping[str, float]] = MappingProxyType({"name": 1.0, "path": 2.0, "body": 1.0})
"""The weight of a match in each field, relative to the body: ablation in bench/RESULTS.md."""


class Term(NamedTuple):
    """A token in a field; its BM25 score counts `weight` times."""

    field: str
    token: str
    weight: float = 1.0


class Phrase(NamedTuple):
    """Tokens that stand in a row in the body; a chunk that has them gets `weight`, however often."""

    tokens: tuple[str, ...]
    weight: float = 1.0


class Name(NamedTuple):
    """The key of a name (see `name_key`); a chunk that defines or declares it gets `weight`.

    Names that are up to `edits` edits away match too; two letters that changed places are one edit.
    """

    key: str
    weight: float = 1.0
    edits: int = 0


@dataclass(frozen=True, slots=True)
class LexicalQuery:
    """The score of a chunk is the sum over all terms, phrases and names that it matches.

    Args:
        terms: tokens, scored by BM25.
        phrases: tokens in a row.
        names: names of definitions.
        required: phrases that a chunk must hold to be found at all; they add nothing to its score.
    """

    terms: tuple[Term, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    names: tuple[Name, ...] = ()
    required: tuple[tuple[str, ...], ...] = ()

    def __bool__(self) -> bool:
        """Return whether anything is asked for."""
        return bool(self.terms or self.phrases or self.names or self.required)

    @property
    def always_scores(self) -> bool:
        """Return whether every chunk that is found has a score above 0."""
        weights = (part.weight for parts in (self.terms, self.phrases, self.names) for part in parts)
        return not self.required and all(weight > 0 for weight in weights)


def word_query(tokens: Iterable[str], fields: Mapping[str, float] = FIELD_WEIGHTS) -> LexicalQuery:
    """Ask for tokens in some fields, each field with its weight; a repeated token counts as often."""
    counted = Counter(tokens)
    return LexicalQuery(
        tuple(
            Term(field, token, weight * count)
            for token, count in counted.items()
            for field, weight in fields.items()
        )
    )


def name_key(name: str) -> str:
    """Return the key of a name, the same for all its spellings; an option has one with its command.

    >>> name_key("parseHTMLDate"), name_key("Dates.parse_html_date"), name_key("git-log --author")
    ('parsehtmldate', 'dates.parsehtmldate', 'gitlogauthor')
    """
    if " -" in name:
        name = name.replace(" ", "")
    return name.replace("_", "").replace("-", "").lower()


def name_keys(names: Iterable[str]) -> list[str]:
    """Return the keys under which definitions are found: of the last part of each name, and of the last two.

    >>> name_keys(["pandas.DataFrame.drop_na"])
    ['dropna', 'dataframe.dropna']
    """
    keys: dict[str, None] = {}
    for name in names:
        parts: Sequence[str] = name.split(".")[-2:]
        keys.update(dict.fromkeys(name_key(".".join(parts[-count:])) for count in range(1, len(parts) + 1)))
    return [key for key in keys if key.strip(".")]


def is_near_name(key: str, name: Name) -> bool:
    """Return whether a key is no more edits away from that of a name than it may be."""
    if abs(len(key) - len(name.key)) > name.edits:
        return False
    return _edits(key, name.key) <= name.edits if name.edits else key == name.key


def _edits(one: str, other: str) -> int:
    """Return the number of edits between two names: the optimal string alignment distance."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        line = [row]
        for column, wanted in enumerate(other, start=1):
            least = min(last[column] + 1, line[-1] + 1, last[column - 1] + (letter != wanted))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == wanted:
                least = min(least, before[column - 2] + 1)
            line.append(least)
        before, last = last, line
    return last[-1]
