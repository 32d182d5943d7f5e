"""A retriever for LlamaIndex; needs the extra `llama-index`."""

from pathlib import Path
from typing import Any

from corpora.errors import MissingExtra
from indexers.index import Index
from rag.adapters.retrieved import AdaptedSearch, RetrievedText
from rag.doc_prompter import DEFAULT_PASSAGES, Untrusted
from rag.retrieval.search_options import DEFAULT_SEARCH, SearchOptions

try:
    from llama_index.core.base.base_retriever import BaseRetriever
    from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
except ImportError as error:
    raise MissingExtra("llama-index-core", "llama-index") from error

# What a model is shown of the metadata: a score or a rank says nothing to it.
_HIDDEN_FROM_MODELS = ["corpus", "start_line", "end_line", "url", "path", "score", "rank", "licence", "kind"]


class LlamaIndexRetriever(BaseRetriever):
    """Retrieves documentation and code as LlamaIndex's nodes, by `retrieve` and `aretrieve`, for any engine.

    The metadata of a node are those of `rag.adapters.retrieved.Metadata`; its id is the same in every build
    of the index.

    Args:
        index: the index, or the path of its folder.
        k: maximum number of nodes.
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
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._search = AdaptedSearch.of(index, k, search, untrusted)

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [_node(one) for one in self._search(query_bundle.query_str)]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [_node(one) for one in await self._search.awaited(query_bundle.query_str)]


def _node(found: RetrievedText) -> NodeWithScore:
    node = TextNode(
        id_=found.id,
        text=found.text,
        metadata=dict(found.metadata),
        excluded_llm_metadata_keys=_HIDDEN_FROM_MODELS,
        excluded_embed_metadata_keys=list(found.metadata),
    )
    return NodeWithScore(node=node, score=found.metadata["score"])
