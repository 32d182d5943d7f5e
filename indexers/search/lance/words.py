"""BM25 over fields of tokens in a table of Lance.

Scores of terms are those of `indexers.search.lexical`, with lengths that are not rounded. Phrases and names
of definitions have fixed weights, which Lance does not know: its lists of chunks are added up here.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import exp
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from indexers.search.interfaces import Fields, Floats64, Ids, Scored, scored
from indexers.search.lance.stored_words import StoredWords, is_defined, saturated
from indexers.search.lance.tables import LanceTable, load_lance, one_of
from indexers.search.lance.words_writer import LENGTHS
from indexers.search.lexical import SCORE_DECIMALS
from indexers.search.lexical_query import LexicalQuery, Name

_FEW: Final = 20_000  # ids that a condition may list; among more, hits are looked up in what all chunks give
_SPARE: Final = 4
_MOST_WITH_PHRASE: Final = 50_000  # chunks that are looked at for one phrase, those that say it most
_EDITS: Final = ((10, 3), (40, 2))  # Lance can look for so many in a key of so many letters, else for one
_SPELLINGS: Final = 1000  # near a name
_THREADS: Final = 8  # they wait for the disk or the network
_REMEMBERED: Final = 100_000  # frequencies of tokens


class Among:
    """The chunks to which a search is limited: those of some documents, some chunks, or all.

    Attributes:
        condition: what a search is to be limited by; None if it is to search all chunks.
        is_looked_up: whether the chunks that it finds must be looked up, because they are too many to list.
    """

    def __init__(self, column: str = "", ids: Collection[int] = ()) -> None:
        self._column, self._ids = column, ids
        self.is_looked_up = len(ids) > _FEW
        self.condition = one_of(column, ids) if column and not self.is_looked_up else None

    def has(self, chunk_ids: Ids, document_ids: Ids) -> NDArray[np.bool_]:
        """Return which of these chunks are among those wanted."""
        found = chunk_ids if self._column == "chunk_id" else document_ids
        return np.isin(found, np.fromiter(self._ids, np.int64, len(self._ids)))


class LanceWords:
    """Searches the words of one generation."""

    def __init__(self, table: LanceTable, generation: int) -> None:
        """Open the table. Raises what `LanceTable.open` raises."""
        load_lance()
        from lance import query

        self._make = query
        self._table, self.dataset = table, table.open(generation)
        with table.raising_trouble():
            self._count = int(self.dataset.count_rows())
        self._stored = StoredWords(table, self.dataset, self._count, self.frequencies)
        self._known: dict[tuple[str, str], int] = {}
        self._threads = ThreadPoolExecutor(_THREADS, "lance")

    def count(self) -> int:
        """Return the number of chunks."""
        return self._count

    def frequencies(self, field: str, tokens: Iterable[str]) -> dict[str, int]:
        """Return how many chunks have each token in a field."""
        wanted = set(tokens)
        new = [token for token in wanted if (field, token) not in self._known]
        if len(self._known) > _REMEMBERED:
            self._known.clear()
            new = list(wanted)
        counted = self._side_by_side(lambda token: self._having(field, token), new)
        self._known |= {(field, token): count for token, count in zip(new, counted, strict=True)}
        return {token: self._known[field, token] for token in wanted}

    def _having(self, field: str, token: str) -> int:
        """Return how many chunks have a token, by the score of the best: to count a million takes long."""
        if not self._count or not token:
            return 0
        rows = self._scan(self._make.MatchQuery(token, field), (field, LENGTHS), None, 1)
        if not len(rows):
            return 0
        with self._table.raising_trouble():
            (text,), (lengths,), (score,) = (rows[name].to_pylist() for name in (field, LENGTHS, "_score"))
            length, mean = lengths[Fields._fields.index(field)], self._stored.mean_lengths[field]
            rarity = score / saturated(text.split().count(token), length, mean)
            return min(max(1, round((self._count + 1) / exp(rarity) - 0.5)), self._count)

    def search(self, query: LexicalQuery, k: int, documents: Sequence[int] | None = None) -> list[Scored]:
        """Return the best `k` chunks of these documents (of all for None), best first, ties by chunk id."""
        if not query or k < 1 or not self._count or (documents is not None and not documents):
            return []
        among = Among() if documents is None else Among("document_id", documents)
        floor: dict[int, float] = {}
        if query.required:
            holding = self._holding_all(query.required, among)
            among, floor = Among("chunk_id", holding), dict.fromkeys(holding, 0.0)
            if not holding:
                return []
        ids, scores = self._best_by_terms(query, k, among)
        best = dict(zip(ids.tolist(), scores.tolist(), strict=True))
        least = min(best.values()) if len(best) >= k else 0.0
        fixed = self._fixed(query, among)
        # A chunk that is not among the best by its terms has no more of them than the last of those.
        enough = _kth([score + fixed.get(chunk_id, 0.0) for chunk_id, score in best.items()], k)
        missing = [one for one, weight in fixed.items() if one not in best and weight + least >= enough]
        if query.terms and len(best) >= k:
            best |= self._stored.scores(LexicalQuery(query.terms), missing)
        found = floor | dict.fromkeys(missing, 0.0) | best
        total = {chunk_id: score + fixed.get(chunk_id, 0.0) for chunk_id, score in found.items()}
        return _ranked(total, k)

    def scores(self, query: LexicalQuery, chunk_ids: Collection[int]) -> dict[int, float]:
        """Return the scores of those of these chunks that match: the scores that `search` gives them."""
        if not query or not chunk_ids or not self._count:
            return {}
        return self._stored.scores(query, chunk_ids)

    def _side_by_side(self, call: Callable[[Any], Any], arguments: Sequence[Any]) -> list[Any]:
        if len(arguments) < 2:
            return [call(argument) for argument in arguments]
        return list(self._threads.map(call, arguments))

    def _scan(self, query: Any, columns: Sequence[str], condition: str | None, limit: int | None) -> Any:
        with self._table.raising_trouble():
            return self.dataset.scanner(
                columns=[*columns, "_score"],
                full_text_query=query,
                filter=condition,
                prefilter=condition is not None,
                limit=limit,
                disable_scoring_autoprojection=True,
            ).to_table()

    def _found(self, query: Any, among: Among, limit: int | None) -> tuple[Ids, Floats64]:
        """Return ids and scores, both of shape (n,), of the best chunks among those wanted, best first."""
        wanted = limit
        while True:
            if among.is_looked_up and limit is not None:
                wanted = min((wanted or limit) * _SPARE, self._count)
            rows = self._scan(query, ("chunk_id", "document_id"), among.condition, wanted)
            ids, scores = rows["chunk_id"].to_numpy(), rows["_score"].to_numpy().astype(np.float64)
            is_all = wanted is None or len(ids) < wanted or wanted >= self._count
            if among.is_looked_up:
                here = among.has(ids, rows["document_id"].to_numpy())
                ids, scores = ids[here], scores[here]
            if is_all or limit is None or len(ids) >= limit or not among.is_looked_up:
                order = np.argsort(-scores, kind="stable")[:limit]
                return ids[order], scores[order]

    def _best_by_terms(self, query: LexicalQuery, k: int, among: Among) -> tuple[Ids, Floats64]:
        wanted = self._terms(query)
        if wanted is None:
            return np.empty(0, np.int64), np.empty(0)
        return self._found(wanted, among, k)

    def _terms(self, query: LexicalQuery) -> Any:
        """Return the terms as Lance asks for them, those of one field and weight together; None for none."""
        weights: dict[tuple[str, str], float] = {}
        for field, token, weight in query.terms:
            weights[field, token] = weights.get((field, token), 0.0) + weight
        together: dict[tuple[str, float], list[str]] = {}
        for (field, token), weight in weights.items():
            together.setdefault((field, weight), []).append(token)
        make = self._make
        parts = [
            (make.Occur.SHOULD, make.MatchQuery(" ".join(tokens), field, boost=weight))
            for (field, weight), tokens in together.items()
        ]
        return make.BooleanQuery(parts) if parts else None

    def _phrase(self, tokens: Sequence[str]) -> Any:
        if len(tokens) == 1:
            return self._make.MatchQuery(tokens[0], "body")
        return self._make.PhraseQuery(" ".join(tokens), "body")

    def _holding_all(self, required: Sequence[Sequence[str]], among: Among) -> list[int]:
        """Return the chunks that hold all of these phrases, ascending."""
        parts = [(self._make.Occur.MUST, self._phrase(tokens)) for tokens in required]
        return sorted(self._found(self._make.BooleanQuery(parts), among, None)[0].tolist())

    def _fixed(self, query: LexicalQuery, among: Among) -> dict[int, float]:
        """Return what phrases and names give to each chunk that has one of them."""

        def holding(tokens: Sequence[str]) -> list[int]:
            found: list[int] = self._found(self._phrase(tokens), among, _MOST_WITH_PHRASE)[0].tolist()
            return found

        total: dict[int, float] = {}
        asked = [phrase.tokens for phrase in query.phrases]
        for phrase, ids in zip(query.phrases, self._side_by_side(holding, asked), strict=True):
            for chunk_id in ids:
                total[chunk_id] = total.get(chunk_id, 0.0) + phrase.weight
        names: dict[str, list[Name]] = {}
        for name in query.names:
            names.setdefault(name.key, []).append(name)
        for defined in self._side_by_side(lambda some: self._defining(some, among), list(names.values())):
            for chunk_id, weight in defined.items():
                total[chunk_id] = total.get(chunk_id, 0.0) + weight
        return total

    def _defining(self, names: Sequence[Name], among: Among) -> dict[int, float]:
        """Return what names of one key give to each chunk that defines it or one that is near enough."""
        key = names[0].key
        # Lance counts letters that changed places as two edits.
        edits = min(2 * max(name.edits for name in names), _most_edits(key))
        wanted = self._make.MatchQuery(key, "defines", fuzziness=edits, max_expansions=_SPELLINGS)
        rows = self._scan(wanted, ("chunk_id", "document_id", "defines"), among.condition, None)
        ids, defined = rows["chunk_id"].to_numpy(), rows["defines"].to_pylist()
        if among.is_looked_up:
            here = among.has(ids, rows["document_id"].to_numpy())
            ids, defined = ids[here], [keys for keys, wanted in zip(defined, here, strict=True) if wanted]
        weights = [sum(name.weight for name in names if is_defined(name, keys.split())) for keys in defined]
        return {one: weight for one, weight in zip(ids.tolist(), weights, strict=True) if weight}


def _most_edits(key: str) -> int:
    return next((edits for length, edits in _EDITS if len(key) <= length), 1)


def _kth(scores: list[float], k: int) -> float:
    """Return the `k`th of these scores, or less than any if there are fewer."""
    return sorted(scores, reverse=True)[k - 1] if len(scores) >= k else float("-inf")


def _ranked(scores: dict[int, float], k: int) -> list[Scored]:
    rounded = [(round(score, SCORE_DECIMALS), chunk_id) for chunk_id, score in scores.items()]
    rounded.sort(key=lambda one: (-one[0], one[1]))
    return scored([chunk_id for _, chunk_id in rounded[:k]], [score for score, _ in rounded[:k]])
