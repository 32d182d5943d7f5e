"""Read the history of a corpus again when there are enough new commits."""

from typing import Final

from corpora.document import Corpus, HasHistory
from indexers.catalog.catalog import Catalog
from indexers.catalog.histories import Histories
from indexers.history.history_bytes import history_to_bytes
from indexers.history.read_history import MOST_COMMITS, read_history
from indexers.history.stored_histories import is_hash

_NEW_COMMITS: Final = 20  # reading all of them again takes half a second, and fewer change little


def update_history(catalog: Catalog, corpus_id: int, corpus: Corpus, *, anew: bool) -> None:
    """Store the history of a corpus as it is now, if there are enough new commits.

    Args:
        catalog: where to store it, in the transaction that is open.
        corpus_id: the corpus, whose documents are those of now.
        corpus: what may have a history.
        anew: whether it is read however few new commits there are.
    """
    stored = Histories(catalog.database)
    head = corpus.head() if isinstance(corpus, HasHistory) else ""
    if not is_hash(head) or not isinstance(corpus, HasHistory):
        stored.remove(corpus_id)
        return
    known = stored.head(corpus_id)
    # (It is checked: it becomes an argument of git.)
    is_new = anew or not is_hash(known)
    if not is_new and (head == known or corpus.commits_since(known, _NEW_COMMITS) < _NEW_COMMITS):
        return
    indexed = {path for path, item in catalog.known(corpus_id).items() if not item.reason}
    history = read_history(corpus.history(MOST_COMMITS), indexed)
    try:
        packed = history_to_bytes(history) if history else None
    except ValueError:  # nobody writes such messages
        packed = None
    stored.put(corpus_id, head, packed)
