"""Bring an index up to date with its corpora: read only what changed, write it, commit."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic

from corpora.document import Fetched, Rescannable, Skipped
from corpora.errors import CorpusError
from corpora.spec import CorpusSpec, open_corpus
from indexers.building.budget import Budget, choose_budget
from indexers.building.compare import ScanComparison, compare_with_scan, reading_key, rules_key
from indexers.building.expected_chunks import expected_chunks
from indexers.building.pool import OpenPool
from indexers.building.prepare import READING, Batch, ItemResult, LeftOut, Prepared, ReadTask, Unchanged
from indexers.building.report import PartlyUpdated, Progress, Report, silent
from indexers.building.worker_pool import local_processes
from indexers.building.workers import batched, prepare_all
from indexers.building.writer import Writer
from indexers.catalog.catalog import Catalog
from indexers.encoders import NamedEncoder
from indexers.history.update_history import update_history
from indexers.search.engines import Engines

_FETCHED_AT_ONCE, _FETCHED_AHEAD = 8, 32  # corpora; `open_corpus` remembers twice as many

# Work done since the last commit is what a kill can cost.
_CHECKPOINT_SECONDS = 30.0
_PAUSE_TO_COMMIT = 10  # a commit that takes long, as to a store elsewhere, comes more seldom

# Enough to keep a worker busy for a fraction of a second; small enough for a few to be in memory.
_BATCH_BYTES, _BATCH_ITEMS = 1_000_000, 64


@dataclass(frozen=True, slots=True)
class WritableIndex:
    """An index as an update writes it: its catalog, its engines, and the encoder of its vectors."""

    catalog: Catalog
    engines: Engines
    encoder: NamedEncoder

    def writer(self, *, fresh: bool = False) -> Writer:
        """Start the next generation (see `Writer`)."""
        return Writer(self.catalog, self.engines, self.encoder.encoder, fresh=fresh)


@dataclass(frozen=True, slots=True)
class UpdateOptions:
    """How to update.

    `progress` is called after every batch. `max_memory` is the number of bytes that all processes together
    may take, None for half of what is free. `open_pool` opens the pool that prepares documents.
    """

    progress: Progress = silent
    max_memory: int | None = None
    open_pool: OpenPool = local_processes


def update_catalog(index: WritableIndex, specs: Sequence[CorpusSpec], options: UpdateOptions) -> Report:
    """Make the index hold what the corpora in `specs` hold now; other corpora stay as they are.

    The caller holds the writer's lock.

    Raises:
        PartlyUpdated: of several corpora, some cannot be scanned; the index holds the others as they are now.
        CorpusError: the only corpus cannot be scanned, or two have one name; nothing has been written then.
        RagError: `options.max_memory` is not enough; nothing has been written then.
    """
    start = monotonic()
    specs = _distinct(specs)
    report = Report()
    changes: list[_Changes] = []
    failures: dict[str, CorpusError] = {}
    for spec in _fetched(specs):
        try:
            changes.append(_changes(compare_with_scan(index.catalog, spec), report))
        except CorpusError as error:
            failures[spec.name] = error
    if failures and len(specs) == 1:
        raise next(iter(failures.values()))
    if any(change.any for change in changes) or (changes and index.catalog.database.generation == 0):
        _Update(index, options, report).apply(changes)
    report.seconds = monotonic() - start
    if failures:
        raise PartlyUpdated(failures, len(changes), report)
    return report


def _fetched(specs: Sequence[CorpusSpec]) -> Iterator[CorpusSpec]:
    """Yield corpora in their order, those that come from elsewhere fetched, several at a time."""
    with ThreadPoolExecutor(_FETCHED_AT_ONCE, "fetch") as threads:
        for start in range(0, len(specs), _FETCHED_AHEAD):
            some = specs[start : start + _FETCHED_AHEAD]
            list(threads.map(_fetch, some))
            yield from some


def _fetch(spec: CorpusSpec) -> None:
    with suppress(CorpusError):  # which the scan raises
        corpus = open_corpus(spec)
        if isinstance(corpus, Fetched):
            corpus.fetch()


def _distinct(specs: Sequence[CorpusSpec]) -> list[CorpusSpec]:
    """Return each corpus once. Raises `CorpusError` if two of them have one name: one would be lost."""
    by_name: dict[str, CorpusSpec] = {}
    for spec in specs:
        other = by_name.setdefault(spec.name, spec)
        if other != spec:
            raise CorpusError(
                f"two corpora are called {spec.name}",
                why=f"one is at {other.location}, the other at {spec.location}",
                fix="give one of them another name, with --name or in the rag.toml",
            )
    return list(by_name.values())


def remove_corpora(index: WritableIndex, names: Iterable[str]) -> int:
    """Remove the corpora with these names from the index and return how many documents they had."""
    wanted = set(names)
    removed = 0
    with index.writer() as writer:
        for corpus_id, spec in index.catalog.corpora().items():
            if spec.name in wanted:
                for known in index.catalog.known(corpus_id).values():
                    writer.remove(known.document_id)
                    removed += not known.reason
                index.catalog.remove_corpus(corpus_id)
        writer.commit()
    return removed


def rederive(index: WritableIndex) -> int:
    """Write the lexical and dense parts anew from the catalog and return how many chunks they hold."""
    chunks = 0
    with index.writer(fresh=True) as writer:
        for document_id, chunk_ids in index.catalog.chunk_ids_by_document():
            writer.put_stored(document_id, chunk_ids)
            chunks += len(chunk_ids)
        writer.commit()
    return chunks


@dataclass(slots=True)
class _Changes:
    """What has to be done for one corpus, as `comparison` shows."""

    comparison: ScanComparison
    tasks: list[ReadTask]
    skipped: list[Skipped]

    @property
    def any(self) -> bool:
        return bool(self.tasks or self.skipped or self.comparison.gone)

    @property
    def expected_chunks(self) -> float:
        return sum(expected_chunks(self.comparison.spec, task.listed) for task in self.tasks)


def _changes(comparison: ScanComparison, report: Report) -> _Changes:
    """Collect what has to be done, and count in `report` what has not."""
    for entry in comparison.found.values():
        before = comparison.known.get(entry.path)
        if isinstance(entry, Skipped):
            report.skip(entry.reason)
        elif comparison.is_news(entry):
            continue
        elif before and before.reason:
            report.skip(before.reason)
        else:
            report.unchanged += 1
    changes = _Changes(comparison, comparison.tasks(), comparison.newly_skipped())
    comparison.found.clear()  # a large corpus has a hundred thousand entries: the update needs the memory
    return changes


@dataclass(slots=True)
class _Update:
    """One run over the changes of some corpora; it commits now and then."""

    index: WritableIndex
    options: UpdateOptions
    report: Report
    committed: float = field(default_factory=monotonic)
    pause: float = 0.0

    def apply(self, changes: Sequence[_Changes]) -> None:
        """Write the changes and commit them."""
        catalog = self.index.catalog
        chunks = catalog.census.count_chunks() + sum(change.expected_chunks for change in changes)
        budget = choose_budget(round(chunks), self.options.max_memory)
        total = sum(task.listed.size_bytes for change in changes for task in change.tasks)
        writer = self.index.writer()
        try:
            self.committed = monotonic()
            for change in changes:
                writer = self._apply_to_corpus(writer, change, budget, total)
            self._commit(writer)
        finally:
            catalog.database.rollback()

    def _apply_to_corpus(self, writer: Writer, change: _Changes, budget: Budget, total: int) -> Writer:
        """Write the changes of one corpus and return the writer to go on with."""
        comparison, catalog = change.comparison, self.index.catalog
        corpus_id = catalog.put_corpus(comparison.spec)
        corpus = open_corpus(comparison.spec)
        if isinstance(corpus, Rescannable):
            catalog.database.set_meta(rules_key(corpus_id), corpus.rules)
        # A run that is killed leaves some documents as they were; the next run learns it from this.
        reading = READING if comparison.is_read_so else ""
        catalog.database.set_meta(reading_key(corpus_id), reading)
        self._remove_and_skip(writer, change, corpus_id)
        encoder = self.index.encoder
        batch = Batch(comparison.spec, tuple(change.tasks), encoder.name if encoder.encoder.is_cheap else "")
        batches = list(batched([batch], max_bytes=_BATCH_BYTES, max_items=_BATCH_ITEMS))
        for results in prepare_all(batches, budget, self.options.open_pool):
            for result in results:
                self._write(writer, change, corpus_id, result)
                self.report.read_bytes += result.listed.size_bytes
            self.options.progress(self.report.read_bytes, total, results[-1].listed.path)
            if monotonic() - self.committed > max(_CHECKPOINT_SECONDS, self.pause):
                self._commit(writer)
                writer = self.index.writer()
        catalog.database.set_meta(reading_key(corpus_id), READING)
        update_history(catalog, corpus_id, corpus, anew=not comparison.is_read_so)
        return writer

    def _commit(self, writer: Writer) -> None:
        self.report.encoded += writer.encoded
        begun = monotonic()
        writer.commit()
        self.committed = monotonic()
        self.pause = max(self.pause, _PAUSE_TO_COMMIT * (self.committed - begun))

    def _remove_and_skip(self, writer: Writer, change: _Changes, corpus_id: int) -> None:
        for known in change.comparison.gone:
            writer.remove(known.document_id)
            self.report.removed += not known.reason
        for skipped in change.skipped:
            if before := change.comparison.known.get(skipped.path):
                writer.remove(before.document_id)
                self.report.removed += not before.reason
            writer.skip(corpus_id, skipped)

    def _write(self, writer: Writer, change: _Changes, corpus_id: int, result: ItemResult) -> None:
        """Write one item that was read, and count what was done."""
        report = self.report
        before = change.comparison.known.get(result.listed.path)
        if isinstance(result, Unchanged):
            assert before is not None
            writer.touch(before.document_id, result.listed)
            report.unchanged += 1
            return
        if before:
            writer.remove(before.document_id)
        was_indexed = before is not None and not before.reason
        if isinstance(result, LeftOut):
            writer.skip(corpus_id, result.skipped, result.listed.stamp)
            report.skip(result.skipped.reason)
            report.removed += was_indexed
            return
        assert isinstance(result, Prepared)
        writer.put(corpus_id, result)
        report.redacted += result.redacted
        report.invisible_chars += result.document.invisible_chars
        report.note(result.listed.path, result.document.notes)
        if result.chunking.note:
            report.fall_back(result.chunking.note)
        if result.document.guessed_encoding:
            report.guess(result.document.guessed_encoding)
        if was_indexed:
            report.changed += 1
        else:
            report.added += 1
