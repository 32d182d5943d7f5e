"""A server that sends a little at a time, or far too much, as a test asks."""

import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from time import sleep

Script = Callable[[], Iterator[bytes]]

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


class DrippingServer:
    """A server that answers each connection with the pieces of `script`, until it is closed.

    A path in `pages` gets that page, properly; `asked` counts requests by path.
    """

    def __init__(
        self, script: Script, *, takes_request: bool = True, pages: Mapping[str, str] | None = None
    ) -> None:
        self.connections = 0
        self.asked: Counter[str] = Counter()
        self.pages = dict(pages or {})
        self._script, self._takes_request = script, takes_request
        self._is_closed = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self.port = self._listener.getsockname()[1]
        self.origin = f"http://127.0.0.1:{self.port}"
        self._threads = [threading.Thread(target=self._serve)]
        self._threads[0].start()

    def close(self) -> None:
        self._is_closed.set()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while not self._is_closed.is_set():
            with suppress(TimeoutError):
                connection, _ = self._listener.accept()
                self.connections += 1
                self._threads.append(threading.Thread(target=self._answer, args=(connection,)))
                self._threads[-1].start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(0.5)
            for piece in self._pieces(connection):
                if self._is_closed.is_set():
                    return
                connection.sendall(piece)

    def _pieces(self, connection: socket.socket) -> Iterator[bytes]:
        if not self._takes_request:
            return self._script()
        _, path, *_ = [*connection.recv(65_536).decode("latin-1").split(), "", ""]
        self.asked[path] += 1
        if path not in self.pages:
            return self._script()
        page = self.pages[path].encode()
        return iter([OK + f"Connection: close\r\nContent-Length: {len(page)}\r\n\r\n".encode() + page])


def drip(data: bytes, before: bytes = b"", seconds: float = 0.05) -> Script:
    """Yield `before` at once, then `data` over and over, one byte at a time."""

    def script() -> Iterator[bytes]:
        yield before
        while True:
            for number in data:
                sleep(seconds)
                yield bytes([number])

    return script


def flood(data: bytes, before: bytes = b"") -> Script:
    """Yield `before`, then `data` over and over, as fast as the client reads."""

    def script() -> Iterator[bytes]:
        yield before
        while True:
            yield data

    return script


def silence() -> Iterator[bytes]:
    while True:
        sleep(0.05)
        yield b""


CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
GZIP = OK + b"Content-Encoding: gzip\r\nContent-Length: 50000\r\n\r\n"
LONG = b"Content-Length: 50000\r\n\r\n"
DRIPS: dict[str, Script] = {
    "nothing": silence,
    "a status line": drip(b"x", b"HTTP/1.1 200 "),
    "a header": drip(b"x", b"HTTP/1.1 200 OK\r\nX: "),
    "headers": drip(b"A: b\r\n", b"HTTP/1.1 200 OK\r\n"),
    "100 Continue": drip(b"HTTP/1.1 100 Continue\r\n\r\n", seconds=0.005),
    "102 Processing": drip(b"HTTP/1.1 102 Processing\r\n\r\n", seconds=0.005),
    "103 Early Hints": drip(b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n", seconds=0.005),
    "a chunk's size": drip(b"0", CHUNKED),
    "a chunk's extension": drip(b"x", CHUNKED + b"1;"),
    "chunks": drip(b"1\r\nx\r\n", CHUNKED),
    "a trailer": drip(b"x", CHUNKED + b"1\r\nx\r\n0\r\nX: "),
    "trailers": drip(b"A: b\r\n", CHUNKED + b"1\r\nx\r\n0\r\n"),
    "a body of known length": drip(b"x", OK + b"Content-Length: 50000\r\n\r\n"),
    "a body without a length": drip(b"x", OK + b"\r\n"),
    "the body of an error": drip(b"x", b"HTTP/1.1 404 Not Found\r\n" + LONG),
    "the body of a redirect": drip(b"x", b"HTTP/1.1 302 Found\r\nLocation: /x\r\n" + LONG),
    "a gzip body": drip(b"x", GZIP + b"\x1f\x8b\x08\x08\0\0\0\0\0\3"),
}
FLOODS: dict[str, Script] = {
    "interim answers": flood(b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n" * 100),
    "headers": flood(b"A: b\r\n" * 1_000, b"HTTP/1.1 200 OK\r\n"),
    "a header": flood(b"x" * 10_000, b"HTTP/1.1 200 OK\r\nX: "),
    "a status line": flood(b"x" * 10_000, b"HTTP/1.1 200 "),
    "extensions of chunks": flood(b"1;" + b"x" * 10_000 + b"\r\nx\r\n", CHUNKED),
    "an extension of a chunk": flood(b"x" * 10_000, CHUNKED + b"1;"),
    "trailers": flood(b"A: b\r\n" * 1_000, CHUNKED + b"0\r\n"),
    "a body": flood(b"x" * 10_000, OK + b"\r\n"),
    "small chunks": flood(b"1\r\nx\r\n" * 1_000, CHUNKED),
    "no HTTP": flood(b"\0" * 10_000),
}


@contextmanager
def dripping(
    script: Script, *, takes_request: bool = True, pages: Mapping[str, str] | None = None
) -> Iterator[DrippingServer]:
    server = DrippingServer(script, takes_request=takes_request, pages=pages)
    try:
        yield server
    finally:
        server.close()
