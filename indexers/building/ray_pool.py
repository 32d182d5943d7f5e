"""A pool of workers on a Ray cluster: on this machine, or on many.

Each actor of Ray keeps one worker process of ours. So files are parsed in the same isolation, within the same
memory and time, as without Ray, and what a file does to its worker is told in the same words. An actor that
ends was lost with its machine, or ended by somebody: its call is made again elsewhere.

All machines have this version of the package, and see the sources under the same paths.
"""

import os
import pickle
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from corpora.errors import MissingExtra, RagError
from corpora.outside.child_process import clean_environment
from indexers.building.budget import Budget
from indexers.building.pool import WorkerDied
from indexers.building.prepare import READING
from indexers.building.worker_pool import WorkerPool, value_of

_TRIES: Final = 5  # of a call whose actors end
_KNOCK_SECONDS: Final = 10.0
_START_SECONDS: Final = 120.0
_MOST_WORKERS: Final = 64  # one writer has to keep up
_STORE_BYTES: Final = 200_000_000  # for answers under way, on a cluster that is started here
_DONE, _DIED, _LATE, _MEMORY = "done", "died", "late", "memory"


class RayWorker:
    """Makes calls in a worker process of ours. Ray runs it, as an actor.

    Args:
        worker_bytes: memory that the process may take, in bytes; None for no limit.
    """

    def __init__(self, worker_bytes: int | None) -> None:
        self._pool = WorkerPool(1, worker_bytes)

    def reading(self) -> int:
        """Return the version of reading on this machine."""
        return READING

    def call(self, function: Callable[[Any], Any], argument: object) -> tuple[str, bytes]:
        """Return what came of `function(argument)`, and the answer for `value_of` if there is one."""
        try:
            return _DONE, self._pool.answer((function, argument))
        except WorkerDied as error:
            return _LATE if error.is_late else _DIED, b""
        except MemoryError:
            return _MEMORY, b""
        except RagError as error:
            return _DONE, pickle.dumps(("error", (error.what, error.why, error.fix)))


