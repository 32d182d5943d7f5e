"""Estimate which library a question means, for the candidates among documentation.

A library is as likely as its prior times how well its topic fits the question: exp(fit / `_SPREAD`). The fit
is the cosine of the question with the nearest few of a sample of the library's units. Samples are equally
large, so that a library is no likelier for its size: without that, the standard library of Python has most of
the first hits because it has most of the units (resource selection in federated search; Si and Callan 2003,
"Relevant Document Distribution Estimation Method for Resource Selection"). The prior is what the question
names, what the file imports that it comes from, what the indexed code imports, and what public code imports.

The documentation of a language is about everything. The fit of each of its modules is therefore measured by
itself, and smoothed by that of the whole, since most are small.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from math import exp, log1p
from typing import Final, NamedTuple

import numpy as np

from indexers.catalog.catalog import ChunkFacts
from indexers.catalog.library_evidence import LibrarySample, is_language, module_of
from indexers.encoders.api_popularity import builtin_usage
from indexers.encoders.table import Floats
from indexers.index import Index
from indexers.locked_versions import locked_versions
from indexers.search.interfaces import Ids
from rag.retrieval.questions.query import OTHER_NAMES, Query, plain_name

# Chosen on bench/which_library.py, first_answers and the development sets of documentation: bench/RESULTS.md.
_SPREAD: Final = 0.05  # a library whose cosine is lower by that is e times less likely
_NEAREST: Final = 0.98  # quantile of the cosines of a library that counts
_NEAREST_IN_MODULE: Final = 0.9  # the same for a module, which is about one thing
_SMOOTHED: Final = 50  # units that the whole library counts for beside those of a module
# Libraries whose topics are compared. Of more, each is about little, as a command of manual pages is, and
# its few units say that better themselves.
_MOST_LIBRARIES: Final = 32
_MOST_MODULES: Final = 24
# What is imported is known, what a topic suits is a guess: what is known counts for more.
_KNOWN: Final = 1.5

_CACHED: Final = 4_096  # libraries and modules: questions meet the same ones again
_LEAST: Final = 0.01  # what is less likely than that counts nothing
_PROSE: Final = "-"  # in place of a module, of pages without a name of code; nothing is called so

# Priors, as logarithms.
_NAMED: Final = 10.0
_IMPORTED_HERE: Final = 4.0  # by the file that the question comes from
_AT_HAND: Final = 2.0  # what that file can use without an import
_IN_PROJECT: Final = 1.5  # times how much the indexed code imports it, 0 to 1
_IN_PUBLIC: Final = 2.0  # times how much public code imports it, 0 to 1
_IN_PUBLIC_BESIDE: Final = 0.5  # the same, where the file says what it uses
_LOCKED: Final = 0.5  # share in the project of what a lock file lists, which may be needed only indirectly


class _Source(NamedTuple):
    """A library, and the package or module of it that must be imported; what Python has built in has none."""

    library: str
    module: str


def likely_libraries(
    index: Index, query: Query, vector: Floats, facts: Mapping[int, ChunkFacts]
) -> dict[int, float]:
    """Return how likely the library of each unit of documentation is the one that is meant, by chunk id.

    The likeliest among these candidates has 1, or `_KNOWN` if it is known what is imported; the others have
    their share of that.

    Args:
        index: the index that is searched.
        query: the question, with the imports of the file that it comes from.
        vector: the vector of the question.
        facts: what is known of each candidate; code has no library.
    """
    units, names = _by_source(facts)
    if len(units) < 2:
        return {chunk_id: 1.0 for some in units.values() for chunk_id in some}
    fits = dict.fromkeys(units, 0.0)
    if query.compares_topics and len({source.library for source in units}) <= _MOST_LIBRARIES:
        fits = _fits(index, vector, {source: len(some) for source, some in units.items()})
    priors = _priors(index, query, names)
    logs = {source: fits[source] / _SPREAD + priors[source] for source in units}
    best = max(logs.values())
    most = _KNOWN if query.imports else 1.0
    shares = {source: exp(log - best) for source, log in logs.items()}
    likely = {source: most * share if share >= _LEAST else 0.0 for source, share in shares.items()}
    return {chunk_id: likely[source] for source, some in units.items() for chunk_id in some}


def _by_source(
    facts: Mapping[int, ChunkFacts],
) -> tuple[dict[_Source, list[int]], dict[_Source, frozenset[str]]]:
    """Return the units of documentation of each source, and the names under which it is imported."""
    units: dict[_Source, list[int]] = {}
    for chunk_id, one in facts.items():
        if one.kind == "docs" and one.library:
            if is_language(one.library):
                module = module_of(one.symbol)
            else:
                root = one.symbol.partition(".")[0]
                module = root if root.isidentifier() else _PROSE
            units.setdefault(_Source(one.library, module), []).append(chunk_id)
    return units, {source: _names(source) for source in units}


def _fits(index: Index, vector: Floats, counts: Mapping[_Source, int]) -> dict[_Source, float]:
    """Return how well the topic of each source fits; `counts` are of its units among the candidates."""
    samples = index.libraries.samples({source.library for source in counts})
    modules = [source for source in counts if source.module in _modules(samples, source)]  # of languages
    modules = sorted(modules, key=lambda source: (-counts[source], source))[:_MOST_MODULES]
    parts = {source: _modules(samples, source)[source.module] for source in modules}
    ids = {name: sample.chunk_ids for name, sample in samples.items()}
    nearest = _Nearest(index, vector, [*ids.values(), *parts.values()])
    whole = {name: nearest.quantile(some, _NEAREST) for name, some in ids.items()}
    fits = {source: whole[source.library] for source in counts}
    for source, some in parts.items():
        own = nearest.quantile(some, _NEAREST_IN_MODULE)
        fits[source] = (len(some) * own + _SMOOTHED * fits[source]) / (len(some) + _SMOOTHED)
    return fits


class _Nearest:
    """The cosines of a question with all units of some samples, computed at once."""

    def __init__(self, index: Index, vector: Floats, samples: Sequence[Ids]) -> None:
        self._ids = np.unique(np.concatenate(samples)) if samples else np.empty(0, dtype=np.int64)
        cosines = index.dense.scores(vector, self._ids.tolist())
        # Units without words have no vector: they are far from any question.
        self._cosines = np.full(len(self._ids), -1.0, np.float32)
        places = np.searchsorted(self._ids, np.fromiter(cosines, np.int64, len(cosines)))
        self._cosines[places] = np.fromiter(cosines.values(), np.float32, len(cosines))

    def quantile(self, chunk_ids: Ids, share: float) -> float:
        """Return a quantile of the cosines of one of the samples; 0 for an empty one."""
        if not len(chunk_ids):
            return 0.0
        cosines = self._cosines[np.searchsorted(self._ids, chunk_ids)]
        place = round(share * (len(cosines) - 1))
        return float(np.partition(cosines, place)[place])


def _modules(samples: Mapping[str, LibrarySample], source: _Source) -> Mapping[str, Ids]:
    sample = samples.get(source.library)
    return sample.modules if sample else {}


def _priors(index: Index, query: Query, names: Mapping[_Source, Collection[str]]) -> dict[_Source, float]:
    """Return the logarithm of how likely each source is, whatever the question; `names` import it."""
    public = builtin_usage().package_shares({"", *(source.module for source in names)})
    in_project = _in_project(index, names)
    here = frozenset(spelled for one in query.imports for spelled in (one, plain_name(one)))
    in_public = _IN_PUBLIC_BESIDE if here else _IN_PUBLIC
    return {
        source: _NAMED * (source.library in query.libraries)
        + (_imported(source, some, here) if here else 0.0)
        + _IN_PROJECT * in_project.get(source, 0.0)
        + in_public * public["" if _needs_no_import(source) else source.module]
        for source, some in names.items()
    }


def _imported(source: _Source, names: Collection[str], imports: frozenset[str]) -> float:
    """Return the prior of a source for a file with these imports."""
    if _needs_no_import(source):
        return _AT_HAND
    return 0.0 if imports.isdisjoint(names) else _IMPORTED_HERE


def _in_project(index: Index, names: Mapping[_Source, Collection[str]]) -> dict[_Source, float]:
    """Return how much the indexed code imports each source, 0 to 1; what needs no import is always used."""
    locked = {plain_name(name.partition(":")[2] or name) for name in locked_versions(index)}
    most = index.libraries.most_imported
    if not most and not locked:
        return {}
    files = index.libraries.importers({name for some in names.values() for name in some})
    shares: dict[_Source, float] = {}
    for source, some in names.items():
        imported = max(files.get(name, 0) for name in some) if most and some else 0
        share = log1p(imported) / log1p(most) if imported else 0.0
        is_locked = plain_name(source.library) in locked
        shares[source] = 1.0 if _needs_no_import(source) else max(share, _LOCKED * is_locked)
    return shares


@lru_cache(maxsize=_CACHED)
def _names(source: _Source) -> frozenset[str]:
    """Return the names under which a source is imported, by its own name or a usual alias."""
    if is_language(source.library):
        return frozenset({source.module})
    own = plain_name(source.library)
    aliases = {alias for alias, library in OTHER_NAMES.items() if plain_name(library) == own}
    return frozenset({source.module, source.library, own, own.replace("-", "_"), *aliases})


def _needs_no_import(source: _Source) -> bool:
    """Return whether a unit needs no import: what Python has built in, and all that other languages have."""
    return is_language(source.library) and (not source.module or plain_name(source.library) != "python")
