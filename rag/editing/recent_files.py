"""The files of a project that were edited last."""

import heapq
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from corpora.outside.file_text import decode_text
from corpora.outside.files import read_outside
from indexers.index import Index
from rag.editing.definitions import OwnFile, same_language
from rag.editing.similar_code import RecentFile

MAX_RECENT: Final = 20
_MAX_ASKED: Final = 3_000
_MAX_BYTES: Final = 400_000


def recent_files(index: Index, folder: Path, own: OwnFile, language: str) -> list[RecentFile]:
    """Return the files of a corpus, in the language of one of them, that were changed last, without that one.

    Args:
        index: that has the corpus.
        folder: of the corpus.
        own: the file that is edited.
        language: its language.
    """
    number = next((one for one, spec in index.catalog.corpora().items() if spec.name == own.corpus), None)
    if number is None:
        return []
    known = index.catalog.known(number)
    # In a large tree, only what was new when it was indexed is asked for how new it is now.
    asked = heapq.nlargest(_MAX_ASKED, known, key=lambda path: known[path].stamp)
    times: list[tuple[int, str]] = []
    for path in asked:
        if path != own.path and same_language(path, language):
            with suppress(OSError, ValueError):
                times.append((os.lstat(f"{folder}/{path}").st_mtime_ns, path))
    found: list[RecentFile] = []
    for _, path in heapq.nlargest(MAX_RECENT, times):
        with suppress(OSError, ValueError):
            decoded = decode_text(read_outside(folder / path, max_bytes=_MAX_BYTES, root=folder))
            if isinstance(decoded, tuple):
                found.append(RecentFile(path, decoded[0]))
    return found
