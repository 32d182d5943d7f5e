"""docprompting: retrieve documentation and code for a request, and prompt any generator with it."""

import rag.import_guard  # noqa: F401  first: it explains why the next lines would fail
from corpora.errors import RagError
from corpora.spec import CorpusSpec
from indexers.catalog.filter import Filter
from indexers.chunking.document import Chunk
from indexers.index import Index
from rag.doc_prompter import DocPrompter
from rag.docs import Documented, SyncReport, add_docs, list_docs, remove_docs, sync_docs, update_docs
from rag.generators import open_generator
from rag.generators.completion import Completion, Generator, Sampling
from rag.prompting.prompt import Prompt, make_prompt
from rag.rerankers import open_reranker
from rag.retrieval.freshness import check_freshness
from rag.retrieval.gate import confidence
from rag.retrieval.hit import Hit, Signal
from rag.retrieval.rerank import Reranker, rerank
from rag.retrieval.retrieve import retrieve
from rag.retrieval.versions import Versions

__all__ = [
    "Chunk",
    "Completion",
    "CorpusSpec",
    "DocPrompter",
    "Documented",
    "Filter",
    "Generator",
    "Hit",
    "Index",
    "Prompt",
    "RagError",
    "Reranker",
    "Sampling",
    "Signal",
    "SyncReport",
    "Versions",
    "add_docs",
    "check_freshness",
    "confidence",
    "list_docs",
    "make_prompt",
    "open_generator",
    "open_reranker",
    "remove_docs",
    "rerank",
    "retrieve",
    "sync_docs",
    "update_docs",
]
