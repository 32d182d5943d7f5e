"""Questions from commit subjects, for the files that the commits changed."""

import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from random import Random
from typing import Final, NamedTuple

from bench.made_questions.clean import commit_subject, key_of
from bench.made_questions.drafting import grouped, sampled
from bench.made_questions.records import Draft, Place, SourceFile

_MOST_COMMITS: Final = 3000
_MOST_FILES: Final = 3
_END: Final = "\x1e"


class Commit(NamedTuple):
    """The subject of a commit and the paths that it changed."""

    subject: str
    paths: tuple[str, ...]


def commits(repository: Path, revision: str) -> Iterator[Commit]:
    """Yield the newest commits up to a revision, without merges."""
    command = ["git", "-C", str(repository), "-c", "core.quotePath=off", "log", "--no-merges"]
    command += [
        f"--max-count={_MOST_COMMITS}",
        "--no-renames",
        "--name-only",
        f"--format={_END}%s",
        revision,
        "--",
    ]
    text = subprocess.run(command, capture_output=True, check=True).stdout.decode(errors="replace")
    for entry in text.split(_END)[1:]:
        subject, *paths = entry.split("\n")
        yield Commit(subject, tuple(path for path in paths if path))


def commit_drafts(files: Sequence[SourceFile], log: Sequence[Commit], random: Random) -> list[Draft]:
    """Return questions made of the subjects of commits that changed one to three sources that still exist."""
    sources = {file.path for file in files if not file.is_test}
    tests = {file.path for file in files if file.is_test}
    suffixes = tuple(sorted({suffix for path in sources if (suffix := PurePosixPath(path).suffix)}))
    asked = []
    for commit in log:
        subject = commit_subject(commit.subject)
        changed = [path for path in commit.paths if path in sources]
        lost = [
            path
            for path in commit.paths
            if path.endswith(suffixes) and path not in sources and path not in tests
        ]
        if subject and not lost and 1 <= len(changed) <= _MOST_FILES:
            asked.append((subject, tuple(Place(path) for path in changed)))
    unique = [group[0] for group in grouped(asked, lambda item: key_of(item[0])) if len(group) == 1]
    return [Draft(subject, "commit", gold) for subject, gold in sampled(unique, random)]
