"""What the keeper of a sample does: make the tests ready, and give them out when the program has ended."""

from __future__ import annotations

import marshal
import os
import select

from .guard import KEY_BYTES, encrypted
from .prepare_tests import prepare

_CANNOT = (SyntaxError, ValueError, RecursionError, MemoryError)


def hand_over(language: str, tests: int, word: int, give: int, alive: int) -> None:
    """Read the tests, prepare them while the program runs, and wait for the word of the supervisor.

    Args:
        language: of the tests.
        tests: descriptor of the pipe that brings them.
        word: of the pipe that brings the key to encrypt them with, and, when one has failed, a byte more.
        give: of the pipe to the program.
        alive: of a pipe that ends with the sample.
    """
    with open(tests, "rb") as pipe:
        text = pipe.read()
    if language == "bash":
        hidden, shown = text, b""
    else:
        hidden, shown = _prepared(text.decode("utf-8", "replace"))
    key = _heard(word, alive, 2 * KEY_BYTES)
    if key:
        _write_all(give, encrypted(hidden, key))
    if language == "python" and _heard(word, alive, 1):
        _write_all(give, shown)
    os.close(give)


def _prepared(text: str) -> tuple[bytes, bytes]:
    """The tests for the program's process, and what shows its tracebacks."""
    try:
        hidden, shown = prepare(text)
    except _CANNOT:  # told as Python tells it, where the program ran
        return b"s" + text.encode("utf-8", "replace"), marshal.dumps((text, None))
    return b"c" + hidden, marshal.dumps((text, shown))


def _heard(word: int, alive: int, size: int) -> bytes:
    """What the supervisor says; nothing if the sample has ended instead."""
    ready = select.select([word, alive], [], [])[0]
    return os.read(word, size) if word in ready else b""


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
