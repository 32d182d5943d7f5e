"""Search for one question by words, meaning, phrases, literals, names and places, and deeper if possible."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from indexers.encoders.api_popularity import usage_key
from indexers.encoders.table import Floats
from indexers.index import Index
from indexers.search.interfaces import Scored
from indexers.search.lexical import K1
from indexers.search.lexical_query import LexicalQuery, Name, Term, name_key, name_keys, word_query
from indexers.tokens import split_words, tokenize
from indexers.vocabulary.purposes import builtin_purposes
from indexers.vocabulary.translations import builtin_translations
from rag.retrieval.deep_search import DeepSearch
from rag.retrieval.questions.mentioned_places import place_fit
from rag.retrieval.questions.misspelled import nearly_named
from rag.retrieval.questions.phrases import WeightedPhrases, pairs_of
from rag.retrieval.questions.query import Query
from rag.retrieval.questions.quoted import literal_fit
from rag.retrieval.ranking.signals import Signals
from rag.retrieval.ranking.verbatim import Verbatim, VerbatimQuestion

_LIKELY: Final = (
    0.25  # share of the phrases that a chunk holds, for its text to be compared with the question
)
_READ: Final = 8  # chunks that are read for that
_MAX_NAMES: Final = 12  # each is looked for by itself
_MAX_WORDS: Final = 40  # of a question whose unknown words may be misspelled
_FEW_WORDS: Final = 2  # of a question, for one that stands nowhere to be surely misspelled
_FEW_DEFINITIONS: Final = 50  # of the end of a name, for them to be looked for

_MOSTLY_NAMES: Final = 0.5  # share of the words of a question, for it to ask for a name
_MAX_APIS: Final = 30  # that the words of the question are said of, for their documentation to be looked for
_END: Final = re.compile(r"[.:]")  # before the last part of a `usage_key`

_MAX_PLACES: Final = 8  # files that the question names, the one that matters most first
_LATER: Final = 0.08  # by how much each further one matters less
_NEAR_FILES: Final = 200  # chunks whose paths resemble those files
_MAX_FILES: Final = 20
_MAX_CHUNKS: Final = 2000
_PLACED: Final = 30


@dataclass(frozen=True)
class SearchResults:
    """What the best `depth` of each search are, by the name of the search."""

    by_search: dict[str, list[Scored]]
    depth: int

    @cached_property
    def ids(self) -> set[int]:
        """Return the ids of all chunks that any search found."""
        return {chunk_id for hits in self.by_search.values() for chunk_id, _ in hits}

    @property
    def is_all(self) -> bool:
        """Return whether the searches that find most have nothing more."""
        return all(len(self.by_search.get(name, ())) < self.depth for name in ("words", "meaning", "matched"))


class Searches:
    """The searches of both engines for one question."""

    def __init__(self, index: Index, query: Query, documents: Sequence[int] | None) -> None:
        self._index, self._query, self._documents = index, query, documents
        self._allowed = None if documents is None else index.catalog.chunk_ids(documents)
        self._vector = index.encoder.encode_query(query.question)
        self._deep = DeepSearch.of(index, query)
        lexical = index.lexical
        self._chunks = lexical.count()
        self._words = word_query(query.tokens)
        pairs = pairs_of(query.in_a_row)
        tokens = {*query.tokens, *(token for pair in pairs for token in pair)}
        self._frequencies = lexical.frequencies("body", tokens)
        self._phrases = WeightedPhrases(pairs, self._frequencies, self._chunks)
        self._literals = (
            word_query(query.tokens, {"literals": 1.0}) if len(query.tokens) > 1 else LexicalQuery()
        )
        self._named = self._names()
        self._translated = self._translations()
        self._said = self._purposes()

    def _purposes(self) -> dict[str, float]:
        """Return how much the words of a sentence are said of APIs.

        A long problem has too many words; and whoever says little but a name of code means that name.
        """
        names = sum(asked.is_certain for asked in self._query.names)
        is_named = names >= _MOSTLY_NAMES * len(self._query.text.split())
        if self._query.is_problem or is_named or not self._index.versions:
            return {}
        return builtin_purposes().of_words(self._query.tokens)

    @property
    def vector(self) -> Floats:
        """Return the vector of the question."""
        return self._vector

    def _translations(self) -> LexicalQuery:
        """Ask for words that say the same as those of the question, unless it is a name."""
        if self._query.is_name:
            return LexicalQuery()
        expanded = builtin_translations().expand(self._query.tokens, self._query.text)
        return LexicalQuery(
            tuple(Term(field, token, weight) for token, weight in expanded for field in ("name", "body"))
        )

    def _names(self) -> LexicalQuery:
        """Ask for the definitions of the names in the question; nearly the name, if none has it."""
        keys = {
            asked: [key for end in asked.ends for key in name_keys([end])[-1:]] for asked in self._query.names
        }
        known = self._index.lexical.frequencies("defines", [key for some in keys.values() for key in some])
        names: list[Name] = []
        misspelled: dict[str, float] = {}
        for asked, ends in keys.items():
            # Before the name may stand a variable, or a module that the definition does not name.
            end = next((key for key in ends if known[key]), None)
            if end is not None and (end == ends[0] or (asked.is_certain and known[end] <= _FEW_DEFINITIONS)):
                names.append(Name(end))
            elif (
                asked.is_certain
                and end is None
                and not asked.package  # code that imports it spells it right
                and (" " not in asked.name or asked.name == self._query.name)
            ):
                # A command line may have many options; one that is all of the question may be misspelled.
                misspelled[name_key(asked.last)] = 1.0
        # A word that no chunk has is less likely a name the more other words there are.
        words = min(1.0, _FEW_WORDS / max(len(self._query.tokens), 1))
        for key, sure in (dict.fromkeys(self._unknown_words(), words) | misspelled).items():
            names += nearly_named(key, sure)
        return LexicalQuery(names=tuple(names[:_MAX_NAMES]))

    def _unknown_words(self) -> list[str]:
        """Return the words of a short question that stand nowhere in the index: they may be misspelled."""
        if self._query.is_problem or len(self._query.tokens) > _MAX_WORDS:
            return []
        return [
            name_key(word)
            for word, tokens in split_words(self._query.text)
            if tokens and word.isalpha() and not any(self._frequencies.get(token, 1) for token in tokens)
        ]

    def found(self, depth: int) -> SearchResults:
        """Return the best `depth` chunks of each search."""
        return SearchResults(
            {
                "words": self._by_words(self._words, depth),
                "meaning": self._by_meaning(depth),
                "phrases": self._by_words(self._phrases.query, depth),
                "literals": self._by_words(self._literals, depth),
                "named": self._by_words(self._named, depth),
                "said": self._said_of(depth),
                "placed": self._placed(),
                "quoted": self._quoted(depth),
                "deep": self._deep.found(depth, self._allowed) if self._deep else [],
            },
            depth,
        )

    def _by_words(self, query: LexicalQuery, depth: int) -> list[Scored]:
        return self._index.lexical.search(query, depth, self._documents)

    def _by_meaning(self, depth: int) -> list[Scored]:
        return self._index.dense.search(self._vector, depth, self._allowed)

    def _said_of(self, depth: int) -> list[Scored]:
        """Return the documentation of the APIs that the words of the question are said of most."""
        best = sorted(self._said, key=lambda api: (-self._said[api], api))[:_MAX_APIS]
        ends = {name_key(_END.split(api)[-1]): self._said[api] for api in reversed(best)}
        named = LexicalQuery(names=tuple(Name(end, weight) for end, weight in ends.items() if end))
        found = [hit.chunk_id for hit in self._by_words(named, depth)]
        apis = {chunk_id: usage_key(one.symbol) for chunk_id, one in self._index.facts(found).items()}
        return [Scored(one, self._said[apis[one]]) for one in found if apis.get(one) in best]

    def _placed(self) -> list[Scored]:
        """Return the chunks of the files that the question names, those that fit best first."""
        places = self._query.places[:_MAX_PLACES]
        if not places:
            return []
        tokens = {token for place in places for token in tokenize(place.path)}
        near = self._index.lexical.search(word_query(tokens, {"path": 1.0}), _NEAR_FILES, self._documents)
        names = {place.path.lower().rpartition("/")[2] for place in places}
        documents = {
            one.document_id
            for one in self._index.facts({hit.chunk_id for hit in near}).values()
            if one.path.lower().rpartition("/")[2] in names
        }
        chunks = self._index.catalog.chunk_ids(sorted(documents)[:_MAX_FILES])[:_MAX_CHUNKS].tolist()
        fits = {
            chunk_id: max(
                (1 - _LATER * number) * place_fit(place, one.path, one.start_line, one.end_line, one.symbol)
                for number, place in enumerate(places)
            )
            for chunk_id, one in self._index.facts(chunks).items()
        }
        best = sorted(fits, key=lambda chunk_id: (-fits[chunk_id], chunk_id))[:_PLACED]
        return [Scored(chunk_id, fits[chunk_id]) for chunk_id in best]

    def _quoted(self, depth: int) -> list[Scored]:
        """Return chunks that hold what is quoted in the question, as it is; those that hold most first."""
        quoted = [(one, tuple(tokenize(one))) for one in self._query.quoted]
        fits: dict[int, float] = {}
        for literal, tokens in quoted:
            asked = LexicalQuery(self._words.terms, required=(tokens,)) if tokens else LexicalQuery()
            found = [hit.chunk_id for hit in self._index.lexical.search(asked, depth, self._documents)]
            for chunk_id, chunk in self._index.chunks(found).items():
                fits[chunk_id] = fits.get(chunk_id, 0.0) + literal_fit(literal, chunk.text) / len(quoted)
        best = sorted(fits, key=lambda chunk_id: (-fits[chunk_id], chunk_id))
        return [Scored(chunk_id, fits[chunk_id]) for chunk_id in best if fits[chunk_id]]

    def signals(self, found: SearchResults) -> Signals:
        """Return the signals of all chunks that were found, whichever search found them."""
        ids = found.ids
        phrases = self._completed(self._phrases.query, "phrases", found)
        # The lower scores in literals, of chunks that the search did not return, would change nothing.
        literals = dict(found.by_search["literals"])
        signals = Signals(
            words=self._completed(self._words, "words", found),
            # They find nothing that the others do not, and have the longest lists of chunks.
            translated=self._index.lexical.scores(self._translated, ids),
            meaning=dict(found.by_search["meaning"]),
            phrases={chunk_id: score / self._phrases.total for chunk_id, score in phrases.items()},
            named=dict(found.by_search["named"]),
            placed=dict(found.by_search["placed"]),
            quoted=dict(found.by_search["quoted"]),
            said=self._said,
            frequencies=self._frequencies,
            chunks=self._chunks,
        )
        signals.meaning |= self._index.dense.scores(self._vector, [*(ids - signals.meaning.keys())])
        most = (K1 + 1) * sum(map(signals.rarity, self._query.tokens)) or 1.0
        signals.literals = {chunk_id: score / most for chunk_id, score in literals.items()}
        signals.verbatim = self._verbatim(signals)
        if self._deep:
            signals.deep = self._deep.scores(ids, signals.meaning)
        return signals

    def _completed(self, query: LexicalQuery, name: str, found: SearchResults) -> dict[int, float]:
        """Return the scores of all chunks that any search found, of which the search `name` has some."""
        scores = dict(found.by_search[name])
        if len(scores) < found.depth:  # all that match
            return scores
        missing = [chunk_id for chunk_id in found.ids if chunk_id not in scores]
        return scores | self._index.lexical.scores(query, missing)

    def _verbatim(self, signals: Signals) -> dict[int, Verbatim]:
        """Read the chunks that most likely hold much of the question, and measure how much."""
        likely = {
            chunk_id: share + signals.literals.get(chunk_id, 0.0)
            for chunk_id, share in signals.phrases.items()
            if share >= _LIKELY
        }
        best = sorted(likely, key=lambda chunk_id: (-likely[chunk_id], chunk_id))[:_READ]
        if not best:
            return {}
        question = VerbatimQuestion(self._query.text)
        chunks = self._index.chunks(best)
        return {chunk_id: question.in_text(chunk.text) for chunk_id, chunk in chunks.items()}
