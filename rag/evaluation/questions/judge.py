"""Compare what a search found with the gold of a question."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from rag.evaluation.questions.question import Gold
from rag.retrieval.hit import Hit
from rag.retrieval.source_files import source_file


class Found(NamedTuple):
    """A place that a search found: lines of a file, 1-based and inclusive, and the names of what they hold.

    `paths` has more than one path where near-duplicates of the file are not indexed themselves.
    """

    paths: tuple[str, ...]
    start_line: int
    end_line: int
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        place = f"{self.paths[0]}:{self.start_line}-{self.end_line}"
        return f"{place} {self.names[0]}" if self.names else place


def found_in(hits: Iterable[Hit], folders: Mapping[str, Path] | None = None) -> list[Found]:
    """Return the place of each hit.

    Args:
        hits: what `retrieve` returned.
        folders: the folder of each corpus of files (see `source_folders`), so that gold may name files from a
            folder above it.
    """
    return [_found(hit, folders or {}) for hit in hits]


def _found(hit: Hit, folders: Mapping[str, Path]) -> Found:
    chunk = hit.chunk
    file = source_file(folders, chunk.origin)
    paths = (file.as_posix() if file else chunk.origin.path, *hit.also_at)
    names = tuple(filter(None, (chunk.symbol, *chunk.aliases)))
    return Found(paths, chunk.start_line, chunk.end_line, names)


def meets(found: Found, gold: Gold) -> bool:
    """Return whether a place is what the gold asks for: all that it names has to agree."""
    if gold.path and not any(_ends_with(path, gold.path, "/") for path in found.paths):
        return False
    if gold.symbol and not any(_ends_with(name, gold.symbol, ".") for name in found.names):
        return False
    return not gold.start_line or (found.start_line <= gold.end_line and gold.start_line <= found.end_line)


def _ends_with(whole: str, end: str, separator: str) -> bool:
    return whole == end or whole.endswith(separator + end)


def rank_of(found: Sequence[Found], gold: Sequence[Gold]) -> int:
    """Return the rank of the first place that meets any of the gold, from 1; 0 if none does."""
    return next((rank for rank, place in enumerate(found, start=1) if any(meets(place, g) for g in gold)), 0)
