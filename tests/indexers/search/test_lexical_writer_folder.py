"""The folder of a new generation, where a writer that was given up is still writing."""

import threading
from pathlib import Path

from indexers.search.interfaces import Fields
from indexers.search.lexical import TantivyWriter


def test_what_is_written_while_a_folder_is_removed_does_not_stop_a_new_writer(tmp_path: Path) -> None:
    folder = tmp_path / "000001"
    is_done = threading.Event()

    def write_on() -> None:
        for number in range(300):
            if is_done.is_set():
                return
            try:
                folder.mkdir(exist_ok=True)
                (folder / f"{number}.tmp").write_bytes(b"x" * 1000)
            except OSError:
                continue

    left = threading.Thread(target=write_on)
    left.start()
    try:
        writer = TantivyWriter(folder, None)
    finally:
        is_done.set()
        left.join()
    writer.add(1, 1, Fields("a", "b", "c"))
    writer.commit()
    assert (folder / "meta.json").is_file()
