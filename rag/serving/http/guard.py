"""Refuse what a service must not answer, before any of it is read: strangers, other pages, floods."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

from starlette.datastructures import Headers
from starlette.responses import Response

from rag.serving.http.problem import problem
from rag.serving.http.quotas import OverQuota, Quotas
from rag.serving.http.readers import IndexReader, asking_names, reader_with
from rag.serving.http.settings import HttpSettings

AsgiScope = MutableMapping[str, Any]
AsgiMessage = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[AsgiMessage]]
Send = Callable[[AsgiMessage], Awaitable[None]]
App = Callable[[AsgiScope, Receive, Send], Awaitable[None]]

_BEARER: Final = "bearer "
_OPEN: Final = ("/healthz", "/page/")
"""What needs no token: whether the service lives, and the files of the page, which hold no index."""

_UNLIMITED: Final = ("/healthz", "/metrics")


class _Refused(Exception):
    def __init__(self, response: Response) -> None:
        self.response = response


class Guard:
    """Refuses what is not allowed, and hands all else to `app`.

    The header `Host` must name this service, which a page that was rebound to its address does not know; a
    header `Origin`, which browsers send, must be its own or an allowed one; a token must be right if there is
    one, or that of a reader, who sees only what they may and is held to their quota. The body must come in
    within its time and size. So many requests are worked on at once, so many wait.
    Work for a client that went away is cancelled.
    """

    def __init__(self, app: App, settings: HttpSettings) -> None:
        self._app, self._settings = app, settings
        self._turns = asyncio.Semaphore(settings.most_at_once)
        self._waiting = 0
        self._quotas = Quotas()

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # a web socket, which nothing here speaks
            await send({"type": "websocket.close", "code": 1008})
            return
        try:
            reader = self._check_headers(scope)
            # What is begun from here on, in other tasks and threads too, is done for this reader.
            asking_names.set(None if reader is None else reader.names)
            if scope["path"] in _UNLIMITED:
                await self._app(scope, receive, send)
                return
            with self._within_quota(reader):
                body = await self._body(Headers(scope=scope), receive)
                async with self._turn():
                    await self._answer(scope, body, receive, send)
        except _Refused as refused:
            await refused.response(scope, receive, send)

    @contextmanager
    def _within_quota(self, reader: IndexReader | None) -> Iterator[None]:
        if reader is None:
            yield
            return
        try:
            with self._quotas.one_request(reader):
                yield
        except OverQuota as error:
            refused = _refused(429, str(error), fix=f"ask again in {error.seconds} s")
            refused.response.headers["retry-after"] = str(error.seconds)
            raise refused from None

    def _check_headers(self, scope: AsgiScope) -> IndexReader | None:
        """Return who asks; None for whoever may read everything, or reads only what is no index."""
        headers = Headers(scope=scope)
        settings = self._settings
        host, origin = headers.get("host", ""), headers.get("origin")
        if not settings.may_be_called(host):
            raise _refused(
                421, "this service is not called by that name", fix="start it with --allow-host NAME"
            )
        if origin is not None and not settings.may_come_from(origin, host):
            raise _refused(403, "pages of other origins may not call this service", fix="use --allow-origin")
        path = scope["path"]
        is_open = path == "/" or path.startswith(_OPEN)
        if is_open or not settings.needs_token or settings.is_token(_token_of(headers)):
            return None
        reader = reader_with(_token_of(headers), settings.readers)
        if reader is None:
            refused = _refused(401, "a token is needed", fix="send: Authorization: Bearer TOKEN")
            refused.response.headers["www-authenticate"] = "Bearer"
            raise refused
        return reader

    async def _body(self, headers: Headers, receive: Receive) -> bytes:
        """Return the body of a request, once all of it is here."""
        most = self._settings.max_body_bytes
        declared = headers.get("content-length", "0")
        if not declared.isdigit() or int(declared) > most:
            raise _refused(413, f"the request is larger than {most} bytes", fix="send less at once")
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self._settings.body_seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise _refused(400, "the client went away")
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    if size > most:
                        raise _refused(
                            413, f"the request is larger than {most} bytes", fix="send less at once"
                        )
                    if not message.get("more_body"):
                        return b"".join(parts)
        except TimeoutError:
            raise _refused(408, "the request took too long to come in", fix="send it faster") from None

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if self._turns.locked() and self._waiting >= self._settings.most_waiting:
            refused = _refused(503, "too many requests wait already", fix="try again in a moment")
            refused.response.headers["retry-after"] = "1"
            raise refused
        self._waiting += 1
        try:
            await self._turns.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._turns.release()

    async def _answer(self, scope: AsgiScope, body: bytes, receive: Receive, send: Send) -> None:
        begun = ended = False

        async def sending(message: AsgiMessage) -> None:
            nonlocal begun, ended
            begun = True
            ended = message["type"] == "http.response.body" and not message.get("more_body")
            await send(message)

        work = asyncio.ensure_future(self._app(scope, _replay(body, receive), sending))
        gone = asyncio.ensure_future(_gone(receive))
        try:
            async with asyncio.timeout(self._settings.answer_seconds):
                await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
                if not (work.done() or ended):
                    return  # nobody waits for the answer: searches and models are not kept busy for it
                await work
        except TimeoutError:
            if begun:
                raise  # the connection is cut: no client takes a part for the whole
            raise _refused(504, "the answer took too long", fix="ask for less") from None
        finally:
            for task in (work, gone):
                task.cancel()
            await asyncio.gather(work, gone, return_exceptions=True)


async def _gone(receive: Receive) -> None:
    """Return once the client, whose request is here, went away."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _refused(status: int, what: str, *, fix: str = "") -> _Refused:
    return _Refused(problem(status, what, fix=fix))


def _token_of(headers: Headers) -> str:
    value = headers.get("authorization", "")
    return value[len(_BEARER) :] if value.lower().startswith(_BEARER) else headers.get("x-api-key", "")


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return what gives an application the body that was read, and then whether the client went away."""
    is_given = False

    async def given() -> AsgiMessage:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return given
