"""Whether what was found still stands in the file that it was found in."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from corpora.document import hash_bytes
from indexers.index import Index
from indexers.own_corpora import is_named
from rag.hit import Hit

# Corpora whose paths are those of files below their location.
_KINDS_OF_FOLDERS = frozenset({"code", "comments", "docs", "man", "npm"})


def check_freshness(index: Index, hits: Sequence[Hit]) -> list[Hit]:
    """The same hits, each told whether its file has changed since it was indexed.

    `Hit.is_stale` is True where the file is gone or its bytes hash to something else, and stays
    None where that cannot be told (a wheel, an index whose sources are on another machine) or is not
    looked at (an index that somebody else made, see `indexers.own_corpora`).
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
    now: dict[Path, str] = {}
    checked = []
    for hit in hits:
        folder = folders.get(hit.chunk.origin.corpus)
        if folder is None:
            checked.append(hit)
            continue
        file = folder / hit.chunk.origin.path
        if file not in now:
            now[file] = _hash_of(file)
        checked.append(replace(hit, is_stale=now[file] != hit.content_hash))
    return checked


def _hash_of(file: Path) -> str:
    """Hash of the file's bytes; empty where it cannot be read."""
    try:
        return hash_bytes(file.read_bytes())
    except OSError:
        return ""