class RayPool:
    """A pool of actors, started as calls come in; one that ends is replaced, and its call made again.

    Args:
        budget: the memory of each worker; and how many workers, for a cluster that is started here.
        address: of the cluster; empty for the one that this process is connected to, that of the variable
            `RAY_ADDRESS`, or else one that is started on this machine and ends with the pool.

    Raises:
        MissingExtra: Ray is not installed.
        RagError: there is no cluster at the address.
    """

    def __init__(self, budget: Budget, address: str = "") -> None:
        self._ray = _ray()
        self._folder = ""  # of the cluster, if it is started here
        self._is_connected = self._ray.is_initialized()  # by whoever calls us, and stays so
        if not self._is_connected:
            self._connect(budget, address or os.environ.get("RAY_ADDRESS", ""))
        cores = int(self._ray.cluster_resources().get("CPU", 1))
        self.workers = max(1, min(cores, _MOST_WORKERS))
        self._worker_bytes = budget.worker_bytes
        self._actor = self._ray.remote(num_cpus=1, max_restarts=0, max_task_retries=0)(RayWorker)
        # Twice as many threads: while one unpickles an answer, its worker has the next call.
        self._threads = ThreadPoolExecutor(2 * self.workers, thread_name_prefix="ray-worker")
        self._free = threading.Semaphore(self.workers)
        self._lock = threading.Lock()
        self._idle: list[Any] = []
        self._all: list[Any] = []
        self._is_closed = False

    def _connect(self, budget: Budget, address: str) -> None:
        # Ray adds the working folder to the places where its workers look for modules, unless there is one
        # for the job: an empty one. A repository that is indexed may hold a module `json`.
        self._folder = tempfile.mkdtemp(prefix="rag-ray-")
        empty = Path(self._folder, "job")
        empty.mkdir()
        options: dict[str, Any] = {
            "runtime_env": {"working_dir": str(empty)},
            "log_to_driver": False,
            "logging_level": "ERROR",
            "namespace": "docprompting",
        }
        if not address:
            options |= {
                "num_cpus": max(budget.workers, 1),
                "object_store_memory": _STORE_BYTES,
                "include_dashboard": False,
                "_temp_dir": self._folder,
            }
        try:
            _knock(address)
            with _harmless_environment(is_started=not address):
                self._ray.init(address or "local", **options)
            _keep_quiet()
        except Exception as error:  # Ray raises whatever its parts do
            self._end_cluster()
            raise RagError(
                f"there are no workers of Ray at {address or 'this machine'}",
                why=f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}",
                fix="see whether `ray status` finds the cluster, or leave out its workers: --workers local",
            ) from error

    def submit(self, function: Callable[[Any], Any], argument: object) -> Future[Any]:
        """Have a worker call `function(argument)` (see `Pool.submit`)."""
        return self._threads.submit(self._call, function, argument)

    def close(self) -> None:
        """End all workers, whatever they are doing, and the cluster if it was started here."""
        with self._lock:
            self._is_closed = True
            actors = [*self._all]
        for actor in actors:
            self._retire(actor)
        self._threads.shutdown(wait=True, cancel_futures=True)
        if not self._is_connected:
            self._end_cluster()

    def _end_cluster(self) -> None:
        self._ray.shutdown()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _call(self, function: Callable[[Any], Any], argument: object) -> Any:
        with self._free:
            outcome, answer = self._outcome(function, argument)
        if outcome == _MEMORY:
            raise MemoryError
        if outcome != _DONE:
            died = WorkerDied()
            died.is_late = outcome == _LATE
            raise died
        return value_of(answer)

    def _outcome(self, function: Callable[[Any], Any], argument: object) -> tuple[str, bytes]:
        lost = ""
        for _ in range(_TRIES):
            actor = None
            try:
                actor = self._take()
                found: tuple[str, bytes] = self._ray.get(actor.call.remote(function, argument))
            except self._ray.exceptions.RayTaskError as error:
                raise RuntimeError(f"in a worker of Ray:\n{error}") from error
            except self._ray.exceptions.RayError as error:  # it ended, or its machine did
                lost = str(error).strip().partition("\n")[0]
                if actor is not None:
                    self._retire(actor)
            else:
                with self._lock:
                    self._idle.append(actor)
                return found
        raise RagError(
            "the workers of the cluster end again and again",
            why=f"{_TRIES} of them ended during one call, the last one so: {lost}",
            fix="install this version of docprompting on all machines, see the logs of the cluster, "
            "and run it again: what was finished is kept",
        )

    def _take(self) -> Any:
        """Return an actor that waits, or a new one. Raises what Ray raises if that ends too soon."""
        with self._lock:
            if self._is_closed:
                raise WorkerDied
            if self._idle:
                return self._idle.pop()
            actor = self._actor.remote(self._worker_bytes)
            self._all.append(actor)
        try:
            reading = self._ray.get(actor.reading.remote(), timeout=_START_SECONDS)
        except self._ray.exceptions.GetTimeoutError as error:
            self._retire(actor)
            raise RagError(
                "no worker of Ray can be started",
                why=f"the cluster has not started one in {_START_SECONDS:.0f} seconds",
                fix="see whether `ray status` has free processors, and the logs of the cluster",
            ) from error
        except self._ray.exceptions.RayError:
            self._retire(actor)
            raise
        if reading != READING:
            raise RagError(
                "a machine of the cluster has another version of docprompting",
                why=f"it reads files as version {reading} does, this one as {READING}",
                fix="install the same version on all machines",
            )
        return actor

    def _retire(self, actor: Any) -> None:
        with self._lock:
            if actor in self._all:
                self._all.remove(actor)
        with suppress(Exception):  # it has ended, or the cluster has
            self._ray.kill(actor)


def _ray() -> Any:
    try:
        import ray
        import ray.exceptions
    except ImportError as error:
        raise MissingExtra("ray", "ray") from error
    return ray


def _knock(address: str) -> None:
    """Raise `OSError` if nobody listens at `HOST:PORT`; Ray would try for minutes."""
    host, _, port = address.rpartition(":")
    if port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), timeout=_KNOCK_SECONDS).close()


def _keep_quiet() -> None:
    """Keep Ray from printing on standard output that a worker has ended, whatever it is told of logs."""
    with suppress(ImportError):
        from ray._private import worker

        if hasattr(worker, "print_to_stdstream"):
            worker.print_to_stdstream = lambda *_, **__: None


@contextmanager
def _harmless_environment(*, is_started: bool) -> Iterator[None]:
    """Give Ray an environment in which no program or module of the working folder is found.

    It starts its workers by a shell that it looks for on the PATH. A cluster that is started sends no
    statistics to its makers.
    """
    before = dict(os.environ)
    wanted = clean_environment({"RAY_USAGE_STATS_ENABLED": "0"} if is_started else {})
    _change_environment(wanted)
    try:
        yield
    finally:
        added = {name: value for name, value in os.environ.items() if name not in wanted}  # by Ray
        _change_environment({**before, **added})


def _change_environment(wanted: Mapping[str, str]) -> None:
    for name in os.environ.keys() - wanted.keys():
        del os.environ[name]
    os.environ.update(wanted)
