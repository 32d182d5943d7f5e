"""Batches over processes: order, and what happens when one dies."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpora.document import Listed
from corpora.spec import CorpusSpec, open_corpus
from indexers.budget import Budget
from indexers.prepare import Batch, LeftOut, Outcome, Prepared, Task, Unchanged, prepare_batch
from indexers.workers import batched, prepare_all, uninterrupted
from tests.small_corpora import write_tree

TWO = Budget(workers=2)
BIG = 10_000_000  # worth starting workers for, by the size that the tasks claim


def tasks(spec: CorpusSpec, size: int) -> tuple[Task, ...]:
    listed = [entry for entry in open_corpus(spec).scan() if isinstance(entry, Listed)]
    return tuple(Task(Listed(entry.path, size, entry.stamp)) for entry in listed)


@pytest.fixture
def spec(tmp_path: Path) -> CorpusSpec:
    files = {f"{n:02d}.py": f"def function_{n}():\n    return {n}\n" for n in range(12)}
    return CorpusSpec("app", "code", str(write_tree(tmp_path, files)))


@pytest.mark.slow
def test_workers_give_what_one_process_gives_in_the_same_order(spec: CorpusSpec) -> None:
    def outcomes(size: int) -> Iterator[tuple[str, object]]:
        whole = Batch(spec, tasks(spec, size), "builtin")
        for some in prepare_all(list(batched([whole], max_bytes=BIG, max_items=2)), TWO):
            for outcome in some:
                assert isinstance(outcome, Prepared)
                yield outcome.listed.path, outcome.fields

    assert list(outcomes(BIG)) == list(outcomes(1))


@pytest.mark.slow
def test_a_file_that_kills_its_worker_is_skipped_and_the_others_are_not(spec: CorpusSpec) -> None:
    whole = Batch(spec, tasks(spec, BIG), "builtin")
    cut = list(batched([whole], max_bytes=10 * BIG, max_items=4))
    done = [one for some in prepare_all(cut, TWO, die_of_number_five) for one in some]
    assert [one.listed.path for one in done] == [task.listed.path for task in whole.tasks]
    (lost,) = (one for one in done if not isinstance(one, Prepared))
    assert isinstance(lost, LeftOut) and lost.listed.path == "05.py"
    assert lost.skipped.detail == "it crashed the parser"


def die_of_number_five(batch: Batch) -> list[Outcome]:
    """End this process, as a bug in a grammar would, at one of the files."""
    if any(task.listed.path == "05.py" for task in batch.tasks):
        os.abort()
    return prepare_batch(batch)


def test_a_document_with_the_hash_it_had_is_not_prepared_again(spec: CorpusSpec) -> None:
    whole = Batch(spec, tasks(spec, 1), "builtin")
    first = [one for some in prepare_all([whole], TWO) for one in some]
    hashes = [one.document.content_hash for one in first if isinstance(one, Prepared)]
    known = tuple(task._replace(known_hash=value) for task, value in zip(whole.tasks, hashes, strict=True))
    assert {type(one) for some in prepare_all([whole._replace(tasks=known)], TWO) for one in some} == {
        Unchanged
    }


def test_batches_are_cut_by_bytes_and_by_number() -> None:
    spec = CorpusSpec("app", "code", "/")
    sizes = [5, 5, 1, 1, 1, 20, 2]
    whole = Batch(spec, tuple(Task(Listed(str(n), size, "")) for n, size in enumerate(sizes)), "")
    cut = [
        [task.listed.size_bytes for task in batch.tasks]
        for batch in batched([whole], max_bytes=10, max_items=3)
    ]
    assert cut == [[5, 5], [1, 1, 1], [20], [2]]


def test_an_interrupt_waits_for_the_end_of_what_must_not_be_cut_short() -> None:
    steps = []
    with pytest.raises(KeyboardInterrupt):
        with uninterrupted():
            signal.raise_signal(signal.SIGINT)
            steps.append("finished")
        steps.append("went on")
    assert steps == ["finished"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_error_in_it_is_told_and_interrupts_work_again() -> None:
    with pytest.raises(ValueError, match="broken"), uninterrupted():
        raise ValueError("broken")
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_other_threads_are_never_interrupted_and_leave_the_handler_alone() -> None:
    seen = []

    def run() -> None:
        with uninterrupted():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]
