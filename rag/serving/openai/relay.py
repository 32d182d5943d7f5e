"""Pass the answer of a model on to the client: whole, or as it comes."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

import httpx
from starlette.responses import Response, StreamingResponse

from corpora.redaction.credentials import without_credentials
from rag.serving.http.guard import AsgiScope, Receive, Send
from rag.serving.http.problem import problem
from rag.serving.openai.backend import BackendGone, ModelBackend
from rag.serving.openai.context import AddedContext

CONTEXT_HEADER: Final = "x-rag-context"
_MOST_BYTES: Final = 256 << 20
_EVENTS: Final = "text/event-stream"
_PASSED_ON: Final = ("content-type", "retry-after", "x-request-id", "openai-processing-ms", "openai-model")
_PASSED_PREFIXES: Final = ("x-ratelimit-",)


async def relayed(
    backend: ModelBackend,
    path: str,
    headers: Mapping[str, str],
    body: dict[str, Any],
    added: AddedContext,
    *,
    told: bool,
) -> Response:
    """Send a request on, and return the answer with what was added to the request.

    Args:
        backend: the server of the model.
        path: of the endpoint.
        headers: of the client.
        body: that is sent on.
        added: what was put into it: told in a header, before the first byte of a stream.
        told: whether a field `rag` of the answer, or a first event of a stream, tells it, too.
    """
    lent = backend.answering("POST", path, headers, body)
    try:
        response = await lent.__aenter__()
    except BackendGone as error:
        return problem(502, error.what, why=error.why, fix=error.fix)
    kept = _headers(response, added)
    if response.headers.get("content-type", "").startswith(_EVENTS) and response.is_success:

        async def events() -> AsyncIterator[bytes]:
            if told:
                yield _event(_first_chunk(path, body, added))
            async for part in _parts(backend, response):
                yield part

        return _Relayed(events(), response.status_code, kept, lent)
    try:
        content = await whole_answer(response)
    except httpx.HTTPError as error:
        gone = backend.gone(error)
        return problem(502, gone.what, why=gone.why, fix=gone.fix)
    except OverflowError:
        return problem(502, f"the answer of the model has more than {_MOST_BYTES} bytes", fix="ask for less")
    finally:
        await lent.__aexit__(None, None, None)
    return Response(_telling(content, added) if told else content, response.status_code, kept)


class _Relayed(StreamingResponse):
    """A stream that ends at the model, too, however it ends here, even before its first piece was sent."""

    def __init__(
        self,
        events: AsyncIterator[bytes],
        status: int,
        headers: Mapping[str, str],
        lent: AbstractAsyncContextManager[httpx.Response],
    ) -> None:
        super().__init__(events, status, headers)
        self._lent = lent

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Send the stream."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._lent.__aexit__(None, None, None)


async def passed_on(backend: ModelBackend, method: str, path: str, headers: Mapping[str, str]) -> Response:
    """Send a request without a body on, and return the answer as it is."""
    try:
        async with backend.answering(method, path, headers) as response:
            return Response(await whole_answer(response), response.status_code, _headers(response, None))
    except BackendGone as error:
        return problem(502, error.what, why=error.why, fix=error.fix)
    except (httpx.HTTPError, OverflowError) as error:
        gone = backend.gone(error)
        return problem(502, gone.what, why=gone.why, fix=gone.fix)


async def _parts(backend: ModelBackend, response: httpx.Response) -> AsyncIterator[bytes]:
    """Yield a stream as it comes; if the server goes away in its middle, an event that says so.

    Without that event, a client would take what it has for the whole.
    """
    tail = b""
    try:
        async for part in response.aiter_bytes():
            tail = (tail + part)[-32:]
            yield part
    except httpx.HTTPError as error:
        gone = backend.gone(error)
        end = b"" if tail.endswith(b"\n\n") else b"\n\n"
        message = without_credentials(f"{gone.what}. {gone.why}. What came until then is not whole")
        told = {"error": {"message": message, "type": "server_error", "code": "backend_gone"}}
        yield end + _event(told)


async def whole_answer(response: httpx.Response) -> bytes:
    """Return the body of an answer. Raises `OverflowError` if it is too large."""
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > _MOST_BYTES:
            raise OverflowError
        parts.append(part)
    return b"".join(parts)


def _headers(response: httpx.Response, added: AddedContext | None) -> dict[str, str]:
    kept = {
        name: value
        for name, value in response.headers.items()
        if name in _PASSED_ON or name.startswith(_PASSED_PREFIXES)
    }
    return kept if added is None else {**kept, CONTEXT_HEADER: added.header()}


def _telling(content: bytes, added: AddedContext) -> bytes:
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        return content
    if not isinstance(answer, dict):
        return content
    return json.dumps({**answer, "rag": added.data()}, ensure_ascii=False).encode()


def _first_chunk(path: str, body: Mapping[str, Any], added: AddedContext) -> dict[str, Any]:
    kinds = {"/chat/completions": "chat.completion.chunk", "/completions": "text_completion"}
    model = body.get("model") if isinstance(body.get("model"), str) else ""
    chunk = {"id": "rag-context", "object": kinds.get(path, "rag.context"), "created": 0, "model": model}
    return {**chunk, "choices": [], "rag": added.data()}


def _event(data: Mapping[str, Any]) -> bytes:
    return f"data: {json.dumps(data)}\n\n".encode()
