"""Check whether hits still match the files that they were indexed from."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from corpora.document import Origin
from corpora.outside.files import hash_outside, regular_status
from corpora.spec import MAX_FILE_BYTES
from indexers.index import Index
from rag.retrieval.hit import Hit
from rag.retrieval.source_files import source_folders

_BESIDE = "node_modules/"  # what an npm package takes from one that is installed beside it


def check_freshness(
    index: Index, hits: Sequence[Hit], folders: Mapping[str, Path] | None = None
) -> list[Hit]:
    """Return the same hits, each with `is_stale` set: whether its file has changed since it was indexed.

    It is True if the file is gone, is not a regular file in the folder of its corpus any more, or has
    another size or other bytes. It stays None if that cannot be known (a wheel, an index whose sources
    are on another machine, a file of another npm package) or is not looked at (an index that somebody
    else made; see `indexers.own_corpora`). A file whose size has changed is not read. `folders`
    are those of `source_folders`, for a caller who has them.
    """
    if folders is None:
        folders = source_folders(index, (hit.chunk.origin.corpus for hit in hits))
    now: dict[tuple[str, str], str] = {}
    checked = []
    for hit in hits:
        key = (hit.chunk.origin.corpus, hit.chunk.origin.path)
        folder = folders.get(key[0])
        if folder is None or key[1].startswith(_BESIDE):
            checked.append(hit)
            continue
        if key not in now:
            now[key] = _hash_of(folder, key[1], index.catalog.indexed_size(*key))
        checked.append(replace(hit, is_stale=now[key] != hit.content_hash))
    return checked


def is_changed(index: Index, origin: Origin, content_hash: str) -> bool | None:
    """Return whether the file of a document has changed since, as `check_freshness` tells it of a hit."""
    folder = source_folders(index, [origin.corpus]).get(origin.corpus)
    if folder is None or origin.path.startswith(_BESIDE):
        return None
    size_bytes = index.catalog.indexed_size(origin.corpus, origin.path)
    return _hash_of(folder, origin.path, size_bytes) != content_hash


def _hash_of(folder: Path, path: str, size_bytes: int | None) -> str:
    """Return the hash of the file at `path` in `folder` if it has this size; else an empty string."""
    file = folder / path  # an index may name any path, so only files below `folder` are read
    try:
        if size_bytes is None or regular_status(file).st_size != size_bytes:
            return ""
        return hash_outside(file, max_bytes=min(size_bytes, MAX_FILE_BYTES), root=folder)
    except (OSError, ValueError):  # ValueError: a NUL in the path
        return ""
