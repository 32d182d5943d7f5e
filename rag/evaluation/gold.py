"""Ids by which the `gold` of a task may name documents, and the documents that they name."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from indexers.chunking.chunk import Chunk
from indexers.index import Index
from rag.retrieval.hit import Hit

# DevDocs has other names for some libraries than the gold ids of CodeRAG-Bench (Wang et al. 2024).
_LIBRARIES: Final = {"scikit_learn": "sklearn", "pytorch": "torch", "scikit_image": "skimage"}
_VERSION: Final = re.compile(r"~.*")


def page_id(path: str, anchor: str) -> str:
    """Return the id of a DevDocs entry: library, page and anchor, without the version.

    >>> page_id("python~3.9/library/time.html", "time.time")
    'python.library.time#time.time'
    """
    folder, _, page = path.partition("/")
    library = _VERSION.sub("", folder)
    page = page.removesuffix(".html").replace("/", ".")
    return f"{_LIBRARIES.get(library, library)}.{page}" + (f"#{anchor}" if anchor else "")


def devdocs_folder(identifier: str) -> str:
    """Return the library of such an id as DevDocs names its folder: `scikit_learn` for `sklearn.svm`."""
    library = identifier.partition(".")[0]
    return next((folder for folder, name in _LIBRARIES.items() if name == library), library)


def chunk_ids_of(chunk: Chunk) -> tuple[str, ...]:
    """Return all ids of a chunk, the most exact first: path and anchor, id of its page, symbol, path."""
    return _names(chunk.origin.path, chunk.anchor, chunk.symbol)


def _names(path: str, anchor: str, symbol: str) -> tuple[str, ...]:
    names = [f"{path}#{anchor}" if anchor else path, page_id(path, anchor), symbol, path]
    return tuple(dict.fromkeys(name for name in names if name))


def ranked_ids(hits: Sequence[Hit], gold: Collection[str]) -> list[str]:
    """Return an id for each hit, without repeats: one in `gold` that names it, else its most exact one."""
    found = []
    for hit in hits:
        names = chunk_ids_of(hit.chunk)
        found.append(next((name for name in names if name in gold), names[0]))
    return list(dict.fromkeys(found))


@dataclass(frozen=True)
class GoldDocuments:
    """The documents of an index, found by the ids in the `gold` of tasks."""

    index: Index

    @cached_property
    def _chunk_ids(self) -> Mapping[str, list[int]]:
        """Ids -> chunks that they name, in the order of the document."""
        found: dict[str, list[int]] = {}
        for chunk_id, path, anchor, symbol in self.index.catalog.census.places():
            for name in _names(path, anchor, symbol):
                found.setdefault(name, []).append(chunk_id)
        return found

    def hits(self, gold: Iterable[str], k: int) -> list[Hit]:
        """Return the first `k` passages of the gold documents, in the order of `gold`, all with score 1.

        Documents that the index does not have are skipped.
        """
        wanted = {chunk_id: None for name in gold for chunk_id in self._chunk_ids.get(name, ())}
        best = list(wanted)[:k]
        chunks = self.index.chunks(best)
        return [Hit(chunks[chunk_id], 1.0, rank) for rank, chunk_id in enumerate(best, start=1)]

    def missing(self, gold: Iterable[str]) -> tuple[str, ...]:
        """Return the ids in `gold` that name nothing in the index."""
        return tuple(name for name in gold if name not in self._chunk_ids)
