"""Put the surfaces of a service together: the page and its data, the proxy, and the protocol of agents."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from corpora.errors import RagError
from rag.aio.threads import in_thread, searching_threads
from rag.serving.answers.status import status_of_projects
from rag.serving.http.guard import App, AsgiScope, Guard, Receive, Send
from rag.serving.http.problem import problem, problem_answer
from rag.serving.http.readers import asking_names
from rag.serving.http.settings import HttpSettings
from rag.serving.http.telemetry import Telemetry
from rag.serving.openai.backend import BackendSettings, ModelBackend
from rag.serving.openai.embeddings import EmbeddingsEndpoint
from rag.serving.openai.infill import Infill
from rag.serving.openai.proxy import Proxy
from rag.serving.openai.stores import Stores
from rag.serving.openai.wanted import WantedContext
from rag.serving.page.data import PageData
from rag.serving.page.page_files import page_routes
from rag.serving.permissions import NO_PERMISSIONS, Permissions
from rag.serving.projects import Projects
from rag.version import installed_version

if TYPE_CHECKING:
    from mcp.server import MCPServer


_UNASKED_SECONDS: Final = 1.0  # after which the protocol of agents is loaded, if none has asked for it before


@dataclass(frozen=True, slots=True)
class ServiceOptions:
    """What a service does.

    Args:
        http: where it listens, and its limits.
        permissions: what clients may have it do beside reading.
        backend: the server of a model, to which requests are sent on; None for none.
        context: what is added to a request that says nothing.
        runs: whether the page shows the runs of `rag eval` in these folders.
    """

    http: HttpSettings = HttpSettings()  # noqa: RUF009  frozen, so it may be shared
    permissions: Permissions = NO_PERMISSIONS
    backend: BackendSettings | None = None
    context: WantedContext = WantedContext()  # noqa: RUF009
    runs: tuple[str, ...] = ()


def make_app(projects: Projects, options: ServiceOptions) -> App:
    """Return the service as an ASGI application.

    It neither opens nor closes the projects, but for what their first questions need.

    Raises:
        RagError: it is for readers of whom not all may read everything, and is allowed to write, or to show
            runs of evaluation.
    """
    if options.http.readers and options.runs:
        raise RagError(
            "a service for many readers shows no runs of evaluation",
            why="their prompts hold passages of any corpus",
            fix="leave out --runs; rag report shows them",
        )
    if options.http.readers and (options.permissions.may_index or options.permissions.may_fetch):
        raise RagError(
            "a service for many readers does not write",
            why="what one of them indexes, others would read",
            fix="leave out --allow-index and --allow-fetch; another process keeps the indexes up to date",
        )
    backend = ModelBackend(options.backend) if options.backend else None
    agents = _Agents(projects, options.permissions, is_for_many=bool(options.http.readers))

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            if backend is not None:
                stack.push_async_callback(backend.close)
            await stack.enter_async_context(agents.running())
            yield

    proxy = Proxy(projects, backend, options.permissions, options.context)
    routes = [
        Route("/healthz", _health, methods=["GET"]),
        *proxy.routes(),
        *EmbeddingsEndpoint(projects, backend).routes(),
        *Stores(projects, options.permissions).routes(),
        *Infill(projects, backend, options.context).routes(),
        *PageData(projects, options.permissions, options.runs).routes(),
        *page_routes(),
        Route("/mcp", agents),
    ]
    handlers: Any = {RagError: _told, HTTPException: _refused, Exception: _failed}
    inner = Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers)
    telemetry = Telemetry(Guard(inner, options.http), logs_questions=options.http.logs_questions)
    inner.router.routes.append(Route("/metrics", _metrics(telemetry, projects), methods=["GET"]))
    return telemetry


async def _health(request: Request) -> Response:
    return JSONResponse({"status": "ok", "version": installed_version()})


async def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, RagError)
    return problem_answer(error)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problem(error.status_code, str(error.detail))


async def _failed(request: Request, error: Exception) -> Response:
    """Tell no more than that: the rest is in the log."""
    return problem(500, "the service failed", fix="see its log, and report it")


def _metrics(telemetry: Telemetry, projects: Projects) -> Callable[[Request], Awaitable[Response]]:
    async def metrics(request: Request) -> Response:
        if asking_names.get() is not None:
            return problem(403, "figures of the service are for its operators", fix="send their token")

        def look() -> None:
            for one in status_of_projects(projects.find(), looks=False):
                telemetry.generation.labels(one.project).set(one.generation)
                telemetry.chunks.labels(one.project).set(one.chunks)

        await in_thread(look, searching_threads())
        return Response(telemetry.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return metrics


class _Agents:
    """The protocol of agents, loaded once the service listens: it takes a second."""

    def __init__(self, projects: Projects, permissions: Permissions, *, is_for_many: bool) -> None:
        self._projects, self._permissions, self._is_for_many = projects, permissions, is_for_many
        self._ready: asyncio.Future[App] | None = None
        self._wanted = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Load the protocol beside, and answer by it until the block ends."""
        self._ready = asyncio.get_running_loop().create_future()
        end = asyncio.Event()
        task = asyncio.create_task(self._run(end))
        try:
            yield
        finally:
            end.set()
            self._wanted.set()
            await task

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        assert self._ready is not None
        self._wanted.set()
        app = await asyncio.shield(self._ready)
        await app(scope, receive, send)

    async def _run(self, end: asyncio.Event) -> None:
        assert self._ready is not None
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wanted.wait(), _UNASKED_SECONDS)
            server = await asyncio.to_thread(self._make)
            from mcp.server.transport_security import TransportSecuritySettings

            # Who may call is for `Guard` to decide, of all surfaces.
            trusting = TransportSecuritySettings(enable_dns_rebinding_protection=False)
            # A session would go on for whoever began it, whoever asks in it later.
            app = server.streamable_http_app(transport_security=trusting, stateless_http=self._is_for_many)
            async with server.session_manager.run():
                self._ready.set_result(app)
                await end.wait()
        except Exception as error:
            if not self._ready.done():
                self._ready.set_exception(error)
                self._ready.exception()  # whoever asks is told; nobody has to
            else:
                raise

    def _make(self) -> "MCPServer":
        from rag.serving.mcp.server import make_mcp_server

        return make_mcp_server(self._projects, self._permissions)
