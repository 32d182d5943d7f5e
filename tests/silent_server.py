"""A server that no test may send a request to."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer


class SilentServer(HTTPServer):
    """A server on the loopback interface that records the requests it gets."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Asked)
        self.asked: list[str] = []


class _Asked(BaseHTTPRequestHandler):
    server: SilentServer

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_error(404)

    do_POST = do_GET

    def log_message(self, *_: object) -> None: ...


@contextmanager
def silent_server() -> Iterator[SilentServer]:
    """Run a silent server for the duration of the context."""
    with SilentServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
