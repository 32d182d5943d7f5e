"""A small server that implements as much of the OpenAI protocol as the tests need."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

Answer = tuple[int, dict[str, str], Any]  # status, headers, and the body: a string as it is, else JSON


class Endpoint:
    """A server on the loopback interface that sends `answers` in turn and keeps the requests."""

    def __init__(self, *answers: Answer) -> None:
        self.sent: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.headers: list[dict[str, str]] = []
        remaining = list(answers)
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                endpoint.sent.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                endpoint.keys.append(self.headers["Authorization"])
                endpoint.headers.append({name.lower(): value for name, value in self.headers.items()})
                status, headers, body = remaining.pop(0) if len(remaining) > 1 else remaining[0]
                data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(data))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *arguments: object) -> None:
                """Keep quiet."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        self.thread = threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@contextmanager
def serving(*answers: Answer) -> Iterator[Endpoint]:
    endpoint = Endpoint(*answers)
    try:
        yield endpoint
    finally:
        endpoint.close()


def answer(text: str = "```python\nx = 1\n```", logprobs: Sequence[float] = ()) -> Answer:
    choice: dict[str, Any] = {"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    if logprobs:
        choice["logprobs"] = {"content": [{"token": "x", "logprob": one} for one in logprobs]}
    return 200, {}, {"choices": [choice], "usage": {"prompt_tokens": 7, "completion_tokens": 5}}


def refusal(status: int, message: str, **headers: str) -> Answer:
    return status, headers, {"error": {"message": message}}
