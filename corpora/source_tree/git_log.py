"""Read the commits of a folder: what their messages say, and which files they changed.

A log names no program and no file that a repository chose, see `git_command`.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from corpora.document import Commit
from corpora.outside.child_process import ChildError
from corpora.source_tree.git_command import git_answer, is_inside, list_by_git, run_git

# Marks of `git log`; no text that git prints by itself holds them.
_RECORD, _SUBJECT, _BODY = b"\x01\x02", b"\x02\x01", b"\x03\x01"
# A repository could name programs that check signatures or compare files, and files of an order or of names.
_LOG: Final = (
    "-z", "--relative", "--no-merges", "--no-ext-diff", "--no-textconv", "--no-show-signature", "--no-notes",
    "--no-mailmap", "--no-color", "--no-decorate", "--encoding=UTF-8", f"-O{os.devnull}",
    "--ignore-submodules=all",
)  # fmt: skip
_NAMES: Final = ("--name-only", "--no-renames", "--format=format:%x01%x02%s%x02%x01")
# A rename with changes is looked for among at most 200 files: more are compared in quadratic time.
_RENAMES: Final = ("-M", "-l200")
_EXACT_RENAMES: Final = ("-M100%",)
_HISTORY: Final = ("--name-status", "--format=format:%x01%x02%s%x02%x01%b%x03%x01")
# 10,000 commits take half a second; those of a huge repository more, and the newest of them are enough.
_HISTORY_SECONDS: Final = 5.0
_MAX_HISTORY_BYTES: Final = 64_000_000
_MAX_CHARS: Final = 1_000  # of a subject, and of a body
# `Signed-off-by: Somebody`, `(cherry picked from commit 0123)`
_TRAILER: Final = re.compile(r"^(?:[A-Z][A-Za-z-]{0,40}: |\(cherry)")
_SCORED: Final = re.compile(rb"[RC]\d{1,3}")  # how much of a renamed or copied file is the same


def commits_of(folder: Path, most: int) -> list[Commit] | None:
    """Return the newest commits that changed files under `folder`, without merges, the newest first.

    None where git cannot tell, as in `list_repository_files`.

    Raises:
        ChildError: git did not answer in time.
    """
    done = list_by_git(folder, "log", f"--max-count={most}", *_LOG, *_NAMES, "--", ".")
    if done is None or done.returncode:
        return None
    found = []
    for record in done.stdout.split(_RECORD)[1:]:
        subject, _, names = record.partition(_SUBJECT)
        files = [os.fsdecode(name) for name in names.strip(b"\n\0").split(b"\0") if is_inside(name)]
        found.append(Commit(subject.decode("utf-8", "replace").strip(), tuple(files)))
    return found


def checked_out_commit(folder: Path) -> str:
    """Return the commit that is checked out in `folder`; empty where git cannot tell."""
    try:
        answer = git_answer(folder, "rev-parse", "--verify", "--quiet", "HEAD") or b""
    except ChildError:
        return ""
    return answer.decode("ascii", "replace").strip()


def count_commits_since(folder: Path, commit: str, most: int) -> int:
    """Return how many commits, merges left out, came after `commit`, a hash; `most` if that is not known."""
    command = ("rev-list", "--count", "--no-merges", f"--max-count={most}", "HEAD", f"^{commit}", "--")
    try:
        answer = git_answer(folder, *command) or b""
    except ChildError:
        return most
    return int(answer) if re.fullmatch(rb"\d{1,9}\n?", answer) else most


def history_of(folder: Path, most: int) -> list[Commit]:
    """Return the newest commits that changed files under `folder`, with the paths that these have now.

    A file that was renamed later is known by its newest name. What git has not printed after a few seconds
    is left out; nothing is returned where git cannot tell. Merges are left out.
    """
    # Where all files belong to the folder, git need not look for the commits that changed some of it.
    where = () if os.path.lexists(folder / ".git") else ("--", ".")
    printed = b""
    # In a partial clone, the contents of old files are not there to be compared, and git ends. From there on,
    # renames without changes are known by their hashes.
    for renames in (_RENAMES, _EXACT_RENAMES):
        known_already = printed.count(_RECORD)
        read = f"--max-count={max(most - known_already, 0)}", f"--skip={known_already}"
        part, is_all = _printed(folder, "log", *read, *_LOG, *_HISTORY, *renames, *where)
        printed += part
        if is_all:
            break
    renamed: dict[bytes, bytes] = {}
    known = _Paths()
    found = []
    for record in printed.split(_RECORD)[1:]:
        subject, _, rest = record.partition(_SUBJECT)
        body, _, names = rest.partition(_BODY)
        files = dict.fromkeys(_current_names(names.strip(b"\n\0").split(b"\0"), renamed))
        paths = tuple(path for name in files if (path := known[name]))
        found.append(Commit(_text(subject), paths, _without_trailers(body)))
    return found


def _printed(folder: Path, *command: str) -> tuple[bytes, bool]:
    """Return the whole records that git printed, and whether there is no use in asking again."""
    try:
        done = run_git(folder, *command, seconds=_HISTORY_SECONDS, max_bytes=_MAX_HISTORY_BYTES)
    except ChildError as error:
        return _whole_records(error.printed), True
    if done is None:
        return b"", True
    return (_whole_records(done.stdout), False) if done.returncode else (done.stdout, True)


def _whole_records(printed: bytes) -> bytes:
    """Return what was printed, without the last record, which may have been cut off."""
    return printed[: max(printed.rfind(_RECORD), 0)]


class _Paths(dict[bytes, str]):
    """The paths that names are decoded to, each once; empty for what lies outside the folder."""

    def __missing__(self, name: bytes) -> str:
        path = self[name] = os.fsdecode(name) if is_inside(name) else ""
        return path


def _current_names(fields: list[bytes], renamed: dict[bytes, bytes]) -> Iterator[bytes]:
    """Yield what the files of a commit are called now, and note in `renamed` what this commit renamed.

    Args:
        fields: a status and a name in turn, `M`, `a.py`; two names behind `R087`, a rename, and `C100`.
        renamed: the current name of a file by one that it had before, from the newer commits.
    """
    rest = iter(fields)
    for status in rest:
        if len(status) > 1 and not _SCORED.fullmatch(status):
            continue
        name = next(rest, b"")
        if len(status) > 1:
            before, name = name, next(rest, b"")
            if status[:1] == b"R":
                renamed[before] = renamed.get(name, name)
        yield renamed.get(name, name)


def _without_trailers(body: bytes) -> str:
    if not body:
        return ""
    lines = body[: 4 * _MAX_CHARS].decode("utf-8", "replace").splitlines()
    return "\n".join(line for line in lines if not _TRAILER.match(line)).strip()[:_MAX_CHARS]


def _text(subject: bytes) -> str:
    return subject[: 4 * _MAX_CHARS].decode("utf-8", "replace").strip()[:_MAX_CHARS]
