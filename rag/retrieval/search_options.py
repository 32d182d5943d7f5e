"""The options of a search: what may be found, and how it is ordered."""

from dataclasses import dataclass
from typing import Final

from indexers.catalog.filter import Filter
from rag.retrieval.rerank import Reranker
from rag.retrieval.versions import Versions


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """Everything that a search may be asked for beside its question and the number of hits.

    Options are immutable and belong to no index: make them once, use them for many searches, and derive
    others with `dataclasses.replace`.

    >>> SearchOptions(filter=Filter(languages=("python",)), versions="lock").two_stage
    False

    Args:
        filter: searches only the documents that match it; by default all of them.
        pattern: a regular expression that texts must match to be found first, beside those that a question
            holds as `re:PATTERN` (see `split_patterns`).
        two_stage: selects the best documents first and then searches only these; for manual pages, where
            the command must be right before its option can be.
        versions: what to do with documentation of other versions than the question, or the last
            `sync_docs`, asks for (see `Versions`).
        reranker: reorders the best hits (see `rerank`); None keeps the order of the first ranking.
        imports: the packages that the file imports which the question comes from (see `read_imports`):
            their documentation is meant rather than that of others.
        commits: whether the messages of commits count for the files that these changed; turn it off to
            measure questions that were made of such messages.
    """

    filter: Filter = Filter()  # noqa: RUF009  frozen, so it may be shared
    pattern: str = ""
    two_stage: bool = False
    versions: Versions = "prefer"
    reranker: Reranker | None = None
    imports: tuple[str, ...] = ()
    commits: bool = True


DEFAULT_SEARCH: Final = SearchOptions()
"""A search of the whole index, in one stage, without a reranker."""
