"""The files of the page, served as they are, under a policy that lets nothing else run."""

import hashlib
from functools import cache
from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_TYPES: Final = {
    "index.html": "text/html; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "service.js": "text/javascript; charset=utf-8",
    "elements.js": "text/javascript; charset=utf-8",
    "search.js": "text/javascript; charset=utf-8",
    "hit.js": "text/javascript; charset=utf-8",
    "difference.js": "text/javascript; charset=utf-8",
    "status.js": "text/javascript; charset=utf-8",
    "runs.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-cache",
}
"""Nothing but the page's own files runs, even if a text that was retrieved should find its way into it."""


def page_routes() -> list[Route]:
    """Return the routes of the page."""
    return [
        Route("/", _index, methods=["GET"]),
        Route("/page/{name}", _file, methods=["GET"]),
    ]


async def _index(request: Request) -> Response:
    return _answer(request, "index.html")


async def _file(request: Request) -> Response:
    name = request.path_params["name"]
    return _answer(request, name) if name in _TYPES else Response("not found", 404, HEADERS)


def _answer(request: Request, name: str) -> Response:
    content, tag = _content(name)
    headers = {**HEADERS, "etag": tag}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, 200, headers, _TYPES[name])


@cache
def _content(name: str) -> tuple[bytes, str]:
    content = (files("rag.serving.page") / "files" / name).read_bytes()
    return content, f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
