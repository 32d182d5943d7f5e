"""Threads share an index of vectors."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np

from indexers.encoders.table import Floats, normalize
from indexers.search.dense import FaissIndex
from indexers.search.interfaces import Scored


def test_threads_that_search_first_together_find_what_one_finds() -> None:
    vectors = normalize(np.random.default_rng(0).normal(size=(20_000, 64)).astype(np.float32))
    index = FaissIndex.create(64)
    index.add(range(1, len(vectors) + 1), vectors)
    together = Barrier(8)

    def search(vector: Floats) -> list[Scored]:
        together.wait(10)  # the second of all searches loads what the others then search
        return index.search(vector, 10)

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(search, vectors[:64]))
    assert found == [index.search(vector, 10) for vector in vectors[:64]]
    assert all(hits[0].chunk_id == number for number, hits in enumerate(found, start=1))
