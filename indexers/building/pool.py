"""The interface of a pool that prepares documents.

`worker_pool.local_processes` opens the pool that is used unless another is given.
"""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol

from indexers.building.budget import Budget


class WorkerDied(Exception):
    """A worker ended during a call: a parser crashed, or the system took the worker's memory back.

    `is_late` says that the worker was ended because the call took too long.
    """

    is_late = False


class Pool(Protocol):
    """Calls functions elsewhere: in processes of this machine, or on other machines.

    Functions are defined at the top level of a module; arguments and answers can be pickled.
    """

    @property
    def workers(self) -> int:
        """Return the number of calls that run at the same time."""

    def submit(self, function: Callable[[Any], Any], argument: object) -> Future[Any]:
        """Have a worker call `function(argument)`.

        The future raises `WorkerDied` if the worker ended instead, `MemoryError` if its memory was not
        enough, and `RagError` if the call did or no worker can be started. A worker may die of a call: the
        text that it parses may have been written to that end.
        """

    def close(self) -> None:
        """End all workers, whatever they are doing."""


OpenPool = Callable[[Budget], Pool]
"""Opens a pool that stays within a budget; `spread` closes it."""
