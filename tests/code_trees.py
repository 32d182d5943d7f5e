"""Small trees of code, made in a folder of the test, and what a `CodeTree` lists and skips in them."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

from corpora.document import Document, Listed, Skipped
from corpora.source_tree.tree import CodeTree
from corpora.spec import CorpusSpec


def write(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "protocol.file.allow=always"]
    subprocess.run(["git", *identity, "-C", str(folder), *arguments], check=True, capture_output=True)


def repository(root: Path, files: dict[str, str]) -> Path:
    write(root, files)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "one")
    return root


def tree(root: Path, **options: object) -> CodeTree:
    return CodeTree(CorpusSpec("app", "code", str(root), **options))  # type: ignore[arg-type]


def listed(found: Iterable[Listed | Skipped]) -> list[str]:
    return [item.path for item in found if isinstance(item, Listed)]


def skipped(found: Iterable[Listed | Skipped]) -> dict[str, str]:
    return {item.path: item.reason for item in found if isinstance(item, Skipped)}


def read(root: Path, path: str, **options: object) -> Document | Skipped:
    return tree(root, **options).read(Listed(path, 0, ""))
