"""Build an index anew beside the old one, and replace the old one when the new one is finished."""

import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from corpora.errors import RagError
from corpora.spec import CorpusSpec
from indexers.building.report import Report
from indexers.building.update import UpdateOptions
from indexers.building.writer_lock import put_back, writing
from indexers.deepening.deepen import carry_over
from indexers.index import Index
from indexers.index_engine import asked_engine
from indexers.layout import OWN_NAMES, Layout
from indexers.own_corpora import check_writer, name_corpora, name_encoder, name_engine, name_writer
from indexers.search.named_engines import engines_named


def rebuild(
    path: Path,
    specs: Sequence[CorpusSpec],
    *,
    encoder: str = "",
    engine: str = "",
    options: UpdateOptions = UpdateOptions(),  # noqa: B008  frozen, so it may be shared
) -> Report:
    """Index `specs` anew into the folder `path`; if anything fails, the old index stays.

    `encoder` is that of `Index.update`; `engine` is that of `Index.create`, empty for that of the old index.

    Raises:
        RagError: the folder holds something other than an index; or what `Index.update` raises.
    """
    fresh, old = path.with_name(f"{path.name}.new"), path.with_name(f"{path.name}.old")
    put_back(path)  # an earlier run may have been killed between the two renames
    for folder in (path, fresh, old):
        if folder.is_dir():
            _check_is_index(folder)
    _delete(fresh, fresh)
    try:
        with writing(Layout(path) if path.is_dir() else None):
            with Index.create(fresh, encoder=encoder, engine=engine or _engine_of(path)) as index:
                report = index.update(
                    specs,
                    encoder=encoder,
                    progress=options.progress,
                    max_memory=options.max_memory,
                    pool=options.open_pool,
                )
                chosen, held_by = index.status().encoder, index.engine_name
                carry_over(path, index)
            _delete(old, path)
            if path.is_dir():
                path.rename(old)
            fresh.rename(path)
            name_corpora(path, specs)
            name_encoder(path, chosen)
            name_engine(path, held_by)
            name_writer(path, held_by)
    finally:
        put_back(path)
        _delete(fresh, fresh)
    _delete(old, path)
    return report


def _engine_of(path: Path) -> str:
    """Return the engine to ask for again; empty if there is no index that can be read."""
    return asked_engine(_stored_engine(path))


def _stored_engine(path: Path) -> str:
    with suppress(RagError), Index.open(path) as index:
        return index.engine_name
    return ""


def _delete(folder: Path, made_as: Path) -> None:
    """Delete the folder of an index that was made as `made_as`, and what its engine keeps elsewhere."""
    if folder.is_dir():
        with suppress(RagError), Index.open(folder) as index:
            engine = index.engine_name
            check_writer(made_as, engine)
            if folder == made_as or engine != _stored_engine(made_as):
                engines_named(engine)(Layout(folder)).discard()
    shutil.rmtree(folder, ignore_errors=True)


def _check_is_index(path: Path) -> None:
    strangers = sorted({entry.name for entry in path.iterdir()} - OWN_NAMES)
    if strangers:
        raise RagError(
            f"{path} is not replaced",
            why=f"it holds files that are not part of an index: {', '.join(strangers[:3])}",
            fix="name the folder of an index with --index",
        )
