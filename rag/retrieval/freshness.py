"""Check whether hits still match the files that they were indexed from."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from corpora.outside.files import hash_outside, regular_status
from corpora.spec import MAX_FILE_BYTES
from indexers.index import Index
from indexers.own_corpora import is_named
from rag.retrieval.hit import Hit

# Corpora whose paths are those of files below their location.
_KINDS_OF_FOLDERS = frozenset({"code", "comments", "docs", "man", "npm"})


def check_freshness(index: Index, hits: Sequence[Hit]) -> list[Hit]:
    """Return the same hits, each with `is_stale` set: whether its file has changed since it was indexed.

    It is True if the file is gone, is not a regular file in the folder of its corpus any more, or has another
    size or other bytes. It stays None if that cannot be known (a wheel, an index whose sources are on another
    machine) or is not looked at (an index that somebody else made; see `indexers.own_corpora`). A file whose
    size has changed is not read.
    """
    wanted = {hit.chunk.origin.corpus for hit in hits}
    folders = {
        spec.name: Path(spec.location)
        for spec in index.catalog.corpora().values()
        if spec.name in wanted
        and spec.kind in _KINDS_OF_FOLDERS
        and is_named(index.path, spec)
        and Path(spec.location).is_dir()
    }
    now: dict[tuple[str, str], str] = {}
    checked = []
    for hit in hits:
        key = (hit.chunk.origin.corpus, hit.chunk.origin.path)
        folder = folders.get(key[0])
        if folder is None:
            checked.append(hit)
            continue
        if key not in now:
            now[key] = _hash_of(folder, key[1], _indexed_size(index, *key))
        checked.append(replace(hit, is_stale=now[key] != hit.content_hash))
    return checked


def _indexed_size(index: Index, corpus: str, path: str) -> int:
    """Return the size of a file when it was indexed, in bytes; -1 if it is not known."""
    sql = "SELECT size_bytes FROM documents JOIN corpora USING (corpus_id) WHERE name = ? AND item = ?"
    rows = index.catalog.rows(sql, (corpus, path))
    return int(rows[0][0]) if rows else -1


def _hash_of(folder: Path, path: str, size_bytes: int) -> str:
    """Return the hash of a file in `folder` that has this size; empty if there is no such file."""
    file = folder / path  # an index may name any path, so only files below `folder` are read
    try:
        if regular_status(file).st_size != size_bytes:
            return ""
        return hash_outside(file, max_bytes=min(size_bytes, MAX_FILE_BYTES), root=folder)
    except (OSError, ValueError):  # ValueError: a NUL in the path
        return ""
