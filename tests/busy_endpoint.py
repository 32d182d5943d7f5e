"""A server of models that many clients ask at a time, over connections that are kept."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.loopback_server import LoopbackServer

Reply = Callable[[dict[str, Any]], dict[str, Any]]


class BusyEndpoint(LoopbackServer):
    """A server that makes its answer of each request with `reply`.

    It counts connections, requests, and the most of them that were open at a time. After `requests_each`
    requests it closes a connection without a word, as servers do that restart.
    """

    def __init__(self, reply: Reply, requests_each: int = 10**9) -> None:
        self.connections = self.requests = self.open = self.most_open = 0
        self.lock = threading.Lock()
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # one packet for head and body: the second would wait for the client's word
            answered = 0

            def setup(self) -> None:
                super().setup()
                with endpoint.lock:
                    endpoint.connections += 1

            def do_POST(self) -> None:
                sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with endpoint.lock:
                    endpoint.requests += 1
                    endpoint.open += 1
                    endpoint.most_open = max(endpoint.most_open, endpoint.open)
                if self.answered >= requests_each:
                    self.close_connection = True
                    endpoint.open -= 1
                    return
                self.answered += 1
                data = json.dumps(reply(sent)).encode()
                with endpoint.lock:
                    endpoint.open -= 1
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
                self.wfile.flush()

            def log_message(self, *arguments: object) -> None:
                """Keep quiet."""

        super().__init__(Handler)


@contextmanager
def busy(reply: Reply, requests_each: int = 10**9) -> Iterator[BusyEndpoint]:
    endpoint = BusyEndpoint(reply, requests_each)
    try:
        yield endpoint
    finally:
        endpoint.close()
