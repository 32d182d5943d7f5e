"""Pieces of an answer from a library that calls back while it works, as an iterator."""

from collections.abc import Callable
from collections.abc import Generator as PythonGenerator
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Event, Thread
from typing import Generic, TypeVar

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class _Done(Generic[_Result]):
    result: _Result


def worker_stream(
    work: Callable[[Callable[[str], bool]], _Result], name: str
) -> PythonGenerator[str, None, _Result]:
    """Yield the pieces that `work` hands to its argument, and return what it returns.

    It runs in a thread. Its argument returns whether nobody wants more pieces, upon which it should end.

    Args:
        work: makes the pieces.
        name: of the thread.

    Raises:
        BaseException: whatever `work` raises.
    """
    pieces: SimpleQueue[str | _Done[_Result] | BaseException] = SimpleQueue()
    is_left = Event()

    def take(piece: str) -> bool:
        pieces.put(piece)
        return is_left.is_set()

    def run() -> None:
        try:
            pieces.put(_Done(work(take)))
        except BaseException as error:
            pieces.put(error)

    worker = Thread(target=run, name=name, daemon=True)
    worker.start()
    try:
        while True:
            piece = pieces.get()
            if isinstance(piece, BaseException):
                raise piece
            if isinstance(piece, _Done):
                return piece.result
            yield piece
    finally:
        is_left.set()
        worker.join()  # it must not be inside the library when the interpreter ends
