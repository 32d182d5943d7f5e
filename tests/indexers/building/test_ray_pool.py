"""Documents are prepared on a Ray cluster as they are here, whatever happens to its workers."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import pytest

from corpora.errors import ManifestError, RagError, UnknownName
from corpora.manifest import load_manifest
from indexers.building.budget import Budget
from indexers.building.pool import Pool, WorkerDied
from indexers.building.pools import pool_named
from indexers.building.worker_pool import local_processes
from indexers.index import Index
from indexers.own_corpora import specs_of

TWO = Budget(workers=2, worker_bytes=400_000_000)
NEEDS_RAY = pytest.mark.skipif(not find_spec("ray"), reason="needs the extra `ray`")


@pytest.fixture(scope="module")
def ray() -> Iterator[Any]:
    """Start a cluster of two workers, which pools find as one that is there."""
    import ray

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        ray.init(
            "local", num_cpus=2, include_dashboard=False, log_to_driver=False, _node_ip_address="127.0.0.1"
        )
        yield ray
        ray.shutdown()


@pytest.fixture
def pool(ray: Any) -> Iterator[Pool]:
    opened = pool_named("ray")(TWO)
    yield opened
    opened.close()


def process_id(argument: object) -> int:
    return os.getpid()


def take_memory(argument: object) -> int:
    return len(b"x" * 2_000_000_000)


def refuse(argument: object) -> None:
    raise RagError("it is refused", why="the test wants it", fix="none")


def fail(argument: object) -> None:
    raise KeyError(argument)


def end_by_timer(argument: object) -> None:
    os.kill(os.getpid(), signal.SIGPROF)
    time.sleep(10)


@pytest.mark.slow
@NEEDS_RAY
def test_what_a_call_does_to_its_worker_is_told_as_without_ray(pool: Pool) -> None:
    first = pool.submit(process_id, 0).result()
    assert first not in (os.getpid(), 0)
    with pytest.raises(WorkerDied) as died:
        pool.submit(os._exit, 3).result()
    assert not died.value.is_late
    with pytest.raises(WorkerDied) as late:
        pool.submit(end_by_timer, 0).result()
    assert late.value.is_late
    with pytest.raises(MemoryError):
        pool.submit(take_memory, 0).result()
    with pytest.raises(RagError, match="it is refused"):
        pool.submit(refuse, 0).result()
    with pytest.raises(RuntimeError, match="KeyError: 'absent'"):
        pool.submit(fail, "absent").result()
    answers = [pool.submit(abs, -number) for number in range(50)]
    assert [one.result() for one in answers] == list(range(50))


@pytest.mark.slow
@NEEDS_RAY
def test_an_actor_that_is_killed_while_it_starts_costs_a_try(pool: Pool, ray: Any) -> None:
    first = pool.submit(process_id, 0)
    while not (starting := [*filter(is_actor, psutil.process_iter(["cmdline"]))]) and not first.done():
        time.sleep(0.001)
    for one in starting:
        one.kill()
    assert starting
    assert first.result() != os.getpid()


def contents(index: Index) -> list[Any]:
    """Return all that an index holds: chunks, and their vectors as bytes."""
    ids = index.catalog.chunk_ids().tolist()
    rows = index.dense.vectors(index.dense.ids())  # type: ignore[attr-defined]
    return [*index.chunks(ids).values(), rows.tobytes()]


def many_files(folder: Path) -> Path:
    folder.mkdir()
    for number in range(640):
        body = "".join(f"def f{number}_{n}(x):\n    return x * {n}\n\n" for n in range(80))
        (folder / f"m{number}.py").write_text(body)
    return folder


@pytest.mark.slow
@NEEDS_RAY
def test_an_index_is_the_same_though_its_actors_are_killed(tmp_path: Path, ray: Any) -> None:
    """None of its chunks and vectors is lost or doubled; no document is left out or cut otherwise."""
    sources = specs_of([many_files(tmp_path / "app")])
    with Index.create(tmp_path / "here") as here:
        here.update(sources, pool=local_processes)
        expected = contents(here)
    killed: list[str] = []

    def kill_one(done: int, total: int, path: str) -> None:
        for one in [*filter(is_actor, psutil.process_iter(["cmdline"]))][: len(killed) < 4]:
            one.kill()
            killed.append(path)

    with Index.create(tmp_path / "there") as there:
        report = there.update(sources, pool=pool_named("ray"), progress=kill_one)
        assert contents(there) == expected
    assert report.added == 640 and not report.skipped
    assert len(killed) == 4


def is_actor(process: psutil.Process) -> bool:
    command = " ".join(process.info["cmdline"] or ())
    return command.startswith("ray::RayWorker")


@NEEDS_RAY
def test_without_a_cluster_at_an_address_it_says_so_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a process that is not connected to a cluster already, as the tests may be."""
    monkeypatch.setattr("ray.is_initialized", lambda: False)
    monkeypatch.setattr("ray.shutdown", lambda: None)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
        with pytest.raises(RagError, match=f"no workers of Ray at {address}") as caught:
            pool_named(f"ray:{address}")(TWO)
    assert "ConnectionRefusedError" in caught.value.why and "--workers local" in caught.value.fix


def test_a_name_of_no_pool_is_an_error_that_lists_them() -> None:
    with pytest.raises(UnknownName, match="rey"):
        pool_named("rey")
    with pytest.raises(RagError, match="local:x"):
        pool_named("local:x")
    assert pool_named("") is pool_named("local") is local_processes


def test_a_manifest_names_workers_and_no_address(tmp_path: Path) -> None:
    """It may come with a repository, and would have its content sent to whoever it names."""
    manifest = tmp_path / "rag.toml"
    manifest.write_text('[index]\nworkers = "ray"\n[[corpus]]\npath = "."\n')
    assert load_manifest(manifest).workers == "ray"
    manifest.write_text('[index]\nworkers = "ray:evil.example:6379"\n[[corpus]]\npath = "."\n')
    with pytest.raises(ManifestError, match="names an address"):
        load_manifest(manifest)
