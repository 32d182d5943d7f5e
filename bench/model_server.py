"""llama.cpp's server with a real model, in a process of its own; and a proxy that counts what passes.

python -m bench.model_server MODEL.gguf SLOTS
"""

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final
from urllib.error import HTTPError
from urllib.request import Request, urlopen

_ROOT: Final = Path(__file__).parents[1]

SLOT_TOKENS = 1024


@dataclass(frozen=True)
class ModelServer:
    """A running server: its process, and its address up to the port."""

    process: "subprocess.Popen[str]"
    origin: str

    @property
    def url(self) -> str:
        """Return the address of its API."""
        return f"{self.origin}/v1"

    def kill(self) -> None:
        """Kill it, in the midst of whatever it does."""
        self.process.kill()
        self.process.wait()


@contextmanager
def model_server(model: Path, slots: int = 4) -> Iterator[ModelServer]:
    """Start a server for a model, and end it."""
    command = [sys.executable, "-m", "bench.model_server", str(model), str(slots)]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=_ROOT,
    )
    assert process.stdout and process.stdin
    try:
        origin = process.stdout.readline().strip()
        assert origin.startswith("http://"), "the server did not start"
        yield ModelServer(process, origin)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stdin.close()


def serve(model: str, slots: int) -> None:
    """Serve a model until standard input ends, so that no server outlives its test."""
    import xllamacpp  # noqa: PLC0415 (optional)

    parameters = xllamacpp.CommonParams()
    parameters.verbosity = -1
    parameters.model.path = model
    parameters.n_ctx, parameters.n_parallel = SLOT_TOKENS * slots, slots
    parameters.warmup = False
    parameters.endpoint_slots = True
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(parameters)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    sys.stdin.read()


@dataclass
class Proxy:
    """Between a client and a server: says that it is busy `busy` times, with `retry_after`; then hands on.

    It counts what it handed on by the seed of the request.
    """

    origin: str
    busy: int = 0
    retry_after: str = "1"
    seen: Counter[int] = field(default_factory=Counter)
    refused: int = 0
    url: str = ""


@contextmanager
def proxy_to(server: ModelServer, busy: int = 0, retry_after: str = "1") -> Iterator[Proxy]:
    proxy, lock = Proxy(server.origin, busy, retry_after), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with lock:
                is_busy = proxy.refused < proxy.busy
                proxy.refused += is_busy
                if not is_busy:
                    proxy.seen[json.loads(body)["seed"]] += 1
            if is_busy:
                self.answer(429, b'{"error": {"message": "slow down"}}', {"Retry-After": proxy.retry_after})
                return
            asked = Request(proxy.origin + self.path, body, {"Content-Type": "application/json"})
            try:
                with urlopen(asked, timeout=120) as found:
                    self.answer(found.status, found.read(), {})
            except HTTPError as error:
                self.answer(error.code, error.read(), {})

        def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Keep quiet."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False
        request_queue_size = 128

    listener = Server(("127.0.0.1", 0), Handler)
    proxy.url = f"http://127.0.0.1:{listener.server_port}/v1"
    thread = threading.Thread(target=listener.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        listener.shutdown()
        thread.join()
        listener.server_close()


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
