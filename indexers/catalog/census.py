"""What the catalog tells of itself: how much there is, and of what."""

from collections import Counter
from collections.abc import Iterator

from corpora.document import Skipped
from indexers.catalog.database import Database
from indexers.catalog.schema import Counts


class Census(Database):
    """The counting part of the catalog."""

    def counts(self) -> Counts:
        """How much there is."""
        groups: dict[str, Counter[str]] = {"reason": Counter(), "method": Counter(), "language": Counter()}
        size = 0
        # One pass over the documents for all of it.
        sql = "SELECT reason, method, language, count(*), sum(size_bytes) FROM documents GROUP BY 1, 2, 3"
        for *values, documents, size_bytes in self.rows(sql):
            for counts, value in zip(groups.values(), values, strict=True):
                counts[value] += documents
            size += 0 if values[0] else size_bytes
        indexed = groups["reason"].pop("", 0)
        twins = self.rows("SELECT count(*) FROM documents WHERE twin_of IS NOT NULL")[0][0]
        skipped, methods, languages = (_ranked(counts) for counts in groups.values())
        return Counts(indexed, twins, self.count_chunks(), size, skipped, methods, languages)

    def count_chunks(self) -> int:
        """How many chunks there are."""
        return int(self.rows("SELECT count(*) FROM chunks")[0][0])

    def skipped(self) -> list[Skipped]:
        """All that was left out, in the order of corpus and path."""
        sql = (
            "SELECT item, reason, detail, size_bytes FROM documents WHERE reason != '' ORDER BY corpus_id, 1"
        )
        return [Skipped(*row) for row in self.rows(sql)]

    def anchors(self) -> Iterator[tuple[str, str]]:
        """Path and anchor of every chunk."""
        return iter(self.rows("SELECT path, anchor FROM chunks JOIN documents USING (document_id)"))

    def places(self) -> Iterator[tuple[int, str, str, str]]:
        """Id, path, anchor and symbol of every chunk, in the order of the index."""
        sql = "SELECT chunk_id, path, anchor, symbol FROM chunks JOIN documents USING (document_id)"
        return iter(self.rows(f"{sql} ORDER BY chunk_id"))

    def versions(self) -> dict[str, tuple[str, ...]]:
        """The versions of each library that is documented."""
        sql = (
            "SELECT DISTINCT library, version FROM documents "
            "WHERE library != '' AND reason = '' ORDER BY 1, 2"
        )
        found: dict[str, tuple[str, ...]] = {}
        for library, version in self.rows(sql):
            found[library] = (*found.get(library, ()), version)
        return found


def _ranked(counts: Counter[str]) -> dict[str, int]:
    """The counts of what has a name, the highest first, ties by name."""
    return dict(
        sorted(((name, n) for name, n in counts.items() if name), key=lambda item: (-item[1], item[0]))
    )
