"""A server of a model that answers whole or in pieces, and may break off."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.loopback_server import LoopbackServer


class ModelServer(LoopbackServer):
    """Records requests and their headers, and answers with `says`; `breaks` ends streams in the middle.

    `refusal` is a status and a body that all requests are refused with.
    """

    def __init__(self) -> None:  # noqa: C901  a handler is a class in here
        self.sent: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.breaks = False
        self.refusal: tuple[int, dict[str, Any]] | None = None
        self.says = ""
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # one packet for head and body: the second would wait for the client's word

            def do_GET(self) -> None:
                server.headers.append({name.lower(): value for name, value in self.headers.items()})
                self._reply(200, {"object": "list", "data": [{"id": "tiny", "object": "model"}]})

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                server.sent.append({"path": self.path, **body})
                server.headers.append({name.lower(): value for name, value in self.headers.items()})
                if server.refusal:
                    self._reply(*server.refusal)
                elif body.get("stream"):
                    self._stream(body)
                else:
                    self._reply(200, server.answer(self.path, body))

            def _reply(self, status: int, body: dict[str, Any]) -> None:
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Retry-After", "7")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
                self.wfile.flush()

            def _stream(self, body: dict[str, Any]) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                for number, word in enumerate(["one ", "two ", "three"]):
                    if server.breaks and number == 2:
                        self.close_connection = True
                        return
                    choice = {"index": 0, "delta": {"content": word}, "finish_reason": None}
                    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "tiny"}
                    self._event({**chunk, "choices": [choice]})
                self._chunk(b"data: [DONE]\n\n")
                self._chunk(b"")

            def _event(self, data: dict[str, Any]) -> None:
                self._chunk(f"data: {json.dumps(data)}\n\n".encode())

            def _chunk(self, data: bytes) -> None:
                self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
                self.wfile.flush()

            def log_message(self, *arguments: object) -> None:
                """Keep quiet."""

        super().__init__(Handler)

    def answer(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a request."""
        number = body.get("n") or 1
        if path.endswith("/responses"):
            return {"id": "r", "object": "response", "output": []}
        if "messages" not in body:
            return {
                "id": "t",
                "object": "text_completion",
                "content": "x",
                "choices": [{"index": 0, "text": "x"}],
            }
        message = {"role": "assistant", "content": self.says or "said"}
        if body.get("tools"):
            message["tool_calls"] = [
                {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
            ]  # type: ignore[assignment]
        choices = [{"index": one, "message": message, "finish_reason": "stop"} for one in range(number)]
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        chat = {"id": "c", "object": "chat.completion", "created": 0, "model": str(body.get("model"))}
        return {**chat, "choices": choices, "usage": usage}


@contextmanager
def model_server() -> Iterator[ModelServer]:
    """Run a server for the duration of the context."""
    server = ModelServer()
    try:
        yield server
    finally:
        server.close()
