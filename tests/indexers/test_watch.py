"""A watched index follows its folders, and goes on whatever happens to one update."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from threading import Event, Thread, Timer

import pytest

from corpora.errors import CorpusError, RagError
from corpora.sources import spec_for
from corpora.spec import CorpusSpec
from indexers.building.report import Report
from indexers.building.writer_lock import writer_lock
from indexers.index import Index
from indexers.layout import Layout
from indexers.watch import watch
from rag.retrieval.retrieve import retrieve
from tests.small_corpora import FILES, write_tree

pytest.importorskip("watchfiles")

PATIENCE = 30.0  # seconds; an update comes after about one


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "app")


@pytest.fixture
def index(tree: Path) -> Path:
    path = tree / ".rag"
    Index.build(path, [tree]).close()
    return path


@contextmanager
def watching(index: Path, *specs: CorpusSpec) -> Iterator[Queue[Report | RagError]]:
    """Watch in a thread; what it tells. The first report, of what was there before, is taken."""
    told: Queue[Report | RagError] = Queue()
    stop = Event()
    thread = Thread(target=watch, args=(index, specs, told.put, stop), daemon=True)
    thread.start()
    try:
        assert isinstance(told.get(timeout=PATIENCE), Report)
        yield told
    finally:
        stop.set()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def next_report(told: "Queue[Report | RagError]") -> Report:
    outcome = told.get(timeout=PATIENCE)
    assert isinstance(outcome, Report), outcome
    return outcome


def first_text(index: Path, query: str) -> str:
    with Index.open(index) as opened:
        return retrieve(opened, query, 1)[0].chunk.text


@pytest.mark.slow
def test_a_change_a_new_file_and_a_removal_are_followed(tree: Path, index: Path) -> None:
    with watching(index, spec_for(str(tree))) as told:
        (tree / "notes.txt").write_text("The office dog is called Waldemar.\n")
        assert next_report(told).changed == 1
        assert "Waldemar" in first_text(index, "waldemar")
        (tree / "fresh.py").write_text("def submarine(): pass\n")
        assert next_report(told).added == 1
        (tree / "fresh.py").unlink()
        assert next_report(told).removed == 1
    with Index.open(index) as opened:
        assert all("submarine" not in hit.chunk.text for hit in retrieve(opened, "submarine", 5))


@pytest.mark.slow
def test_changes_in_quick_succession_are_one_update(tree: Path, index: Path) -> None:
    with watching(index, spec_for(str(tree))) as told:
        write_tree(tree, {f"part_{n}.py": f"x = {n}\n" for n in range(30)})
        assert next_report(told).added == 30
        assert told.empty()


@pytest.mark.slow
def test_what_changed_before_the_watch_began_is_found(tree: Path, index: Path) -> None:
    (tree / "notes.txt").write_text("The office dog is called Waldemar.\n")
    with watching(index, spec_for(str(tree))):
        assert "Waldemar" in first_text(index, "waldemar")


@pytest.mark.slow
def test_only_the_corpora_that_hold_a_change_are_looked_at(tree: Path, index: Path, tmp_path: Path) -> None:
    other = write_tree(tmp_path / "other", {"a.py": "a = 1\n", "b.py": "b = 1\n"})
    with watching(index, spec_for(str(tree)), spec_for(str(other))) as told:
        assert next_report(told).added == 2  # the other one was not in the index
        (other / "a.py").write_text("a = 22\n")
        report = next_report(told)
        assert (report.changed, report.unchanged) == (1, 1)


@pytest.mark.slow
def test_writing_the_index_and_what_git_keeps_wakes_nobody(tree: Path, index: Path) -> None:
    with watching(index, spec_for(str(tree))) as told:
        write_tree(tree, {".git/index": "x", ".rag/note": "x"})
        time.sleep(1.5)
        assert told.empty()


@pytest.mark.slow
def test_a_locked_index_is_told_once_and_the_update_is_made_up_for(tree: Path, index: Path) -> None:
    with watching(index, spec_for(str(tree))) as told:
        with writer_lock(Layout(index)):
            (tree / "notes.txt").write_text("The office dog is called Waldemar.\n")
            problem = told.get(timeout=PATIENCE)
            assert isinstance(problem, RagError) and "another process" in problem.what
            time.sleep(2.5)
            assert told.empty()
        assert next_report(told).changed == 1


@pytest.mark.slow
def test_a_folder_that_goes_is_told_and_followed_again_when_it_is_back(tmp_path: Path, tree: Path) -> None:
    part = write_tree(tmp_path / "part", {"a.py": "a = 1\n"})
    specs = (spec_for(str(part)), spec_for(str(tree)))
    index = tmp_path / "index"
    Index.build(index, specs).close()
    with watching(index, *specs) as told:
        assert next_report(told).unchanged == len(FILES)
        (part / "a.py").unlink()
        part.rmdir()
        while isinstance(problem := told.get(timeout=PATIENCE), Report):
            assert problem.removed <= 1  # the file went a moment before the folder
        assert "part" in problem.what
        (tree / "notes.txt").write_text("The office dog is called Waldemar.\n")
        assert next_report(told).changed == 1
        write_tree(part, {"b.py": "b = 1\n"})
        assert next_report(told).added == 1
        (part / "b.py").write_text("b = 22\n")
        while not next_report(told).changed:  # all are looked at when the watch begins anew
            pass


@pytest.mark.slow
def test_a_folder_that_is_gone_keeps_no_other_from_being_watched(
    tmp_path: Path, tree: Path, index: Path
) -> None:
    gone = CorpusSpec("gone", "code", str(tmp_path / "gone"))
    page = CorpusSpec("no-such-page", "man", "no-such-page")  # its location is no folder
    with watching(index, spec_for(str(tree)), gone, page) as told:
        assert "gone" in str(told.get(timeout=PATIENCE))
        (tree / "notes.txt").write_text("The office dog is called Waldemar.\n")
        assert next_report(told).changed == 1
        write_tree(tmp_path / "gone", {"a.py": "a = 1\n"})
        assert next_report(told).added == 1


def test_packages_alone_are_nothing_to_watch(index: Path) -> None:
    with pytest.raises(CorpusError, match="nothing to watch"):
        watch(index, [spec_for("pkg:jinja2")], print, Event())


def test_a_folder_that_is_not_there_cannot_be_watched(index: Path, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="cannot watch"):
        watch(index, [CorpusSpec("none", "code", str(tmp_path / "none"))], print, Event())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "said"), [([], "0 added, 1 changed, 0 removed"), (["--json"], '"changed": 1')]
)
def test_the_command_prints_a_line_an_update_and_ends_well_by_ctrl_c(
    tree: Path, index: Path, options: list[str], said: str
) -> None:
    command = [sys.executable, "-m", "rag.cli.main", "watch", "--index", str(index), *options]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:
        late = Timer(2 * PATIENCE, process.kill)
        late.start()
        assert process.stdout and process.stderr
        wait_until(lambda: "watching" in process.stderr.readline())  # type: ignore[union-attr]
        (tree / "notes.txt").write_text("The office dog is called Waldemar.\n")
        line = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate()
        late.cancel()
    assert said in line and rest == ""
    assert (process.returncode, "Traceback" in errors) == (0, False)


@pytest.mark.slow
def test_the_command_watches_on_when_one_corpus_cannot_be_read(tree: Path) -> None:
    (tree / "rag.toml").write_text(
        '[[corpus]]\npath = "."\n[[corpus]]\nman = "no-such-page"\n[[corpus]]\npackage = "no-such-package"\n'
    )
    command = [sys.executable, "-m", "rag.cli.main", "watch"]
    with subprocess.Popen(command, cwd=tree, stderr=subprocess.PIPE, text=True) as process:
        late = Timer(2 * PATIENCE, process.kill)
        late.start()
        assert process.stderr
        told = ""
        while "watching" not in told:
            told += process.stderr.readline()
        process.send_signal(signal.SIGINT)
        told += process.communicate()[1]
        late.cancel()
    assert "no manual page 'no-such-page'" in told and "'no-such-package'" in told
    assert (process.returncode, "Traceback" in told) == (0, False)


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline
