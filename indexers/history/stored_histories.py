"""The histories of corpora, as the catalog holds them."""

import re
from collections.abc import Collection, Iterator
from functools import partial
from typing import Final

from indexers.bulk_cache import BulkCache
from indexers.catalog.database import Database
from indexers.catalog.histories import Histories
from indexers.history.history import History
from indexers.history.history_bytes import history_from_bytes

_KEPT: Final = 64  # about 2 MB each
_HASH: Final = re.compile(r"[0-9a-f]{40,64}", re.ASCII)

HistoryCache = BulkCache[str, History | None]
"""The history of each corpus, by its name; None for one that has none."""


def is_hash(commit: str) -> bool:
    """Return whether a text is the hash of a commit, and so nothing else that git would understand."""
    return _HASH.fullmatch(commit) is not None


def open_histories(database: Database) -> HistoryCache:
    """Return the histories that a catalog holds; each is read when it is asked for."""
    return HistoryCache(partial(_read, database), _KEPT)


def _read(database: Database, corpora: Collection[str]) -> dict[str, History | None]:
    """Return the history of each corpus. Raises `IndexDamaged` if one cannot be read."""
    found: dict[str, History | None] = dict.fromkeys(corpora)
    for name, packed in Histories(database).of(corpora):
        try:
            found[name] = history_from_bytes(packed)
        except ValueError as error:
            raise database.damaged(f"the history of {name}: {error}") from error
    return found


def history_problems(database: Database) -> Iterator[str]:
    """Yield what is wrong with the histories, a line each."""
    for name, head, packed in Histories(database).all():
        if not name:
            yield "there is a history of a corpus that is not there"
        if not is_hash(head):
            yield f"the history of {name} is not that of a commit"
        try:
            if packed is not None:
                history_from_bytes(packed)
        except ValueError as error:
            yield f"the history of {name}: {error}"
