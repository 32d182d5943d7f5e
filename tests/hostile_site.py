"""A web server on the loopback interface that serves what a test gives it, well or badly."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Page:
    """The answer of one URL. A function as `body` is sent piece by piece, without a Content-Length."""

    body: bytes | Callable[[], Iterator[bytes]] = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


Pages = dict[str, "Page | str | Callable[[int], Page]"]


class SiteServer:
    """A server of pages by path; a string is HTML, a function gets the number of earlier requests for it.

    A page whose body is known has an ETag, and answers 304 to a request with that ETag. `asked` counts
    requests by path, `bodies` counts those that were answered with a body, and `log` keeps their paths and
    headers.
    """

    def __init__(self, pages: Pages) -> None:
        self.pages = pages
        self.asked: Counter[str] = Counter()
        self.bodies: Counter[str] = Counter()
        self.fallback: Callable[[str], Page] = lambda path: Page(b"nothing", 404)
        self.log: list[tuple[str, dict[str, str]]] = []
        self._lock = threading.Lock()
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                try:
                    site.answer(self)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def log_message(self, *arguments: object) -> None:
                """Keep quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        path = handler.path
        with self._lock:
            before = self.asked[path]
            self.asked[path] += 1
            self.log.append((path, dict(handler.headers)))
        page = self.pages.get(path) or self.fallback(path)
        page = page(before) if callable(page) else page
        page = Page(page.encode()) if isinstance(page, str) else page
        headers = {"Content-Type": "text/html", **page.headers}
        if isinstance(page.body, bytes) and page.status == 200:
            headers.setdefault("ETag", f'"{sha256(page.body).hexdigest()[:16]}"')
            if headers["ETag"] and handler.headers["If-None-Match"] == headers["ETag"]:
                handler.send_response(304)
                handler.end_headers()
                return
        handler.send_response(page.status)
        if isinstance(page.body, bytes):
            headers["Content-Length"] = str(len(page.body))
        else:
            headers["Connection"] = "close"
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        with self._lock:
            self.bodies[path] += page.status == 200
        for piece in [page.body] if isinstance(page.body, bytes) else page.body():
            handler.wfile.write(piece)

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@contextmanager
def serving_site(pages: Pages) -> Iterator[SiteServer]:
    site = SiteServer(pages)
    try:
        yield site
    finally:
        site.close()


def page(text: str, *links: str) -> str:
    """Return an HTML page with a heading, `text`, and links."""
    anchors = "".join(f'<li><a href="{link}">{link}</a></li>' for link in links)
    return f"<html><body><h1>{text}</h1><p>About {text}.</p><ul>{anchors}</ul></body></html>"


def redirect(target: str) -> Page:
    return Page(status=302, headers={"Location": target})
