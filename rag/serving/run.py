"""Run a service by HTTP until it is told to end."""

import asyncio
import signal
import socket
from collections.abc import Callable
from contextlib import closing
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from corpora.errors import RagError, reason_of
from rag.serving.app import ServiceOptions, make_app
from rag.serving.http.settings import HttpSettings
from rag.serving.projects import Projects

_HEADER_SECONDS: Final = 15.0
_END_SECONDS: Final = 10  # requests that are answered when it is told to end have this long
_MOST_CONNECTIONS: Final = 1_000
_BACKLOG: Final = 1_024


class PatientProtocol(H11Protocol):
    """Ends connections on which no request comes in, or only a part of its headers."""

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._looking = self.loop.call_later(_HEADER_SECONDS, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._looking.cancel()
        super().connection_lost(exc)

    def _look(self) -> None:
        is_idle = self.cycle is None or self.cycle.response_complete
        if is_idle and self.timeout_keep_alive_task is None:
            self.transport.close()
        else:
            self._looking = self.loop.call_later(_HEADER_SECONDS, self._look)


def listen(settings: HttpSettings) -> socket.socket:
    """Return a socket that listens where a service is to. Raises `RagError` if it cannot."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # Of this protocol by name: only then does asyncio send answers at once, and not 40 ms later (Nagle).
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((settings.host.strip("[]"), settings.port))
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        raise RagError(
            f"the service cannot listen at {settings.host}:{settings.port}",
            why=reason_of(error),
            fix="choose another port, with --port; 0 takes a free one",
        ) from error
    return listening


def run_service(projects: Projects, options: ServiceOptions, ready: Callable[[str], None]) -> None:
    """Answer clients until the process is interrupted or told to end.

    Args:
        projects: that are served; the caller closes them.
        options: what the service does.
        ready: called with the address once it listens.

    Raises:
        RagError: it cannot listen there.
    """
    with closing(listen(options.http)) as listening:
        host, port = listening.getsockname()[:2]
        name = f"[{host}]" if ":" in host else host
        config = uvicorn.Config(
            make_app(projects, options),
            http=PatientProtocol,
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_graceful_shutdown=_END_SECONDS,
        )
        server = _Server(config, lambda: ready(f"http://{name}:{port}/"))
        asyncio.run(server.serve([listening]))


class _Server(uvicorn.Server):
    """A server that says when it listens, and ends quietly."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        if self.started:
            self._ready()

    def handle_exit(self, sig: int, frame: Any) -> None:
        """End; a second signal does not wait for requests."""
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self.should_exit = True
