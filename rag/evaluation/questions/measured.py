"""Ask an index questions whose answers are known, and keep the rank of the first right answer to each."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from corpora.errors import RagError
from indexers.index import Index
from rag.evaluation.questions.judge import found_in, rank_of
from rag.evaluation.questions.question import GoldQuestion
from rag.retrieval.retrieve import retrieve
from rag.retrieval.search_options import DEFAULT_SEARCH, SearchOptions
from rag.retrieval.source_files import source_folders

DEFAULT_HITS: Final = 10
"""The number of hits that are looked at."""
ALL: Final = "all"
"""The name of all kinds of questions together."""


@dataclass(frozen=True, slots=True)
class QuestionRank:
    """The rank of the first right answer to a question, from 1; 0 if none of the hits is right.

    Args:
        question: its text.
        kind: its kind, empty if it has none.
        rank: the rank.
        first: what stood first; empty if nothing was found.
    """

    question: str
    kind: str
    rank: int
    first: str


@dataclass(frozen=True, slots=True)
class RetrievalResult:
    """The ranks of some questions, of which `k` hits were looked at."""

    k: int
    questions: tuple[QuestionRank, ...]

    def ranks(self, kind: str = ALL) -> list[int]:
        """Return the ranks of the questions of a kind."""
        return [one.rank for one in self.questions if kind in (ALL, one.kind)]

    @property
    def kinds(self) -> list[str]:
        """Return the kinds of the questions, in the order of the first of each."""
        return list(dict.fromkeys(one.kind for one in self.questions if one.kind))

    def keyed(self) -> dict[tuple[str, int], QuestionRank]:
        """Return the questions by text and, should two have the same, by number."""
        seen: Counter[str] = Counter()
        found = {}
        for one in self.questions:
            found[one.question, seen[one.question]] = one
            seen[one.question] += 1
        return found


def evaluate_retrieval(
    index: Index,
    questions: Sequence[GoldQuestion],
    options: SearchOptions = DEFAULT_SEARCH,
    *,
    k: int = DEFAULT_HITS,
) -> RetrievalResult:
    """Ask `index` each of the questions; those of kind `commit` without what it knows of commits.

    Args:
        index: the index to search.
        questions: what is asked, with the right answers (see `read_questions`).
        options: how it is searched, as in `retrieve`.
        k: the number of hits that are looked at.

    Raises:
        RagError: there are no questions.

    Also raises what `retrieve` raises.
    """
    if not questions:
        raise RagError("there are no questions", why="nothing can be measured", fix="add at least one")
    folders = source_folders(index)
    asked = []
    for question in questions:
        # The index knows the commits that such questions were made of, and so which files are right.
        commits = options.commits and question.kind != "commit"
        hits = retrieve(index, question.text, k, replace(options, commits=commits))
        rank = rank_of(found_in(hits, folders), question.gold)
        first = f"{hits[0].chunk.location} {hits[0].chunk.symbol}".strip() if hits else ""
        asked.append(QuestionRank(question.text, question.kind, rank, first))
    return RetrievalResult(k, tuple(asked))


def missing_files(index: Index, questions: Iterable[GoldQuestion]) -> Iterator[GoldQuestion]:
    """Yield the questions that no search can answer: all their gold is in files that the index lacks."""
    by_name: dict[str, set[str]] = {}
    for path in index.catalog.census.paths():
        by_name.setdefault(path.rpartition("/")[2], set()).add(path)
    for question in questions:
        if all(gold.path and not _is_held(gold.path, by_name) for gold in question.gold):
            yield question


def _is_held(path: str, by_name: dict[str, set[str]]) -> bool:
    """Return whether one of the paths of a corpus may be `path`, seen from a folder above or below."""
    return any(
        f"/{held}".endswith(f"/{path}") or f"/{path}".endswith(f"/{held}")
        for held in by_name.get(path.rpartition("/")[2], ())
    )
