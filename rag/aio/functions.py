"""The functions of `rag` that take long, to be awaited."""

from rag.aio.threads import awaitable
from rag.api.describe import describe_object
from rag.checking.check import check_code
from rag.docs import add_docs, list_docs, remove_docs, sync_docs, update_docs
from rag.editing.context import editor_context
from rag.retrieval.rerank import rerank
from rag.retrieval.retrieve import retrieve

awaited_add_docs = awaitable(add_docs)
awaited_check_code = awaitable(check_code)
awaited_describe_object = awaitable(describe_object)
awaited_editor_context = awaitable(editor_context)
awaited_list_docs = awaitable(list_docs)
awaited_remove_docs = awaitable(remove_docs)
awaited_rerank = awaitable(rerank)
awaited_retrieve = awaitable(retrieve)
awaited_sync_docs = awaitable(sync_docs)
awaited_update_docs = awaitable(update_docs)
