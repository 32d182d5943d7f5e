"""Refresh an index of many repositories, by one command: only what changed is read, and nothing is lost.

    python -m bench.many_repositories SDISTS [--most 50]

SDISTS is a folder of source distributions (`.tar.gz`), each of which becomes a git repository; one `rag.toml`
names the address of each. On the second day some have a commit more, one is gone, and one answers no more; on
the third, both are back. Printed is what each day took, and what the index held after it.
"""

import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from bench.arguments import argument_parser
from corpora.outside.child_process import isolated_python
from indexers.index import Index
from indexers.verify import verify

CHANGED = 5
QUIET = {
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@b",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@b",
}


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(
        ["git", "-C", str(folder), *arguments], check=True, capture_output=True, env=os.environ | QUIET
    )


def make_repositories(sdists: Path, folder: Path, most: int) -> list[Path]:
    """Make a git repository of each source distribution."""
    made = []
    for archive in sorted(sdists.glob("*.tar.gz"))[:most]:
        place = folder / archive.name.removesuffix(".tar.gz")
        with tarfile.open(archive) as packed:
            packed.extractall(folder / "unpacked", filter="data")
        (root,) = (folder / "unpacked").iterdir()
        root.rename(place)
        git(place, "init", "--quiet", "--initial-branch=main")
        git(place, "add", "--all", "--force")
        git(place, "commit", "--quiet", "-m", "one")
        made.append(place)
    return made


def rag(project: Path, *arguments: str) -> tuple[int, dict[str, Any], str]:
    """Run a command in the project; return its exit code, its JSON, and what it told people."""
    done = subprocess.run(
        [*isolated_python(), "-m", "rag", *arguments],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, json.loads(done.stdout) if done.stdout else {}, done.stderr


def day(project: Path, name: str) -> None:
    code, told, errors = rag(project, "index", "--json", "--trust")
    with Index.open(project / ".rag") as index:
        corpora, chunks, problems = (
            len(index.catalog.corpora()),
            index.catalog.census.count_chunks(),
            verify(index),
        )
    figures = [
        told.get(key, "") for key in ("seconds", "read_bytes", "added", "changed", "removed", "unchanged")
    ]
    print(
        f"| {name} | {code} | {' | '.join(map(str, figures))} | {corpora} | {chunks:,} | {len(problems)} |",
        flush=True,
    )
    for line in errors.splitlines()[:8]:
        print(f"    {line}")


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("sdists", type=Path, help="folder of source distributions")
    parser.add_argument("--most", type=int, default=50, help="number of repositories")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder, project = Path(temporary, "repositories"), Path(temporary, "project")
        folder.mkdir()
        project.mkdir()
        places = make_repositories(options.sdists, folder, options.most)
        tables = [
            f'[[corpus]]\nname = "{one.name}"\nurl = "file://{one}"\nkind = "git"\nallow_private = true\n'
            for one in places
        ]
        (project / "rag.toml").write_text("\n".join(tables))
        columns = "day, exit code, seconds, bytes read, added, changed, removed, unchanged, corpora, chunks"
        print(f"| {' | '.join(columns.split(', '))} | problems |")
        print("|---" * 11 + "|")
        day(project, "first")
        day(project, "the same day")
        for place in places[:CHANGED]:
            (place / "news.py").write_text("def what_is_new():\n    return 1\n")
            git(place, "add", "--all")
            git(place, "commit", "--quiet", "-m", "two")
        gone, broken = places[-1], places[-2]
        gone.rename(folder / "elsewhere")
        shutil.move(broken / ".git" / "objects", folder / "objects")
        day(project, f"second: {CHANGED} changed, one gone, one broken")
        (folder / "elsewhere").rename(gone)
        shutil.move(folder / "objects", broken / ".git" / "objects")
        day(project, "third: both back")


if __name__ == "__main__":
    main()
