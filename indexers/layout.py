"""The names of the files of an index, and the version of their format. Known here and nowhere else.

.rag/
.gitignore          keeps the index out of the repository it indexes
catalog.sqlite      the one source of truth
writer.lock         held by the one process that writes, which writer.json names
lexical/000007/     tantivy, of generation 7
dense/000007/        FAISS codes and ids, of generation 7
      dense/rows-000001.bin  vectors, shared by generations
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

# Raise with every change after which an older program would misread the files, or a newer one
# files of an older program. Opening an index of another version is an error that says so.
FORMAT_VERSION = 3


OWN_NAMES = frozenset(
    {
        "catalog.sqlite",
        "catalog.sqlite-wal",
        "catalog.sqlite-shm",
        "draft.sqlite",
        "draft.sqlite-wal",
        "draft.sqlite-shm",
        "writer.lock",
        "writer.json",
        ".gitignore",
        "lexical",
        "dense",
    }
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the files of the index in `root` are."""

    root: Path

    @property
    def catalog(self) -> Path:
        """The SQLite database."""
        return self.root / "catalog.sqlite"

    @property
    def draft(self) -> Path:
        """The database while it is being made."""
        return self.root / "draft.sqlite"

    @property
    def lock(self) -> Path:
        """Locked while a process writes."""
        return self.root / "writer.lock"

    @property
    def lock_holder(self) -> Path:
        """Tells who has the lock."""
        return self.root / "writer.json"

    def lexical(self, generation: int) -> Path:
        """Folder of the tantivy index of `generation`."""
        return self.root / "lexical" / f"{generation:06d}"

    def dense(self, generation: int) -> Path:
        """Folder of the dense index of `generation`."""
        return self.root / "dense" / f"{generation:06d}"

    def rows(self, generation: int) -> Path:
        """File of vectors that begins with `generation`."""
        return self.root / "dense" / f"rows-{generation:06d}.bin"

    def create(self) -> None:
        """Make the folders; leaves what is there."""
        for folder in (self.root, self.root / "lexical", self.root / "dense"):
            folder.mkdir(parents=True, exist_ok=True)
        ignore = self.root / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")

    def remove_generations(self, *, keep: int, keep_file: str) -> None:
        """Delete derived files of other generations than `keep`, and unfinished ones.

        `keep_file` is the name of its file of vectors.
        """
        wanted = {self.lexical(keep).name, keep_file}
        for part in ("lexical", "dense"):
            for entry in (self.root / part).iterdir():
                if entry.name not in wanted:
                    shutil.rmtree(entry) if entry.is_dir() else entry.unlink()

    def size_bytes(self) -> int:
        """Bytes on disk of all files; a file that two generations share counts once."""
        seen: dict[tuple[int, int], int] = {}
        for folder, _, names in os.walk(self.root):
            for name in names:
                entry = Path(folder, name).lstat()
                seen[entry.st_dev, entry.st_ino] = entry.st_size
        return sum(seen.values())


def sync_to_disk(path: Path) -> None:
    """Flush `path`, and if it is a folder what lies directly in it, to the disk."""
    children = list(path.iterdir()) if path.is_dir() else []
    for target in [*children, path]:
        handle = os.open(target, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
