"""Python's search for cycles of garbage, which syntax trees make slow and have none for."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collection_paused() -> Iterator[None]:
    """Pause the search for garbage in cycles, which goes through all trees again and again.

    Parsing 190,000 lines takes 1.0 s without it, and 4.6 s with it.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
