"""The plan of an update: what it would read, leave out and cost. Nothing is written."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final, cast

from corpora.document import Listed, Skipped, SkipReason
from corpora.kinds import kind_named
from corpora.spec import CorpusSpec
from corpora.syntax.languages import language_of
from indexers.building.compare import ScanComparison, compare_with_scan
from indexers.catalog.catalog import Catalog
from indexers.encoders import full_name
from indexers.layout import Layout
from indexers.planning.estimate import Estimate, Item, estimate
from indexers.planning.reading import Reader
from indexers.planning.warnings import rule_warnings, share_warnings

_EXAMPLES: Final = 3  # paths shown for each reason


@dataclass(frozen=True, slots=True)
class Amount:
    """A number of files and their size in bytes."""

    files: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Omission:
    """The items left out for one reason. A folder that is not entered counts as one item of 0 bytes."""

    reason: str
    items: int
    size_bytes: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Work:
    """The work of an update, in documents; `read_bytes` is the size of the new and the changed ones."""

    new: int
    changed: int
    gone: int
    unchanged: int
    read_bytes: int


@dataclass(frozen=True, slots=True)
class Holdings:
    """The files to index by language, those left out by reason (largest first), and the work to do.

    Languages are recognised by the names of files.
    """

    languages: dict[str, Amount]
    skipped: tuple[Omission, ...]
    work: Work

    @property
    def total(self) -> Amount:
        """Return the number and size of all files to index."""
        amounts = self.languages.values()
        return Amount(sum(a.files for a in amounts), sum(a.size_bytes for a in amounts))


@dataclass(frozen=True, slots=True)
class CorpusPlan:
    """The plan of one corpus."""

    spec: CorpusSpec
    holdings: Holdings
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of all corpora.

    Args:
        corpora: the plan of each.
        holdings: all of them together.
        estimate: what the update costs.
        dropped: corpora that are no longer named and would leave the index.
        unread: number of files that there was no time to read: some of them may be left out.
    """

    corpora: tuple[CorpusPlan, ...]
    holdings: Holdings
    estimate: Estimate
    dropped: tuple[str, ...]
    unread: int = 0


def plan(
    specs: Sequence[CorpusSpec],
    *,
    index: Path | None,
    encoder: str = "",
    prune: bool = False,
    max_memory: int | None = None,
) -> Plan:
    """Plan `Index.update(specs, prune=prune, max_memory=max_memory)` without doing it.

    Reads the files, since some are left out only then, as long as that takes little time.

    Args:
        specs: the corpora to index.
        index: folder of the index; where there is none, or for None, everything is new.
        encoder: name of the encoder; that of the index, or the default one, if empty.
        prune: whether corpora that `specs` does not name leave the index.
        max_memory: limit for all processes together, in bytes.

    Raises:
        CorpusError: a corpus cannot be read.
        RagError: `max_memory` is not enough.
        IndexIncompatible, IndexDamaged: there is an index, and it cannot be brought up to date.
    """
    start = monotonic()
    path = Layout(index).catalog if index else None
    exists = path is not None and path.exists()
    with closing(Catalog(path if exists else None, create=not exists)) as catalog:
        known = [spec.name for spec in catalog.corpora().values()]
        chosen = encoder or str(catalog.database.meta("encoder") or "")
        comparisons = [(spec, compare_with_scan(catalog, spec)) for spec in specs]
    wanted = {spec.name for spec in specs}
    reader = Reader()
    surveys = [_survey(spec, comparison, reader) for spec, comparison in comparisons]
    items = [item for items, _ in surveys for item in items]
    return Plan(
        corpora=tuple(corpus_plan for _, corpus_plan in surveys),
        holdings=_sum_up([corpus_plan.holdings for _, corpus_plan in surveys]),
        estimate=estimate(
            items, encoder=full_name(chosen), scan_seconds=monotonic() - start, max_memory=max_memory
        ),
        dropped=tuple(name for name in known if name not in wanted) if prune else (),
        unread=reader.unread,
    )


