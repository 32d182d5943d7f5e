"""The frame around every change to an index: hold the right to write, and leave no remains of a failure."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from corpora.errors import RagError
from indexers.building.writer_lock import writing
from indexers.catalog.database import Database
from indexers.layout import Layout
from indexers.own_corpora import check_writer
from indexers.search.deep_files import clean_deep
from indexers.search.engines import Engines


@contextmanager
def write_session(index: Path | None, database: Database, engines: Engines) -> Iterator[None]:
    """Hold the right to write an index; what is not committed at the end is deleted.

    Args:
        index: the folder of the index; None for an index in memory.
        database: that of its catalog; what it was reading ends.
        engines: those of the index.

    Raises what `writing` raises.
    """
    check_writer(index, str(database.meta("engine") or ""))
    database.rollback()
    with writing(Layout(index) if index else None):
        # First of all, because the remains of a failed run may be what has filled the disk.
        _delete_remains(index, database, engines)
        try:
            yield
        except BaseException:
            with suppress(RagError, OSError):
                database.rollback()
                _delete_remains(index, database, engines)
                database.shrink_log()
            raise


def _delete_remains(index: Path | None, database: Database, engines: Engines) -> None:
    engines.delete_all_but(database.generation)
    clean_deep(index, database)
