"""The names of the files of an index, and the version of their format; no other module knows them.

.rag/
.gitignore          keeps the index out of the repository it indexes
catalog.sqlite      the source of truth
catalog.json        its checksums, while nobody writes
writer.lock         held by the process that writes, which writer.json names
lexical/000007/     tantivy, of generation 7
dense/000007/        FAISS codes and ids, of generation 7
      dense/rows-000001.bin  vectors, shared by generations
tables/              instead of these two, words and vectors of an index on Lance
deep/000003/         vectors of the transformer, after the third commit of deepening (see `deepening`)
      deep/rows-000001.bin
"""

import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from corpora.document import legible_name
from corpora.errors import IndexDamaged, RagError

FORMAT_VERSION = 5
"""The version of the format. An index of another version is not opened.

Raise it with every change after which an older program would misread the files, or a newer program the files
of an older one.
"""

OWN_NAMES = frozenset(
    {
        "catalog.sqlite",
        "catalog.sqlite-wal",
        "catalog.sqlite-shm",
        "catalog.json",
        "catalog.part",
        "draft.sqlite",
        "draft.sqlite-wal",
        "draft.sqlite-shm",
        "draft.sqlite-journal",
        "writer.lock",
        "writer.json",
        ".gitignore",
        "lexical",
        "dense",
        "deep",
        "tables",
    }
)