def _survey(spec: CorpusSpec, comparison: ScanComparison, reader: Reader) -> tuple[list[Item], CorpusPlan]:
    items: list[Item] = []
    skipped: list[Skipped] = []
    new = changed = 0
    gone = sum(not before.reason for before in comparison.gone)
    news = [
        entry
        for entry in comparison.found.values()
        if isinstance(entry, Listed) and comparison.is_news(entry)
    ]
    left_out = reader.left_out(spec, news)
    for path, entry in comparison.found.items():
        before = comparison.known.get(path)
        was_indexed = before is not None and not before.reason
        if isinstance(entry, Skipped) or path in left_out:
            skipped.append(left_out.get(path) or cast(Skipped, entry))
            gone += was_indexed
        elif comparison.is_news(entry):
            items.append(Item(spec, entry, is_read=True))
            new, changed = new + (not was_indexed), changed + was_indexed
        elif before and before.reason:  # left out when it was read
            skipped.append(Skipped(path, cast(SkipReason, before.reason), size_bytes=entry.size_bytes))
        else:
            items.append(Item(spec, entry, is_read=False))
    read_bytes = sum(entry.size_bytes for entry in news)
    work = Work(new, changed, gone, len(items) - new - changed, read_bytes)
    listed = [item.listed for item in items]  # without what reading leaves out
    warnings = (*rule_warnings(len(listed), skipped, spec.include), *share_warnings(spec, listed))
    return items, CorpusPlan(spec, Holdings(_languages(spec, listed), _omissions(skipped), work), warnings)


def _languages(spec: CorpusSpec, listed: Iterable[Listed]) -> dict[str, Amount]:
    counts: dict[str, Amount] = {}
    of_kind = kind_named(spec.kind).language
    for item in listed:
        language = of_kind or language_of(item.path)
        counts[language] = _add(counts.get(language), Amount(1, item.size_bytes))
    return _by_size(counts)


def _omissions(skipped: Iterable[Skipped]) -> tuple[Omission, ...]:
    found: dict[str, list[Skipped]] = {}
    for item in skipped:
        found.setdefault(item.reason, []).append(item)
    return _ordered(
        Omission(
            reason,
            len(items),
            sum(item.size_bytes for item in items),
            tuple(item.path for item in items[:_EXAMPLES]),
        )
        for reason, items in found.items()
    )


def _sum_up(parts: Sequence[Holdings]) -> Holdings:
    languages: dict[str, Amount] = {}
    omissions: dict[str, Omission] = {}
    for part in parts:
        for language, amount in part.languages.items():
            languages[language] = _add(languages.get(language), amount)
        for more in part.skipped:
            so_far = omissions.get(more.reason, Omission(more.reason, 0, 0, ()))
            omissions[more.reason] = Omission(
                more.reason,
                so_far.items + more.items,
                so_far.size_bytes + more.size_bytes,
                (so_far.examples + more.examples)[:_EXAMPLES],
            )
    works = [part.work for part in parts]
    work = Work(
        new=sum(work.new for work in works),
        changed=sum(work.changed for work in works),
        gone=sum(work.gone for work in works),
        unchanged=sum(work.unchanged for work in works),
        read_bytes=sum(work.read_bytes for work in works),
    )
    return Holdings(_by_size(languages), _ordered(omissions.values()), work)


def _add(left: Amount | None, right: Amount) -> Amount:
    return Amount(left.files + right.files, left.size_bytes + right.size_bytes) if left else right


def _by_size(amounts: dict[str, Amount]) -> dict[str, Amount]:
    return dict(sorted(amounts.items(), key=lambda item: (-item[1].size_bytes, item[0])))


def _ordered(omissions: Iterable[Omission]) -> tuple[Omission, ...]:
    return tuple(sorted(omissions, key=lambda omission: (-omission.items, omission.reason)))
