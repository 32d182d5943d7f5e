"""Retrieval with the help of a draft: its names are looked up, and its text is a second question."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

from rag.retrieval.draft import Draft, Used
from rag.retrieval.hit import Hit

Search = Callable[[str, int], Sequence[Hit]]
"""A callable from a question and a maximum number of hits to the hits, best first."""

# Weights of the rankings when they are merged by rank, and the constant of the formula (Cormack et al. 2009,
# "Reciprocal Rank Fusion"): ablation in bench/RESULTS.md.
_WEIGHTS: Final = {"request": 1.0, "names": 1.5, "draft": 0.5}
_K: Final = 10

_DEPTH: Final = 20  # hits among which the one that a name means is sought
_QUERY_CHARS: Final = 1500  # of a draft that go into a question: the more words, the less each counts


def merge_draft(query: str, hits: Sequence[Hit], draft: Draft, search: Search, k: int) -> list[Hit]:
    """Merge `hits` with those that document the names in `draft` and those that its text finds.

    The score of a hit is the sum of its `shares`, one for its rank in each of the three rankings.

    Args:
        query: the request.
        hits: what was retrieved for the request, best first.
        draft: an answer to it.
        search: searches the same index.
        k: maximum number of hits to return.
    """
    rankings = {
        "request": hits,
        "names": look_up(query, draft, search),
        "draft": search(f"{query}\n{draft.code[:_QUERY_CHARS]}", max(k, len(hits))),
    }
    found: dict[str, Hit] = {}
    shares: dict[str, dict[str, float]] = {}
    for name, ranking in rankings.items():
        for rank, hit in enumerate(ranking, start=1):
            found.setdefault(hit.chunk.chunk_id, hit)
            shares.setdefault(hit.chunk.chunk_id, {})[name] = _WEIGHTS[name] / (_K + rank)
    # The sort is stable: equal scores keep the order in which they were found.
    best = sorted(found, key=lambda chunk_id: -sum(shares[chunk_id].values()))[:k]
    return [
        replace(
            found[chunk_id],
            score=sum(shares[chunk_id].values()),
            rank=rank,
            shares=tuple(shares[chunk_id].items()),
        )
        for rank, chunk_id in enumerate(best, start=1)
    ]


def look_up(query: str, draft: Draft, search: Search) -> list[Hit]:
    """Return the hits that document or define the names that `draft` uses, each hit once."""
    found: dict[str, Hit] = {}
    for used in draft.used:
        hits = search(used.name.removeprefix("."), _DEPTH)
        hit = _best_of(used, hits, query, draft)
        if hit:
            for one in (*_changes_of(used, hits, hit), hit):
                found.setdefault(one.chunk.chunk_id, one)
    return list(found.values())


def _changes_of(used: Used, hits: Sequence[Hit], best: Hit) -> list[Hit]:
    """Return what says that a parameter is gone which a call in the draft is given.

    Such a parameter is an alias of the unit of the function that had it.
    """
    if not used.keywords or best.chunk.origin.role == "changes":
        return []
    name = best.chunk.symbol
    gone = {f"{name}.{keyword}" for keyword in used.keywords}
    return [
        hit
        for hit in hits
        if hit.chunk.origin.role == "changes" and hit.chunk.symbol == name and gone & {*hit.chunk.aliases}
    ][:1]


def _best_of(used: Used, hits: Sequence[Hit], query: str, draft: Draft) -> Hit | None:
    roots = {other.name.partition(".")[0].lower() for other in draft.used if other.is_known}
    about = roots | {word.strip(".,:;!?'\"()`").lower() for word in query.split()}
    graded = [(_grade(used, hit, about), hit.chunk.symbol.count("."), hit.rank, hit) for hit in hits]
    fitting = [one for one in graded if one[0] is not None]
    return min(fitting, key=lambda one: one[:3])[3] if fitting else None


def _grade(used: Used, hit: Hit, about: set[str]) -> int | None:
    """Return how exactly a hit is what a name means, 0 for exactly; None if it is something else."""
    symbol, name = hit.chunk.symbol, used.name
    # Of what is gone, nothing else has the other names.
    is_gone = hit.chunk.origin.role == "changes" and name in hit.chunk.aliases
    if symbol == name or (symbol == used.spelled and "." in symbol) or is_gone:
        return 0
    if not symbol or symbol.rpartition(".")[2] != name.rpartition(".")[2]:
        return None
    if not used.is_known:
        return 1 if _belongs(hit, about) else None
    # A function that is called without its module is not a method: `open` does not mean `Path.open`.
    if symbol.endswith(f".{name}") and ("." in name or name[0].isupper()):
        return 1
    if f".{name}".endswith(f".{symbol}") and _is_module(name, hit):
        return 1
    return 2 if _is_of(hit, {name.partition(".")[0].lower()}) else None


def _is_module(name: str, hit: Hit) -> bool:
    """Return whether a hit is in the module or package that a qualified name begins with."""
    origin = hit.chunk.origin
    package = {origin.corpus, origin.repo.rpartition("/")[2].removesuffix(".git")} - {""}
    stands_in = package.union(PurePosixPath(origin.path).with_suffix("").parts)
    return not stands_in.isdisjoint(name.split(".")[:-1])


def _belongs(hit: Hit, about: set[str]) -> bool:
    """Return whether a hit is of a library named in `about`, or is code that belongs to no library."""
    return _is_of(hit, about) or (hit.chunk.origin.kind == "code" and not hit.chunk.origin.library)


def _is_of(hit: Hit, libraries: set[str]) -> bool:
    return not libraries.isdisjoint(
        {hit.chunk.origin.library.lower(), hit.chunk.symbol.partition(".")[0].lower()} - {""}
    )
