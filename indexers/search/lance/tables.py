"""A table of Lance, of which each generation of an index is a version with a tag.

A version of Lance never changes: whoever has opened one goes on reading it while the next is written. A
version becomes a generation by its tag, which is written last. What a killed run has left has no tag, and the
next writer begins from the version that the tag before names.
"""

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from corpora.errors import IndexDamaged, MissingExtra, RagError
from indexers.engine_errors import raising_damage

if TYPE_CHECKING:
    import pyarrow as pa

_KEPT: Final = 2  # generations: machines that read may still have the one before
_IDS_AT_ONCE: Final = 20_000  # in the text of one condition
_SMALL: Final = 32  # files that are put together when there are more
_FILE_ROWS: Final = 1_000_000
_PARTS: Final = 8  # of an index: a search asks each of them
_FILE_NAME: Final = re.compile(r"[\w.-]+")


def load_lance() -> Any:
    """Return the module. Raises `MissingExtra` where it is not installed."""
    os.environ.setdefault("LANCE_LOG", "error")  # it warns of what is as it should be, such as a new table
    try:
        import lance
    except ImportError as error:
        raise MissingExtra("pylance", "lance") from error
    return lance


def one_of(column: str, numbers: Iterable[int]) -> str:
    """Return the condition that `column` is one of these numbers."""
    return f"{column} IN ({','.join(map(str, map(int, numbers)))})"


def conditions(column: str, numbers: Iterable[int]) -> Iterator[str]:
    """Yield conditions that together say that `column` is one of these numbers, each of a bounded length."""
    listed = sorted(numbers)
    for start in range(0, len(listed), _IDS_AT_ONCE):
        yield one_of(column, listed[start : start + _IDS_AT_ONCE])


class LanceTable:
    """The table at `place`, a folder or an address of an object store.

    Args:
        place: where the table is.
        index: the folder of the index, for errors.
        is_remote: whether the table is outside of that folder, so that it may be out of reach.
    """

    def __init__(self, place: str, index: Path, *, is_remote: bool) -> None:
        self.place, self._index, self._is_remote = place, index, is_remote

    @contextmanager
    def raising_trouble(self) -> Iterator[None]:
        """Turn the errors of Lance into ours.

        Raises:
            IndexDamaged: the table is in the folder of the index, and cannot be right.
            RagError: the table is elsewhere and cannot be used; or the disk does not let us.
        """
        with raising_damage(self._index, self._trouble):
            yield

    def _trouble(self, why: str) -> RagError:
        if self._is_remote:
            return RagError(
                f"the tables of the index at {self.place} cannot be used",
                why=why,
                fix="check that the store runs and lets you in, then run the command again: nothing is lost; "
                "if the tables are gone or damaged, run: rag index --repair",
            )
        return IndexDamaged(
            f"the tables of the index at {self._index} cannot be read",
            why=why,
            fix="run: rag index --repair",
        )

    def open(self, generation: int) -> Any:
        """Return the dataset of `generation`. Raises what `raising_trouble` raises."""
        lance = load_lance()
        with self.raising_trouble():
            dataset = lance.dataset(self.place, version=_tag(generation))
            _check_files(dataset)
        return dataset

    def files(self, dataset: Any) -> list[str]:
        """Return the names of the files of a version, sorted, relative to the table.

        Raises what `raising_trouble` raises, also if a file is gone.
        """
        with self.raising_trouble():
            listed = dataset.tracked_files(min_version=dataset.version).read_all()
            own = {
                path
                for version, path in zip(
                    *(listed[name].to_pylist() for name in ("version", "path")), strict=True
                )
                if version == dataset.version
            }
            if gone := sorted(own - set(dataset.all_files().read_all()["path"].to_pylist())):
                raise ValueError(f"{gone[0]} is gone")
        return sorted(own)

    def newest(self) -> Any:
        """Return the dataset of the newest version, with a tag or without; None if there is no table."""
        lance = load_lance()
        with self.raising_trouble():
            try:
                return lance.dataset(self.place)
            except (OSError, ValueError) as error:
                if "not found" not in str(error):
                    raise
        return None

    def delete_all_but(self, generation: int) -> None:
        """Delete the versions of all generations but this one and the one before, and those of none."""
        if generation == 0:
            self.drop()
            return
        try:
            dataset = self.newest()
        except IndexDamaged:  # nobody knows what is needed; a repair begins with nothing
            return
        if dataset is None:
            return
        kept = {_tag(generation - back) for back in range(_KEPT)}
        with self.raising_trouble():
            tags = dataset.tags.list()
            own = tags.get(_tag(generation))
            if own and not _is_as(dataset, own["version"]):  # Lance never deletes the newest version
                load_lance().dataset(self.place, version=own["version"]).restore()
                dataset = load_lance().dataset(self.place)
            for tag in tags.keys() - kept:
                dataset.tags.delete(tag)
            dataset.cleanup_old_versions(
                older_than=timedelta(0), delete_unverified=True, error_if_tagged_old_versions=False
            )

    def drop(self) -> None:
        """Delete the table, if there is one; in the folder of the index even if it cannot be read."""
        try:
            is_there = self.newest() is not None
        except IndexDamaged:
            shutil.rmtree(self.place, ignore_errors=True)
            return
        if is_there:
            with self.raising_trouble():
                load_lance().LanceDataset.drop(self.place)

    def drop_if_damaged(self) -> None:
        """Delete a table whose newest version cannot be read: nothing can be written over it."""
        try:
            self.newest()
        except IndexDamaged:
            shutil.rmtree(self.place, ignore_errors=True)


