"""The way of tests: from the host to the keeper, which makes them ready, and to the program that has ended.

Prepared tests go back to the host, which sends them in place of their text to the next program that has the
same. The server, which programs are forked from, keeps nothing of either.
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
    """Pass the tests on from the host to the keeper. Nothing of them stays here, where others are forked."""
    buffer = bytearray(min(size, _READ_BYTES))
    while size > 0:
        count = os.readv(host, [memoryview(buffer)[:size]])
        if not count:
            raise SystemExit  # the host has gone
        size -= count
        rest = memoryview(buffer)[:count]
        # The keeper may have been killed: the host's next message is not to be lost.
        with suppress(BrokenPipeError):
            _write_all(tests, rest)
    buffer[:] = bytes(len(buffer))
    os.close(tests)


def hand_over(request: dict[str, Any], pipes: dict[str, int], give: int, alive: int) -> None:
    """Read the tests, prepare them while the program runs, and wait for the word of the supervisor.

    Args:
        request: of the supervisor: `language`, and whether the tests are `prepared` already.
        pipes: `tests` brings them; `word` the key to encrypt them with, and, when one has failed, a byte
            more; `kept` is a file for what was prepared, if that is wanted.
        give: descriptor of the pipe to the program.
        alive: of a pipe that ends with the sample.
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
    """How much was prepared, and is to be sent to the host: nothing of what was never finished."""
    size = int.from_bytes(os.pread(kept, _SIZE_BYTES, 0), "big")
    return size if size <= _MOST_KEPT_BYTES else 0


def send_kept(kept: int, host: int, size: int) -> None:
    """Send what was prepared, by way of the kernel alone."""
    offset = _SIZE_BYTES
    while size > 0:
        sent = os.sendfile(host, kept, offset, size)
        offset, size = offset + sent, size - sent


def _prepared(text: str) -> bytes:
    """The tests for the program's process, after their size, and what shows its tracebacks."""
    from .prepare_tests import prepare

    try:
        code, lines = prepare(text)
        hidden, shown = b"c" + code, marshal.dumps((text, lines))
    except _CANNOT:  # told as Python tells it, where the program ran
        hidden, shown = b"s" + text.encode("utf-8", "replace"), marshal.dumps((text, None))
    return len(hidden).to_bytes(_SIZE_BYTES, "big") + hidden + shown


def _keep(kept: int, data: bytes) -> None:
    os.lseek(kept, _SIZE_BYTES, os.SEEK_SET)
    _write_all(kept, data)
    os.pwrite(kept, len(data).to_bytes(_SIZE_BYTES, "big"), 0)


def _heard(word: int, alive: int, size: int) -> bytes:
    """What the supervisor says; nothing if the sample has ended instead."""
    ready = select.select([word, alive], [], [])[0]
    return os.read(word, size) if word in ready else b""


def _write_all(descriptor: int, data: Any) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
