"""Compare what a corpus lists with what the catalog knows of it; no unchanged file is read."""

from dataclasses import dataclass, field

from corpora.document import Listed, Rescannable, Skipped, legible, way_of_reading
from corpora.spec import CorpusSpec, open_corpus
from indexers.building.prepare import READING, ReadTask
from indexers.catalog.catalog import Catalog
from indexers.catalog.schema import Known


@dataclass(slots=True)
class ScanComparison:
    """A scan of one corpus beside what the catalog knows of it.

    Attributes:
        spec: the specification of the corpus that was scanned.
        corpus_id: its id in the catalog; 0 for a corpus that the catalog does not know.
        known: the items that the catalog knows, by path.
        is_read_so: whether all of them were read by this specification and this version of the program.
        found: the items of the scan, by path, in its order.
        gone: the known items that the scan did not find.
    """

    spec: CorpusSpec
    corpus_id: int
    known: dict[str, Known]
    is_read_so: bool
    found: dict[str, Listed | Skipped] = field(default_factory=dict)
    gone: list[Known] = field(default_factory=list)

    def is_news(self, entry: Listed | Skipped) -> bool:
        """Return whether the catalog does not know `entry` as it is now, as a file or as skipped."""
        before = self.known.get(entry.path)
        if before is None:
            return True
        if isinstance(entry, Skipped):
            return before.reason != entry.reason
        return before.stamp != entry.stamp or not self.is_read_so

    def tasks(self) -> list[ReadTask]:
        """Return the items that have to be read, in the order of the scan."""
        return [
            ReadTask(entry, self._known_hash(entry))
            for entry in self.found.values()
            if isinstance(entry, Listed) and self.is_news(entry)
        ]

    def _known_hash(self, entry: Listed) -> str:
        """Return the hash of the content that makes the document which is known; empty if none does."""
        before = self.known.get(entry.path)
        is_same = before and self.is_read_so and way_of_reading(before.stamp) == way_of_reading(entry.stamp)
        return before.content_hash if before and is_same else ""

    def newly_skipped(self) -> list[Skipped]:
        """Return the items that are skipped for a reason that the catalog does not know yet."""
        return [entry for entry in self.found.values() if isinstance(entry, Skipped) and self.is_news(entry)]


def compare_with_scan(catalog: Catalog, spec: CorpusSpec) -> ScanComparison:
    """Scan a corpus and compare it with the catalog, by stamps: size and time of a file.

    Raises `CorpusError` if the corpus cannot be scanned.
    """
    stored = {known_spec.name: (i, known_spec) for i, known_spec in catalog.corpora().items()}
    corpus_id, old_spec = stored.get(spec.name, (0, spec))
    known = catalog.known(corpus_id) if corpus_id else {}
    # Another specification may say another version or URL of every document, and another version of this
    # program may cut them in another way: then all are read again.
    is_read_so = not known or catalog.database.meta(reading_key(corpus_id)) == READING
    comparison = ScanComparison(spec, corpus_id, known, is_read_so=is_read_so and old_spec == spec)
    corpus = open_corpus(spec)
    if isinstance(corpus, Rescannable) and comparison.is_read_so:
        stamps = {path: before.stamp for path, before in known.items() if before.stamp}
        scan = corpus.scan_again(stamps, str(catalog.database.meta(rules_key(corpus_id)) or ""))
    else:
        scan = corpus.scan()
    for entry in map(legible, scan):
        comparison.found.setdefault(entry.path, entry)
    comparison.gone = [before for path, before in known.items() if path not in comparison.found]
    return comparison


def rules_key(corpus_id: int) -> str:
    """Return the key under which the catalog stores the skip rules of the last scan of a corpus."""
    return f"skip_rules_{corpus_id}"


def reading_key(corpus_id: int) -> str:
    """Return the key under which the catalog stores the `READING` that all documents of a corpus had."""
    return f"reading_{corpus_id}"
