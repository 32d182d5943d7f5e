"""Pass tests from the host to the keeper, which compiles them, and on to the program once it has ended.

Compiled tests also go back to the host, which sends them instead of their text with the next program that has
the same tests. The server, from which programs are forked, keeps neither.
"""

from __future__ import annotations

import marshal
import os
import select
from contextlib import suppress
from typing import Any

from .guard import KEY_BYTES, encrypted

_CANNOT = (SyntaxError, ValueError, RecursionError, MemoryError)
_READ_BYTES = 65_536
_SIZE_BYTES = 8
_MOST_KEPT_BYTES = 1 << 20


def relay(host: int, tests: int, size: int) -> None:
    """Pass the tests from the host to the keeper, and keep nothing of them: programs are forked from here."""
    buffer = bytearray(min(size, _READ_BYTES))
    while size > 0:
        count = os.readv(host, [memoryview(buffer)[:size]])
        if not count:
            raise SystemExit  # the host has ended
        size -= count
        rest = memoryview(buffer)[:count]
        # The keeper may have been killed; read on, so that the host's next message is found.
        with suppress(BrokenPipeError):
            _write_all(tests, rest)
    buffer[:] = bytes(len(buffer))
    os.close(tests)


def hand_over(request: dict[str, Any], pipes: dict[str, int], give: int, alive: int) -> None:
    """Read the tests, compile them while the program runs, and hand them over when the supervisor says so.

    Args:
        request: from the supervisor: `language`, and whether the tests are `prepared` (compiled) already.
        pipes: descriptors: `tests` brings the tests; `word` brings the key to encrypt them with and, when one
            has failed, one more byte; `kept` is a file for the compiled tests, if the host wants them.
        give: descriptor of the pipe to the program.
        alive: descriptor of a pipe that closes when the sample ends.
    """
    python, word = request["language"] == "python", pipes["word"]
    with open(pipes["tests"], "rb", buffering=0) as pipe:
        text = pipe.readall()
    if python and not request["prepared"]:
        text = _prepared(text.decode("utf-8", "replace"))
        if "kept" in pipes:
            _keep(pipes["kept"], text)
    start = _SIZE_BYTES if python else 0
    end = start + int.from_bytes(text[:start], "big") if python else len(text)
    key = _heard(word, alive, 2 * KEY_BYTES)
    if key:
        _write_all(give, encrypted(text[start:end], key))
    if python and _heard(word, alive, 1):
        _write_all(give, text[end:])
    os.close(give)


def kept_bytes(kept: int) -> int:
    """Return the size in bytes of the compiled tests for the host; 0 if they are unfinished or too large."""
    size = int.from_bytes(os.pread(kept, _SIZE_BYTES, 0), "big")
    return size if size <= _MOST_KEPT_BYTES else 0


def send_kept(kept: int, host: int, size: int) -> None:
    """Send the compiled tests to the host; the kernel copies them, so they never are in this process."""
    offset = _SIZE_BYTES
    while size > 0:
        sent = os.sendfile(host, kept, offset, size)
        offset, size = offset + sent, size - sent


def _prepared(text: str) -> bytes:
    """Return the tests for the program's process, their size first, and then what its tracebacks need."""
    from .prepare_tests import compile_tests

    try:
        code, lines = compile_tests(text)
        hidden, shown = b"c" + code, marshal.dumps((text, lines))
    except _CANNOT:  # the program's process will raise the error as Python raises it
        hidden, shown = b"s" + text.encode("utf-8", "replace"), marshal.dumps((text, None))
    return len(hidden).to_bytes(_SIZE_BYTES, "big") + hidden + shown


def _keep(kept: int, data: bytes) -> None:
    os.lseek(kept, _SIZE_BYTES, os.SEEK_SET)
    _write_all(kept, data)
    os.pwrite(kept, len(data).to_bytes(_SIZE_BYTES, "big"), 0)


def _heard(word: int, alive: int, size: int) -> bytes:
    """Return up to `size` bytes from the supervisor; none if the sample has ended instead."""
    ready = select.select([word, alive], [], [])[0]
    return os.read(word, size) if word in ready else b""


def _write_all(descriptor: int, data: Any) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