class TableWriter:
    """Writes a generation of a table, from the one before it, or from nothing if `fresh`.

    Rows go to files at once, and belong to the table after `apply`; `commit` makes the generation.
    """

    def __init__(self, table: LanceTable, schema: "pa.Schema", generation: int, *, fresh: bool) -> None:
        self._lance = load_lance()
        self._table, self._schema, self._generation, self._is_fresh = table, schema, generation, fresh
        self._files: list[Any] = []
        if fresh:
            table.drop_if_damaged()
        self.dataset: Any = None if fresh else table.open(generation - 1)

    def count_deleted(self) -> int:
        """Return how many rows are deleted and still in the files, where they count in statistics."""
        with self._table.raising_trouble():
            return sum(int(file.num_deletions) for file in self.dataset.get_fragments())

    def append(self, columns: Mapping[str, Any]) -> None:
        """Write rows: the values of each field of the schema."""
        import pyarrow as pa

        mode = "overwrite" if self._is_fresh else "append"
        with self._table.raising_trouble():
            rows = pa.table(dict(columns), schema=self._schema)
            self._files += self._lance.fragment.write_fragments(
                rows, self._table.place, schema=self._schema, mode=mode
            )

    def apply(self, gone: Iterable[str], gone_again: Iterable[str]) -> None:
        """Make all changes a version of the table.

        Args:
            gone: conditions for the rows of the generation before that are removed.
            gone_again: conditions for rows that are removed although they were appended.
        """
        with self._table.raising_trouble():
            newest = self._table.newest()
            if self._is_fresh:
                operation = self._lance.LanceOperation.Overwrite(self._schema, self._files)
                self._commit(operation, newest)
                self._is_fresh = False
            else:
                if newest is None:
                    raise ValueError("the table is gone")
                if not _is_as(newest, self.dataset.version):
                    self.dataset.restore()  # without what a failed run has left
                else:
                    self.dataset = newest
                for condition in gone:
                    self.dataset.delete(condition)
                if self._files:
                    self._commit(self._lance.LanceOperation.Append(self._files), self.dataset)
            self._files = []
            for condition in gone_again:
                self.dataset.delete(condition)
            if sum(file.count_rows() < _FILE_ROWS // 2 for file in self.dataset.get_fragments()) > _SMALL:
                self.dataset.optimize.compact_files(target_rows_per_fragment=_FILE_ROWS)

    def _commit(self, operation: Any, before: Any) -> None:
        version = before.version if before is not None else None
        self.dataset = self._lance.LanceDataset.commit(self._table.place, operation, read_version=version)

    def make_index(self, column: str, make: Mapping[str, Any], *, anew: bool = False) -> None:
        """Index a column, or add new rows to the index that there is, unless it is to be made `anew`.

        `make` are arguments of Lance for an index of scalars, or of vectors if they have a `metric`.
        """
        name = f"{column}_idx"
        with self._table.raising_trouble():
            known = {index.name: index for index in self.dataset.describe_indices()}
            if name not in known or anew:
                create = self.dataset.create_index if "metric" in make else self.dataset.create_scalar_index
                create(column, name=name, replace=True, **make)
                return
            parts = len(known[name].segments)
            merged = parts if parts >= _PARTS else 0
            self.dataset.optimize.optimize_indices(index_names=[name], num_indices_to_merge=merged)

    def count(self) -> int:
        """Return the number of rows."""
        with self._table.raising_trouble():
            return int(self.dataset.count_rows())

    def batches(self, column: str) -> Iterator[Any]:
        """Yield the values of a column, some rows at a time."""
        with self._table.raising_trouble():
            for batch in self.dataset.to_batches(columns=[column]):
                yield batch[column]

    def fact(self, key: str) -> str:
        """Return what `set` has stored under `key`; empty for nothing."""
        with self._table.raising_trouble():
            return str(self.dataset.config().get(key, ""))

    def set(self, key: str, value: str) -> None:
        """Store a fact beside the table."""
        with self._table.raising_trouble():
            self.dataset.update_config({key: value})

    def commit(self) -> None:
        """Make the version that `apply` made the generation."""
        tag = _tag(self._generation)
        with self._table.raising_trouble():
            tags = self.dataset.tags
            version = self._table.newest().version
            if tag in tags.list():  # of a run that was killed before the catalog named the generation
                tags.update(tag, version)
            else:
                tags.create(tag, version)


def _is_as(dataset: Any, version: int) -> bool:
    """Return whether a dataset is that of `version`, or one restored from it."""
    made_by = dataset.read_transaction(dataset.version).operation
    restore = load_lance().LanceOperation.Restore
    return dataset.version == version or (isinstance(made_by, restore) and made_by.version == version)


def _tag(generation: int) -> str:
    return f"generation-{generation:06d}"


def _check_files(dataset: Any) -> None:
    """Raise `ValueError` if a table that somebody else may have made has files in other places."""
    if dataset.base_paths():
        raise ValueError("it has files outside of its folder")
    for fragment in dataset.get_fragments():
        for file in fragment.metadata.files:
            if not _FILE_NAME.fullmatch(file.path):
                raise ValueError("it names a file outside of its folder")
