"""Damage an index at random, again and again, and check what the commands do with it.

This runs in a separate process, since an engine may crash on a damaged file.
"""

import contextlib
import io
import json
import math
import os
import resource
import shutil
import signal
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from indexers.layout import Layout
from rag.cli.main import main

# files that are not read as part of the index: the lock, the record of its holder, and .gitignore
UNREAD = frozenset({"writer.lock", "writer.json", ".gitignore"})
QUESTIONS = ("parse a date string", "save_7", "number of the calendar")
_SECONDS = 60  # limit for one damage; anything longer is a hang


def files_of(index: Path) -> list[Path]:
    """Return all files that commands read, sorted."""
    found = (path for path in index.rglob("*") if path.is_file())
    return sorted(path for path in found if path.name not in UNREAD and path.suffix != ".lock")


def damage(index: Path, chance: Random) -> tuple[str, Path]:
    """Damage one file at random; return how, and which file."""
    files = files_of(index)
    path = chance.choice(files)
    data = bytearray(path.read_bytes())
    kind = chance.choice(("flip", "flips", "cut", "zeros", "noise", "longer", "empty", "gone", "swapped"))
    other = chance.choice(files).read_bytes()
    path.unlink()  # hard links may share the file
    if kind != "gone":
        path.write_bytes(other if kind == "swapped" else altered(data, kind, chance))
    return kind, path


def altered(data: bytearray, kind: str, chance: Random) -> bytes:
    """Return the content of a file after damage that stays within it."""
    place = chance.randrange(len(data)) if data else 0
    # half of all damage is near the beginning, where the headers are
    place = place % 64 if chance.random() < 0.5 else place
    block = len(data[place : place + 512])
    if kind == "flip" and data:
        data[place] ^= 1 << chance.randrange(8)
    elif kind == "flips" and data:
        for _ in range(20):
            data[chance.randrange(len(data))] = chance.randrange(256)
    elif kind in {"cut", "empty"}:
        del data[place if kind == "cut" else 0 :]
    elif kind in {"zeros", "noise"}:
        data[place : place + block] = bytes(block) if kind == "zeros" else chance.randbytes(block)
    elif kind == "longer":
        data += chance.randbytes(chance.randrange(1, 1000))
    return bytes(data)


def said(arguments: list[str]) -> tuple[int, str, str]:
    """Run a command in this process; return its exit code and what it wrote to stdout and stderr."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(arguments)
    return code, out.getvalue(), err.getvalue()


def answer(index: Path, question: str) -> Any:
    """Return the hits of a search, or None for an error in three lines; raise for anything else."""
    code, out, err = said(["search", "--json", "--index", str(index), question])
    if code and out != "[]\n":  # nothing found is no error
        what, why, fix = err.splitlines()
        assert what.startswith("error: ") and why.startswith("  why: ") and fix.startswith("  fix: "), err
        assert code == 1 and not out
        return None
    hits = json.loads(out, parse_constant=lambda name: 1 / 0)
    assert all(math.isfinite(hit["score"]) for hit in hits)
    # a copy was not made on this machine, so that its corpora are not read
    return [{**hit, "is_stale": None, "root": None, "absolute_path": None} for hit in hits]


def unrecord(index: Path) -> None:
    """Remove all checksums, as in an index written by an older program or by somebody else."""
    Layout(index).seal.unlink(missing_ok=True)
    database = sqlite3.connect(Layout(index).catalog)
    with database:
        database.execute("DELETE FROM meta WHERE key = 'checksums'")
    database.close()


def outcomes(sound: Path, work: Path, chance: Random, count: int) -> Iterator[dict[str, Any]]:
    """Yield the outcome of each damage to a copy of the index `sound`."""
    right = [answer(sound, question) for question in QUESTIONS]
    for _ in range(count):
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(sound, work)
        kind, path = damage(work, chance)
        before = sound / path.relative_to(work)
        signal.alarm(_SECONDS)
        try:
            answers = [answer(work, question) for question in QUESTIONS]
            verified, _, _ = said(["verify", "--index", str(work)])
            wrong = [a for a, b in zip(answers, right, strict=True) if a is not None and a != b]
            trouble = ""
        except Exception as error:
            verified, wrong, trouble = 0, [], f"{type(error).__name__}: {error}"
        yield {
            "kind": kind,
            "file": str(path.relative_to(work)),
            "changed": not path.exists() or path.read_bytes() != before.read_bytes(),
            "found": verified == 1,
            "wrong": len(wrong),
            "trouble": trouble,
        }


def run(sound: Path, work: Path, seed: int, count: int) -> None:
    """Print the outcomes as lines of JSON."""
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
    for outcome in outcomes(sound, work, Random(seed), count):
        os.write(1, json.dumps(outcome).encode() + b"\n")


if __name__ == "__main__":
    run(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
