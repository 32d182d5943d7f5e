"""How far an index is behind its corpora, told from the corpora themselves."""

from dataclasses import dataclass

from corpora.document import Listed
from corpora.errors import RagError
from corpora.network.fetching import without_fetching
from corpora.spec import REMOTE_KINDS, CorpusSpec
from indexers.index import Index
from indexers.own_corpora import is_named


@dataclass(frozen=True, slots=True)
class Behind:
    """What `rag index` would find in one corpus; `problem` says why it cannot be told."""

    corpus: str
    new: int = 0
    changed: int = 0
    gone: int = 0
    problem: str = ""


def behind(index: Index) -> list[Behind]:
    """For each corpus of `index`, what has come, changed and gone since; files are looked at, not read."""
    return [_behind(index, spec) for spec in index.catalog.corpora().values()]


def _behind(index: Index, spec: CorpusSpec) -> Behind:
    if spec.kind in REMOTE_KINDS:
        return Behind(spec.name, problem="not looked at; rag index asks the site for what has changed")
    from indexers.building.compare import compare_with_scan  # parsers and all, for those who ask

    if not is_named(index.path, spec):
        return Behind(
            spec.name, problem="not looked at: it was named elsewhere; rag status --trust agrees to it"
        )
    try:
        with without_fetching():
            comparison = compare_with_scan(index.catalog, spec)
    except RagError as error:
        return Behind(spec.name, problem=f"{error.what}: {error.why}")
    news = [entry for entry in comparison.found.values() if comparison.is_news(entry)]
    listed = [entry for entry in news if isinstance(entry, Listed)]
    changed = sum(entry.path in comparison.known for entry in listed)
    lost = sum(not known.reason for known in comparison.gone)
    return Behind(spec.name, len(listed) - changed, changed, lost)
