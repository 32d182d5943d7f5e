"""Answers as results of tools: text to read, the same as data, and notices in a block of their own."""

from collections.abc import Iterable
from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING, Any, get_type_hints

from mcp_types import CallToolResult, TextContent
from pydantic import BaseModel, create_model

from corpora.counted import counted
from corpora.errors import RagError
from corpora.redaction.credentials import without_credentials
from rag.rendering.system_errors import error_lines
from rag.serving.answers.search import SearchAnswer

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def tool_result(answer: "DataclassInstance", text: str, notices: Iterable[str] = ()) -> CallToolResult:
    """Return the result of a tool: `text`, a block of notices if there are any, and the data of `answer`."""
    blocks = [TextContent(type="text", text=text)]
    if lines := "\n".join(f"note: {line}" for line in notices):
        blocks.append(TextContent(type="text", text=lines))
    return CallToolResult(content=[*blocks], structured_content=asdict(answer))


@cache
def schema_of(record: type) -> type[BaseModel]:
    """Return a model with the fields of a record, of which a client is shown the schema.

    The SDK takes the slots of a record for defaults of its fields.
    """
    fields: dict[str, Any] = {name: (kind, ...) for name, kind in get_type_hints(record).items()}
    made: type[BaseModel] = create_model(
        record.__name__, __doc__=(record.__doc__ or "").partition("\n")[0], **fields
    )
    return made


def found_result(answer: SearchAnswer) -> CallToolResult:
    """Return the result of a search."""
    text = "\n\n".join("\n".join(filter(None, [hit.head, hit.text])) for hit in answer.hits)
    notices = list(answer.notes)
    if answer.left_out:
        notices.append(f"{counted(answer.left_out, 'more hit')} did not fit into max_tokens")
    return tool_result(answer, text or "nothing found", notices)


def told(error: RagError) -> str:
    """Return an error as a client is told it: without credentials."""
    return without_credentials(error_lines(error))
