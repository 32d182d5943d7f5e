"""What a service tells of itself: counts and times for Prometheus, and a line of JSON for each request."""

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Final
from uuid import uuid4

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from rag.serving.http.guard import App, AsgiMessage, AsgiScope, Receive, Send

_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
_METHODS: Final = frozenset({"GET", "POST", "DELETE", "HEAD", "OPTIONS", "PUT", "PATCH"})
_OTHER: Final = "other"


class Telemetry:
    """Counts and times requests, and writes a line of JSON for each to standard error.

    Neither has the text of a question, unless `logs_questions`, nor a key or a path of a client's choosing: a
    request is told by the route that it took.

    Args:
        app: what answers.
        logs_questions: whether a line has what was asked.
    """

    def __init__(self, app: App, *, logs_questions: bool = False) -> None:
        self._app, self._logs_questions, self._out = app, logs_questions, sys.stderr
        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self._count = Counter("rag_requests", "Requests that were answered", labels, registry=self.registry)
        self._seconds = Histogram(
            "rag_request_seconds", "Time until an answer was sent whole", ("route",), buckets=_SECONDS,
            registry=self.registry,
        )  # fmt: skip
        self._now = Gauge("rag_requests_in_progress", "Requests in progress", registry=self.registry)
        self.generation = Gauge(
            "rag_index_generation", "Commit that answers", ("project",), registry=self.registry
        )
        self.chunks = Gauge("rag_index_chunks", "Chunks of an index", ("project",), registry=self.registry)

    def exposition(self) -> bytes:
        """Return all counts, as Prometheus reads them."""
        return generate_latest(self.registry)

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Answer a request, count it, and write its line."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begin, number = perf_counter(), uuid4().hex[:12]
        status, sent = 0, 0
        facts: dict[str, Any] = {}
        scope.setdefault("state", {})["facts"] = facts

        async def sending(message: AsgiMessage) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-rag-request-id", number.encode())]
            else:
                sent += len(message.get("body", b""))
            await send(message)

        self._now.inc()
        try:
            await self._app(scope, receive, sending)
        finally:
            self._now.dec()
            seconds = perf_counter() - begin
            route = _route_of(scope)
            method = scope["method"] if scope["method"] in _METHODS else _OTHER
            self._count.labels(method, route, str(status or 499)).inc()
            self._seconds.labels(route).observe(seconds)
            line = {"id": number, "method": method, "route": route, "status": status or 499, "bytes": sent}
            self._write({**line, "ms": round(seconds * 1000, 1), **self._told(facts)})

    def _told(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in facts.items() if self._logs_questions or name != "question"}

    def _write(self, line: Mapping[str, Any]) -> None:
        at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
        # In ASCII, which acts on no terminal.
        self._out.write(json.dumps({"at": at, **line}) + "\n")
        self._out.flush()


def _route_of(scope: AsgiScope) -> str:
    """Return the pattern of the route that a request took: paths are of the client's choosing."""
    route = scope.get("route")
    path = getattr(route, "path", "")
    return path if isinstance(path, str) and path else _OTHER
