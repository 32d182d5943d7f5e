"""docprompting: retrieve documentation and code for a request, and prompt any generator with it.

Names are loaded on first use (PEP 562), so that a program which only searches does not load what only
generators need.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

import rag.import_guard  # noqa: F401  first: it explains why the next lines would fail

if TYPE_CHECKING:
    __version__: str
    from corpora.api.changes import ApiChange, ApiDiff
    from corpora.api.model import ApiModel
    from corpora.errors import RagError
    from corpora.library_api import read_api
    from corpora.spec import CorpusSpec
    from indexers.catalog.filter import Filter
    from indexers.chunking.chunk import Chunk
    from indexers.deepening.deepen import Deepened, deepen
    from indexers.index import Index
    from indexers.portable import pack_index, unpack_index
    from indexers.readable_index import ReadableIndex
    from rag.api.describe import describe_object, summarize_api
    from rag.api.diff_apis import diff_apis
    from rag.batches.many import BatchProgress
    from rag.checking.check import CodeCheck, check_code
    from rag.checking.finding import CheckReport, Finding
    from rag.doc_prompter import DocPrompter
    from rag.docs import (
        DocumentedLibrary,
        SyncReport,
        add_docs,
        list_docs,
        remove_docs,
        sync_docs,
        update_docs,
    )
    from rag.editing.complete import CodeCompleter, CodeCompletion
    from rag.editing.context import Cursor, EditorContext, editor_context
    from rag.editing.similar_code import RecentFile
    from rag.generators import open_generator
    from rag.generators.answer_cache.cached import CachedGenerator
    from rag.generators.checked_answer import AnswerCheck, CheckedTurn
    from rag.generators.completion import (
        Completion,
        Generator,
        Sampling,
        SamplingGenerator,
        StreamingGenerator,
        samples,
    )
    from rag.generators.tool_call import ToolCall
    from rag.generators.usage import GeneratorUsage, MeteredGenerator, Prices
    from rag.prompting.message import Image, Message, read_image
    from rag.prompting.prompt import Prompt, make_prompt
    from rag.rerankers import open_reranker
    from rag.retrieval.context_file import read_imports
    from rag.retrieval.freshness import check_freshness
    from rag.retrieval.gate import confidence
    from rag.retrieval.hit import Hit, Signal
    from rag.retrieval.questions.patterns import SearchCutShort
    from rag.retrieval.rerank import Reranker, rerank
    from rag.retrieval.retrieve import retrieve
    from rag.retrieval.retrieve_batch import retrieve_batch
    from rag.retrieval.search_options import SearchOptions
    from rag.retrieval.versions import Versions
    from rag.tasks.checks import IoCheck, TriedAnswer, checks_task, read_checks, try_answers
    from rag.tasks.docstring import docstring_task
    from rag.tasks.edit import CodeEdit, CodeEditor
    from rag.tasks.example_file import FewShotExample
    from rag.tasks.few_shot import FewShot
    from rag.tasks.notebook import notebook_task
    from rag.tasks.shell import shell_task
    from rag.tasks.task import PromptTask
    from rag.tasks.write_edit import write_edit
    from rag.tokens.open_counter import open_token_counter

_HOMES = {
    "AnswerCheck": "rag.generators.checked_answer",
    "ApiChange": "corpora.api.changes",
    "ApiDiff": "corpora.api.changes",
    "ApiModel": "corpora.api.model",
    "BatchProgress": "rag.batches.many",
    "CachedGenerator": "rag.generators.answer_cache.cached",
    "CheckReport": "rag.checking.finding",
    "CheckedTurn": "rag.generators.checked_answer",
    "Chunk": "indexers.chunking.document",
    "CodeCheck": "rag.checking.check",
    "CodeCompleter": "rag.editing.complete",
    "CodeCompletion": "rag.editing.complete",
    "CodeEdit": "rag.tasks.edit",
    "CodeEditor": "rag.tasks.edit",
    "Completion": "rag.generators.completion",
    "CorpusSpec": "corpora.spec",
    "Cursor": "rag.editing.context",
    "Deepened": "indexers.deepening.deepen",
    "DocPrompter": "rag.doc_prompter",
    "DocumentedLibrary": "rag.docs",
    "EditorContext": "rag.editing.context",
    "FewShot": "rag.tasks.few_shot",
    "FewShotExample": "rag.tasks.example_file",
    "Filter": "indexers.catalog.filter",
    "Finding": "rag.checking.finding",
    "Generator": "rag.generators.completion",
    "GeneratorUsage": "rag.generators.usage",
    "Hit": "rag.retrieval.hit",
    "Image": "rag.prompting.message",
    "Index": "indexers.index",
    "IoCheck": "rag.tasks.checks",
    "Message": "rag.prompting.message",
    "MeteredGenerator": "rag.generators.usage",
    "Prices": "rag.generators.usage",
    "Prompt": "rag.prompting.prompt",
    "PromptTask": "rag.tasks.task",
    "RagError": "corpora.errors",
    "ReadableIndex": "indexers.readable_index",
    "RecentFile": "rag.editing.similar_code",
    "Reranker": "rag.retrieval.rerank",
    "Sampling": "rag.generators.completion",
    "SamplingGenerator": "rag.generators.completion",
    "SearchCutShort": "rag.retrieval.questions.patterns",
    "SearchOptions": "rag.retrieval.search_options",
    "Signal": "rag.retrieval.hit",
    "StreamingGenerator": "rag.generators.completion",
    "SyncReport": "rag.docs",
    "ToolCall": "rag.generators.tool_call",
    "TriedAnswer": "rag.tasks.checks",
    "Versions": "rag.retrieval.versions",
    "add_docs": "rag.docs",
    "check_code": "rag.checking.check",
    "check_freshness": "rag.retrieval.freshness",
    "checks_task": "rag.tasks.checks",
    "confidence": "rag.retrieval.gate",
    "deepen": "indexers.deepening.deepen",
    "describe_object": "rag.api.describe",
    "diff_apis": "rag.api.diff_apis",
    "docstring_task": "rag.tasks.docstring",
    "editor_context": "rag.editing.context",
    "list_docs": "rag.docs",
    "make_prompt": "rag.prompting.prompt",
    "notebook_task": "rag.tasks.notebook",
    "pack_index": "indexers.portable",
    "open_generator": "rag.generators",
    "open_reranker": "rag.rerankers",
    "open_token_counter": "rag.tokens.open_counter",
    "read_api": "corpora.library_api",
    "read_checks": "rag.tasks.checks",
    "read_image": "rag.prompting.message",
    "read_imports": "rag.retrieval.context_file",
    "remove_docs": "rag.docs",
    "rerank": "rag.retrieval.rerank",
    "retrieve": "rag.retrieval.retrieve",
    "retrieve_batch": "rag.retrieval.retrieve_batch",
    "samples": "rag.generators.completion",
    "shell_task": "rag.tasks.shell",
    "summarize_api": "rag.api.describe",
    "sync_docs": "rag.docs",
    "try_answers": "rag.tasks.checks",
    "unpack_index": "indexers.portable",
    "update_docs": "rag.docs",
    "write_edit": "rag.tasks.write_edit",
}

__all__ = [
    "AnswerCheck",
    "ApiChange",
    "ApiDiff",
    "ApiModel",
    "BatchProgress",
    "CachedGenerator",
    "CheckReport",
    "CheckedTurn",
    "Chunk",
    "CodeCheck",
    "CodeCompleter",
    "CodeCompletion",
    "CodeEdit",
    "CodeEditor",
    "Completion",
    "CorpusSpec",
    "Cursor",
    "Deepened",
    "DocPrompter",
    "DocumentedLibrary",
    "EditorContext",
    "FewShot",
    "FewShotExample",
    "Filter",
    "Finding",
    "Generator",
    "GeneratorUsage",
    "Hit",
    "Image",
    "Index",
    "IoCheck",
    "Message",
    "MeteredGenerator",
    "Prices",
    "Prompt",
    "PromptTask",
    "RagError",
    "ReadableIndex",
    "RecentFile",
    "Reranker",
    "Sampling",
    "SamplingGenerator",
    "SearchCutShort",
    "SearchOptions",
    "Signal",
    "StreamingGenerator",
    "SyncReport",
    "ToolCall",
    "TriedAnswer",
    "Versions",
    "add_docs",
    "check_code",
    "check_freshness",
    "checks_task",
    "confidence",
    "deepen",
    "describe_object",
    "diff_apis",
    "docstring_task",
    "editor_context",
    "list_docs",
    "make_prompt",
    "notebook_task",
    "open_generator",
    "open_reranker",
    "open_token_counter",
    "pack_index",
    "read_api",
    "read_checks",
    "read_image",
    "read_imports",
    "remove_docs",
    "rerank",
    "retrieve",
    "retrieve_batch",
    "samples",
    "shell_task",
    "summarize_api",
    "sync_docs",
    "try_answers",
    "unpack_index",
    "update_docs",
    "write_edit",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return import_module("rag.version").installed_version()
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})
