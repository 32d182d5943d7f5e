"""The number of chunks that a document will have, by measured rates: what a budget and a plan start from."""

from typing import Final

from corpora.document import Listed
from corpora.kinds import kind_named
from corpora.spec import CorpusSpec
from corpora.syntax.languages import language_of

# Code: Linux 6.1 and the standard library of CPython. Data and prose are cut by lines and headings.
_CHUNKS_PER_MB: Final = {
    "c": 1220,
    "python": 1320,
    "json": 530,
    "text": 700,
    "rst": 1140,
    "yaml": 670,
    "assembly": 670,
}
_CHUNKS_PER_MB_OTHERWISE: Final = 1250


def expected_chunks(spec: CorpusSpec, listed: Listed) -> float:
    """Return the number of chunks that an item will have by the table.

    A file of code has one chunk at least; a module of a package may document nothing and have none.
    """
    megabytes = listed.size_bytes / 1e6
    if (chunks_per_mb := kind_named(spec.kind).cost.chunks_per_mb) is not None:
        return megabytes * chunks_per_mb
    return max(megabytes * _CHUNKS_PER_MB.get(language_of(listed.path), _CHUNKS_PER_MB_OTHERWISE), 1.0)
