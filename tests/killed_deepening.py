"""Deepen an index, and end the process without a warning at each of its steps on the disk in turn.

This runs in a separate process, which forks one child for each step: Python reports what a program does with
files as audit events (PEP 578), and at the n-th of those within the index the child is gone.
"""

import json
import os
import shutil
import sys
import traceback
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from indexers.deepening import deepen as module
from indexers.deepening.deepen import deepen
from indexers.index import Index
from indexers.verify import verify

_EVENTS = frozenset({"open", "os.mkdir", "os.remove", "os.rename", "os.truncate", "shutil.rmtree"})
_WRITES = os.O_WRONLY | os.O_RDWR
_KILLED = 9


def ending_at(step: int, folder: str) -> Callable[[str, tuple[Any, ...]], None]:
    """Return an audit hook that ends the process at a step on the files of `folder`, counted from 1."""
    left = step

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal left
        is_write = event != "open" or int(arguments[2]) & _WRITES
        if event in _EVENTS and is_write and any(folder in str(one) for one in arguments):
            left -= 1
            if not left:
                os._exit(_KILLED)

    return hook


def in_a_child(work: Callable[[], object]) -> int:
    """Call a function in a forked process and return its exit status: ONNX Runtime survives no fork."""
    child = os.fork()
    if not child:
        try:
            work()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def deepen_until(step: int, work: Path) -> None:
    """Deepen an index, and end the process at a step."""
    index = Index.open(work)
    sys.addaudithook(ending_at(step, str(work)))
    deepen(index)


def look(step: int, work: Path) -> None:
    """Print what is left after a kill at a step, and what the next pass makes of it, as a line of JSON."""
    with Index.open(work) as index:
        problems, left = verify(index), index.status().deepened
    with Index.open(work) as index:
        again = deepen(index)
        problems += verify(index)
    folders = sorted(path.name for path in (work / "deep").iterdir())
    outcome = {
        "step": step,
        "problems": problems,
        "kept": left.done if left else 0,
        "encoded": again.encoded,
        "done": again.done,
        "left": again.left,
        "remains": len(folders) - 2,  # a folder and the file of vectors
    }
    os.write(1, json.dumps(outcome).encode() + b"\n")


def state_of(folder: Path) -> dict[str, bytes]:
    """Return all that an index has on the disk, but for what depends on the process and not on the step."""
    of_the_process = {"writer.json", "catalog.sqlite-shm"}  # that they are there counts
    return {
        str(path.relative_to(folder)): b""
        if path.is_dir() or path.name in of_the_process
        else path.read_bytes()
        for path in folder.rglob("*")
    }


def run(sound: Path, work: Path) -> None:
    """Print what is left after a kill at each step that leaves something else than the one before."""
    module._BATCH, module._COMMIT_AFTER = 4, 4  # type: ignore[misc]
    left: dict[str, bytes] = {}
    for step in count(1):
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(sound, work)
        code = in_a_child(lambda: deepen_until(step, work))  # noqa: B023
        if code != _KILLED:
            sys.exit(code)
        before, left = left, state_of(work)
        if left != before:  # half of the steps open a file and change nothing
            in_a_child(lambda: look(step, work))  # noqa: B023


if __name__ == "__main__":
    run(Path(sys.argv[1]), Path(sys.argv[2]))
