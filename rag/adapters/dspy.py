"""A retriever for DSPy; needs the extra `dspy`."""

from pathlib import Path
from typing import Any

from corpora.errors import MissingExtra
from indexers.index import Index
from rag.adapters.retrieved import AdaptedSearch, RetrievedText
from rag.doc_prompter import DEFAULT_PASSAGES, Untrusted
from rag.retrieval.search_options import DEFAULT_SEARCH, SearchOptions

try:
    import dspy
except ImportError as error:
    raise MissingExtra("dspy", "dspy") from error


class DSPyRetriever(dspy.Module):
    """A module that retrieves documentation and code: `retriever(query).passages` is a list of texts.

    Its prediction also has `metadata`, the `rag.adapters.retrieved.Metadata` of each passage. It can be a
    part of a program, a tool of an agent, or, as `rm=retriever.search`, what `dspy.Retrieve` asks.

    Args:
        index: the index, or the path of its folder.
        k: maximum number of passages.
        search: which documents are searched, and how they are ordered.
        untrusted: whether what reads like instructions to a model is marked in its metadata, or left out.
    """

    def __init__(
        self,
        index: Index | str | Path,
        *,
        k: int = DEFAULT_PASSAGES,
        search: SearchOptions = DEFAULT_SEARCH,
        untrusted: Untrusted = "mark",
    ) -> None:
        super().__init__()
        self._search = AdaptedSearch.of(index, k, search, untrusted)

    def forward(self, query: str, k: int | None = None) -> dspy.Prediction:
        """Return the passages that answer `query` best, best first, and their metadata."""
        return _prediction(self._search(query, k))

    async def aforward(self, query: str, k: int | None = None) -> dspy.Prediction:
        """Return the same, found in a thread."""
        return _prediction(await self._search.awaited(query, k))

    def search(self, query: str, k: int | None = None, **_: Any) -> list[Any]:
        """Return the passages as `dspy.Retrieve` reads them: objects with a `long_text`."""
        found = self._search(query, k)
        return [dspy.Prediction(long_text=one.text, **one.metadata) for one in found]


def _prediction(found: list[RetrievedText]) -> dspy.Prediction:
    return dspy.Prediction(
        passages=[one.text for one in found], metadata=[dict(one.metadata) for one in found]
    )
