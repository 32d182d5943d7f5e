"""On a full disk, the error says so, nothing committed is lost, and the next run goes on."""

import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from indexers.index import Index
from indexers.verify import verify
from tests.small_corpora import write_tree

resource = pytest.importorskip("resource", reason="limits of a process are those of POSIX")

# `RLIMIT_FSIZE` ends every file that a process writes at so many bytes, as a full disk would.
LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
from rag.cli.main import main
sys.exit(main(sys.argv[2:]))
"""


def run_limited(limit: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", LIMITED, str(limit), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def tree_of(folder: Path, files: range) -> Path:
    chance = Random(0)  # words that no compression makes small
    return write_tree(
        folder,
        {
            f"m{n}.py": "".join(f"def f{chance.random()}(): return {chance.random()}\n\n" for _ in range(300))
            for n in files
        },
    )


@pytest.mark.slow
@pytest.mark.parametrize("limit", [40_000, 120_000, 300_000])
def test_a_full_disk_is_reported_and_loses_nothing(tmp_path: Path, limit: int) -> None:
    tree, place = tree_of(tmp_path / "app", range(3)), tmp_path / "index"
    with Index.build(place, [tree]) as index:
        before = index.status().counts
    tree_of(tree, range(3, 60))
    done = run_limited(limit, "index", str(tree), "--index", str(place))
    assert done.returncode == 1
    what, why, fix = done.stderr.strip().splitlines()[-3:]
    assert what.startswith("error: the ") and why.startswith("  why: ") and "make room" in fix
    assert "Traceback" not in done.stderr
    with Index.open(place) as index:
        assert index.status().counts == before
        assert verify(index) == []
        assert index.update().added == 57
        assert verify(index) == []


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_must_not_be_written_to_is_reported(tmp_path: Path) -> None:
    tree = tree_of(tmp_path / "app", range(3))
    (tmp_path / "closed").mkdir(mode=0o500)
    done = run_limited(10**9, "index", str(tree), "--index", str(tmp_path / "closed" / "index"))
    assert done.returncode == 1
    assert "Permission denied" in done.stderr and "Traceback" not in done.stderr
