"""Another pool and another dense engine can be given, and the index is the same."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpora.spec import CorpusSpec
from indexers.building.budget import Budget
from indexers.building.pool import WorkerDied
from indexers.catalog.catalog import Catalog
from indexers.catalog.checksums import Checksums
from indexers.encoders.table import Floats
from indexers.index import Index
from indexers.layout import Layout
from indexers.search.engines import DiskEngines, MemoryEngines
from indexers.search.interfaces import DenseIndex, DenseWriter, Ids, LexicalIndex, LexicalWriter, Scored
from indexers.search.lexical import TantivyWriter
from rag.retrieval.retrieve import retrieve
from tests.small_corpora import write_tree

QUESTIONS = ["parse a date", "download a file", "save a value under a key", "holidays", "teal"]


class InProcess:
    """A pool without processes; a call whose batch names a deadly file fails as if its worker had died."""

    workers = 1

    def __init__(self, deadly: str = "") -> None:
        self.deadly = deadly
        self.calls = 0
        self.is_closed = False

    def submit(self, function: Callable[[Any], Any], argument: Any) -> Future[Any]:
        self.calls += 1
        future: Future[Any] = Future()
        if self.deadly in {task.listed.path for task in argument[1].tasks}:
            future.set_exception(WorkerDied())
        else:
            future.set_result(function(argument))
        return future

    def close(self) -> None:
        self.is_closed = True


class ExactDense:
    """Exact search over a matrix."""

    is_approximate = False

    def __init__(self, dimensions: int) -> None:
        self._ids: Ids = np.empty(0, dtype=np.int64)
        self._vectors = np.empty((0, dimensions), dtype=np.float32)
        self.searches = 0

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, chunk_ids: Sequence[int], vectors: Floats) -> int:
        used = vectors.any(axis=1)
        self._ids = np.concatenate([self._ids, np.asarray(chunk_ids, dtype=np.int64)[used]])
        self._vectors = np.vstack([self._vectors, vectors[used]])
        return int(used.sum())

    def remove(self, chunk_ids: Sequence[int]) -> None:
        kept = ~np.isin(self._ids, chunk_ids)
        self._ids, self._vectors = self._ids[kept], self._vectors[kept]

    def commit(self) -> None:
        pass

    def recall(self, queries: Floats, k: int = 10) -> float:
        return 1.0

    def search(self, vector: Floats, k: int, allowed: Ids | None = None) -> list[Scored]:
        self.searches += 1
        scores = self._vectors @ vector
        order = np.lexsort((self._ids, -scores))
        if allowed is not None:
            order = order[np.isin(self._ids[order], allowed)]
        return [Scored(int(self._ids[row]), float(scores[row])) for row in order[:k]] if vector.any() else []

    def scores(self, vector: Floats, chunk_ids: Sequence[int]) -> dict[int, float]:
        return {hit.chunk_id: hit.score for hit in self.search(vector, len(self), np.array(chunk_ids))}

    def ids(self) -> Ids:
        return self._ids

    def is_finite(self) -> bool:
        return bool(np.isfinite(self._vectors).all())


class ServedVectors:
    """Engines with tantivy in the folder of the index and the vectors elsewhere: `server` outlives them."""

    def __init__(self, layout: Layout, server: list[ExactDense]) -> None:
        self._layout, self._disk, self._server = layout, DiskEngines(layout), server

    def check(self, catalog: Catalog) -> None:
        pass

    def read_lexical(self, generation: int) -> LexicalIndex:
        return self._disk.read_lexical(generation)

    def read_dense(self, generation: int, dimensions: int) -> DenseIndex:
        return self._server[0]

    def write(self, generation: int, dimensions: int, *, fresh: bool) -> tuple[LexicalWriter, DenseWriter]:
        if fresh:
            self._server[:] = [ExactDense(dimensions)]
            return self.write_lexical_anew(generation), self._server[0]
        folder, previous = self._layout.lexical(generation), self._layout.lexical(generation - 1)
        return TantivyWriter(folder, previous), self._server[0]

    def write_lexical_anew(self, generation: int) -> LexicalWriter:
        return self._disk.write_lexical_anew(generation)

    def checksums(self, generation: int, before: Checksums) -> Checksums:
        return Checksums(generation, {"lexical": {}, "dense": {}})

    def delete_all_but(self, generation: int) -> None:
        self._disk.delete_all_but(generation)

    def problems(self, catalog: Catalog) -> Iterator[str]:
        return iter(())

    def discard(self) -> None:
        self._server.clear()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "app")


@pytest.fixture
def spec(tree: Path) -> CorpusSpec:
    """A corpus with files so large that a process that must live leaves their parsing to a pool."""
    functions = "".join(f"def reckon_{n}(value):\n    return value + {n}\n\n" for n in range(1000))
    write_tree(tree, {"large.py": functions, "deadly.py": functions.replace("reckon", "compute")})
    return CorpusSpec("app", "code", str(tree))


def answers(index: Index) -> list[list[str]]:
    return [[hit.chunk.location for hit in retrieve(index, query, 5)] for query in QUESTIONS]


def stored(index: Index) -> tuple[object, ...]:
    """All chunks and vectors of an index."""
    assert index.path is not None
    rows = Layout(index.path).rows(1).read_bytes()
    return index.chunks(index.catalog.chunk_ids().tolist()), rows, answers(index)


def test_a_pool_that_is_given_makes_the_same_index_as_local_processes(
    spec: CorpusSpec, tmp_path: Path
) -> None:
    pool, budgets = InProcess(), list[Budget]()

    def open_pool(budget: Budget) -> InProcess:
        budgets.append(budget)
        return pool

    with Index.create(tmp_path / "here") as here, Index.create(tmp_path / "processes") as there:
        report = here.update([spec], pool=open_pool)
        assert pool.calls and pool.is_closed and len(budgets) == 1
        assert report.added == there.update([spec]).added == 7
        assert stored(here) == stored(there)


def test_a_file_that_kills_the_worker_of_a_given_pool_is_skipped_and_the_others_are_not(
    spec: CorpusSpec, tmp_path: Path
) -> None:
    with Index.create(tmp_path / "index") as index:
        assert index.update([spec], pool=lambda budget: InProcess("deadly.py")).added == 6
        (skipped,) = index.catalog.census.skipped()
        assert (skipped.path, skipped.reason) == ("deadly.py", "unreadable")


def test_a_dense_engine_that_is_given_answers_as_the_one_that_comes_along(tree: Path) -> None:
    made: list[ExactDense] = []

    def make(dimensions: int) -> ExactDense:
        made.append(ExactDense(dimensions))
        return made[-1]

    with Index.in_memory([tree], engines=MemoryEngines(dense=make)) as index:
        assert answers(index) == answers(Index.in_memory([tree]))
        assert index.dense is made[-1] and made[-1].searches > 0


def test_vectors_can_be_kept_outside_of_the_folder_of_the_index(tree: Path, tmp_path: Path) -> None:
    server: list[ExactDense] = []

    def engines(layout: Layout) -> ServedVectors:
        return ServedVectors(layout, server)

    spec = CorpusSpec("app", "code", str(tree))
    with Index.create(tmp_path / "index", engines=engines) as index:
        index.update([spec])
    assert not list((tmp_path / "index" / "dense").iterdir())
    (tree / "notes.txt").write_text("The office dog is called Waldemar.\n")
    with Index.open(tmp_path / "index", engines=engines) as index:
        assert index.update([spec]).changed == 1
        assert answers(index) == answers(Index.in_memory([tree]))
        assert server[0].searches > 0
