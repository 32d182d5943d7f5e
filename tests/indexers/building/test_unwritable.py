"""An index can be read from full disks, read-only mounts and folders that cannot be written to."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexers.index import Index
from indexers.layout import Layout
from indexers.verify import verify
from tests.damaged_index import said
from tests.indexers.building.test_full_disk import tree_of
from tests.sandboxes import ISOLATION
from tests.small_corpora import write_tree
from tests.tea_tasks import RIGHT, TASKS, write_lines

QUESTION = "parse a date string"


class Disk:
    """A small file system in memory."""

    def __init__(self, path: Path, size: str) -> None:
        self.path = path
        path.mkdir()
        self._mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(path))

    def leave(self, room: int) -> None:
        """Fill the disk but for so many bytes."""
        self.fill()
        filler = self.path / "filler"
        os.truncate(filler, filler.stat().st_size - room)

    def fill(self) -> None:
        """Fill the disk."""
        with (self.path / "filler").open("ab") as file:
            try:
                while True:
                    os.write(file.fileno(), bytes(4096))
            except OSError:
                return

    def remount(self, options: str) -> None:
        """Mount the file system with other options."""
        self._mount("-o", f"remount,{options}", str(self.path))

    def _mount(self, *arguments: str) -> None:
        done = subprocess.run(["mount", *arguments], capture_output=True, check=False)
        if done.returncode:
            pytest.skip("file systems cannot be mounted here")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    if sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("only root mounts a file system")
    made = Disk(tmp_path / "disk", "3m")
    yield made
    subprocess.run(["umount", "-l", str(made.path)], check=False)


def run(*arguments: object) -> tuple[int, str, list[str]]:
    code, out, err = said([*map(str, arguments)])
    return code, out, err.strip().splitlines()


def test_an_update_that_fills_the_disk_gives_its_room_back(disk: Disk, tmp_path: Path) -> None:
    place, tree = disk.path / "index", write_tree(tmp_path / "app")
    Index.build(place, [tree]).close()
    disk.leave(300_000)
    before = shutil.disk_usage(disk.path).free
    tree_of(tree, range(20))
    code, _, told = run("index", tree, "--index", place)
    assert code == 1
    assert [line.strip()[:5] for line in told[-3:]] == ["error", "why: ", "fix: "]
    assert shutil.disk_usage(disk.path).free > before - 50_000
    with Index.open(place) as index:
        assert verify(index) == []


def test_on_a_full_disk_the_old_index_answers_and_an_update_follows_when_there_is_room(
    disk: Disk, tmp_path: Path
) -> None:
    place, tree = disk.path / "index", write_tree(tmp_path / "app")
    Index.build(place, [tree]).close()
    disk.fill()
    for command in (["search", QUESTION], ["status"], ["verify"], ["docs", "list"]):
        code, _, told = run(*command, "--index", place)
        assert (code, [line for line in told if "error" in line]) == (0, [])
    write_tree(tree, {"more.py": "def more():\n    return 1\n"})
    code, _, told = run("index", "--index", place)
    assert (code, len(told)) == (1, 3)
    disk.remount("size=9m")
    assert run("index", "--index", place)[0] == 0
    with Index.open(place) as index:
        assert verify(index) == []


def test_what_a_kill_left_in_the_log_is_read_on_a_full_disk_and_where_nothing_can_be_written(
    disk: Disk, tmp_path: Path
) -> None:
    place, tree = disk.path / "index", write_tree(tmp_path / "app")
    Index.build(place, [tree]).close()
    killed = (
        "import os, sys; from indexers.catalog.database import Database\n"
        "Database.shrink_log = lambda self: None\n"
        "from indexers.index import Index; index = Index.open(sys.argv[1])\n"
        "index.remember('note', 'kept'); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", killed, str(place)], check=False)
    log = Layout(place).catalog.with_name("catalog.sqlite-wal")
    assert log.stat().st_size
    Layout(place).catalog.with_name("catalog.sqlite-shm").unlink()
    disk.remount("ro")
    with Index.open(place) as index:
        assert index.catalog.database.meta("note") == "kept"
        assert index.lexical.count() > 0
    disk.remount("rw")
    disk.fill()
    with Index.open(place) as index:
        assert index.catalog.database.meta("note") == "kept"


def test_an_index_on_a_read_only_mount_answers_and_says_why_it_is_not_updated(
    disk: Disk, tmp_path: Path
) -> None:
    place, tree = disk.path / "index", write_tree(tmp_path / "app")
    Index.build(place, [tree]).close()
    disk.remount("ro")
    with Index.open(place) as index:
        assert verify(index) == []
    assert "parse_date" in run("search", QUESTION, "--index", place)[1]
    code, _, told = run("index", "--index", place)
    assert code == 1 and "Read-only file system" in told[1]


def test_a_writer_that_was_not_seen_is_noticed(disk: Disk, tmp_path: Path) -> None:
    place, tree = disk.path / "index", write_tree(tmp_path / "app")
    Index.build(place, [tree]).close()
    disk.remount("ro")
    with Index.open(place) as reader:
        assert reader.status().counts.documents
        disk.remount("rw")
        write_tree(tree, {"more.py": "def more():\n    return 1\n"})
        with Index.open(place) as writer:
            writer.update()
        with pytest.raises(Exception, match="was changed while it was read"):
            reader.status()
        reader.refresh()
        assert reader.status().generation == 2


@pytest.mark.slow(15)
def test_an_evaluation_on_a_full_disk_says_so_and_goes_on_when_there_is_room(
    disk: Disk, tmp_path: Path
) -> None:
    write_lines(tmp_path / "tea.jsonl", TASKS)
    write_lines(tmp_path / "answers.jsonl", [{"task_id": task["id"], "samples": [RIGHT]} for task in TASKS])
    command = ["eval", "jsonl", tmp_path / "tea.jsonl", "--answers", tmp_path / "answers.jsonl"]
    command += ["--context", "none", "--isolation", ISOLATION, "--out", disk.path / "run"]
    disk.fill()
    for room in (0, 4096, 8192):
        disk.leave(room)
        code, _, told = run(*command)
        assert (code, [line.strip()[:5] for line in told[-3:]]) == (1, ["error", "why: ", "fix: "])
        assert not [line for line in told if "Traceback" in line]
    disk.remount("size=9m")
    code, _, told = run(*command)
    assert code == 0, told


def test_results_that_cannot_be_written_are_reported(tmp_path: Path) -> None:
    place = tmp_path / "index"
    Index.build(place, [write_tree(tmp_path / "app")]).close()
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "rag.cli.main", "search", QUESTION, "--index", str(place)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.splitlines()[1] == "  why: No space left on device"
