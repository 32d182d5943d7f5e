"""A pool of worker processes: fresh interpreters, isolated from the working folder.

A worker is started as `python -I`, is given the folders to import from, and receives pickled calls on its
stdin. The pools of the standard library and of loky start their workers and resource trackers by `python -m`
or `-c`, which import whatever has the right name from the working folder, and offer no way to change that.
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
from indexers.building.budget import Budget
from indexers.building.pool import WorkerDied

READY: Final = b"ready\n"
"""The first bytes that a worker writes, once it is ready."""

LENGTH_BYTES: Final = 8
"""The number of bytes before each answer that hold its length."""

OUT_OF_MEMORY: Final = b"-"
"""The answer of a worker whose memory was not enough; no pickle begins with this byte."""

_PIPE_BYTES: Final = 1_000_000  # on Linux: with 64 KB, a worker waits for this process many times per answer

_START: Final = (
    "import sys; sys.path[:] = {path}; from indexers.building.worker_process import serve; serve({facts})"
)


class WorkerPool:
    """A pool of processes, started as calls come in; a dead one is replaced.

    Args:
        workers: the largest number of processes.
        worker_bytes: memory that each may take, in bytes; None for no limit.
    """

    def __init__(self, workers: int, worker_bytes: int | None) -> None:
        self.workers = workers
        self._worker_bytes = worker_bytes
        # Twice as many threads: while one unpickles an answer, its worker has the next call.
        self._threads = ThreadPoolExecutor(2 * workers, thread_name_prefix="worker")
        self._free = threading.Semaphore(workers)
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._all: set[_Worker] = set()
        self._is_closed = False

    def submit(self, function: Callable[[Any], Any], argument: object) -> Future[Any]:
        """Have a worker call `function(argument)` (see `Pool.submit`)."""
        return self._threads.submit(self._call, function, argument)

    def answer(self, call: object) -> bytes:
        """Have a worker make a call, a function with its argument, and return its answer for `value_of`.

        Raises what a future of `submit` raises before there is an answer.
        """
        with self._free:
            worker = self._take()
            try:
                answer = worker.call(call)
            except WorkerDied as error:
                self._retire(worker)
                error.is_late = worker.was_late()
                raise
            if (
                answer[:1] == OUT_OF_MEMORY
            ):  # it may never free what it holds: the next call gets a new worker
                self._retire(worker)
                raise MemoryError
            with self._lock:
                self._idle.append(worker)
        return answer

    def close(self) -> None:
        """End all workers, whatever they are doing."""
        with self._lock:
            self._is_closed = True
            workers = list(self._all)
        for worker in workers:
            worker.end()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _call(self, function: Callable[[Any], Any], argument: object) -> Any:
        return value_of(self.answer((function, argument)))

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


def value_of(answer: bytes) -> Any:
    """Return what a call in a worker returned. Raises what it raised."""
    outcome, value = pickle.loads(answer)  # noqa: S301 (it is from our own process)
    if outcome == "error":
        what, why, fix = value
        raise RagError(what, why=why, fix=fix)
    if outcome == "bug":
        raise RuntimeError(f"in a worker process:\n{value}")
    return value


def local_processes(budget: Budget) -> WorkerPool:
    """Open a pool of processes on this machine."""
    return WorkerPool(max(budget.workers, 1), budget.worker_bytes)


class _Worker:
    """One worker process."""

    def __init__(self, worker_bytes: int | None) -> None:
        # ascii: a path may contain bytes that are not UTF-8
        start = _START.format(path=ascii(import_folders()), facts=f"{os.getpid()}, {worker_bytes}")
        # Ctrl-C must reach this process only, which ends its workers: so they are in another process group.
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
        """Wait until the worker can be called. Raises `RagError` if it does not start."""
        assert self._process.stdout
        if self._process.stdout.read(len(READY)) != READY:
            self.end()
            raise _no_start("it ended immediately")

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
        """Return whether its timer ended it (see `corpora.syntax.parse.reading_time_limit`)."""
        return hasattr(signal, "SIGPROF") and self._process.returncode == -signal.SIGPROF

    def end(self) -> None:
        """Kill the process and wait for its end."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError, ValueError):
                if stream:
                    stream.close()


def _no_start(why: str) -> RagError:
    return RagError(
        "no worker process can be started",
        why=f"{sys.executable}: {why}",
        fix=f"run {sys.executable} -I -c 'import sys' to see what is wrong with this interpreter",
    )
