"""What a framework is given of a search: texts that are safe in a prompt, with where they are from."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Self, TypedDict

from indexers.index import Index
from rag.aio.threads import in_thread, searching_threads
from rag.doc_prompter import DEFAULT_PASSAGES, Untrusted
from rag.prompting.fence import clean, defuse
from rag.prompting.passage import suspicious_words
from rag.retrieval.hit import Hit
from rag.retrieval.retrieve import retrieve
from rag.retrieval.search_options import DEFAULT_SEARCH, SearchOptions


class Metadata(TypedDict):
    """Where a text is from, in plain values.

    Attributes:
        source: the place to cite: its URL if it has one, else `path`, with lines or anchor.
        corpus: name of its corpus.
        path: path of the file in the corpus.
        start_line: its first line there, 1-based.
        end_line: its last line.
        url: address of the page, with its anchor; empty if it has none.
        symbol: qualified name of what it documents or defines; empty if it has none.
        kind: `code` or `docs`.
        language: of the file.
        library: the library that it documents; empty for code.
        version: of that library; empty if it is not known.
        licence: SPDX expression; empty if it is not known.
        score: how well it answers; comparable only among the texts of one search.
        rank: 1 for the best.
        suspicious: the words in it that read like instructions to a model; empty if none do.
    """

    source: str
    corpus: str
    path: str
    start_line: int
    end_line: int
    url: str
    symbol: str
    kind: str
    language: str
    library: str
    version: str
    licence: str
    score: float
    rank: int
    suspicious: str


class RetrievedText(NamedTuple):
    """A text that was retrieved: an id that is the same in every build, the text, and where it is from."""

    id: str
    text: str
    metadata: Metadata


@dataclass(frozen=True)
class AdaptedSearch:
    """A search as an adapter holds it; pickled, it has the path of its index, which is opened again.

    Args:
        index: the index, or the path of its folder, which is opened now.
        k: maximum number of texts.
        search: which documents are searched, and how hits are ordered.
        untrusted: what becomes of texts that read like instructions to a model: their metadata says so
            (`mark`), or they are left out (`drop`).
    """

    index: Index
    k: int = DEFAULT_PASSAGES
    search: SearchOptions = DEFAULT_SEARCH
    untrusted: Untrusted = "mark"

    @classmethod
    def of(cls, index: Index | str | Path, k: int, search: SearchOptions, untrusted: Untrusted) -> Self:
        """Make one of an index or of the path of one."""
        return cls(index if isinstance(index, Index) else Index.open(index), k, search, untrusted)

    def __call__(self, query: str, k: int | None = None) -> list[RetrievedText]:
        """Return what answers `query`, best first. Raises what `rag.retrieve` raises."""
        hits = retrieve(self.index, query, self.k if k is None else k, self.search)
        return retrieved_texts(hits, self.untrusted)

    async def awaited(self, query: str, k: int | None = None) -> list[RetrievedText]:
        """Return the same, found in a thread."""
        return await in_thread(partial(self, query, k), searching_threads())

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return the same: it does not change, and its index is open only once."""
        return self


def retrieved_texts(hits: Sequence[Hit], untrusted: Untrusted = "mark") -> list[RetrievedText]:
    """Return hits as texts with metadata; control tokens of models and invisible characters are defused."""
    suspicious = [suspicious_words(hit) for hit in hits]
    return [
        RetrievedText(hit.chunk.chunk_id, _text(hit), _metadata(hit, words))
        for hit, words in zip(hits, suspicious, strict=True)
        if untrusted == "mark" or not words
    ]


def _text(hit: Hit) -> str:
    """Return the text; that of documentation follows the signature, which a caller needs most."""
    chunk = hit.chunk
    is_apart = chunk.origin.kind == "docs" and chunk.signature and not chunk.text.startswith(chunk.signature)
    return defuse(clean(f"{chunk.signature}\n\n{chunk.text}" if is_apart else chunk.text))


def _metadata(hit: Hit, suspicious: str) -> Metadata:
    chunk, origin = hit.chunk, hit.chunk.origin
    place = chunk.location
    fragment = place.partition("#")[2]
    url = f"{origin.url}#{fragment}" if origin.url and fragment and "#" not in origin.url else origin.url
    return Metadata(
        source=url or place,
        corpus=origin.corpus,
        path=origin.path,
        start_line=chunk.start_line,
        end_line=chunk.end_line,
        url=url,
        symbol=chunk.symbol,
        kind=origin.kind,
        language=origin.language,
        library=origin.library,
        version=origin.version,
        licence=origin.licence,
        score=hit.score,
        rank=hit.rank,
        suspicious=suspicious,
    )
