"""Bring an index up to date with its corpora: read only what changed, write it, commit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import NamedTuple

from corpora.document import Listed, Rescannable, Skipped, legible
from corpora.spec import CorpusSpec, open_corpus
from indexers.building.budget import choose_budget
from indexers.building.prepare import READING, Batch, LeftOut, Outcome, Prepared, Task, Unchanged
from indexers.building.report import Progress, Report
from indexers.building.workers import batched, prepare_all
from indexers.building.writer import Writer
from indexers.catalog.catalog import Catalog
from indexers.catalog.schema import Known
from indexers.encoders import Encoder
from indexers.planning.estimate import expected_chunks
from indexers.search.engines import Engines

# Work done since the last commit is what a kill can cost.
_CHECKPOINT_SECONDS = 30.0

# Enough to keep a worker busy for a fraction of a second; small enough for a few to be in memory.
_BATCH_BYTES, _BATCH_ITEMS = 1_000_000, 64


class Terms(NamedTuple):
    """How to work: whom to tell, and how many bytes all processes together may take (see `choose_budget`)."""

    progress: Progress
    max_memory: int | None


@dataclass(slots=True)
class Comparison:
    """A scan of one corpus (`found`, by path, in its order) beside what the catalog knows of it.

    `corpus_id` is 0 for a corpus that the catalog does not know; `is_read_so` says that what it knows was
    read by this specification and this program; `gone` is what was not found again.
    """

    corpus_id: int
    known: dict[str, Known]
    is_read_so: bool
    found: dict[str, Listed | Skipped] = field(default_factory=dict)
    gone: list[Known] = field(default_factory=list)

    def is_news(self, entry: Listed | Skipped) -> bool:
        """Whether the catalog has yet to learn of `entry`: by reading it, or by noting why it is skipped."""
        before = self.known.get(entry.path)
        if before is None:
            return True
        if isinstance(entry, Skipped):
            return before.reason != entry.reason
        return before.stamp != entry.stamp or not self.is_read_so


@dataclass(slots=True)
class _Changes:
    """What a scan of one corpus found against what is known of it."""

    corpus_id: int
    spec: CorpusSpec
    known: dict[str, Known]
    is_read_so: bool
    tasks: list[Task] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    gone: list[Known] = field(default_factory=list)

    @property
    def any(self) -> bool:
        return bool(self.tasks or self.skipped or self.gone)


def update_catalog(
    catalog: Catalog,
    engines: Engines,
    encoder: tuple[str, Encoder],
    specs: Sequence[CorpusSpec],
    terms: Terms,
) -> Report:
    """Make the index hold what the corpora in `specs` hold now; other corpora stay as they are.

    `encoder` is its name and itself. The caller holds the writer's lock.
    Raises `RagError` before anything is done if the memory allowed is not enough.
    """
    start = monotonic()
    report = Report()
    changes = [_find_changes(catalog, spec, report) for spec in specs]
    if any(change.any for change in changes) or catalog.database.generation == 0:
        _apply(catalog, engines, encoder, changes, (report, terms))
    report.seconds = monotonic() - start
    return report


def remove_corpora(catalog: Catalog, engines: Engines, encoder: Encoder, names: Iterable[str]) -> int:
    """Take the corpora with these names out of the index; how many documents they had."""
    wanted = set(names)
    removed = 0
    with Writer(catalog, engines, encoder) as writer:
        for corpus_id, spec in catalog.corpora().items():
            if spec.name in wanted:
                for known in catalog.known(corpus_id).values():
                    writer.remove(known.document_id)
                    removed += not known.reason
                catalog.remove_corpus(corpus_id)
        writer.commit()
    return removed


def derive_again(catalog: Catalog, engines: Engines, encoder: Encoder) -> int:
    """Write the lexical and dense parts anew from the catalog; how many chunks they hold."""
    chunks = 0
    with Writer(catalog, engines, encoder, fresh=True) as writer:
        for document_id, chunk_ids in catalog.chunk_ids_by_document():
            writer.put_again(document_id, chunk_ids)
            chunks += len(chunk_ids)
        writer.commit()
    return chunks


def _count(counts: dict[str, int], key: str) -> None:
    counts[key] = counts.get(key, 0) + 1


def compare_with_scan(catalog: Catalog, spec: CorpusSpec) -> Comparison:
    """Compare a scan with the catalog: stamps first, so that nothing unchanged is read."""
    stored = {known_spec.name: (i, known_spec) for i, known_spec in catalog.corpora().items()}
    corpus_id, old_spec = stored.get(spec.name, (0, spec))
    known = catalog.known(corpus_id) if corpus_id else {}
    # What is said of every document (its version, its URL) may differ now, or how it is cut: read all again.
    is_read_so = not known or catalog.database.meta(_reading_key(corpus_id)) == READING
    comparison = Comparison(corpus_id, known, is_read_so=is_read_so and old_spec == spec)
    corpus = open_corpus(spec)
    if isinstance(corpus, Rescannable) and comparison.is_read_so:
        stamps = {path: before.stamp for path, before in known.items() if before.stamp}
        scan = corpus.scan_again(stamps, str(catalog.database.meta(_rules_key(corpus_id)) or ""))
    else:
        scan = corpus.scan()
    for entry in map(legible, scan):
        comparison.found.setdefault(entry.path, entry)
    comparison.gone = [before for path, before in known.items() if path not in comparison.found]
    return comparison


def _rules_key(corpus_id: int) -> str:
    """Under which the catalog keeps the rules of the last scan of a corpus."""
    return f"skip_rules_{corpus_id}"


def _reading_key(corpus_id: int) -> str:
    """Under which the catalog keeps by which reading all that it knows of a corpus was made."""
    return f"reading_{corpus_id}"


def _find_changes(catalog: Catalog, spec: CorpusSpec, report: Report) -> _Changes:
    comparison = compare_with_scan(catalog, spec)
    changes = _Changes(
        comparison.corpus_id, spec, comparison.known, comparison.is_read_so, gone=comparison.gone
    )
    for entry in comparison.found.values():
        before = comparison.known.get(entry.path)
        if isinstance(entry, Skipped):
            _count(report.skipped, entry.reason)
            if comparison.is_news(entry):
                changes.skipped.append(entry)
        elif comparison.is_news(entry):
            known_hash = before.content_hash if before and comparison.is_read_so else ""
            changes.tasks.append(Task(entry, known_hash))
        elif before and before.reason:
            _count(report.skipped, before.reason)
        else:
            report.unchanged += 1
    return changes


def _apply(
    catalog: Catalog,
    engines: Engines,
    encoder: tuple[str, Encoder],
    changes: Sequence[_Changes],
    told: tuple[Report, Terms],
) -> None:
    name, model = encoder
    report, terms = told
    chunks = catalog.census.count_chunks() + sum(_expected_chunks(change) for change in changes)
    budget = choose_budget(round(chunks), terms.max_memory)
    size = sum(task.listed.size_bytes for change in changes for task in change.tasks)
    writer = Writer(catalog, engines, model)
    try:
        committed = monotonic()
        for change in changes:
            change.corpus_id = catalog.put_corpus(change.spec)
            corpus = open_corpus(change.spec)
            if isinstance(corpus, Rescannable):
                catalog.database.set_meta(_rules_key(change.corpus_id), corpus.rules)
            # (a killed run leaves some documents as they were: the next one has to know)
            catalog.database.set_meta(_reading_key(change.corpus_id), READING if change.is_read_so else "")
            _forget_and_skip(writer, change, report)
            batches = [Batch(change.spec, tuple(change.tasks), name if model.is_cheap else "")]
            cut = list(batched(batches, max_bytes=_BATCH_BYTES, max_items=_BATCH_ITEMS))
            for outcomes in prepare_all(cut, budget):
                for outcome in outcomes:
                    _write(writer, change, outcome, report)
                    report.read_bytes += outcome.listed.size_bytes
                terms.progress(report.read_bytes, size, outcomes[-1].listed.path)
                if monotonic() - committed > _CHECKPOINT_SECONDS:
                    report.encoded += writer.encoded
                    writer.commit()
                    writer, committed = Writer(catalog, engines, model), monotonic()
            catalog.database.set_meta(_reading_key(change.corpus_id), READING)
        report.encoded += writer.encoded
        writer.commit()
    finally:
        catalog.database.rollback()


def _expected_chunks(change: _Changes) -> float:
    return sum(expected_chunks(change.spec, task.listed) for task in change.tasks)


def _forget_and_skip(writer: Writer, change: _Changes, report: Report) -> None:
    for known in change.gone:
        writer.remove(known.document_id)
        report.removed += not known.reason
    for skipped in change.skipped:
        if before := change.known.get(skipped.path):
            writer.remove(before.document_id)
            report.removed += not before.reason
        writer.skip(change.corpus_id, skipped)


def _write(writer: Writer, change: _Changes, outcome: Outcome, report: Report) -> None:
    before = change.known.get(outcome.listed.path)
    if isinstance(outcome, Unchanged):
        assert before is not None
        writer.touch(before.document_id, outcome.listed)
        report.unchanged += 1
        return
    if before:
        writer.remove(before.document_id)
    if isinstance(outcome, LeftOut):
        writer.skip(change.corpus_id, outcome.skipped, outcome.listed.stamp)
        _count(report.skipped, outcome.skipped.reason)
        report.removed += bool(before and not before.reason)
        return
    assert isinstance(outcome, Prepared)
    writer.put(change.corpus_id, outcome)
    report.redacted += outcome.redacted
    report.invisible_chars += outcome.document.invisible_chars
    if outcome.chunking.note:
        _count(report.fallbacks, outcome.chunking.note)
    if before and not before.reason:
        report.changed += 1
    else:
        report.added += 1