_DEEP = "deep"
_ENGINES = frozenset({"lexical", "dense"})
_TABLES = "tables"
_FOLDERS = _ENGINES | {_DEEP, _TABLES}
# SQLite would roll this journal back and delete the file that it names, which may be any file. We make none.
_JOURNAL = "catalog.sqlite-journal"
_PARTS = re.compile(r"\d{6,}|rows-\d{6,}\.bin")


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of the files of the index in `root`."""

    root: Path

    @property
    def catalog(self) -> Path:
        """Return the SQLite database."""
        return self.root / "catalog.sqlite"

    @property
    def seal(self) -> Path:
        """Return the checksums of the catalog."""
        return self.root / "catalog.json"

    @property
    def unfinished_seal(self) -> Path:
        """Return the checksums while they are being written."""
        return self.root / "catalog.part"

    @property
    def draft(self) -> Path:
        """Return the database while it is being made."""
        return self.root / "draft.sqlite"

    @property
    def lock(self) -> Path:
        """Return the file that is locked while a process writes."""
        return self.root / "writer.lock"

    @property
    def lock_holder(self) -> Path:
        """Return a note that names the process that holds the lock."""
        return self.root / "writer.json"

    def part(self, name: str, generation: int) -> Path:
        """Return the folder of a part (lexical, dense, deep) of `generation`."""
        return self.root / name / f"{generation:06d}"

    def lexical(self, generation: int) -> Path:
        """Return the folder of the tantivy index of `generation`."""
        return self.part("lexical", generation)

    def dense(self, generation: int) -> Path:
        """Return the folder of the dense index of `generation`."""
        return self.part("dense", generation)

    @property
    def tables(self) -> Path:
        """Return the folder of the tables of an index on Lance."""
        return self.root / _TABLES

    def deep(self, number: int) -> Path:
        """Return the folder of the vectors of a transformer, after commit `number` of deepening."""
        return self.part(_DEEP, number)

    def deep_rows(self, number: int) -> Path:
        """Return the file of vectors that commit `number` of deepening begins."""
        return self.root / _DEEP / f"rows-{number:06d}.bin"

    def rows(self, generation: int) -> Path:
        """Return the file of vectors that `generation` begins."""
        return self.root / "dense" / f"rows-{generation:06d}.bin"

    def check(self) -> None:
        """Raise `IndexDamaged` if something in the index is not the file or folder that we make.

        Somebody else may have made the index: a link could have us write or delete files elsewhere, and
        opening a pipe would wait forever. Raises `RagError` for a path that is not UTF-8.
        """
        if (name := legible_name(str(self.root))) != str(self.root):
            raise RagError(
                f"{name} cannot be the folder of an index",
                why="its name is not UTF-8, which the engines need",
                fix="name another folder: --index FOLDER",
            )
        strange = next(self._strange(), None)
        if strange:
            path, what = strange
            raise IndexDamaged(
                f"the index at {self.root} is not opened",
                why=f"{path.relative_to(self.root)} in it is {what}",
                fix="remove it, then run: rag index --rebuild (naming the corpora, unless rag.toml does)",
            )

    def _strange(self) -> Iterator[tuple[Path, str]]:
        if os.path.lexists(self.root / _JOURNAL):
            yield self.root / _JOURNAL, "a journal that rag never writes"
        for name in sorted(OWN_NAMES):
            yield from _strange_entry(self.root / name, is_folder=name in _FOLDERS)
        yield from self._strange_tables()
        for part in sorted(_FOLDERS - {_TABLES}):
            if not (self.root / part).is_dir():
                continue
            for path in (self.root / part).iterdir():
                if _PARTS.fullmatch(path.name):
                    yield from _strange_entry(path, is_folder=path.suffix != ".bin")
                if path.is_dir():
                    for file in path.iterdir():
                        yield from _strange_entry(file, is_folder=False)

    def _strange_tables(self) -> Iterator[tuple[Path, str]]:
        for folder, folders, files in os.walk(self.tables):
            for name in (*folders, *files):
                yield from _strange_entry(Path(folder, name), is_folder=name in folders)

    def create(self) -> None:
        """Make the folders that are missing. Raises what `check` raises."""
        self.check()
        for folder in (self.root, self.root / "lexical", self.root / "dense"):
            folder.mkdir(parents=True, exist_ok=True)
        ignore = self.root / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")

    def remove_draft(self) -> None:
        """Delete an unfinished database that a killed run has left."""
        for name in OWN_NAMES:
            if name.startswith(self.draft.name):
                (self.root / name).unlink(missing_ok=True)

    def remove_generations(self, *, keep: int, keep_file: str | None) -> None:
        """Delete the derived files of all generations but `keep`, and unfinished ones.

        `keep_file` is the name of the file of vectors to keep, None to keep all such files.
        """
        for part in sorted(_ENGINES):
            self._remove_others(part, keep, keep_file)

    def remove_deep(self, *, keep: int, keep_file: str | None) -> None:
        """Delete what deepenings but `keep` have left; `keep_file` as in `remove_generations`."""
        self._remove_others(_DEEP, keep, keep_file)

    def _remove_others(self, part: str, keep: int, keep_file: str | None) -> None:
        wanted = {self.part(part, keep).name, keep_file}
        for entry in (self.root / part).iterdir() if (self.root / part).is_dir() else ():
            is_kept = keep_file is None and entry.name.startswith("rows-")
            if entry.name not in wanted and not is_kept:
                _remove(entry)

    def size_bytes(self) -> int:
        """Return the bytes of all files; a file that two generations share counts once."""
        seen: dict[tuple[int, int], int] = {}
        for folder, _, names in os.walk(self.root):
            for name in names:
                with suppress(FileNotFoundError):  # a writer has just replaced it
                    entry = Path(folder, name).lstat()
                    seen[entry.st_dev, entry.st_ino] = entry.st_size
        return sum(seen.values())


def _strange_entry(path: Path, *, is_folder: bool) -> Iterator[tuple[Path, str]]:
    """Yield the entry and what it is, if it exists and is not what it should be."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if stat.S_ISLNK(mode):
        yield path, "a link, which may lead anywhere"
    elif not (stat.S_ISDIR(mode) if is_folder else stat.S_ISREG(mode)):
        yield path, f"not a {'folder' if is_folder else 'regular file'}"


def _remove(entry: Path) -> None:
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry, ignore_errors=True)  # the next writer tries again
    else:
        entry.unlink(missing_ok=True)


def sync_to_disk(path: Path) -> None:
    """Flush `path` to the disk; for a folder, also the files directly in it."""
    children = list(path.iterdir()) if path.is_dir() else []
    for target in [*children, path]:
        handle = os.open(target, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
