"""How far an index is behind its corpora, found by scanning the corpora."""

from dataclasses import dataclass

from corpora.document import Listed
from corpora.errors import RagError
from corpora.kinds import KINDS, kind_named
from corpora.network.fetching import without_fetching
from corpora.spec import CorpusSpec
from indexers.index import Index
from indexers.own_corpora import is_named


@dataclass(frozen=True, slots=True)
class Staleness:
    """The documents that `rag index` would find changed in one corpus; `problem` says why none are known."""

    corpus: str
    new: int = 0
    changed: int = 0
    gone: int = 0
    problem: str = ""


def staleness(index: Index) -> list[Staleness]:
    """Return for each corpus of `index` how much was added, changed and removed since; no file is read."""
    return [_staleness(index, spec) for spec in index.catalog.corpora().values()]


def _staleness(index: Index, spec: CorpusSpec) -> Staleness:
    if spec.kind in KINDS and kind_named(spec.kind).is_remote:
        return Staleness(spec.name, problem="not looked at; rag index asks its server for what has changed")
    from indexers.building.compare import compare_with_scan  # parsers and all, for those who ask

    if not is_named(index.path, spec):
        return Staleness(
            spec.name, problem="not looked at: it was named elsewhere; rag status --trust agrees to it"
        )
    try:
        with without_fetching():
            comparison = compare_with_scan(index.catalog, spec)
    except RagError as error:
        return Staleness(spec.name, problem=f"{error.what}: {error.why}")
    news = [entry for entry in comparison.found.values() if comparison.is_news(entry)]
    listed = [entry for entry in news if isinstance(entry, Listed)]
    changed = sum(entry.path in comparison.known for entry in listed)
    lost = sum(not known.reason for known in comparison.gone)
    return Staleness(spec.name, len(listed) - changed, changed, lost)
