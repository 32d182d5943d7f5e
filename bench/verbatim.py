"""Find the longest run of a question's words that stands verbatim in a file, as a user of ripgrep would.

A run is a part of the question between two of its spaces; in a file, white space of any length is one space.
"""

from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from rag.evaluation.questions.judge import Found

_MAX_BYTES = 5_000_000


class File(NamedTuple):
    """The text of a file, each white space one space, and where each line that is not blank begins in it."""

    path: str
    text: str
    starts: tuple[int, ...]
    lines: tuple[int, ...]


def read_tree(root: Path) -> list[File]:
    """Read the text files of a tree in the order of their paths, without those that ripgrep calls hidden."""
    return list(_files(root))


def _files(root: Path) -> Iterator[File]:
    for file in sorted(root.rglob("*")):
        path = file.relative_to(root)
        is_hidden = any(part.startswith(".") for part in path.parts)
        if is_hidden or file.is_symlink() or not file.is_file() or file.stat().st_size > _MAX_BYTES:
            continue
        data = file.read_bytes()
        if b"\0" not in data:
            yield read_text(path.as_posix(), data.decode("utf-8", "replace"))


def read_text(path: str, text: str) -> File:
    """Make the record of a file."""
    starts, lines, parts, length = [], [], [], 0
    for number, line in enumerate(text.split("\n"), start=1):
        if words := " ".join(line.split()):
            starts.append(length)
            lines.append(number)
            parts.append(words)
            length += len(words) + 1
    return File(path, " ".join(parts), tuple(starts), tuple(lines))


def longest_run(question: str, text: str) -> str:
    """Return the longest run of whole words of `question` that `text` holds, the first of several.

    >>> longest_run("Error: wrong password given", 'raise Bad("wrong password or no key")')
    'wrong password'
    """
    words = question.split()
    best, first, last = "", 0, 1
    while last <= len(words):
        run = " ".join(words[first:last])
        if run in text:
            best = max(best, run, key=len)
            last += 1
        else:
            first += 1
            last = max(last, first + 1)
    return best


def search(question: str, tree: list[File], k: int = 10) -> list[Found]:
    """Return the place of the longest run in each of the best `k` files; ties are in the order of paths."""
    runs = [(longest_run(question, file.text), file) for file in tree]
    found = sorted((pair for pair in runs if pair[0]), key=lambda pair: (-len(pair[0]), pair[1].path))
    return [_place(run, file) for run, file in found[:k]]


def _place(run: str, file: File) -> Found:
    start = file.text.index(run)
    first, last = (file.lines[bisect_right(file.starts, at) - 1] for at in (start, start + len(run) - 1))
    return Found((file.path,), first, last)
