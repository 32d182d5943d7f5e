"""Near-duplicate files of a code tree: one of them, the leader, is indexed; the others are listed with it.

A document follows the first document, by path, that stands for it and follows no other itself. So who
follows whom depends on the content of the tree alone, and never on the order of its changes:

    a/util.py  b/util.py  c/util.py      all nearly the same: b and c follow a
               b/util.py  c/util.py      a is removed: b leads, c follows b
"""

from collections.abc import Callable, Iterator
from functools import partial
from heapq import heappop, heappush

from indexers.building.similarity import may_resemble, stands_for
from indexers.catalog.bands import DuplicateKey
from indexers.catalog.catalog import Catalog

# Of files made from one template, hundreds may be candidates. If none of the first 32 stands for a
# document, we assume that none of the others does.
_CANDIDATES = 32


class NearDuplicates:
    """Keeps track of which document follows which while documents come and go."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._pending: list[tuple[int, str, int]] = []

    def leader_of(self, known: DuplicateKey, text: Callable[[], str]) -> int | None:
        """Return the id of the stored document that a document follows; None if it follows none.

        Args:
            known: the properties of the document that may follow.
            text: returns its text; called only if there are candidates.
        """
        if not known.bands:
            return None
        lines = known.bands[0]
        found = self._catalog.bands.leaders_before(known)
        similar = [document_id for document_id, others in found if may_resemble(lines, others)]
        for document_id in similar[:_CANDIDATES]:
            if stands_for(self._catalog.text(document_id), text()):
                return document_id
        return None

    def recheck_after(self, document_id: int) -> None:
        """Note the documents whose leader may change because this one comes, goes, leads or follows."""
        known = self._catalog.bands.duplicate_key(document_id)
        if known is None or not known.bands:
            return
        for path, other in self._catalog.bands.candidates_after(known):
            heappush(self._pending, (known.corpus_id, path, other))

    def changes(self) -> Iterator[tuple[int, int | None]]:
        """Yield each document whose leader changes, with its new leader, or None.

        The caller stores the change before it takes the next one: later changes depend on it.
        """
        while self._pending:
            first = heappop(self._pending)
            while self._pending and self._pending[0] == first:
                heappop(self._pending)
            document_id = first[2]
            known = self._catalog.bands.duplicate_key(document_id)
            if known is None:
                continue  # it has been removed meanwhile
            before = self._catalog.bands.leader(document_id)
            leader = self.leader_of(known, partial(self._catalog.text, document_id))
            if leader != before:
                yield document_id, leader
                if (leader is None) != (before is None):
                    self.recheck_after(document_id)
