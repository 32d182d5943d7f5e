"""Code like that around the cursor: in files that were edited lately, and in the index.

Windows of lines are compared by the words that they share (Jaccard), as in Zhang et al. 2023, "RepoCoder".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from indexers.index import Index
from indexers.search.lexical_query import word_query
from indexers.tokens import tokenize
from rag.editing.definitions import OwnFile, same_language

WINDOW_LINES: Final = 20
_STEP: Final = 10
_QUERY_BEFORE: Final = 15
_QUERY_AFTER: Final = 5
_MAX_TOKENS: Final = 40  # nearest to the cursor
_MIN_LIKENESS: Final = 0.12
_MAX_FILE_CHARS: Final = 400_000
_TWIN_SHARE: Final = 0.5  # of the lines of the file: another one with as many of them is a copy of it
_MIN_TWIN_LINES: Final = 4
_WORD: Final = re.compile(r"[A-Za-z]\w{1,60}")


@dataclass(frozen=True, slots=True)
class RecentFile:
    """A file that was edited lately.

    Args:
        path: as it is shown to a model.
        text: what is in it.
    """

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class SimilarCode:
    """Lines that are like those around the cursor.

    Attributes:
        path: of their file, as it is shown.
        start_line: the first of them, 1-based.
        text: the lines.
        likeness: share of words in common, from 0 to 1.
    """

    path: str
    start_line: int
    text: str
    likeness: float


class Surroundings:
    """The code around a cursor, as what it is compared with.

    Args:
        prefix: the text before the cursor.
        suffix: the text after it.
    """

    def __init__(self, prefix: str, suffix: str) -> None:
        before, after = prefix.split("\n")[-_QUERY_BEFORE:], suffix.split("\n")[:_QUERY_AFTER]
        self.query = "\n".join(before)
        self._words = _words("\n".join([*before, *after]))
        self._lines = {line.strip() for line in (prefix + suffix).split("\n") if len(line.strip()) > 3}

    def is_copied_in(self, text: str) -> bool:
        """Return whether a text has so many lines of the file that it is a copy of it, or of a part of it."""
        lines = {line.strip() for line in text.split("\n") if len(line.strip()) > 3}
        shared = len(lines & self._lines)
        smaller = min(len(lines), len(self._lines))
        return shared >= _MIN_TWIN_LINES and shared > _TWIN_SHARE * smaller

    def best_window(self, path: str, text: str) -> SimilarCode | None:
        """Return the lines of a text that are most alike; None if none are, or if it is a copy."""
        if self.is_copied_in(text):
            return None
        lines = text.split("\n")
        words = [_words(line) for line in lines]
        best, at = 0.0, 0
        for start in range(0, max(1, len(lines) - WINDOW_LINES + _STEP), _STEP):
            likeness = self._shared(frozenset().union(*words[start : start + WINDOW_LINES]))
            if likeness > best:
                best, at = likeness, start
        if best < _MIN_LIKENESS:
            return None
        return SimilarCode(path, at + 1, "\n".join(lines[at : at + WINDOW_LINES]).rstrip(), best)

    def _shared(self, words: frozenset[str]) -> float:
        return len(words & self._words) / len(words | self._words) if words and self._words else 0.0


def similar_in_files(surroundings: Surroundings, files: Sequence[RecentFile]) -> list[SimilarCode]:
    """Return the most similar lines of each file, the most similar first."""
    found = [surroundings.best_window(one.path, one.text[:_MAX_FILE_CHARS]) for one in files]
    return sorted(filter(None, found), key=lambda one: (-one.likeness, one.path))


def similar_in_index(
    index: Index, surroundings: Surroundings, own: OwnFile, language: str, k: int = 20
) -> list[SimilarCode]:
    """Return lines of indexed code that are like the surroundings; nothing of the file itself or its copies.

    Args:
        index: where to look.
        surroundings: of the cursor.
        own: the file that is edited.
        language: of the file; code in others is left out.
        k: how many chunks are looked at.
    """
    tokens = [*dict.fromkeys(reversed(tokenize(surroundings.query)))][:_MAX_TOKENS]
    hits = index.lexical.search(word_query(tokens, {"body": 1.0}), k) if tokens else []
    chunks = index.chunks([one.chunk_id for one in hits])
    twins = index.catalog.near_duplicate_paths([*chunks])
    found: list[SimilarCode] = []
    for chunk_id, chunk in chunks.items():
        origin = chunk.origin
        is_own = own.is_at(origin.corpus, origin.path) or own.path in twins.get(chunk_id, ())
        if origin.kind != "code" or is_own or not same_language(origin.path, language):
            continue
        window = surroundings.best_window(origin.path, chunk.text)
        if window is not None:
            found.append(replace(window, start_line=chunk.start_line + window.start_line - 1))
    return sorted(found, key=lambda one: (-one.likeness, one.path, one.start_line))


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text))
