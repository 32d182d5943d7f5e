"""Code that calls the function that is being written: how it is used tells what it has to do."""

import re
from typing import Final

from indexers.index import Index
from indexers.search.lexical_query import word_query
from indexers.tokens import tokenize
from rag.editing.definitions import OwnFile, same_language
from rag.editing.similar_code import SimilarCode

_DEPTH: Final = 30
_AROUND: Final = 4  # lines shown on each side of a call
_MIN_NAME: Final = 3


def find_callers(index: Index, name: str, own: OwnFile, language: str, most: int = 3) -> list[SimilarCode]:
    """Return the lines around calls of a function, in other files than its own.

    Args:
        index: where to look.
        name: of the function; empty for none.
        own: the file that is edited.
        language: of the file; code in others is left out.
        most: how many calls are returned at most, one of each file.
    """
    if len(name) < _MIN_NAME or name.startswith("__"):
        return []
    call = re.compile(rf"(?<![\w.])(?:[\w.]{{1,80}}\.)?{re.escape(name)}\(")
    definition = re.compile(rf"\b(?:def|function|fn|func|fun)\s+{re.escape(name)}\(")
    found: dict[str, SimilarCode] = {}
    hits = index.lexical.search(word_query(tokenize(name)[-1:], {"body": 1.0}), _DEPTH)
    chunks = index.chunks([one.chunk_id for one in hits])
    for hit in hits:
        chunk = chunks.get(hit.chunk_id)
        if chunk is None or chunk.origin.kind != "code" or chunk.origin.path in found:
            continue
        if own.is_at(chunk.origin.corpus, chunk.origin.path) or not same_language(
            chunk.origin.path, language
        ):
            continue
        lines = chunk.text.split("\n")
        at = next(
            (
                i
                for i, line in enumerate(lines)
                if call.search(line[:500]) and not definition.search(line[:500])
            ),
            -1,
        )
        if at >= 0:
            start = max(0, at - _AROUND)
            text = "\n".join(lines[start : at + _AROUND + 1]).strip("\n")
            found[chunk.origin.path] = SimilarCode(chunk.origin.path, chunk.start_line + start, text, 0.0)
        if len(found) >= most:
            break
    return list(found.values())
