"""The histories of corpora in the catalog."""

import re
from collections.abc import Collection, Iterator
from typing import Final

from corpora.document import Corpus, HasHistory
from indexers.catalog.catalog import Catalog
from indexers.catalog.database import Database
from indexers.history.history import History
from indexers.history.history_bytes import history_from_bytes, history_to_bytes
from indexers.history.read_history import MOST_COMMITS, read_history

_NEW_COMMITS: Final = 20  # reading all of them again costs up to seconds, and a few change little
_HASH: Final = re.compile(r"[0-9a-f]{40,64}", re.ASCII)


def update_history(catalog: Catalog, corpus_id: int, corpus: Corpus, *, anew: bool) -> None:
    """Store the history of a corpus as it is now, if there are enough new commits.

    Args:
        catalog: where to store it, in the transaction that is open.
        corpus_id: the corpus, whose documents are those of now.
        corpus: what may have a history.
        anew: whether it is read however few new commits there are.
    """
    database = catalog.database
    stored = database.rows("SELECT head FROM history WHERE corpus_id = ?", (corpus_id,))
    head = corpus.head() if isinstance(corpus, HasHistory) else ""
    if not _HASH.fullmatch(head) or not isinstance(corpus, HasHistory):
        database.rows("DELETE FROM history WHERE corpus_id = ?", (corpus_id,))
        return
    known = stored[0][0] if stored else ""
    if head == known and not anew:
        return
    if not anew and _HASH.fullmatch(known) and corpus.commits_since(known, _NEW_COMMITS) < _NEW_COMMITS:
        return
    indexed = {path for path, item in catalog.known(corpus_id).items() if not item.reason}
    history = read_history(corpus.history(MOST_COMMITS), indexed)
    try:
        packed = history_to_bytes(history) if history else None
    except ValueError:  # nobody writes such messages
        packed = None
    sql = "INSERT OR REPLACE INTO history (corpus_id, head, packed) VALUES (?, ?, ?)"
    database.rows(sql, (corpus_id, head, packed))


def histories_of(database: Database, corpora: Collection[str]) -> dict[str, History | None]:
    """Return the history of each corpus, by its name; None for one that has none.

    Raises `IndexDamaged` if one cannot be read.
    """
    found: dict[str, History | None] = dict.fromkeys(corpora)
    sql = "SELECT name, packed FROM history JOIN corpora USING (corpus_id) WHERE name IN"
    for name, packed in database.rows_in(sql, sorted(corpora)):
        try:
            found[name] = history_from_bytes(packed) if packed is not None else None
        except ValueError as error:
            raise database.damaged(f"the history of {name}: {error}") from error
    return found


def history_problems(database: Database) -> Iterator[str]:
    """Yield what is wrong with the histories, a line each."""
    sql = "SELECT coalesce(name, '') AS name, head, packed FROM history LEFT JOIN corpora USING (corpus_id)"
    for name, head, packed in database.rows(sql):
        if not name:
            yield "there is a history of a corpus that is not there"
        if not _HASH.fullmatch(head):
            yield f"the history of {name} is not that of a commit"
        try:
            if packed is not None:
                history_from_bytes(packed)
        except ValueError as error:
            yield f"the history of {name}: {error}"
