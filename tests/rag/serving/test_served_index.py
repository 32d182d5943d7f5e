"""An index stays open for many threads, and is always shown at its newest generation."""

import json
import os
import platform
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from corpora.errors import IndexNotFound, RagError
from indexers.building.writer_lock import is_being_written, writing
from indexers.layout import Layout
from rag.retrieval.retrieve import retrieve
from rag.serving.served_index import ServedIndex
from tests.served_project import update, write_project


def test_what_was_written_is_seen_after_the_next_look(tmp_path: Path) -> None:
    folder = write_project(tmp_path / "shop")
    served = ServedIndex(folder / ".rag")
    with served.reading() as index:
        before = index.catalog.database.generation
    assert not served.follow()

    (folder / "shop" / "coupon.py").write_text("def redeem_coupon(code):\n    return code\n")
    update(folder)

    assert served.follow()
    with served.reading() as index:
        assert index.catalog.database.generation > before
        assert retrieve(index, "redeem_coupon", 1)[0].chunk.symbol == "redeem_coupon"
    served.close()


def test_a_reader_keeps_the_generation_that_it_began_with(tmp_path: Path) -> None:
    folder = write_project(tmp_path / "shop")
    served = ServedIndex(folder / ".rag")
    with served.reading() as index:
        (folder / "shop" / "basket.py").unlink()
        update(folder)
        assert served.follow()
        assert retrieve(index, "parse_price", 1)[0].chunk.symbol == "parse_price"
        with served.reading() as newer:
            assert all(hit.chunk.symbol != "parse_price" for hit in retrieve(newer, "parse_price", 5))
    with pytest.raises(RagError, match="closed"):  # nobody reads it any more
        index.catalog.corpora()
    served.close()


def test_an_index_that_is_not_there_yet_is_found_once_it_is(tmp_path: Path) -> None:
    served = ServedIndex(tmp_path / "shop" / ".rag")
    with pytest.raises(IndexNotFound), served.reading():
        pass
    write_project(tmp_path / "shop")
    with served.reading() as index:
        assert index.catalog.database.generation
    served.close()


def test_a_damaged_generation_leaves_the_one_before(tmp_path: Path) -> None:
    folder = write_project(tmp_path / "shop")
    served = ServedIndex(folder / ".rag")
    with served.reading():
        pass
    catalog = folder / ".rag" / "catalog.sqlite"
    whole = catalog.read_bytes()
    catalog.unlink()
    catalog.write_bytes(b"no database" * 1000)
    assert not served.follow()
    problem = served.problem
    assert problem is not None and "catalog" in problem.what
    assert not served.follow()
    assert served.problem is problem  # it was not tried again
    with served.reading() as index:
        assert index.catalog.database.generation
    catalog.unlink()
    catalog.write_bytes(whole)
    assert served.follow()
    assert served.problem is None
    served.close()


def test_a_closed_index_answers_nobody(tmp_path: Path) -> None:
    served = ServedIndex(write_project(tmp_path / "shop") / ".rag")
    with served.reading():
        served.close()
    with pytest.raises(RagError, match="not served any more"), served.reading():
        pass


def test_a_writer_is_known_while_it_writes_and_not_after(tmp_path: Path) -> None:
    folder = write_project(tmp_path / "shop")
    layout = Layout(folder / ".rag")
    served = ServedIndex(layout.root)
    assert not served.is_being_written
    with writing(layout):
        assert served.is_being_written
    assert not is_being_written(layout)


def test_the_note_of_a_process_that_was_killed_is_not_believed(tmp_path: Path) -> None:
    layout = Layout(write_project(tmp_path / "shop") / ".rag")
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    for pid, host, is_believed in (
        (os.getpid(), platform.node(), True),
        (ended.pid, platform.node(), False),
        (os.getpid(), "elsewhere", False),
        (10**30, platform.node(), False),
    ):
        layout.lock_holder.write_text(json.dumps({"pid": pid, "host": host, "since": "then"}))
        assert is_being_written(layout) == is_believed
    layout.lock_holder.write_text("no json")
    assert not is_being_written(layout)


@pytest.mark.slow(6)
def test_no_thread_sees_half_an_update(tmp_path: Path) -> None:
    folder = write_project(tmp_path / "shop")
    served = ServedIndex(folder / ".rag")
    halves = {folder / f"{name}.py": f"def {name}_half():\n    return 1\n" for name in ("left", "right")}
    wrong: list[object] = []
    end = threading.Event()

    def ask() -> None:
        while not end.is_set():
            with served.reading() as index:
                texts = "".join(hit.chunk.text for hit in retrieve(index, "left_half right_half", 10))
            if ("def left_half" in texts) != ("def right_half" in texts):
                wrong.append(texts)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    try:
        for number in range(6):
            for path, text in halves.items():
                if number % 2:
                    path.unlink()
                else:
                    path.write_text(text)
            update(folder)
            assert served.follow()
    finally:
        end.set()
        for thread in threads:
            thread.join()
    assert not wrong
    served.close()
