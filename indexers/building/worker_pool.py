"""Worker processes that call functions for this one: fresh interpreters, isolated from the working folder.

A worker is started as `python -I`, told where to import from, and sent pickled calls on its stdin. The
pools of the standard library and of loky start their workers and resource trackers by `python -m` or
`-c`, which import from the working folder whatever has the right name, and offer no way to change that.
"""

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final

try:
    import fcntl
except ImportError:  # no Unix
    fcntl = None  # type: ignore[assignment]

from corpora.errors import RagError
from corpora.outside.child_process import clean_environment, import_folders, isolated_python

READY: Final = b"ready\n"
"""The first bytes that a worker writes."""

LENGTH_BYTES: Final = 8
"""How many bytes before each answer say how long it is."""

OUT_OF_MEMORY: Final = b"-"
"""An answer that is no pickle: those begin with another byte."""

_PIPE_BYTES: Final = 1_000_000  # on Linux: with 64 KB, a worker waits for this process many times an answer

_START: Final = (
    "import sys; sys.path[:] = {path}; from indexers.building.worker_process import serve; serve({facts})"
)


class WorkerDied(Exception):
    """A worker ended within a call: a crash of a parser, or the system took its memory back.

    `is_late` says that it was ended because the call took too long.
    """

    is_late = False


class WorkerPool:
    """At most so many worker processes, started as calls come in; a dead one is replaced.

    Args:
        workers: how many at most.
        worker_bytes: memory that each may take; None for no limit.
    """

    def __init__(self, workers: int, worker_bytes: int | None) -> None:
        self._worker_bytes = worker_bytes
        # Twice as many: while one thread takes an answer apart, its worker has the next call.
        self._threads = ThreadPoolExecutor(2 * workers, thread_name_prefix="worker")
        self._free = threading.Semaphore(workers)
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._all: set[_Worker] = set()
        self._is_closed = False

    def submit(self, function: Callable[[Any], Any], argument: object) -> Future[Any]:
        """Have a worker call `function(argument)`.

        The future raises `WorkerDied` where it ended instead, `MemoryError` where its memory did not
        suffice, and `RagError` where the call did or no worker starts.
        """
        return self._threads.submit(self._call, function, argument)

    def close(self) -> None:
        """End all workers, whatever they do."""
        with self._lock:
            self._is_closed = True
            workers = list(self._all)
        for worker in workers:
            worker.end()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _call(self, function: Callable[[Any], Any], argument: object) -> Any:
        with self._free:
            worker = self._take()
            try:
                answer = worker.call((function, argument))
            except WorkerDied as error:
                self._retire(worker)
                error.is_late = worker.was_late()
                raise
            if answer[:1] == OUT_OF_MEMORY:  # what it holds does not come back: the next gets a fresh one
                self._retire(worker)
                raise MemoryError
            with self._lock:
                self._idle.append(worker)
        outcome, value = pickle.loads(answer)  # noqa: S301 (it is from our own process)
        if outcome == "error":
            what, why, fix = value
            raise RagError(what, why=why, fix=fix)
        if outcome == "bug":
            raise RuntimeError(f"in a worker process:\n{value}")
        return value

    def _take(self) -> "_Worker":
        with self._lock:
            if self._is_closed:
                raise WorkerDied
            if self._idle:
                return self._idle.pop()
            worker = _Worker(self._worker_bytes)
            self._all.add(worker)
        worker.await_start()
        return worker

    def _retire(self, worker: "_Worker") -> None:
        worker.end()
        with self._lock:
            self._all.discard(worker)


class _Worker:
    """One worker process."""

    def __init__(self, worker_bytes: int | None) -> None:
        # ascii: a path may hold bytes that are no UTF-8
        start = _START.format(path=ascii(import_folders()), facts=f"{os.getpid()}, {worker_bytes}")
        # Ctrl-C is for this process alone, which ends its workers: so they are a group of their own.
        own_group: dict[str, Any] = {"process_group": 0} if sys.platform != "win32" else {}
        try:
            self._process = subprocess.Popen(
                isolated_python("-c", start),
                env=clean_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                **own_group,
            )
        except OSError as error:
            raise _no_start(error.strerror or str(error)) from error

        assert self._process.stdout
        if hasattr(fcntl, "F_SETPIPE_SZ"):
            with suppress(OSError):
                fcntl.fcntl(self._process.stdout, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

    def await_start(self) -> None:
        """Return once it can be called."""
        assert self._process.stdout
        if self._process.stdout.read(len(READY)) != READY:
            self.end()
            raise _no_start("it ended at once")

    def call(self, request: object) -> bytes:
        """Send a call and return the answer, pickled. Raises `WorkerDied`."""
        assert self._process.stdin and self._process.stdout
        try:
            pickle.dump(request, self._process.stdin, pickle.HIGHEST_PROTOCOL)
            self._process.stdin.flush()
            length = int.from_bytes(self._process.stdout.read(LENGTH_BYTES), "big")
            answer: bytes = self._process.stdout.read(length)
        except (OSError, ValueError) as error:
            raise WorkerDied from error
        if not length or len(answer) < length:
            raise WorkerDied
        return answer

    def was_late(self) -> bool:
        """Say whether its timer ended it (see `corpora.syntax.parse.in_time`)."""
        return hasattr(signal, "SIGPROF") and self._process.returncode == -signal.SIGPROF

    def end(self) -> None:
        """Kill it and wait for its end."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError, ValueError):
                if stream:
                    stream.close()


def _no_start(why: str) -> RagError:
    return RagError(
        "no worker process starts",
        why=f"{sys.executable}: {why}",
        fix="see what this interpreter says to: -I -c 'import sys'",
    )
