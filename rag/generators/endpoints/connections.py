"""What all requests of a generator share: connections, how many there may be, and what servers refuse."""

import os
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Lock, get_ident
from typing import Any, Protocol, TypeVar

from corpora.errors import GeneratorError


class _Client(Protocol):
    def close(self) -> None: ...


_C = TypeVar("_C", bound=_Client)


class Slots:
    """A limit of requests at a time.

    Args:
        most: the limit.
    """

    def __init__(self, most: int) -> None:
        self._free: SimpleQueue[int] = SimpleQueue()  # may be put to while memory is freed; a lock may not
        self._holders: list[int | None] = [None] * most
        for number in range(most):
            self._free.put(number)

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Wait until a slot is free, and hold it.

        Raises:
            GeneratorError: this thread holds all of them, in streams that it did not read to their ends.
        """
        most, me = len(self._holders), get_ident()
        if self._holders.count(me) == most:
            raise GeneratorError(
                "a further request would wait for ever",
                why=f"this thread has {most} streams open, and no more requests are allowed at a time",
                fix="read or close one of them first, or raise max_concurrency",
            )
        number = self._free.get()
        self._holders[number] = me
        try:
            yield
        finally:
            self._holders[number] = None
            self._free.put(number)


@dataclass(slots=True, weakref_slot=True)
class Connections:
    """The connections of a generator to its server, which are kept from one request to the next.

    All copies of a generator (`dataclasses.replace`) share them; a copy in another process has its own.
    """

    _clients: dict[tuple[int, int], Any] = field(default_factory=dict)
    _slots: dict[tuple[str, int], Slots] = field(default_factory=dict)
    _refused: dict[tuple[str, str], dict[str, None]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def __reduce__(self) -> "tuple[type[Connections], tuple[()]]":
        return Connections, ()

    def __deepcopy__(self, memo: dict[int, Any]) -> "Connections":
        return self

    def client(self, connections: int, make: Callable[[int], _C]) -> _C:
        """Return the client that `make` made for so many connections; a forked process makes its own."""
        key = os.getpid(), connections
        with self._lock:
            if key not in self._clients:
                client = make(connections)
                weakref.finalize(self, _in_same_process(client.close))
                self._clients[key] = client
            kept: _C = self._clients[key]
            return kept

    def slots(self, url: str, most: int) -> Slots:
        """Return the limit of requests to the address `url`."""
        with self._lock:
            return self._slots.setdefault((url, most), Slots(most))

    def refused(self, url: str, model: str) -> dict[str, None]:
        """Return the parameters that the server has refused for a model; names are added to it."""
        with self._lock:
            return self._refused.setdefault((url, model), {})


def _in_same_process(close: Callable[[], None]) -> Callable[[], None]:
    made_in = os.getpid()

    def run() -> None:
        if os.getpid() == made_in:
            close()

    return run
