"""A disk that is full for this process: each file ends at so many bytes."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def full_at(limit: int) -> Iterator[None]:
    """Have this process, and those that it starts, write no more than `limit` bytes to a file."""
    resource = pytest.importorskip("resource", reason="limits of a process are those of POSIX")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
