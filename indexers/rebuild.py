"""Build an index anew beside the old one, and replace the old one when the new one is finished."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from corpora.errors import RagError
from corpora.spec import CorpusSpec
from indexers.building.pool import OpenPool
from indexers.building.report import Progress, Report, silent
from indexers.building.writer_lock import put_back, writing
from indexers.deepening.deepen import carry_over
from indexers.index import Index
from indexers.layout import OWN_NAMES, Layout
from indexers.own_corpora import name_corpora, name_encoder


def rebuild(
    path: Path,
    specs: Sequence[CorpusSpec],
    *,
    encoder: str = "",
    progress: Progress = silent,
    max_memory: int | None = None,
    pool: OpenPool | None = None,
) -> Report:
    """Index `specs` anew into the folder `path`; if anything fails, the old index stays.

    `encoder`, `progress`, `max_memory` and `pool` are those of `Index.update`.

    Raises:
        RagError: the folder holds something other than an index; or what `Index.update` raises.
    """
    fresh, old = path.with_name(f"{path.name}.new"), path.with_name(f"{path.name}.old")
    put_back(path)  # an earlier run may have been killed between the two renames
    for folder in (path, fresh, old):
        if folder.is_dir():
            _check_is_index(folder)
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        with writing(Layout(path) if path.is_dir() else None):
            with Index.create(fresh, encoder=encoder) as index:
                report = index.update(
                    specs, encoder=encoder, progress=progress, max_memory=max_memory, pool=pool
                )
                chosen = index.status().encoder
                carry_over(path, index)
            shutil.rmtree(old, ignore_errors=True)
            if path.is_dir():
                path.rename(old)
            fresh.rename(path)
            name_corpora(path, specs)
            name_encoder(path, chosen)
    finally:
        put_back(path)
        shutil.rmtree(fresh, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)
    return report


def _check_is_index(path: Path) -> None:
    strangers = sorted({entry.name for entry in path.iterdir()} - OWN_NAMES)
    if strangers:
        raise RagError(
            f"{path} is not replaced",
            why=f"it holds files that are not part of an index: {', '.join(strangers[:3])}",
            fix="name the folder of an index with --index",
        )
