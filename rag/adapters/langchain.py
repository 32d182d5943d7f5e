"""A retriever for LangChain; needs the extra `langchain`."""

from pathlib import Path
from typing import Any

from corpora.errors import MissingExtra
from indexers.index import Index
from rag.adapters.retrieved import AdaptedSearch, RetrievedText
from rag.doc_prompter import DEFAULT_PASSAGES, Untrusted
from rag.retrieval.search_options import DEFAULT_SEARCH, SearchOptions

try:
    from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever
    from pydantic import PrivateAttr
except ImportError as error:
    raise MissingExtra("langchain-core", "langchain") from error


class LangChainRetriever(BaseRetriever):
    """Retrieves documentation and code as LangChain's documents: `invoke`, `ainvoke`, `batch` and in chains.

    The metadata of a document are those of `rag.adapters.retrieved.Metadata`; its id is the same in every
    build of the index. Pickled, it has the path of its index.

    Args:
        index: the index, or the path of its folder.
        k: maximum number of documents.
        search: which documents are searched, and how they are ordered.
        untrusted: whether what reads like instructions to a model is marked in its metadata, or left out.
    """

    _search: AdaptedSearch = PrivateAttr()

    def __init__(
        self,
        index: Index | str | Path,
        *,
        k: int = DEFAULT_PASSAGES,
        search: SearchOptions = DEFAULT_SEARCH,
        untrusted: Untrusted = "mark",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._search = AdaptedSearch.of(index, k, search, untrusted)

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        return [_document(one) for one in self._search(query)]

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun
    ) -> list[Document]:
        return [_document(one) for one in await self._search.awaited(query)]


def _document(found: RetrievedText) -> Document:
    return Document(id=found.id, page_content=found.text, metadata=dict(found.metadata))
