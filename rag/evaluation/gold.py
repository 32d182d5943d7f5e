"""By which ids a document may be named in the `gold` of a task, and the hits that these name."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from indexers.chunking.document import Chunk
from indexers.index import Index
from rag.retrieval.hit import Hit

# DevDocs calls some libraries by another name than CodeRAG-Bench (Wang et al. 2024) does in its gold ids.
_LIBRARIES: Final = {"scikit_learn": "sklearn", "pytorch": "torch", "scikit_image": "skimage"}
_VERSION: Final = re.compile(r"~.*")


def page_id(path: str, anchor: str) -> str:
    """The id of a DevDocs entry: library, page and anchor, without the version.

    >>> page_id("python~3.9/library/time.html", "time.time")
    'python.library.time#time.time'
    """
    folder, _, page = path.partition("/")
    library = _VERSION.sub("", folder)
    page = page.removesuffix(".html").replace("/", ".")
    return f"{_LIBRARIES.get(library, library)}.{page}" + (f"#{anchor}" if anchor else "")


def folder_of(identifier: str) -> str:
    """The library of such an id, as DevDocs calls its folder."""
    library = identifier.partition(".")[0]
    return next((folder for folder, name in _LIBRARIES.items() if name == library), library)


def names_of(chunk: Chunk) -> tuple[str, ...]:
    """All that may name a chunk, the most exact first: path and anchor, id of its page, symbol, path."""
    return _names(chunk.origin.path, chunk.anchor, chunk.symbol)


def _names(path: str, anchor: str, symbol: str) -> tuple[str, ...]:
    names = [f"{path}#{anchor}" if anchor else path, page_id(path, anchor), symbol, path]
    return tuple(dict.fromkeys(name for name in names if name))


def ranked_ids(hits: Sequence[Hit], gold: Collection[str]) -> list[str]:
    """An id for each hit, best first: that of `gold` which names it, or one of its own."""
    found = []
    for hit in hits:
        names = names_of(hit.chunk)
        found.append(next((name for name in names if name in gold), names[0]))
    return list(dict.fromkeys(found))


@dataclass(frozen=True)
class GoldDocuments:
    """The documents of an index by the ids that tasks call them by."""

    index: Index

    @cached_property
    def _chunk_ids(self) -> Mapping[str, list[int]]:
        """Names to chunks, the first of a document first."""
        found: dict[str, list[int]] = {}
        for chunk_id, path, anchor, symbol in self.index.catalog.census.places():
            for name in _names(path, anchor, symbol):
                found.setdefault(name, []).append(chunk_id)
        return found

    def hits(self, gold: Iterable[str], k: int) -> list[Hit]:
        """The first `k` passages of the documents that answer, in the order of `gold`.

        Those that the index does not have are passed over. Scores say nothing: nobody searched for them.
        """
        wanted = {chunk_id: None for name in gold for chunk_id in self._chunk_ids.get(name, ())}
        best = list(wanted)[:k]
        chunks = self.index.chunks(best)
        return [Hit(chunks[chunk_id], 1.0, rank) for rank, chunk_id in enumerate(best, start=1)]

    def missing(self, gold: Iterable[str]) -> tuple[str, ...]:
        """Those of `gold` that name nothing in the index."""
        return tuple(name for name in gold if name not in self._chunk_ids)
