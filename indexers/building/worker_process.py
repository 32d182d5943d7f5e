"""The program of a worker process: read a pickled call, make it, write the pickled answer."""

import os
import pickle
import signal
import sys
import threading
import traceback
from time import sleep
from typing import Any, Final

from corpora.errors import RagError
from indexers.building.budget import limit_growth
from indexers.building.worker_pool import LENGTH_BYTES, OUT_OF_MEMORY, READY

_ORPHAN_CHECK_SECONDS: Final = 1.0


def serve(parent: int, limit: int | None) -> None:
    """Answer calls on stdin until it is closed.

    Args:
        parent: id of the process that this one works for and ends with.
        limit: bytes that this process may take; None for no limit.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # What a parser prints must not end up among the replies.
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    _end_with(parent)
    if limit is not None:
        limit_growth(limit)
    replies.write(READY)
    replies.flush()
    while True:
        try:
            function, argument = pickle.load(requests)  # noqa: S301 (from the process that started this one)
        except EOFError:
            return
        try:
            answer = pickle.dumps(_outcome(function, argument), pickle.HIGHEST_PROTOCOL)
        except MemoryError:
            answer = OUT_OF_MEMORY
        replies.write(len(answer).to_bytes(LENGTH_BYTES, "big"))
        replies.write(answer)
        replies.flush()


def _outcome(function: Any, argument: Any) -> tuple[str, Any]:
    try:
        return "done", function(argument)
    except MemoryError:
        raise
    except RagError as error:
        return "error", (error.what, error.why, error.fix)
    except Exception:
        return "bug", traceback.format_exc()


def _end_with(parent: int) -> None:
    """End this process when `parent` has ended: a killed parent cannot end its workers."""

    def watch() -> None:
        while os.getppid() == parent:
            sleep(_ORPHAN_CHECK_SECONDS)
        os._exit(1)

    if sys.platform != "win32":
        threading.Thread(target=watch, daemon=True).start()
