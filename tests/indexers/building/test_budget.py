"""Indexing stays within the memory that it is allowed."""

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from corpora.document import Listed
from corpora.errors import RagError
from corpora.spec import CorpusSpec, open_corpus
from indexers.building.budget import Budget, choose_budget, memory_needed
from indexers.building.prepare import Batch, ItemResult, LeftOut, Prepared, ReadTask, prepare_batch
from indexers.building.workers import spread
from indexers.index import Index
from rag.cli.main import main
from tests.small_corpora import write_tree

MEGABYTE = 1_000_000


def test_more_memory_never_means_fewer_workers() -> None:
    least = memory_needed(50_000, workers=0)
    workers = [choose_budget(50_000, least + extra * MEGABYTE).workers for extra in range(0, 2000, 50)]
    assert workers == sorted(workers)
    assert workers[0] == 0 and workers[-1] >= 1


def test_what_a_budget_takes_is_within_its_limit() -> None:
    for chunks in (0, 1000, 1_000_000):
        for limit in range(memory_needed(chunks, workers=0), 3000 * MEGABYTE, 77 * MEGABYTE):
            budget = choose_budget(chunks, limit)
            assert memory_needed(chunks, budget.workers) <= limit


def test_a_larger_index_needs_more_memory() -> None:
    assert memory_needed(2_000_000, workers=2) > memory_needed(1_000_000, workers=2)


def test_without_a_limit_one_process_is_always_allowed() -> None:
    assert choose_budget(10**10).workers == 0  # more than any machine has


def test_too_little_memory_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    tree = write_tree(tmp_path / "app", {"a.py": "def f():\n    return 1\n"})
    with Index.build(tmp_path / "index", [str(tree)]) as index:
        before = index.status()
        write_tree(tree, {"b.py": "def g():\n    return 2\n"})
        with pytest.raises(RagError, match="10 MB of memory are not enough") as told:
            index.update(max_memory=10 * MEGABYTE)
        assert "allow --memory" in str(told.value.fix)
        assert index.status() == before
        assert index.update(max_memory=2000 * MEGABYTE).added == 1


@pytest.mark.parametrize("size", ["2GB", "2 gb", "1.9GiB", "2000M", "2000000000"])
def test_a_size_is_written_as_people_write_it(
    size: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write_tree(tmp_path, {"a.py": "def f():\n    return 1\n"}))
    assert main(["index", ".", "--memory", size]) == 0


def test_a_malformed_size_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["index", ".", "--memory", "much"])
    assert "'much' is not a size such as 500MB" in capsys.readouterr().err


def take_much(batch: Batch) -> list[ItemResult]:
    """Take 400 MB at one of the files, as a hostile file would make a parser do."""
    held = bytes(400 * MEGABYTE) if any(task.listed.path == "1.py" for task in batch.tasks) else b""
    outcomes = prepare_batch(batch)
    del held
    return outcomes


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not enforce it")
def test_a_file_that_takes_more_than_the_share_of_its_worker_is_skipped_and_the_others_are_not(
    tmp_path: Path,
) -> None:
    tree = write_tree(tmp_path, {f"{n}.py": f"def f{n}():\n    return {n}\n" for n in range(3)})
    spec = CorpusSpec("app", "code", str(tree))
    listed = [entry for entry in open_corpus(spec).scan() if isinstance(entry, Listed)]
    batches = [Batch(spec, (ReadTask(Listed(one.path, 10**7, one.stamp)),), "builtin") for one in listed]
    allowed = Budget(workers=1, worker_bytes=250 * MEGABYTE)
    outcomes = [one for some in spread(batches, allowed, take_much) for one in some]
    assert [type(one) for one in outcomes] == [Prepared, LeftOut, Prepared]
    assert isinstance(outcomes[1], LeftOut) and "memory" in outcomes[1].skipped.detail
    roomy = Budget(workers=1, worker_bytes=900 * MEGABYTE)
    assert all(isinstance(one, Prepared) for some in spread(batches, roomy, take_much) for one in some)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="shared pages are told apart on Linux only")
def test_all_processes_together_stay_within_the_limit(tmp_path: Path) -> None:
    library = Path(subprocess.__file__).parent  # four megabytes of real code that are on every machine
    names = ["asyncio", "ctypes", "email", "http", "unittest"]
    limit = 500 * MEGABYTE
    command = ["rag.cli.main", "index", *(str(library / name) for name in names)]
    command += ["--index", str(tmp_path / "index"), "--memory", "500MB"]
    peak = 0
    with (tmp_path / "errors").open("w+") as errors:
        running = subprocess.Popen([sys.executable, "-m", *command], stdout=subprocess.DEVNULL, stderr=errors)
        while running.poll() is None:
            peak = max(peak, _taken(psutil.Process(running.pid)))
            time.sleep(0.1)
        errors.seek(0)
        assert running.returncode == 0, errors.read()
    assert 0 < peak <= limit
    with Index.open(tmp_path / "index") as index:
        assert index.status().counts.documents > 150


def _taken(process: psutil.Process) -> int:
    """Return the bytes of a process and those that it started, shared pages counted once."""
    total = 0
    for one in (process, *process.children(recursive=True)):
        try:
            total += one.memory_full_info().pss
        except psutil.Error:  # ended meanwhile
            continue
    return total
