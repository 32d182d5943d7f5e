"""Server-sent events: how an endpoint sends an answer in pieces (WHATWG HTML, section 9.2)."""

from collections.abc import Iterable, Iterator


def read_events(pieces: Iterable[bytes]) -> Iterator[str]:
    r"""Yield the data of each event in a stream, whose bytes may be split anywhere.

    An error that older servers of llama.cpp send in a field `error` is yielded as the others send it.

    >>> list(read_events([b"data: a", b"b\n\n: a comment\n\nda", b"ta: c\r\n\r\n"]))
    ['ab', 'c']
    >>> list(read_events([b'error: {"code": 500}\n\n']))
    ['{"error": {"code": 500}}']
    """
    data: list[bytes] = []
    for line in _lines(pieces):
        if line.startswith(b"data:"):
            data.append(line.removeprefix(b"data:").removeprefix(b" "))
        elif line.startswith(b"error:"):
            data.append(b'{"error":' + line.removeprefix(b"error:") + b"}")
        elif not line and data:
            yield b"\n".join(data).decode("utf-8", "replace")
            data = []
    if data:  # some servers leave out the empty line after the last event
        yield b"\n".join(data).decode("utf-8", "replace")


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield lines without their ends: a line feed, a carriage return, or both."""
    line = bytearray()
    is_after_return = False
    for piece in pieces:
        if not piece:
            continue
        # `...\r` and `\n...`: the line feed belongs to the line that has ended already.
        rest = piece.removeprefix(b"\n") if is_after_return else piece
        is_after_return = piece.endswith(b"\r")
        for part in rest.splitlines(keepends=True):
            line += part.rstrip(b"\r\n")
            if part.endswith((b"\r", b"\n")):
                yield bytes(line)
                line.clear()
    if line:
        yield bytes(line)
