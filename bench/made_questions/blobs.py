"""Take the files of a commit out of a repository, without a work tree, filters or links."""

import subprocess
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import IO, Final

_MAX_BYTES: Final = 1_000_000
_REGULAR: Final = ("100644", "100755")


def write_files(repository: Path, revision: str, folder: Path, exclude: Sequence[str] = ()) -> int:
    """Write the regular files of a commit below `folder`; return how many.

    Files of more than a megabyte, those that the repository lacks, and those whose path begins with one of
    `exclude` are left out.
    """
    listed = subprocess.run(
        ["git", "-C", str(repository), "ls-tree", "-r", "-z", "-l", revision], capture_output=True, check=True
    ).stdout.decode(errors="surrogateescape")
    wanted = []
    for row in filter(None, listed.split("\0")):
        description, path = row.split("\t", 1)
        mode, _, blob, size = description.split()
        if mode not in _REGULAR or not size.isdigit() or int(size) > _MAX_BYTES:
            continue
        if path.startswith(("/", *exclude)) or ".." in PurePosixPath(path).parts:
            continue
        wanted.append((path, blob))
    with subprocess.Popen(
        ["git", "-C", str(repository), "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as git:
        assert git.stdin is not None and git.stdout is not None
        written = sum(_write(folder / path, _content(blob, git.stdin, git.stdout)) for path, blob in wanted)
        git.stdin.close()
    return written


def _content(blob: str, asked: IO[bytes], answered: IO[bytes]) -> bytes | None:
    """Return the content of a blob; None where the repository lacks it."""
    asked.write(blob.encode() + b"\n")
    asked.flush()
    head = answered.readline().split()
    if head[1:2] != [b"blob"]:
        return None
    data = answered.read(int(head[2]))
    answered.read(1)
    return data


def _write(target: Path, data: bytes | None) -> bool:
    if data is None:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    # Both ends of lines are one here: what a question is made of is cut at line ends.
    target.write_bytes(data if b"\0" in data else data.replace(b"\r\n", b"\n"))
    return True
