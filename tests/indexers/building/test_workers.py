"""Batches are spread over processes: results are in order, and a process that dies costs one file."""

import os
import re
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpora.document import Listed
from corpora.spec import CorpusSpec, open_corpus
from corpora.syntax import parse as syntax_tree
from indexers.building.budget import Budget
from indexers.building.prepare import Batch, ItemResult, LeftOut, Prepared, ReadTask, Unchanged, prepare_batch
from indexers.building.workers import batched, prepare_all, spread, uninterrupted
from tests.small_corpora import write_tree

TWO = Budget(workers=2)
BIG = 10_000_000  # worth starting workers for, by the size that the tasks claim


def tasks(spec: CorpusSpec, size: int) -> tuple[ReadTask, ...]:
    listed = [entry for entry in open_corpus(spec).scan() if isinstance(entry, Listed)]
    return tuple(ReadTask(Listed(entry.path, size, entry.stamp)) for entry in listed)


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
    done = [one for some in spread(cut, TWO, die_of_number_five) for one in some]
    assert [one.listed.path for one in done] == [task.listed.path for task in whole.tasks]
    (lost,) = (one for one in done if not isinstance(one, Prepared))
    assert isinstance(lost, LeftOut) and lost.listed.path == "05.py"
    assert lost.skipped.detail == "it crashes the parser"


def die_of_number_five(batch: Batch) -> list[ItemResult]:
    """End this process, as a bug in a grammar would, at one of the files."""
    if any(task.listed.path == "05.py" for task in batch.tasks):
        os.abort()
    return prepare_batch(batch)


@pytest.mark.slow
def test_a_file_whose_parse_ends_the_worker_is_cut_by_lines(spec: CorpusSpec) -> None:
    whole = Batch(spec, tasks(spec, BIG), "builtin")
    outcomes = [one for some in spread([whole], TWO, parse_five_fatally) for one in some]
    methods = {
        one.listed.path: (one.chunking.method, one.chunking.note)
        for one in outcomes
        if isinstance(one, Prepared)
    }
    assert methods.pop("05.py") == ("lines", "not parsed: it crashes the parser")
    assert set(methods.values()) == {("syntax", "")} and len(methods) == 11


def parse_five_fatally(batch: Batch) -> list[ItemResult]:
    """Prepare the batch, but have the grammar end this process at one of the files."""
    load = syntax_tree.load_parser

    def load_or_die(language: str) -> object:
        if any(task.listed.path == "05.py" for task in batch.tasks):
            os.abort()
        return load(language)

    syntax_tree.load_parser = load_or_die  # type: ignore[assignment]
    try:
        return prepare_batch(batch)
    finally:
        syntax_tree.load_parser = load


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no such timer")
def test_a_call_that_never_returns_is_ended_by_the_system(spec: CorpusSpec) -> None:
    whole = Batch(spec, tasks(spec, BIG)[:2], "builtin")
    first, second = [one for some in spread([whole], TWO, hang_at_number_one) for one in some]
    assert isinstance(first, Prepared)
    assert isinstance(second, LeftOut) and second.skipped.detail == "it takes too long"


def hang_at_number_one(batch: Batch) -> list[ItemResult]:
    """Never return from a call into C, which no signal handler interrupts: matching takes years."""
    # Of processor time, of which the first file takes some for what is imported.
    syntax_tree._READING_SECONDS, syntax_tree._READING_SECONDS_PER_BYTE = 1.5, 0.0  # type: ignore[misc]
    outcomes = []
    for task in batch.tasks:
        with syntax_tree.reading_time_limit(task.listed.size_bytes):
            if task.listed.path == "01.py":
                re.fullmatch("(a*)*b", "a" * 60)
        outcomes += prepare_batch(batch._replace(tasks=(task,)))
    return outcomes


def test_a_file_that_is_risky_to_parse_goes_to_another_process(spec: CorpusSpec) -> None:
    (Path(spec.location) / "06.py").write_text("x = 1\n" * 6_000)
    listed = [entry for entry in open_corpus(spec).scan() if isinstance(entry, Listed)]
    whole = Batch(spec, tuple(map(ReadTask, listed)), "builtin")
    here = os.getpid()
    pids = [pid for some in spread([whole], TWO, say_who) for pid in some]
    assert here not in pids and len(pids) == 12


def test_a_file_that_proves_to_be_risky_goes_to_another_process_too(spec: CorpusSpec) -> None:
    (Path(spec.location) / "06.c").write_text("f(x);\n" * 5_000)
    listed = [entry for entry in open_corpus(spec).scan() if isinstance(entry, Listed)]
    whole = Batch(spec, tuple(map(ReadTask, listed)), "builtin")
    outcomes = [one for some in prepare_all([whole], TWO) for one in some]
    assert {one.chunking.method for one in outcomes if isinstance(one, Prepared)} == {"syntax"}
    assert len(outcomes) == 13


def say_who(batch: Batch) -> list[int]:
    return [os.getpid() for _ in batch.tasks]


def test_a_document_with_an_unchanged_hash_is_not_prepared_again(spec: CorpusSpec) -> None:
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
    whole = Batch(spec, tuple(ReadTask(Listed(str(n), size, "")) for n, size in enumerate(sizes)), "")
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


def test_an_error_in_such_a_block_is_raised_and_interrupts_work_again() -> None:
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
